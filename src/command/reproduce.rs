//! `lowregret reproduce`: every experiment, then the ledger and the report.

mod queue;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use lowregret::report::shard::{Shard, longest_first};
use lowregret::report::{Page, Preset, Run, Table, clock, command_line};
use lowregret::{Error, Result};

use self::queue::{Outcome, Queue, State};
use super::{Common, Output, results};

pub const EXAMPLES: &str = "\
Examples:
  lowregret reproduce --jobs 2                             everything: 80 min on two cores
  lowregret reproduce --preset quick --out trial           everything, small
  lowregret reproduce --only ablation real_rewards
  lowregret reproduce --shard 2/4 --out shard-2            the second of four shares; see `lowregret merge`

An experiment is skipped if the output folder holds it already: same version of the command, preset and seeds. If one fails,
the others are run all the same, and the exit code is 1. The ledger and report.html are written at the end, except by
shards; the ledger by the full preset only.";

#[derive(clap::Args)]
pub struct Arguments {
    /// Only these experiments
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = names())]
    only: Vec<String>,
    /// How much to compute
    #[arg(long, value_enum, default_value_t = Preset::Full)]
    preset: Preset,
    /// First training seed
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = command_line::seeds())]
    seed: u64,
    /// Only share I of N, from 1/N to N/N
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Experiments that run at a time, sharing the threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Folder with a folder an experiment [default: figures; with the quick preset figures-quick]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The ledger [default: paper_notes/claims.md for the folder figures, else claims.md in the folder of --out]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Run again what is there already
    #[arg(long)]
    force: bool,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(results::pages().into_iter().map(|page| page.name))
}

impl Arguments {
    fn pages(&self) -> Vec<&'static Page> {
        let wanted =
            |page: &&Page| self.only.is_empty() || self.only.iter().any(|n| n == page.name);
        let pages: Vec<&Page> = results::pages().into_iter().filter(wanted).collect();
        let mut pages = match self.shard {
            Some(shard) => shard.of(&pages),
            None if self.jobs > 1 => longest_first(&pages),
            None => pages,
        };
        pages.sort_by_key(|page| page.timed);
        pages
    }
}

pub fn run(arguments: &Arguments, common: Common) -> Result<(Output, ExitCode)> {
    let full = arguments.preset == Preset::Full;
    let default = if full { results::FIGURES } else { "figures-quick" };
    let out = arguments.out.clone().unwrap_or_else(|| default.into());
    std::fs::create_dir_all(&out).map_err(Error::file(&out, "create the folder"))?;
    let runs = arguments
        .pages()
        .into_iter()
        .map(|page| Run { page, preset: arguments.preset, seed: arguments.seed })
        .collect();
    let queue = Queue {
        runs,
        out: out.clone(),
        force: arguments.force,
        jobs: arguments.jobs.into(),
        threads: common.threads.map(usize::from),
        quiet: common.quiet,
    };
    let outcomes = queue.work_off()?;
    let mut wrote = Vec::new();
    if arguments.shard.is_none() {
        wrote.push(results::write_report(&out, &out.join("report.html"))?);
        if full {
            let ledger = arguments.ledger.clone().unwrap_or_else(|| results::ledger_of(&out));
            wrote.push(results::write_ledger(None, &out, &ledger)?);
        }
    }
    let failed: Vec<&str> =
        outcomes.iter().filter(|o| o.state == State::Failed).map(|o| o.experiment).collect();
    let code = ExitCode::from(u8::from(!failed.is_empty()));
    let mut text = table(&outcomes).to_string();
    for path in &wrote {
        text.push_str(&format!("\nwrote {}", path.display()));
    }
    if !failed.is_empty() {
        text.push_str(&format!("\nfailed: {}", failed.join(", ")));
    }
    let json = serde_json::json!({ "out": out, "experiments": outcomes, "failed": failed, "wrote": wrote });
    Ok((Output { text, json }, code))
}

fn table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new(&["experiment", "", "time"]);
    for outcome in outcomes {
        let state = match outcome.state {
            State::Ran => "ran",
            State::Skipped => "was there already",
            State::Failed => "FAILED",
        };
        table.push(vec![outcome.experiment.to_owned(), state.to_owned(), clock(outcome.seconds)]);
    }
    table
}
