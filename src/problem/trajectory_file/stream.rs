//! A file of trajectories, read once from front to back in constant memory.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::{Measure, Record, Score};
use crate::lines::{Line, Lines};
use crate::{Error, Result};

/// Longest line that is read, in bytes.
pub const MAX_LINE: usize = 1 << 24;
/// Most scenarios of a file; what is remembered of one takes some 16 bytes.
const MAX_SCENARIOS: usize = 1 << 24;

/// Reads and scores trajectories; those of a scenario must stand together.
#[derive(Debug)]
pub struct Reader<R> {
    lines: Lines<R>,
    path: PathBuf,
    measure: Option<Measure>,
    scenario: Option<String>,
    /// Fingerprints of the scenarios met, so that one that comes back is noticed.
    met: HashSet<u64>,
}

/// A trajectory and its score.
#[derive(Debug)]
pub struct Scored<'a> {
    /// What the line says.
    pub record: Record,
    /// Number of the line, from 1.
    pub line: u64,
    /// The line.
    pub text: &'a [u8],
    /// What it is scored by.
    pub measure: Measure,
    /// Its score.
    pub score: Score,
    /// Whether it is the first of its scenario.
    pub first: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads `reader`; `path` only names it in errors. Without a measure the first line decides
    /// ([`Measure::for_record`]).
    pub fn new(reader: R, path: impl AsRef<Path>, measure: Option<Measure>) -> Self {
        Self {
            lines: Lines::new(reader, MAX_LINE),
            path: path.as_ref().to_owned(),
            measure,
            scenario: None,
            met: HashSet::new(),
        }
    }

    /// What trajectories are ranked by; `None` before the first line if nobody said so.
    pub fn measure(&self) -> Option<Measure> {
        self.measure
    }

    /// The next trajectory; `None` at the end. Blank lines are skipped.
    ///
    /// # Errors
    /// A file that cannot be read; with the number of the line, one of more than 2^24 bytes, one that is no trajectory
    /// ([`Record::parse`]) or lacks what the measure needs, and one whose scenario was left before; more than 2^24
    /// scenarios.
    pub fn read(&mut self) -> Result<Option<Scored<'_>>> {
        loop {
            match self.lines.read().map_err(Error::file(&self.path, "read"))? {
                None => return Ok(None),
                Some(Line::Whole(text)) if text.trim_ascii().is_empty() => {}
                Some(_) => break,
            }
        }
        let line = self.lines.number();
        let refuse =
            |message: String| Error::content(&self.path, format!("line {line}: {message}"));
        let text =
            self.lines.last().ok_or_else(|| refuse(format!("more than {MAX_LINE} bytes")))?;
        let record = Record::parse(text).map_err(refuse)?;
        let measure = match self.measure {
            Some(measure) => measure,
            None => *self.measure.insert(Measure::for_record(&record).map_err(refuse)?),
        };
        let score = measure.score(&record).map_err(refuse)?;
        let first = self.scenario.as_deref() != Some(record.scenario());
        if first {
            let mut hasher = DefaultHasher::new();
            record.scenario().hash(&mut hasher);
            if !self.met.insert(hasher.finish()) {
                return Err(refuse(format!(
                    "scenario \"{}\" was left before: trajectories of a scenario must stand together; with \"scenario\" \
                     as the first key of every line, LC_ALL=C sort does it",
                    record.scenario()
                )));
            }
            if self.met.len() > MAX_SCENARIOS {
                return Err(refuse(format!("more than {MAX_SCENARIOS} scenarios")));
            }
            self.scenario = Some(record.scenario().to_owned());
        }
        Ok(Some(Scored { record, line, text, measure, score, first }))
    }
}
