//! The command line that all experiments share.

use clap::{Args, Command, FromArgMatches, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// How much an experiment computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Preset {
    /// Seconds: enough to see that everything works
    Quick,
    /// The sizes behind the committed figures
    Full,
}

impl Preset {
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }
}

/// Arguments of every experiment.
#[derive(Args, Clone, Debug)]
pub(super) struct Common {
    /// Folder for figures, tables and the summary [default: figures/NAME, NAME the experiment's]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// First training seed; the same seed gives the same tables
    // Up to 2^53 - 1: every JSON reader holds such a number exactly.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=9_007_199_254_740_991))]
    pub seed: u64,
    /// Number of training seeds: seed, seed + 1, ...
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: u64,
    /// How much to compute
    #[arg(long, value_enum, default_value_t = Preset::Full)]
    pub preset: Preset,
    /// Number of threads, 1 to 1024 [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print nothing but errors
    #[arg(long)]
    pub quiet: bool,
}

/// Reads the command line (the first argument is the program) of the experiment `name` with its own arguments `E`.
pub(super) fn parse<E: Args>(
    name: &'static str,
    about: &'static str,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Common, E), clap::Error> {
    let command = E::augment_args(Common::augment_args(Command::new(name)))
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(examples(name));
    let matches = command.try_get_matches_from(arguments)?;
    Ok((Common::from_arg_matches(&matches)?, E::from_arg_matches(&matches)?))
}

fn examples(name: &str) -> String {
    let run = format!("  cargo run --release --example {name}");
    format!(
        "Examples:\n{run}\n{run} -- --preset quick --out trial\n{run} -- --seed 7 --seeds 5 --threads 2\n\n\
         The exit code is 0 after a complete run and 2 after an error; then nothing is written."
    )
}
