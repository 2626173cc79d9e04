//! `lowregret select`: the trajectories of lowest regret, for fine-tuning.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use lowregret::files::Staged;
use lowregret::problem::trajectory_file::{Measure, Reader, as_chat, with_regret};
use lowregret::report::table::number;
use lowregret::train::lowest::{Kept, select};
use lowregret::{Error, Result};

use super::{Output, input};

pub const EXAMPLES: &str = r#"Examples:
  lowregret select --keep 2 trajectories.jsonl --out kept.jsonl
  lowregret select --keep 2 --format chat trajectories.jsonl --out train.jsonl
  LC_ALL=C sort trajectories.jsonl | lowregret select --keep 4 --by realised - --out kept.jsonl

The ranking step of Iterative RMFT: of every scenario the trajectories of lowest regret, best first, the earlier of equals
before the later. Lines are those of `lowregret score`; its help says what --by can be. Memory does not grow with the file.

--format lines  the lines as they are, with their "regret"
--format chat   {"messages": [{"role": .., "content": ..}, ..]}, from the "messages" of each line"#;

#[derive(clap::Args)]
pub struct Arguments {
    /// Trajectories: JSON lines, those of a scenario together; - for standard input
    #[arg(value_name = "FILE")]
    trajectories: PathBuf,
    /// How many trajectories of a scenario are kept
    #[arg(long, value_name = "K")]
    keep: usize,
    /// What trajectories are ranked by: pseudo, realised, dynamic, given or reward [default: the first of pseudo, realised and given that the first line allows for]
    #[arg(long, value_name = "MEASURE")]
    by: Option<Measure>,
    /// What is written of a trajectory
    #[arg(long, value_enum, default_value_t = Format::Lines)]
    format: Format,
    /// The kept trajectories: JSON lines
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Lines,
    Chat,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    let path = &arguments.trajectories;
    let mut reader = Reader::new(input::open(path)?, path, arguments.by);
    let mut out = Staged::new(&arguments.out)?;
    let regret = arguments.by != Some(Measure::Reward);
    let selection = select(&mut reader, path, arguments.keep, |kept: Kept| {
        let line = match arguments.format {
            Format::Lines if regret => with_regret(&kept.text, kept.value),
            Format::Lines => Ok(kept.text),
            Format::Chat => as_chat(&kept.text),
        };
        let refuse = |message| Error::content(path, format!("line {}: {message}", kept.line));
        let mut line = line.map_err(refuse)?;
        line.push(b'\n');
        out.write_all(&line).map_err(Error::file(&arguments.out, "write"))
    })?;
    let Some(selection) = selection else {
        return Err(Error::content(path, "no trajectories: expected one JSON object a line"));
    };
    out.commit()?;
    let mut text = format!(
        "kept {} of {} trajectories of {} scenarios in {}; mean score by {}: {} before, {} after",
        selection.kept,
        selection.trajectories,
        selection.scenarios,
        arguments.out.display(),
        selection.measure,
        number(selection.mean),
        number(selection.mean_kept)
    );
    if selection.short > 0 {
        text += &format!("; {} scenarios have fewer than {}", selection.short, arguments.keep);
    }
    let mut json = serde_json::json!(selection);
    json["wrote"] = serde_json::json!(arguments.out);
    Ok(Output { text, json })
}
