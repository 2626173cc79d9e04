//! The harness of every experiment: command line, threads, progress, and files that appear together at the end or not at all.

mod arguments;
mod collect;

pub use arguments::Preset;

use super::{Claim, Page, Progress, Table, command_line};
use crate::{Error, Result, files};
use arguments::{Common, Parsed};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// For an experiment without arguments of its own.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct NoExtra {}

/// A running experiment: what was asked for, and what has been collected so far.
///
/// Files are kept in memory and written only after the body has succeeded.
#[derive(Debug)]
pub struct Experiment {
    page: &'static Page,
    common: Common,
    /// The experiment's own arguments that were given, for config.json.
    given: BTreeMap<String, Vec<String>>,
    out: PathBuf,
    threads: usize,
    started: Instant,
    config: Map<String, Value>,
    results: Map<String, Value>,
    claims: Vec<Claim>,
    files: BTreeMap<String, Vec<u8>>,
}

/// The `main` of an experiment: reads the command line (`E` adds the experiment's own arguments), checks that the output
/// folder can be written, runs `body` on a thread pool of the wanted size, writes its files, config.json and summary.json,
/// and prints the claims.
///
/// The exit code is 0 after a complete run, whether the claims hold or not, and 2 after an error, which is one line on
/// standard error; then no file is written.
pub fn run<E: clap::Args + Send>(
    page: &'static Page,
    body: impl FnOnce(&mut Experiment, E) -> Result<()> + Send,
) -> ExitCode {
    ExitCode::from(run_with(page, std::env::args_os(), body))
}

fn run_with<E: clap::Args + Send>(
    page: &'static Page,
    arguments: impl IntoIterator<Item = OsString>,
    body: impl FnOnce(&mut Experiment, E) -> Result<()> + Send,
) -> u8 {
    let parsed = match arguments::parse::<E>(page, arguments) {
        Ok(parsed) => parsed,
        Err(message) => return command_line::refuse(&message),
    };
    match execute(page, parsed, body) {
        Ok(()) => 0,
        Err(error) => command_line::fail(&error),
    }
}

fn execute<E: clap::Args + Send>(
    page: &'static Page,
    Parsed { common, extra, given }: Parsed<E>,
    body: impl FnOnce(&mut Experiment, E) -> Result<()> + Send,
) -> Result<()> {
    let mut builder = rayon::ThreadPoolBuilder::new();
    if let Some(threads) = common.threads {
        builder = builder.num_threads(usize::from(threads));
    }
    let pool = builder.build().map_err(|reason| {
        let asked = common.threads.map_or("all".to_owned(), |n| n.to_string());
        Error::parameter("--threads", asked, format!("a number the system can start ({reason})"))
    })?;
    let out = common.out.clone().unwrap_or_else(|| Path::new("figures").join(page.name));
    files::probe(&out)?;
    let mut experiment = Experiment {
        page,
        common,
        given,
        out,
        threads: pool.current_num_threads(),
        started: Instant::now(),
        config: Map::new(),
        results: Map::new(),
        claims: Vec::new(),
        files: BTreeMap::new(),
    };
    pool.install(|| body(&mut experiment, extra))?;
    experiment.finish()
}

impl Experiment {
    /// The first training seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.common.seed
    }

    /// All training seeds: the first and those that follow it.
    #[must_use]
    pub fn seeds(&self) -> Vec<u64> {
        (self.common.seed..self.common.seed + self.common.seeds).collect()
    }

    /// The training seeds of an experiment whose claims are about three: those asked for, but at least three in the full
    /// preset.
    #[must_use]
    pub fn three_seeds(&self) -> Vec<u64> {
        let count = if self.quick() { self.common.seeds } else { self.common.seeds.max(3) };
        (self.common.seed..self.common.seed + count).collect()
    }

    /// Whether the preset is "quick".
    #[must_use]
    pub fn quick(&self) -> bool {
        self.common.preset == Preset::Quick
    }

    /// Number of threads of the pool the body runs on.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Starts to show progress over `total` iterations.
    #[must_use]
    pub fn progress(&self, label: impl Into<String>, total: u64) -> Progress {
        Progress::new(label, total, self.common.quiet)
    }

    /// Prints a table and an empty line on standard output, unless quiet or asked for JSON.
    pub fn print(&self, table: &Table) {
        self.say(&format!("{table}\n"));
    }

    /// Prints a line on standard output, unless quiet or asked for JSON.
    pub fn note(&self, text: &str) {
        self.say(&format!("{text}\n"));
    }

    fn say(&self, text: &str) {
        if !self.common.quiet && !self.common.json {
            answer(text);
        }
    }
}

/// Writes on standard output; that it is closed is no reason to lose the results.
fn answer(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests;
