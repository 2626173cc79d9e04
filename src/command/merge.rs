//! `lowregret merge`: the outputs of shards, joined.

use std::path::PathBuf;

use lowregret::Result;
use lowregret::report::{Preset, merge::merge};

use super::{Output, results};

pub const EXAMPLES: &str = "\
Example, after `lowregret reproduce --shard i/3 --out shard-i` for i = 1, 2, 3:
  lowregret merge shard-1 shard-2 shard-3

An experiment that two folders hold must be the same in both; of one whose numbers are times the first is taken. The ledger is written if all runs are full.";

#[derive(clap::Args)]
pub struct Arguments {
    /// Output folders of shards
    #[arg(required = true, value_name = "DIR")]
    parts: Vec<PathBuf>,
    /// Folder that they are joined in; experiments in it are replaced
    #[arg(long, value_name = "DIR", default_value = results::FIGURES)]
    out: PathBuf,
    /// The ledger [default: paper_notes/claims.md for the folder figures, else claims.md in the folder of --out]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    let out = &arguments.out;
    let merged = merge(&arguments.parts, out)?;
    let mut wrote = vec![results::write_report(out, &out.join("report.html"))?];
    if merged.iter().all(|run| run.preset == Preset::Full.name()) {
        let ledger = arguments.ledger.clone().unwrap_or_else(|| results::ledger_of(out));
        wrote.push(results::write_ledger(None, out, &ledger)?);
    }
    let names: Vec<&str> = merged.iter().map(|run| run.experiment.as_str()).collect();
    Ok(Output {
        text: format!("{} experiments in {}: {}", names.len(), out.display(), names.join(", ")),
        json: serde_json::json!({ "out": out, "experiments": names, "wrote": wrote }),
    })
}
