//! The `lowregret` command.

mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use command::{Common, Output, ledger, play};
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
    /// Rewrite the ledger of claims from the summaries of all experiments
    #[command(after_help = ledger::EXAMPLES)]
    Ledger(ledger::Arguments),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return ExitCode::from(command_line::refuse(&message)),
    };
    match cli.common.start().and_then(|()| run(&cli.command)) {
        Ok(output) => {
            output.print(cli.common);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> Result<Output> {
    match command {
        Command::Play(arguments) => play::run(arguments),
        Command::Ledger(arguments) => ledger::run(arguments),
    }
}
