//! `lowregret ledger`: the ledger of claims from the summaries of all experiments.

use std::path::PathBuf;

use lowregret::Result;
use lowregret::files::write_atomic;
use lowregret::report::ledger::ledger;

use super::Output;

pub const EXAMPLES: &str = "\
Example, after running experiments:
  lowregret ledger";

#[derive(clap::Args)]
pub struct Arguments {
    /// Hand-written entries: CSV with the columns id, claim, provenance, test
    #[arg(long, value_name = "CSV", default_value = "paper_notes/ledger.csv")]
    entries: PathBuf,
    /// Folder that holds a folder with summary.json for each experiment
    #[arg(long, value_name = "DIR", default_value = "figures")]
    figures: PathBuf,
    /// The ledger
    #[arg(long, value_name = "FILE", default_value = "paper_notes/claims.md")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    let text = ledger(&arguments.entries, &arguments.figures)?;
    write_atomic(&arguments.out, text.as_bytes())?;
    Ok(Output {
        text: format!("wrote {}", arguments.out.display()),
        json: serde_json::json!({ "wrote": arguments.out }),
    })
}
