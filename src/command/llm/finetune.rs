//! `lowregret llm finetune`: a model learns what the assistant says in conversations.

use std::path::{Path, PathBuf};

use lowregret::files::read_at_most;
use lowregret::model::text::TextModel;
use lowregret::net::trl::{self, read_chat_lines};
use lowregret::problem::verbal::message::Message;
use lowregret::report::command_line::seeds;
use lowregret::report::{Progress, table::number};
use lowregret::train::text::{Imitated, Tuning};
use lowregret::{Error, Result};
use serde_json::json;

use super::{Common, Output, word};

pub const EXAMPLES: &str = "\
Examples:
  lowregret select --keep 2 --format chat plays.jsonl --out train.jsonl
  lowregret llm finetune train.jsonl --weights base.safetensors --out tuned.safetensors
  lowregret llm finetune train.jsonl --url https://api.openai.com/v1 --model gpt-4o-mini-2024-07-18 --key-env OPENAI_API_KEY
  lowregret llm finetune train.jsonl --trl runs/qwen --model Qwen/Qwen3-0.6B --learning-rate 2e-5

At a service the file is uploaded, a job created and waited for, and the name of the new model printed. What was reached stands
in the --state file: interrupted, the job goes on there, and a rerun waits for it instead of starting another; --cancel stops
it. Services choose --passes, --batch and --learning-rate themselves unless they are given; the learning rate is sent as a
multiple of 1e-3, which is that of `lowregret serve`: for others give their multiplier times 1e-3. --trl DIR writes the data (every
answer with what was said before it) and the command for TRL, for open weights, and trains nothing; it follows TRL's
documentation, and has never been run here.";

/// Largest file of conversations.
const MAX_BYTES: u64 = 1 << 30;

#[derive(clap::Args)]
pub struct Arguments {
    /// Conversations: JSON lines, {\"messages\": [{\"role\": .., \"content\": ..}, ..]}
    #[arg(value_name = "FILE")]
    conversations: PathBuf,
    /// Weight file of a text model, trained in the process
    #[arg(long, value_name = "FILE", requires = "out", required_unless_present_any = ["url", "trl"], conflicts_with_all = ["url", "trl"])]
    weights: Option<PathBuf>,
    /// The trained model
    #[arg(long, value_name = "FILE", requires = "weights", conflicts_with_all = ["url", "trl"])]
    out: Option<PathBuf>,
    /// Base URL of a service (feature net)
    #[arg(long, value_name = "URL", requires = "model", conflicts_with = "trl")]
    url: Option<String>,
    /// Name of the model there, or of open weights
    #[arg(long, value_name = "NAME", conflicts_with = "weights")]
    model: Option<String>,
    /// Environment variable with the key of the service
    #[arg(long, value_name = "VARIABLE", requires = "url", conflicts_with_all = ["weights", "trl"])]
    key_env: Option<String>,
    /// Part of the name of the new model
    #[arg(long, value_name = "WORD", requires = "url", conflicts_with_all = ["weights", "trl"])]
    suffix: Option<String>,
    /// What was reached at the service [default: the file of conversations with .job.json]
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with_all = ["weights", "trl"])]
    state: Option<PathBuf>,
    /// Stop the job of the --state file, and do nothing else
    #[arg(long, requires = "url", conflicts_with_all = ["weights", "trl"])]
    cancel: bool,
    /// Seconds until a whole answer of the service must be there, that to the upload, too
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0, requires = "url", conflicts_with_all = ["weights", "trl"])]
    timeout: f64,
    #[command(flatten)]
    jobs: Jobs,
    /// Write data and command for TRL into this folder
    #[arg(long, value_name = "DIR", requires = "model")]
    trl: Option<PathBuf>,
    #[command(flatten)]
    tuning: Given,
    /// Seed of the order of the conversations
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = seeds())]
    seed: u64,
}

