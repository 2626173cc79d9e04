//! `lowregret ledger`: the ledger of claims and the report from the summaries of all experiments.

use std::path::PathBuf;

use lowregret::Result;

use super::{Output, results};

pub const EXAMPLES: &str = "\
Example, after running experiments:
  lowregret ledger";

#[derive(clap::Args)]
pub struct Arguments {
    /// Hand-written entries: CSV with the columns id, claim, provenance, test [default: those built in]
    #[arg(long, value_name = "CSV")]
    entries: Option<PathBuf>,
    /// Folder that holds a folder with summary.json for each experiment
    #[arg(long, value_name = "DIR", default_value = results::FIGURES)]
    figures: PathBuf,
    /// The ledger
    #[arg(long, value_name = "FILE", default_value = results::LEDGER)]
    out: PathBuf,
    /// The report [default: report.html in the folder of --figures]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    let Arguments { entries, figures, out, report } = arguments;
    let report = report.clone().unwrap_or_else(|| figures.join("report.html"));
    let wrote = [
        results::write_ledger(entries.as_deref(), figures, out)?,
        results::write_report(figures, &report)?,
    ];
    Ok(Output {
        text: format!("wrote {} and {}", wrote[0].display(), wrote[1].display()),
        json: serde_json::json!({ "wrote": wrote }),
    })
}
