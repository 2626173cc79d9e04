//! `lowregret llm rmft`: whole iterations, which can be killed and resumed.

#[cfg(feature = "net")]
mod served;

use std::path::{Path, PathBuf};

use lowregret::files::{self, json_bytes, read_at_most, write_atomic};
use lowregret::model::text::TextModel;
use lowregret::net::trl::{self, chat_lines};
use lowregret::report::{Progress, Table, quoted, table::number};
use lowregret::train::text::rmft::{Iteration, TextRmft, practise};
use lowregret::train::text::{Student, TextStudent, Tuning};
use lowregret::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::finetune::{Given, Jobs};
use super::voice::Voice;
use super::watched::Watched;
use super::{Common, Output, problem, voice};

pub const EXAMPLES: &str = "\
Examples:
  lowregret llm rmft --weights base.safetensors --scenarios 64 --rollouts 8 --keep 2 --iterations 3 --out runs/words
  lowregret llm rmft --url http://127.0.0.1:8080/v1 --model base --out runs/served
  lowregret llm rmft --url https://api.openai.com/v1 --model gpt-4o-mini-2024-07-18 --key-env OPENAI_API_KEY \\
    --price-read 0.3 --price-said 1.2 --price-trained 3 --iterations 2 --out runs/vendor
  lowregret llm rmft --url http://127.0.0.1:8000/v1 --model Qwen/Qwen3-0.6B --trl Qwen/Qwen3-0.6B --out runs/qwen-0

Every iteration plays --scenarios x --rollouts conversations, keeps the --keep of lowest regret of each scenario and has the
model imitate what was said in them. The folder gets config.json, kept-00.jsonl, .. (the conversations that were imitated),
iteration-00.json, .. (what the plays were like, and the model after it) and model-00.safetensors, .. or job-00.json, ..
Killed at any moment, the same command goes on with the first iteration that is not done: answers come from the cache
(answers.jsonl in the folder, unless --cache names another file), jobs are waited for, and the files are the same. How the last
model plays: `lowregret llm evaluate`.

Engines that only answer (vLLM, Ollama, llama.cpp) need --trl: one iteration is played, and data and command for TRL are
written. Run the command, serve the folder it makes, and run again with its name as --model and --trl, another --out and --seed.
It follows TRL's documentation, and has never been run here.";

/// Largest file of a record.
const MAX_BYTES: u64 = 1 << 24;
/// Folder of data and command for TRL in that of the run.
const TRL_FOLDER: &str = "trl";
/// Folder of the model that the command makes there.
const TRL_MODEL: &str = "trl/model";

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    voice: voice::Speaking,
    #[command(flatten)]
    problem: problem::Scenarios,
    /// Plays of each scenario that are imitated
    #[arg(long, value_name = "K", default_value_t = 1)]
    keep: usize,
    /// Iterations
    #[arg(long, value_name = "N", default_value_t = 2)]
    iterations: usize,
    /// Name or folder of the open weights, for TRL: one iteration is played, data and command for TRL are written into the
    /// folder trl of the run, and nothing is trained
    #[arg(long, value_name = "NAME", conflicts_with_all = ["weights", "iterations"])]
    trl: Option<String>,
    #[command(flatten)]
    tuning: Given,
    #[command(flatten)]
    jobs: Jobs,
    /// Folder of the run
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What is known of an iteration that is done.
#[derive(Serialize, Deserialize)]
struct Done {
    /// An [`Iteration`].
    plays: Value,
    /// The model after it: a file of the folder, a name at the endpoint, or the folder that TRL's command makes.
    model: String,
}

/// Everything that the files depend on.
#[derive(Serialize)]
struct Config<'a> {
    rmft: &'a TextRmft,
    tuning: Tuning,
    seed: u64,
    sampling: lowregret::model::text::generate::Sampling,
    /// Checksum of the contexts.
    contexts: String,
    /// The first model: a checksum of its weights, or where it is asked for, and how it is asked and taught there.
    model: Value,
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let Arguments { voice: who, problem: given, keep, tuning: taught, out, .. } = arguments;
    let (problem, sampling) = (given.resolve()?, who.sampling()?);
    let (iterations, tuning) = match arguments.trl {
        Some(_) => (1, taught.for_trl()?),
        None => (arguments.iterations, taught.tuning()?),
    };
    let rmft = TextRmft {
        classes: vec![problem.class.clone()],
        iterations,
        scenarios: given.scenarios,
        rollouts: given.rollouts,
        keep: *keep,
        reading: given.reading,
        imitated: taught.imitated,
    };
    rmft.check()?;
    // Paid answers are never lost.
    let cache = who.endpoint.cache.clone().unwrap_or_else(|| out.join("answers.jsonl"));
    let voice = who.open(Some(&cache), arguments.jobs.price_trained)?;
    let before = done_before(out, iterations)?;
    let model = match &voice {
        Voice::Text(model) => json!({ "weights": checksum(&model.to_bytes()?) }),
        #[cfg(feature = "net")]
        Voice::Service(service) => {
            if before < iterations {
                served::check(service, arguments)?;
            }
            served::described(service, arguments)?
        }
    };
    let contexts = checksum(format!("{:?}", problem.library).as_bytes());
    let config = Config { rmft: &rmft, tuning, seed: given.seed, sampling, contexts, model };
    begin(out, &config)?;
    let replies = given.replies().saturating_mul(iterations as u64);
    let progress = Progress::new("rmft", replies, common.quiet).unit("answers");
    let progress = progress.resumed(given.replies().saturating_mul(before as u64));
    let run = Run { rmft: &rmft, problem: &problem, out, progress: &progress };
    let done = match &voice {
        Voice::Text(model) => {
            let streams = problem.streams;
            let own = TextStudent { model: (**model).clone(), sampling, tuning, streams };
            let recall = |student: &mut TextStudent, name: &str| {
                student.model = TextModel::load(out.join(name))?;
                Ok(())
            };
            let name = |student: &TextStudent, iteration: usize| {
                let name = format!("model-{iteration:02}.safetensors");
                student.model.save(out.join(&name))?;
                Ok(name)
            };
            run.all(own, recall, name)
        }
        #[cfg(feature = "net")]
        Voice::Service(service) => served::all(&run, service, arguments, sampling, tuning),
    };
    progress.finish();
    let mut output = answer(&voice.settled(done)?, out, &voice);
    if arguments.trl.is_some() {
        let script = out.join(TRL_FOLDER).join(trl::COMMAND);
        let told = [&script, &out.join(TRL_MODEL)].map(|path| quoted(&path.to_string_lossy()));
        output.text.push_str(&format!(
            "\ntrain with: sh {}\nthen serve {}, and run again with its name as --model and --trl, another --out and --seed",
            told[0], told[1]
        ));
        output.json["script"] = json!(script);
    }
    Ok(output)
}