/// Hyper-parameters that were given.
#[derive(clap::Args)]
#[command(next_help_heading = "Training")]
pub struct Given {
    /// Passes through the conversations [default: 2; at a service its choice]
    #[arg(long, value_name = "N")]
    pub passes: Option<usize>,
    /// Conversations of a step [default: 16; at a service its choice]
    #[arg(long, value_name = "N")]
    pub batch: Option<usize>,
    /// Highest learning rate [default: 1e-3; at a service its choice; with --trl 2e-5]
    #[arg(long, value_name = "X")]
    pub learning_rate: Option<f64>,
    /// What is learned of what the assistant says: answers (all) or last_lines (the decisions, without the reasoning)
    #[arg(long, value_name = "WHAT", default_value = "answers", value_parser = word::<Imitated>)]
    pub imitated: Imitated,
}

impl Given {
    /// What is meant where nothing is left to others.
    pub fn tuning(&self) -> Result<Tuning> {
        let own = Tuning::default();
        let tuning = Tuning {
            passes: self.passes.unwrap_or(own.passes),
            batch: self.batch.unwrap_or(own.batch),
            learning_rate: self.learning_rate.unwrap_or(own.learning_rate),
        };
        tuning.check()?;
        Ok(tuning)
    }

    /// What is meant for TRL: its own learning rate where none was given.
    pub fn for_trl(&self) -> Result<Tuning> {
        let learning_rate = self.learning_rate.unwrap_or(trl::LEARNING_RATE);
        Ok(Tuning { learning_rate, ..self.tuning()? })
    }

    /// What is sent to a service: it chooses what was not given.
    #[cfg(feature = "net")]
    pub fn hyperparameters(&self) -> Result<lowregret::net::wire::Hyperparameters> {
        let all = lowregret::net::finetune::hyperparameters(&self.tuning()?);
        Ok(lowregret::net::wire::Hyperparameters {
            n_epochs: all.n_epochs.filter(|_| self.passes.is_some()),
            batch_size: all.batch_size.filter(|_| self.batch.is_some()),
            learning_rate_multiplier: all
                .learning_rate_multiplier
                .filter(|_| self.learning_rate.is_some()),
        })
    }
}

/// Jobs of a service.
#[derive(clap::Args)]
#[command(next_help_heading = "Training")]
pub struct Jobs {
    /// Hours after which waiting for a job of a service is given up; a rerun waits on
    #[arg(
        long,
        value_name = "HOURS",
        default_value_t = 24.0,
        requires = "url",
        conflicts_with_all = ["weights", "trl"]
    )]
    hours: f64,
    /// Price of a million tokens trained, as the service counts them
    #[arg(
        long,
        value_name = "PRICE",
        default_value_t = 0.0,
        requires = "url",
        conflicts_with_all = ["weights", "trl"]
    )]
    pub price_trained: f64,
}

#[cfg(feature = "net")]
impl Jobs {
    pub fn waiting(&self) -> Result<lowregret::net::finetune::Waiting> {
        use lowregret::net::finetune::Waiting;

        let waiting = Waiting { patience: 3600.0 * self.hours, ..Waiting::default() };
        waiting.check()?;
        Ok(waiting)
    }
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let path = &arguments.conversations;
    let conversations = read_chat_lines(&read_at_most(path, MAX_BYTES)?)
        .map_err(|message| Error::content(path, message))?;
    let imitated = arguments.tuning.imitated;
    let conversations: Vec<_> =
        conversations.into_iter().map(|conversation| imitated.of(conversation)).collect();
    if conversations.is_empty() {
        return Err(Error::content(path, "no conversation: expected one JSON object a line"));
    }
    match (&arguments.weights, &arguments.trl, &arguments.url) {
        (Some(weights), _, _) => in_process(arguments, weights, &conversations, common),
        (_, Some(folder), _) => for_trl(arguments, folder, &conversations),
        (_, _, Some(url)) => at_service(arguments, url, &conversations, common),
        _ => Err(Error::parameter("--weights", "nothing", "a file, --url or --trl")),
    }
}

