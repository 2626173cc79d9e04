//! The ledger and the report, which every command writes that changes what is in the folder of figures.

use std::path::{Path, PathBuf};

use lowregret::Result;
use lowregret::files::{read_at_most, write_atomic};
use lowregret::report::{Page, html, ledger};

use crate::experiments::ALL;

/// Where everything is by default, below the working directory.
pub const FIGURES: &str = "figures";
pub const LEDGER: &str = "paper_notes/claims.md";

/// The hand-written half of the ledger, for places where only the command is.
const ENTRIES: &str = include_str!("../../paper_notes/ledger.csv");

/// Longest ledger that is read, in bytes.
const MAX_ENTRIES: u64 = 1 << 25;

/// All experiments in the order of the report.
pub fn pages() -> Vec<&'static Page> {
    ALL.iter().map(|(page, _)| *page).collect()
}

/// Writes the ledger of the runs below `figures`; `entries` in place of those built in.
pub fn write_ledger(entries: Option<&Path>, figures: &Path, to: &Path) -> Result<PathBuf> {
    let text = match entries {
        Some(path) => {
            let text = read_at_most(path, MAX_ENTRIES)?;
            ledger::ledger(path, &text, figures)?
        }
        None => ledger::ledger(Path::new("ledger.csv"), ENTRIES.as_bytes(), figures)?,
    };
    write_atomic(to, text.as_bytes())?;
    Ok(to.to_owned())
}

/// Writes the report of the runs below `figures`.
pub fn write_report(figures: &Path, to: &Path) -> Result<PathBuf> {
    write_atomic(to, html::report(&pages(), figures)?.as_bytes())?;
    Ok(to.to_owned())
}

/// Where the ledger of the runs in `figures` goes if nobody says: only that of the project's own figures into its notes.
pub fn ledger_of(figures: &Path) -> PathBuf {
    if figures == Path::new(FIGURES) { LEDGER.into() } else { figures.join("claims.md") }
}
