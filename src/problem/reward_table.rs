//! The user's own data: a CSV table with a header naming the arms, a row a round, a number a cell.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use ndarray::{Array2, Axis};

use super::decision_set::norm;
use crate::files::read_all;
use crate::{Error, Result};

/// Largest size of a cell, so that sums of squares stay finite.
const MAX_CELL: f64 = 1e100;
/// Largest file that is read; its numbers take at most four times as much memory.
const MAX_BYTES: u64 = 1 << 27;

/// Rewards read from a file.
#[derive(Clone, Debug)]
pub struct RewardTable {
    /// Names of the d arms, from the header.
    pub arms: Vec<String>,
    /// Rewards, rounds x arms.
    pub rewards: Array2<f64>,
}

impl RewardTable {
    /// Reads a table.
    ///
    /// # Errors
    /// A file that cannot be read or has more than 2^27 bytes; no header, no rows, a ragged row, an empty or repeated arm
    /// name, a cell that is not a finite number of size at most 1e100. The message names the line and the column.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::read_from(File::open(path).map_err(Error::file(path, "read"))?, path)
    }

    /// Reads a table from a stream; `path` only names it in errors.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_from(reader: impl Read, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = read_all(reader, path, MAX_BYTES)?;
        Self::parse(&text).map_err(|message| Error::content(path, message))
    }

    /// Parses the bytes of a CSV table; the error is a message with line and column.
    pub fn parse(text: &[u8]) -> std::result::Result<Self, String> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text);
        let header = reader.headers().map_err(|e| e.to_string())?;
        let arms: Vec<String> = header.iter().map(str::to_owned).collect();
        if arms.is_empty() || arms == [""] {
            return Err("empty file: expected a header that names the arms".into());
        }
        let mut named = HashSet::new();
        for (i, arm) in arms.iter().enumerate() {
            if arm.is_empty() {
                return Err(format!("header, column {}: an arm without a name", i + 1));
            }
            if !named.insert(arm) {
                return Err(format!("header, column {}: arm \"{arm}\" named twice", i + 1));
            }
        }
        if arms.iter().all(|arm| arm.parse::<f64>().is_ok()) {
            return Err(
                "the header holds only numbers: expected a header that names the arms".into()
            );
        }
        let mut cells = Vec::new();
        let mut rounds = 0;
        for record in reader.records() {
            let record = record.map_err(|e| e.to_string())?;
            // The reader's position stands before the blank lines it skips.
            let line = record.position().map_or(0, |p| {
                let rest = text.get(p.byte() as usize..).unwrap_or_default().iter();
                let blank = rest.take_while(|b| b"\r\n".contains(b)).filter(|b| **b == b'\n');
                p.line() + blank.count() as u64
            });
            if record.len() != arms.len() {
                return Err(format!(
                    "line {line}: {} cells, expected {} as in the header",
                    record.len(),
                    arms.len()
                ));
            }
            for (cell, arm) in record.iter().zip(&arms) {
                match cell.parse::<f64>() {
                    Ok(value) if value.abs() <= MAX_CELL => cells.push(value),
                    _ => {
                        return Err(format!(
                            "line {line}, column \"{arm}\": \"{cell}\" is not a finite number up to 1e100"
                        ));
                    }
                }
            }
            rounds += 1;
        }
        if rounds == 0 {
            return Err("no rounds: expected at least one row below the header".into());
        }
        let rewards =
            Array2::from_shape_vec((rounds, arms.len()), cells).map_err(|e| e.to_string())?;
        Ok(Self { arms, rewards })
    }

    /// Number of rounds.
    pub fn rounds(&self) -> usize {
        self.rewards.nrows()
    }

    /// Root mean square length of a round's reward vector.
    pub fn scale(&self) -> f64 {
        let cells = self.rewards.as_slice().unwrap_or_default();
        norm(cells) / (self.rounds() as f64).sqrt()
    }

    /// The table cut into consecutive blocks of `length` rounds; a shorter rest is left out.
    ///
    /// # Errors
    /// `length` of 0 or longer than the table.
    pub fn blocks(&self, length: usize) -> Result<Vec<Array2<f64>>> {
        if length == 0 || length > self.rounds() {
            return Err(Error::parameter(
                "block length",
                length,
                format!("1 to {}", self.rounds()),
            ));
        }
        let whole = self.rounds() / length;
        let blocks = self.rewards.axis_chunks_iter(Axis(0), length).take(whole);
        Ok(blocks.map(|block| block.to_owned()).collect())
    }
}

#[cfg(test)]
mod tests;
