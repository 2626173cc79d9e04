//! A folder of checkpoints: `NNNNNN.safetensors`, numbered by the iterations completed. The newest few and the best
//! are kept.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Checkpoint;
use crate::files::{remove_unfinished, write_atomic};
use crate::model::weights::Stored;
use crate::{Error, Result};

const EXTENSION: &str = "safetensors";

/// Bytes for a parameter: it is in five tensors at most.
const MOST_NUMBERS: u64 = 5 * size_of::<f64>() as u64;

/// Bytes that a checkpoint may have beside its tensors.
const MOST_BESIDE: u64 = 1 << 24;

/// A folder of checkpoints of one run.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    keep: usize,
}

impl Folder {
    /// The folder at `path`, which need not exist yet, in which the newest `keep` checkpoints and the best stay.
    pub fn new(path: impl Into<PathBuf>, keep: usize) -> Self {
        Self { path: path.into(), keep }
    }

    /// Where the checkpoint after `completed` iterations is.
    pub fn file(&self, completed: usize) -> PathBuf {
        self.path.join(format!("{completed:06}.{EXTENSION}"))
    }

    /// Numbers of all checkpoints, in increasing order. What has another name is none.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn list(&self) -> Result<Vec<usize>> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let refusal = || Error::file(&self.path, "read");
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(refusal())? {
            let path = entry.map_err(refusal())?.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            // The name must be the one that this number gets: "+5" and "5" are none.
            numbers.extend(number.filter(|&number| self.file(number) == path));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The newest checkpoint that can be read, of a model of `parameters` parameters; `notice` is told about newer
    /// ones that cannot. `None` if there is no checkpoint at all.
    ///
    /// # Errors
    /// A folder that cannot be read, or has checkpoints none of which can be; a checkpoint whose recipe `differs` in
    /// some way.
    pub fn newest<S: Stored>(
        &self,
        parameters: usize,
        differs: impl Fn(&Value) -> Option<String>,
        mut notice: impl FnMut(String),
    ) -> Result<Option<Checkpoint<S>>> {
        let numbers = self.list()?;
        for &number in numbers.iter().rev() {
            let path = self.file(number);
            let read = read(&path, parameters).and_then(|bytes| {
                if let Some(difference) = differs(&Checkpoint::<S>::recipe(&bytes)?) {
                    return Ok(Err(Error::content(&path, difference)));
                }
                Ok(Ok(parse(&bytes, number, parameters)?))
            });
            match read {
                Ok(checkpoint) => return checkpoint.map(Some),
                Err(message) => notice(format!("{} is skipped: {message}", path.display())),
            }
        }
        match numbers.is_empty() {
            true => Ok(None),
            false => {
                let message = "none of the checkpoints can be read: remove them to start anew";
                Err(Error::content(&self.path, message))
            }
        }
    }

    /// Writes a checkpoint, then removes older ones that need not be kept.
    ///
    /// # Errors
    /// A file that cannot be written or removed.
    pub fn write<S: Stored>(&self, checkpoint: &Checkpoint<S>) -> Result<PathBuf> {
        let path = self.file(checkpoint.completed);
        write_atomic(&path, &checkpoint.to_bytes()?)?;
        let mut older = self.list()?;
        older.retain(|&number| number <= checkpoint.completed);
        let superfluous = older.len().saturating_sub(self.keep);
        let best = checkpoint.best.map(|best| best.completed);
        for &number in older[..superfluous].iter().filter(|&&number| Some(number) != best) {
            let path = self.file(number);
            std::fs::remove_file(&path).map_err(Error::file(&path, "remove"))?;
        }
        Ok(path)
    }

    /// Removes what a killed run was writing.
    ///
    /// # Errors
    /// A folder that cannot be read, a file that cannot be removed.
    pub fn remove_unfinished(&self) -> Result<()> {
        remove_unfinished(&self.path)
    }
}

/// The bytes of a file that could be a checkpoint of this model.
fn read(path: &Path, parameters: usize) -> std::result::Result<Vec<u8>, String> {
    let found = std::fs::metadata(path).map_err(|reason| reason.to_string())?;
    if !found.is_file() {
        return Err("not a file".to_owned());
    }
    let most = MOST_NUMBERS.saturating_mul(parameters as u64).saturating_add(MOST_BESIDE);
    if found.len() > most {
        return Err(format!("{} bytes, expected at most {most} of this model", found.len()));
    }
    std::fs::read(path).map_err(|reason| reason.to_string())
}

fn parse<S: Stored>(
    bytes: &[u8],
    number: usize,
    parameters: usize,
) -> std::result::Result<Checkpoint<S>, String> {
    let checkpoint = Checkpoint::from_bytes(bytes, parameters)?;
    if checkpoint.completed != number {
        let found = checkpoint.completed;
        return Err(format!("it was written after {found} iterations, as its name should say"));
    }
    Ok(checkpoint)
}

#[cfg(test)]
mod tests;
