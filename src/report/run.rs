//! A run of an experiment as `reproduce` asks for it, and what a folder says of the run that filled it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Page, Preset, Summary};
use crate::files::read_at_most;
use crate::{Error, Result};

/// Longest file of a run that is read; real ones have less than a hundredth of it.
pub(super) const MAX_BYTES: u64 = 1 << 25;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The experiment.
    pub page: &'static Page,
    /// How much to compute; the full preset takes the page's number of training seeds, the quick one a single seed.
    pub preset: Preset,
    /// First training seed.
    pub seed: u64,
}

impl Run {
    /// Arguments for the experiment, without those that change no result.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let (seed, seeds) = (self.seed.to_string(), self.seeds().to_string());
        ["--preset", self.preset.name(), "--seed", &seed, "--seeds", &seeds]
            .map(str::to_owned)
            .into()
    }

    /// Whether `folder` already holds this run, whole, by this version of the crate.
    #[must_use]
    pub fn is_done(&self, folder: &Path) -> bool {
        let there = |name: &str| folder.join(name).is_file();
        let plates = || self.page.figures.iter();
        plates().all(|(name, _)| there(&format!("{name}.svg")) && there(&format!("{name}.png")))
            && Record::read(folder).is_ok_and(|record| {
                let config = record.config;
                config.experiment == self.page.name
                    && config.version == env!("CARGO_PKG_VERSION")
                    && config.preset == self.preset.name()
                    && (config.seed, config.seeds) == (self.seed, self.seeds())
                    && config.arguments.is_empty()
            })
    }

    fn seeds(&self) -> u64 {
        match self.preset {
            Preset::Quick => 1,
            Preset::Full => self.page.seeds,
        }
    }
}

/// What config.json tells of how a run was called.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Config {
    pub experiment: String,
    pub version: String,
    pub seed: u64,
    pub seeds: u64,
    pub preset: String,
    /// Threads that it had; they change no result.
    pub threads: usize,
    /// The machine, if the numbers are times of it: those are not the same from run to run.
    #[serde(default)]
    pub machine: Option<String>,
    /// The experiment's own arguments that were given.
    #[serde(default)]
    pub arguments: BTreeMap<String, Vec<String>>,
}

impl Config {
    /// The command that makes this run again.
    pub fn command(&self) -> String {
        let mut command = format!("lowregret experiment {}", self.experiment);
        for (flag, value, default) in [("seed", self.seed, 0), ("seeds", self.seeds, 1)] {
            if value != default {
                command.push_str(&format!(" --{flag} {value}"));
            }
        }
        if self.preset != Preset::Full.name() {
            command.push_str(&format!(" --preset {}", self.preset));
        }
        for (name, values) in &self.arguments {
            for value in values {
                command.push_str(&format!(" --{name} {}", quoted(value)));
            }
        }
        command
    }
}

/// A word that a shell reads as it was meant.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The two files that every run leaves.
#[derive(Debug)]
pub(super) struct Record {
    pub config: Config,
    pub summary: Summary,
}

impl Record {
    /// Reads config.json and summary.json of a run.
    ///
    /// # Errors
    /// A file that is missing or does not hold what it should; files of two different runs.
    pub fn read(folder: &Path) -> Result<Self> {
        let config: Config = read_json(&folder.join("config.json"))?;
        let summary: Summary = read_json(&folder.join("summary.json"))?;
        let called = (&config.experiment, config.seed, &config.preset);
        if called != (&summary.experiment, summary.seed, &summary.preset) {
            let message = "config.json and summary.json are of different runs: run it again";
            return Err(Error::content(folder, message));
        }
        Ok(Self { config, summary })
    }
}

/// Reads a JSON file of a run.
///
/// # Errors
/// A file that is missing, too long, or does not hold what it should.
pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = read_at_most(path, MAX_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|reason| Error::content(path, reason.to_string()))
}
