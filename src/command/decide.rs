//! `lowregret decide`: a trained model decides for any program.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use lowregret::learner::dialogue::Dialogue;
use lowregret::lines::{Line, Lines};
use lowregret::model::saved::SavedModel;
use lowregret::{Error, Result};
use serde_json::json;

use super::{Output, input};

pub const EXAMPLES: &str = r#"Examples:
  printf '{}\n{"action": 2, "reward": 1}\n' | lowregret decide transformer.safetensors
  printf '{}\n{"rewards": [0.1, -0.2]}\n' | lowregret decide layer.safetensors --seed 7

Lines of standard input, one JSON object each:
  {} or {"arms": 3}             begin anew, with all the arms of the model or the first few
  {"action": 2, "reward": 1}    what was chosen in the last round, from 0, and what it paid (bandit feedback)
  {"rewards": [0.1, -0.2]}      what all arms paid in the last round (full information)
Each is answered at once by a line of standard output (keys in any order); blank lines are not:
  {"round": 1, "policy": [0.2, 0.5, 0.3], "action": 1}    the coming round, and an action drawn from the policy
  {"round": 1, "decision": [0.1, -0.4]}                   from a layer that decides in a ball
  {"error": "...", "line": 3}                             a line that makes no sense changes nothing
After a model's last round (--rounds) a report is an error. The action advised need not be the one chosen. Rewards should be
on the scale that the model was trained on, and are at most 1e6 in size. Lines have at most 1 MiB. With the same seed and
lines the answers are the same. --json changes nothing: every line is an object."#;

/// Longest line, in bytes.
const MAX_LINE: usize = 1 << 20;

#[derive(clap::Args)]
pub struct Arguments {
    /// Weight file of a layer or a Transformer
    #[arg(value_name = "FILE")]
    weights: PathBuf,
    /// Rounds of an episode [default: those that a Transformer was trained for; a layer has no limit]
    #[arg(long, value_name = "ROUNDS")]
    rounds: Option<usize>,
    /// Seed of the actions drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    let mut model = SavedModel::load(&arguments.weights)?;
    if let (SavedModel::Transformer(own), Some(rounds)) = (&mut model, arguments.rounds) {
        *own = own.with_rounds(rounds)?;
    }
    let mut dialogue = Dialogue::new(&model, arguments.seed)?;
    let mut lines = Lines::new(input::open("-".as_ref())?, MAX_LINE);
    let mut out = std::io::stdout().lock();
    while let Some(line) = lines.read().map_err(Error::file("standard input", "read"))? {
        let answer = match line {
            Line::Whole(text) if text.trim_ascii().is_empty() => continue,
            Line::Whole(text) => dialogue.answer(text),
            Line::TooLong => Err(format!("more than {MAX_LINE} bytes")),
        };
        let answer = match answer {
            Ok(answer) => json!(answer),
            Err(message) => json!({ "error": message, "line": lines.number() }),
        };
        match writeln!(out, "{answer}").and_then(|()| out.flush()) {
            Ok(()) => {}
            // Nobody listens any more: that is no failure.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => return Err(Error::file("standard output", "write")(error)),
        }
    }
    Ok(Output::none())
}
