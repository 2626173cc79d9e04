//! The history of a run: a row an iteration, in memory and as a table.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::files::{csv_bytes, write_atomic};
use crate::train::course::HistoryRow;

/// Bytes that a row has at most.
const MOST_OF_A_ROW: u64 = 512;

/// The history of a run.
#[derive(Clone, Debug)]
pub struct History {
    path: PathBuf,
    rows: Vec<HistoryRow>,
}

impl History {
    /// An empty history that is written to `path`.
    pub fn new(path: PathBuf) -> Self {
        Self { path, rows: Vec::new() }
    }

    /// Takes in the first `completed` rows of the file. Returns whether there are so many; otherwise there are none.
    pub fn load(&mut self, completed: usize) -> bool {
        let most = (completed as u64).saturating_add(1 << 16).saturating_mul(MOST_OF_A_ROW);
        let readable = std::fs::metadata(&self.path).is_ok_and(|m| m.is_file() && m.len() <= most);
        let rows = readable.then(|| read(&self.path, completed)).flatten();
        self.rows = rows.unwrap_or_default();
        self.rows.len() == completed
    }

    /// Adds a row.
    pub fn push(&mut self, row: HistoryRow) {
        self.rows.push(row);
    }

    /// The last `count` rows, or fewer.
    pub fn newest(&self, count: usize) -> &[HistoryRow] {
        &self.rows[self.rows.len().saturating_sub(count)..]
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all rows.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self) -> Result<()> {
        write_atomic(&self.path, &csv_bytes(&self.path, &self.rows)?)
    }
}

/// The first `completed` rows of a file that has as many or more.
fn read(path: &Path, completed: usize) -> Option<Vec<HistoryRow>> {
    let mut table = csv::Reader::from_path(path).ok()?;
    let rows = table.deserialize().take(completed).collect::<std::result::Result<Vec<_>, _>>();
    rows.ok().filter(|rows| rows.len() == completed)
}