/// What tells inputs apart that differ by chance.
fn checksum(bytes: &[u8]) -> String {
    format!("{:016x}", files::checksum(files::CHECKSUM, bytes))
}

/// Begins a folder, or goes on with one of the same run.
fn begin(out: &Path, config: &Config) -> Result<()> {
    let path = out.join("config.json");
    let text = json_bytes(&path, config)?;
    if !path.exists() {
        return write_atomic(&path, &text);
    }
    if read_at_most(&path, MAX_BYTES)? == text {
        return Ok(());
    }
    Err(Error::content(&path, "another run is in this folder: choose another --out, or remove it"))
}

fn record(out: &Path, iteration: usize) -> PathBuf {
    out.join(format!("iteration-{iteration:02}.json"))
}

/// Iterations that are done, from the first on.
fn done_before(out: &Path, iterations: usize) -> Result<usize> {
    Ok((0..iterations).take_while(|iteration| record(out, *iteration).exists()).count())
}

struct Run<'a> {
    rmft: &'a TextRmft,
    problem: &'a problem::Problem,
    out: &'a Path,
    progress: &'a Progress,
}

impl Run<'_> {
    /// All iterations; those that are done are recalled.
    fn all<S: Student>(
        &self,
        own: S,
        recall: impl Fn(&mut S, &str) -> Result<()>,
        name: impl Fn(&S, usize) -> Result<String>,
    ) -> Result<Vec<Done>> {
        let mut student = Watched { own, progress: self.progress };
        let mut all = Vec::new();
        for iteration in 0..self.rmft.iterations {
            let path = record(self.out, iteration);
            if path.exists() {
                let done: Done = serde_json::from_slice(&read_at_most(&path, MAX_BYTES)?)
                    .map_err(|e| Error::content(&path, e.to_string()))?;
                recall(&mut student.own, &done.model)?;
                all.push(done);
                continue;
            }
            let (plays, kept): (Iteration, _) = practise(
                &student,
                self.rmft,
                &self.problem.library,
                &self.problem.streams,
                iteration,
            )?;
            let lines = chat_lines(&kept);
            write_atomic(self.out.join(format!("kept-{iteration:02}.jsonl")), &lines)?;
            student.imitate(&kept, iteration)?;
            let done = Done { plays: json!(plays), model: name(&student.own, iteration)? };
            // Last of all: what has this file is done.
            write_atomic(&path, &json_bytes(&path, &done)?)?;
            all.push(done);
        }
        Ok(all)
    }
}

fn answer(done: &[Done], out: &Path, voice: &Voice) -> Output {
    let mut table =
        Table::new(&["iteration", "mean regret", "of those kept", "unread", "model after it"]);
    for (i, Done { plays, model }) in done.iter().enumerate() {
        let value = |key: &str| plays[key].as_f64().map_or("-".to_owned(), number);
        let unread = |key: &str| plays["unparsed"][key].as_f64().unwrap_or(0.0);
        let reasons = plays["unparsed"]["reasons"].as_object();
        let failed: f64 =
            reasons.map_or(0.0, |reasons| reasons.values().filter_map(Value::as_f64).sum());
        let share = format!("{:.2} %", 100.0 * failed / unread("answers").max(1.0));
        table.push(vec![
            i.to_string(),
            value("regret"),
            value("kept_regret"),
            share,
            model.clone(),
        ]);
    }
    let mut text = format!("{table}");
    text = text.trim_end().to_owned();
    text.extend(voice.bill().map(|bill| format!("\n{bill}")));
    let json = json!({ "out": out, "iterations": done, "service": voice.account() });
    Output { text, json }
}
