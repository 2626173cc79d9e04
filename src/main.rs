//! The `lowregret` command.

mod command;
// Pages share some modules, as the Cargo examples that they are, too.
#[allow(clippy::duplicate_mod)]
#[path = "../experiments/mod.rs"]
mod experiments;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use command::{Common, completions, experiment, ledger, merge, play, reproduce, train};
use lowregret::Result;
use lowregret::report::command_line;

#[derive(Parser)]
#[command(
    name = "lowregret",
    version,
    about = "Learning to decide from one's own lowest-regret trajectories"
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play learners on your own table of rewards and see whether they are no-regret on it
    #[command(after_help = play::EXAMPLES)]
    Play(play::Arguments),
    /// Run one experiment: figures, tables, a summary of its claims
    #[command(after_help = experiment::EXAMPLES)]
    Experiment(experiment::Arguments),
    /// Run all experiments, then write the ledger of claims and the report
    #[command(after_help = reproduce::EXAMPLES)]
    Reproduce(reproduce::Arguments),
    /// Join the outputs of shards of `reproduce`
    #[command(after_help = merge::EXAMPLES)]
    Merge(merge::Arguments),
    /// Rewrite the ledger of claims and the report from the summaries of all experiments
    #[command(after_help = ledger::EXAMPLES)]
    Ledger(ledger::Arguments),
    /// Train a model as a configuration file says; stop and resume at any moment
    #[command(after_help = train::EXAMPLES)]
    Train(train::Arguments),
    /// Print a script that lets a shell complete this command
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Arguments),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return ExitCode::from(command_line::refuse(&message)),
    };
    match run(&cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    cli.common.start()?;
    let (output, code) = match &cli.command {
        Command::Play(arguments) => (play::run(arguments)?, ExitCode::SUCCESS),
        Command::Experiment(arguments) => return Ok(arguments.run()),
        Command::Reproduce(arguments) => reproduce::run(arguments, cli.common)?,
        Command::Merge(arguments) => (merge::run(arguments)?, ExitCode::SUCCESS),
        Command::Ledger(arguments) => (ledger::run(arguments)?, ExitCode::SUCCESS),
        Command::Train(arguments) => (train::run(arguments, cli.common)?, ExitCode::SUCCESS),
        Command::Completions(arguments) => {
            (completions::run(arguments, Cli::command())?, ExitCode::SUCCESS)
        }
    };
    output.print(cli.common);
    Ok(code)
}
