//! `lowregret score`: the regret of recorded trajectories.

use std::path::PathBuf;

use lowregret::files::Staged;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::trajectory_scores::summarize;
use lowregret::problem::trajectory_file::{Measure, Reader, Scored};
use lowregret::report::{Table, table::number};
use lowregret::{Error, Result};
use serde::Serialize;

use super::{Output, input};

pub const EXAMPLES: &str = r#"Examples:
  lowregret score trajectories.jsonl
  lowregret score trajectories.jsonl --by pseudo --out scores.csv
  zcat trajectories.jsonl.gz | lowregret score - --json

A line is one trajectory; those of a scenario stand together:
  {"scenario": 7, "trajectory": 0, "rounds": [{"action": 1, "reward": 0.5}, ...], "means": [0.2, 0.6]}
  {"scenario": 7, "trajectory": 1, "rounds": [{"policy": [0.5, 0.5], "rewards": [0.0, 1.0]}, ...]}
"means" (of the arms, or a list a round), "regret" and "messages" are optional, other keys are let through.

--by pseudo    best fixed arm's means minus those of what was decided (needs "means")
--by realised  best fixed arm's rewards minus what was earned (needs "rewards" in every round)
--by dynamic   what every decision lacks to the best arm of its round, in means, else in rewards
--by given     the "regret" of the line
--by reward    minus what was earned: no regret, but on the same rewards it ranks like one

Where regret is computed and all trajectories are of one length, the growth exponent of the mean regret curve over its last
four fifths is told, with a 95 % interval over scenarios: below 1 is what a no-regret learner's regret does."#;

#[derive(clap::Args)]
pub struct Arguments {
    /// Trajectories: JSON lines; - for standard input
    #[arg(value_name = "FILE")]
    trajectories: PathBuf,
    /// What is measured: pseudo, realised, dynamic, given or reward [default: the first of pseudo, realised and given that the first line allows for]
    #[arg(long, value_name = "MEASURE")]
    by: Option<Measure>,
    /// Write a score a trajectory: CSV
    #[arg(long, value_name = "CSV")]
    out: Option<PathBuf>,
}

/// A row of the CSV file.
#[derive(Serialize)]
struct Row<'a> {
    scenario: &'a str,
    trajectory: &'a str,
    line: u64,
    rounds: usize,
    score: f64,
    earned: f64,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    let path = &arguments.trajectories;
    let mut reader = Reader::new(input::open(path)?, path, arguments.by);
    let mut out =
        arguments.out.as_ref().map(Staged::new).transpose()?.map(csv::Writer::from_writer);
    let summary = summarize(&mut reader, |scored: &Scored| {
        let Some(out) = &mut out else { return Ok(()) };
        out.serialize(Row {
            scenario: scored.record.scenario(),
            trajectory: scored.record.trajectory(),
            line: scored.line,
            rounds: scored.record.rounds(),
            score: scored.score.value,
            earned: scored.score.earned,
        })
        .map_err(|e| refused(arguments, e.into()))
    })?;
    let Some(summary) = summary else {
        return Err(Error::content(path, "no trajectories: expected one JSON object a line"));
    };
    if let Some(out) = out {
        let staged = out.into_inner().map_err(|e| refused(arguments, e.into_error()))?;
        staged.commit()?;
    }
    let mut table = Table::new(&["score of a scenario", "mean over scenarios", "95 % interval"]);
    for (name, estimate) in
        [("mean", summary.mean), ("lowest", summary.lowest), ("highest", summary.highest)]
    {
        table.push(vec![name.to_owned(), number(estimate.mean), interval(&estimate)]);
    }
    let growth = summary.growth.and_then(|growth| {
        let interval = growth.interval.and_then(|i| Some((i.low?, i.high?)));
        let interval = interval.map_or(String::new(), |(l, h)| format!(" [{l:.2}, {h:.2}]"));
        Some(format!("\nmean regret grows like t^{:.2}{interval}", growth.growth.fit?.exponent))
    });
    let text = format!(
        "{} trajectories of {} scenarios, {} rounds; measure: {}; mean reward a round: {}\n\n{table}{}",
        summary.trajectories,
        summary.scenarios,
        summary.rounds,
        summary.measure,
        number(summary.reward),
        growth.unwrap_or_default()
    );
    Ok(Output { text: text.trim_end().to_owned(), json: serde_json::json!(summary) })
}

fn interval(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} to {}", number(low), number(high)),
        _ => "-".to_owned(),
    }
}

fn refused(arguments: &Arguments, reason: std::io::Error) -> Error {
    Error::file(arguments.out.clone().unwrap_or_default(), "write")(reason)
}
