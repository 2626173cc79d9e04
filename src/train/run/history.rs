//! The history of a run: a row an iteration, in memory and as a table.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::files::{append, csv_bytes, write_atomic};
use crate::train::course::HistoryRow;

/// Bytes that a row has at most.
const MOST_OF_A_ROW: u64 = 512;

/// The history of a run.
#[derive(Clone, Debug)]
pub struct History {
    path: PathBuf,
    rows: Vec<HistoryRow>,
    /// Rows that were written, and the length of the file after that.
    written: (usize, u64),
}

impl History {
    /// An empty history that is written to `path`.
    pub fn new(path: PathBuf) -> Self {
        Self { path, rows: Vec::new(), written: (0, 0) }
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

    /// Writes all rows: those that are new, to the end of the file, unless somebody has changed it meanwhile.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&mut self) -> Result<()> {
        let (rows, length) = self.written;
        let untouched = std::fs::metadata(&self.path).is_ok_and(|file| file.len() == length);
        let length = if rows > 0 && untouched {
            let new = csv_bytes(&self.path, &self.rows[rows..])?;
            let header = new.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            append(&self.path, &new[header..])?;
            length + (new.len() - header) as u64
        } else {
            let all = csv_bytes(&self.path, &self.rows)?;
            write_atomic(&self.path, &all)?;
            all.len() as u64
        };
        self.written = (self.rows.len(), length);
        Ok(())
    }
}

/// The first `completed` rows of a file that has as many or more.
fn read(path: &Path, completed: usize) -> Option<Vec<HistoryRow>> {
    let mut table = csv::Reader::from_path(path).ok()?;
    let rows = table.deserialize().take(completed).collect::<std::result::Result<Vec<_>, _>>();
    rows.ok().filter(|rows| rows.len() == completed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_and_a_file_that_changed_is_written_anew() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("history.csv");
        let row = |iteration| HistoryRow { iteration, loss: 0.1, ..HistoryRow::default() };
        let mut history = History::new(path.clone());
        let mut expected = Vec::new();
        for step in 0..6 {
            expected.extend([row(step), row(step + 10)]);
            history.push(row(step));
            history.push(row(step + 10));
            match step {
                3 => std::fs::write(&path, "spoilt").unwrap(),
                4 => std::fs::remove_file(&path).unwrap(),
                _ => {}
            }
            history.write().unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), csv_bytes(&path, &expected).unwrap());
        }
        // Nothing new.
        history.write().unwrap();
        let mut loaded = History::new(path);
        assert!(loaded.load(12) && loaded.rows == expected && !loaded.load(13));
    }
}