fn in_process(
    arguments: &Arguments,
    weights: &Path,
    conversations: &[Vec<Message>],
    common: Common,
) -> Result<Output> {
    let tuning = arguments.tuning.tuning()?;
    let Some(out) = &arguments.out else {
        return Err(Error::parameter("--out", "nothing", "a file for the trained model"));
    };
    let mut model = TextModel::load(weights)?;
    let steps = tuning.passes.saturating_mul(conversations.len().div_ceil(tuning.batch));
    let progress = Progress::new("finetune", steps as u64, common.quiet).unit("steps");
    let (mut first, mut last) = (None, None);
    tuning.fit(&mut model, conversations, arguments.seed, |report| {
        first = first.or(Some(report.loss));
        last = Some(report.loss);
        progress.message(format!("loss {}", number(report.loss)));
        progress.advance(1);
        Ok(())
    })?;
    progress.finish();
    model.save(out)?;
    let said = |loss: Option<f64>| loss.map_or("-".to_owned(), number);
    let text = format!(
        "{}: {} conversations, {steps} steps; loss {} at first, {} at last",
        out.display(),
        conversations.len(),
        said(first),
        said(last)
    );
    let json = json!({
        "wrote": out, "conversations": conversations.len(), "steps": steps, "tuning": tuning,
        "first_loss": first, "last_loss": last,
    });
    Ok(Output { text, json })
}

fn for_trl(arguments: &Arguments, folder: &Path, conversations: &[Vec<Message>]) -> Result<Output> {
    let tuning = arguments.tuning.for_trl()?;
    let model = arguments.model.as_deref().unwrap_or_default();
    let command = trl::write(folder, conversations, model, &tuning, arguments.seed)?;
    let script = folder.join(trl::COMMAND);
    let text = format!(
        "{} conversations in {}; train with: sh {}",
        conversations.len(),
        folder.join(trl::LINES).display(),
        lowregret::report::quoted(&script.to_string_lossy())
    );
    let json = json!({
        "conversations": conversations.len(), "data": folder.join(trl::LINES), "script": script,
        "command": command,
    });
    Ok(Output { text, json })
}

#[cfg(not(feature = "net"))]
fn at_service(_: &Arguments, url: &str, _: &[Vec<Message>], _: Common) -> Result<Output> {
    Err(super::voice::no_network(url))
}

#[cfg(feature = "net")]
fn at_service(
    arguments: &Arguments,
    url: &str,
    conversations: &[Vec<Message>],
    common: Common,
) -> Result<Output> {
    use lowregret::net::client::{Client, Limits, Prices, Settings};
    use lowregret::net::finetune::{Event, Order, cancel, fine_tune};
    use lowregret::net::key::Key;

    let key = arguments.key_env.as_deref().map(Key::of_variable).transpose()?;
    let own = Limits::default();
    let limits = Limits {
        answer: arguments.timeout,
        silence: arguments.timeout,
        patience: own.patience.max(3.0 * arguments.timeout),
        ..own
    };
    let prices = Prices { trained: arguments.jobs.price_trained, ..Prices::default() };
    let client = Client::new(Settings { url: url.to_owned(), key, limits, prices })?;
    let beside = || {
        let mut name = arguments.conversations.clone().into_os_string();
        name.push(".job.json");
        PathBuf::from(name)
    };
    let state = arguments.state.clone().unwrap_or_else(beside);
    if arguments.cancel {
        let job = cancel(&client, &state)?;
        let text = format!("job {job} is stopped");
        return Ok(Output { text, json: json!({ "job": job, "status": "cancelled" }) });
    }
    let model = arguments.model.as_deref().unwrap_or_default();
    let order = Order {
        model,
        conversations,
        hyperparameters: arguments.tuning.hyperparameters()?,
        seed: arguments.seed,
        suffix: arguments.suffix.as_deref(),
    };
    let mut last = None;
    let name = fine_tune(&client, &order, &arguments.jobs.waiting()?, &state, |event| {
        let again = matches!(event, Event::Status(status) if last.replace(status) == Some(status));
        if !again && !common.quiet {
            eprintln!("{event}");
        }
    })?;
    let mut text =
        format!("{name}\nask it with: --url {url} --model {}", lowregret::report::quoted(&name));
    let (account, cost) = (client.account(), client.cost());
    if account.tokens_trained > 0 {
        let priced = super::voice::priced(cost);
        text.push_str(&format!("\n{} tokens trained{priced}", account.tokens_trained));
    }
    let json = json!({
        "model": name, "conversations": conversations.len(), "state": state, "account": account, "cost": cost,
    });
    Ok(Output { text, json })
}
