//! `lowregret llm rmft`: whole iterations, which can be killed and resumed.

use std::path::{Path, PathBuf};

use lowregret::files::{self, json_bytes, read_at_most, write_atomic};
use lowregret::model::text::TextModel;
use lowregret::net::trl::chat_lines;
use lowregret::report::{Progress, Table, table::number};
use lowregret::train::text::rmft::{Iteration, TextRmft, practise};
use lowregret::train::text::{Student, TextStudent, Tuning};
use lowregret::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::finetune::{Given, Patience};
use super::voice::Voice;
use super::watched::Watched;
use super::{Common, Output, problem, voice};

pub const EXAMPLES: &str = "\
Examples:
  lowregret llm rmft --weights base.safetensors --scenarios 64 --rollouts 8 --keep 2 --iterations 3 --out runs/words
  lowregret llm rmft --url http://127.0.0.1:8080/v1 --model base --out runs/served
  lowregret llm rmft --url https://api.openai.com/v1 --model gpt-4o-mini-2024-07-18 --key-env OPENAI_API_KEY \\
    --iterations 2 --out runs/vendor

Every iteration plays --scenarios x --rollouts conversations, keeps the --keep of lowest regret of each scenario and has the
model imitate what was said in them. The folder gets config.json, kept-00.jsonl, .. (the conversations that were imitated),
iteration-00.json, .. (what the plays were like, and the model after it) and model-00.safetensors, .. or job-00.json, ..
Killed at any moment, the same command goes on with the first iteration that is not done: answers come from the cache
(answers.jsonl in the folder, unless --cache names another file), jobs are waited for, and the files are the same. How the last
model plays: `lowregret llm evaluate`.";

/// Largest file of a record.
const MAX_BYTES: u64 = 1 << 24;

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
    #[command(flatten)]
    tuning: Given,
    #[command(flatten)]
    patience: Patience,
    /// Folder of the run
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What is known of an iteration that is done.
#[derive(Serialize, Deserialize)]
struct Done {
    /// An [`Iteration`].
    plays: Value,
    /// The model after it: a file of the folder, or a name at the endpoint.
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
    let Arguments { voice: who, problem: given, keep, iterations, tuning: taught, out, .. } =
        arguments;
    let (problem, sampling, tuning) = (given.resolve()?, who.sampling()?, taught.tuning()?);
    let rmft = TextRmft {
        classes: vec![problem.class.clone()],
        iterations: *iterations,
        scenarios: given.scenarios,
        rollouts: given.rollouts,
        keep: *keep,
        reading: given.reading,
        imitated: taught.imitated,
    };
    rmft.check()?;
    // Paid answers are never lost.
    let cache = who.endpoint.cache.clone().unwrap_or_else(|| out.join("answers.jsonl"));
    let voice = who.open(Some(&cache))?;
    let model = match &voice {
        Voice::Text(model) => json!({ "weights": checksum(&model.to_bytes()?) }),
        #[cfg(feature = "net")]
        Voice::Service(service) => json!({
            "url": service.client.url(), "model": service.model, "dialect": service.dialect,
            "hyperparameters": taught.hyperparameters()?,
        }),
    };
    let contexts = checksum(format!("{:?}", problem.library).as_bytes());
    let config = Config { rmft: &rmft, tuning, seed: given.seed, sampling, contexts, model };
    begin(out, &config)?;
    let replies = given.replies().saturating_mul(*iterations as u64);
    let progress = Progress::new("rmft", replies, common.quiet).unit("answers");
    let progress =
        progress.resumed(given.replies().saturating_mul(done_before(out, *iterations)? as u64));
    let run = Run { rmft: &rmft, problem: &problem, out, progress: &progress };
    let streams = problem.streams;
    let done = match &voice {
        Voice::Text(model) => {
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
            run.all(own, recall, name)?
        }
        #[cfg(feature = "net")]
        Voice::Service(service) => {
            use lowregret::net::endpoint::Endpoint;

            let own = Endpoint {
                asking: service.asking(sampling),
                model: service.model.clone(),
                hyperparameters: taught.hyperparameters()?,
                waiting: arguments.patience.waiting()?,
                streams,
                folder: out.clone(),
                observe: &|event| progress.message(event.to_string()),
            };
            let recall = |student: &mut Endpoint, name: &str| {
                student.model = name.to_owned();
                Ok(())
            };
            run.all(own, recall, |student: &Endpoint, _| Ok(student.model.clone()))?
        }
    };
    progress.finish();
    answer(&done, out, &voice)
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

fn answer(done: &[Done], out: &Path, voice: &Voice) -> Result<Output> {
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
    Ok(Output { text, json })
}
