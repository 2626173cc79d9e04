//! `lowregret llm rollout`: scenarios in words, played by a language model.

use std::io::Write;
use std::path::PathBuf;

use lowregret::files::Staged;
use lowregret::learner::verbal::class::episodes;
use lowregret::learner::verbal::play::play;
use lowregret::numeric::rng::Purpose;
use lowregret::problem::verbal::answer::Unparsed;
use lowregret::report::{Progress, table::number};
use lowregret::{Error, Result};
use serde_json::json;

use super::{Common, Output, problem, voice};

pub const EXAMPLES: &str = "\
Examples:
  lowregret llm rollout --weights base.safetensors --scenarios 50 --rollouts 8 --out plays.jsonl
  lowregret llm rollout --url http://127.0.0.1:8000/v1 --model Qwen/Qwen3-0.6B --cache answers.jsonl --out plays.jsonl
  lowregret llm rollout --url https://api.openai.com/v1 --model gpt-4o-mini --key-env OPENAI_API_KEY --cache answers.jsonl \\
    --price-read 0.15 --price-said 0.6 --requests-a-minute 500 --out plays.jsonl
  lowregret select --keep 2 --format chat plays.jsonl --out train.jsonl

A line a play, for `lowregret score` and `select`, with its conversation, its regret and the number of answers that could not
be read. All plays of a scenario are told alike and pay alike. With a raw history `select --format chat` gives what a model
can be fine-tuned to; with a summarised one use `lowregret llm rmft`, which takes the conversations apart.";

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    voice: voice::Speaking,
    #[command(flatten)]
    problem: problem::Scenarios,
    /// Which of the rounds of RMFT: other scenarios and draws for each
    #[arg(long, value_name = "I", default_value_t = 0)]
    iteration: usize,
    /// The plays: JSON lines
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let Arguments { voice, problem: given, iteration, out } = arguments;
    let (problem, sampling) = (given.resolve()?, voice.sampling()?);
    let mut file = Staged::new(out)?;
    let voice = voice.open(voice.endpoint.cache.as_deref(), 0.0)?;
    let purpose = Purpose::Training;
    let told = problem.told(given.scenarios, purpose, *iteration)?;
    let open = episodes(&told, given.rollouts, &problem.streams, purpose, *iteration)?;
    let progress = Progress::new("rollout", given.replies(), common.quiet).unit("answers");
    let mut speaker = voice.speaker(sampling, problem.streams, *iteration, &progress)?;
    let played = play(&mut *speaker, open, given.reading);
    progress.finish();
    let played = voice.settled(played)?;
    let mut unparsed = Unparsed::default();
    for play in &played {
        unparsed.add(&play.unparsed);
        let mut line = serde_json::to_vec(play)
            .map_err(|reason| Error::content(out, format!("no JSON form: {reason}")))?;
        line.push(b'\n');
        file.write_all(&line).map_err(Error::file(out, "write"))?;
    }
    file.commit()?;
    let regret = played.iter().map(|play| play.regret).sum::<f64>() / played.len() as f64;
    let mut text = format!(
        "{} plays of {} scenarios in {}; mean regret {}; {:.2} % of the answers could not be read",
        played.len(),
        given.scenarios,
        out.display(),
        number(regret),
        100.0 * unparsed.rate()
    );
    text.extend(voice.bill().map(|bill| format!("\n{bill}")));
    let json = json!({
        "wrote": out, "trajectories": played.len(), "scenarios": given.scenarios, "regret": regret,
        "unparsed": unparsed, "unparsed_rate": unparsed.rate(), "service": voice.account(),
    });
    Ok(Output { text, json })
}
