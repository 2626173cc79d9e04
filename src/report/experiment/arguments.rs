//! The command line that all experiments share.

use crate::report::{Page, command_line};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// How much an experiment computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// Seconds: enough to see that everything works
    Quick,
    /// The sizes behind the committed figures
    Full,
}

impl Preset {
    /// As written on the command line and in summary.json.
    #[must_use]
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
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = command_line::seeds())]
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
    /// Print summary.json on standard output, as one object, instead of tables
    #[arg(long)]
    pub json: bool,
}

/// A command line that was understood.
#[derive(Debug)]
pub(super) struct Parsed<E> {
    pub common: Common,
    /// The experiment's own arguments.
    pub extra: E,
    /// Those of its own arguments that were given, by name, as they were written.
    pub given: BTreeMap<String, Vec<String>>,
}

/// Reads the command line of the experiment `page` with its own arguments `E`. The first argument is the program; the words
/// `experiment NAME` may stand among the others, as the command `lowregret` has them.
pub(super) fn parse<E: Args>(
    page: &Page,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Parsed<E>, clap::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let words = arguments.windows(2).position(|two| two[0] == "experiment" && two[1] == page.name);
    let program = match words {
        Some(at) => {
            arguments.drain(at..at + 2);
            format!("lowregret experiment {}", page.name)
        }
        None => format!("cargo run --release --example {} --", page.name),
    };
    let command = E::augment_args(Common::augment_args(Command::new(page.name)))
        .bin_name(&program)
        .about(page.about)
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(examples(&program));
    let matches = command.try_get_matches_from(arguments)?;
    Ok(Parsed {
        common: Common::from_arg_matches(&matches)?,
        extra: E::from_arg_matches(&matches)?,
        given: given::<E>(&matches),
    })
}

/// What the command line says of the arguments of `E`.
fn given<E: Args>(matches: &ArgMatches) -> BTreeMap<String, Vec<String>> {
    E::augment_args(Command::new(""))
        .get_arguments()
        .map(|argument| argument.get_id().as_str())
        .filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine))
        .map(|id| {
            let values = matches.get_raw(id).into_iter().flatten();
            (id.to_owned(), values.map(|value| value.to_string_lossy().into_owned()).collect())
        })
        .collect()
}

fn examples(program: &str) -> String {
    format!(
        "Examples:\n  {program}\n  {program} --preset quick --out trial\n  {program} --seed 7 --seeds 5 --threads 2\n\n\
         The exit code is 0 after a complete run and 2 after an error; then nothing is written."
    )
}
