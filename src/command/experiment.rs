//! `lowregret experiment NAME`: one experiment, with its own arguments.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command, FromArgMatches, Subcommand};

use crate::experiments::{ALL, Entry};

pub const EXAMPLES: &str = "\
Examples:
  lowregret experiment single_layer_noregret --preset quick --out trial
  lowregret experiment transformer_bandit --help";

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    experiment: Named,
}

impl Arguments {
    /// Runs the experiment. It reads the process's arguments itself, since it has more of them than are known here.
    pub fn run(&self) -> ExitCode {
        let (_, main) = self.experiment.0;
        main()
    }
}

/// An experiment by name. Its arguments are only let through here.
struct Named(Entry);

impl FromArgMatches for Named {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let name = matches.subcommand_name();
        let known = ALL.iter().find(|(page, _)| Some(page.name) == name);
        known.copied().map(Named).ok_or_else(|| clap::Error::new(ErrorKind::InvalidSubcommand))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Named {
    fn augment_subcommands(command: Command) -> Command {
        let pages = ALL.iter().map(|(page, _)| {
            let rest = Arg::new("arguments").num_args(0..).allow_hyphen_values(true);
            Command::new(page.name)
                .about(page.question)
                .disable_help_flag(true)
                .arg(rest.trailing_var_arg(true))
        });
        command.subcommands(pages).subcommand_required(true)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        ALL.iter().any(|(page, _)| page.name == name)
    }
}
