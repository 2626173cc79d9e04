//! The subcommands of `lowregret`, a file each: arguments, and a `run` from them to an [`Output`].

pub mod completions;
pub mod decide;
pub mod evaluate;
pub mod experiment;
mod input;
pub mod ledger;
pub mod llm;
pub mod merge;
pub mod play;
pub mod reproduce;
mod results;
pub mod score;
pub mod select;
#[cfg(feature = "net")]
pub mod serve;
pub mod solve;
pub mod train;

use std::io::Write;

use lowregret::{Error, Result};

/// What every subcommand takes.
#[derive(Clone, Copy, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Common {
    /// Print one JSON object on standard output instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Number of threads [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// No progress on standard error
    #[arg(long, global = true)]
    pub quiet: bool,
}

impl Common {
    /// Sets the number of threads of everything that follows.
    ///
    /// # Errors
    /// Threads that the system refuses.
    pub fn start(&self) -> Result<()> {
        let Some(threads) = self.threads else { return Ok(()) };
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()
            .map_err(|reason| Error::parameter("--threads", threads, reason.to_string()))
    }
}

/// The answer of a subcommand, for people and for programs.
pub struct Output {
    /// Printed without `--json`.
    pub text: String,
    /// Printed with `--json`.
    pub json: serde_json::Value,
}

impl Output {
    /// Nothing more to say.
    pub fn none() -> Self {
        Self { text: String::new(), json: serde_json::Value::Null }
    }

    /// Prints the answer on standard output.
    ///
    /// # Errors
    /// Those of standard output.
    pub fn print(&self, common: Common) -> std::io::Result<()> {
        if self.text.is_empty() && self.json.is_null() {
            return Ok(());
        }
        let mut out = std::io::stdout();
        if common.json {
            writeln!(out, "{}", self.json)?;
        } else {
            writeln!(out, "{}", self.text)?;
        }
        out.flush()
    }
}
