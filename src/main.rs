//! The `lowregret` command.

mod command;
// Pages share some modules, as the Cargo examples that they are, too.
#[allow(clippy::duplicate_mod)]
#[path = "../experiments/mod.rs"]
mod experiments;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
#[cfg(feature = "net")]
use command::serve;
use command::{
    Common, Output, completions, decide, evaluate, experiment, ledger, llm, merge, play, reproduce,
    score, select, solve, train,
};
use lowregret::report::command_line;
use lowregret::{Error, Result};

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
    /// Train a model as a configuration file says; stop and resume at any moment
    #[command(after_help = train::EXAMPLES)]
    Train(train::Arguments),
    /// A trained model beside classical learners on a problem
    #[command(after_help = evaluate::EXAMPLES)]
    Evaluate(evaluate::Arguments),
    /// Let a trained model decide for any program: histories in, decisions out, line by line
    #[command(after_help = decide::EXAMPLES)]
    Decide(decide::Arguments),
    /// Regret of recorded trajectories, a language model's too
    #[command(after_help = score::EXAMPLES)]
    Score(score::Arguments),
    /// Keep the trajectories of lowest regret, as JSON lines or as fine-tuning data
    #[command(after_help = select::EXAMPLES)]
    Select(select::Arguments),
    /// Language models that decide in words, here or behind an endpoint: play, evaluate, fine-tune, whole RMFT
    #[command(after_help = llm::EXAMPLES)]
    Llm(Box<llm::Arguments>),
    /// A text model behind OpenAI's protocol: chat completions, files, fine-tuning
    #[cfg(feature = "net")]
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::Arguments),
    /// Value, bounds and policy of a partially observed decision process
    #[command(after_help = solve::EXAMPLES)]
    Solve(solve::Arguments),
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
        Err(error) => ExitCode::from(command_line::fail(&error)),
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    cli.common.start()?;
    let output = match &cli.command {
        Command::Play(arguments) => play::run(arguments, cli.common)?,
        Command::Train(arguments) => train::run(arguments, cli.common)?,
        Command::Evaluate(arguments) => evaluate::run(arguments, cli.common)?,
        Command::Decide(arguments) => decide::run(arguments)?,
        Command::Score(arguments) => score::run(arguments)?,
        Command::Select(arguments) => select::run(arguments)?,
        Command::Llm(arguments) => llm::run(arguments, cli.common)?,
        #[cfg(feature = "net")]
        Command::Serve(arguments) => serve::run(arguments, cli.common)?,
        Command::Solve(arguments) => solve::run(arguments)?,
        Command::Experiment(arguments) => return Ok(arguments.run()),
        Command::Reproduce(arguments) => {
            let (output, code) = reproduce::run(arguments, cli.common)?;
            print(&output, cli.common)?;
            return Ok(code);
        }
        Command::Merge(arguments) => merge::run(arguments)?,
        Command::Ledger(arguments) => ledger::run(arguments)?,
        Command::Completions(arguments) => completions::run(arguments, Cli::command())?,
    };
    print(&output, cli.common)?;
    Ok(ExitCode::SUCCESS)
}

fn print(output: &Output, common: Common) -> Result<()> {
    match output.print(common) {
        // Nobody listens any more: that is no failure.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::file("standard output", "write")(error))
        }
        _ => Ok(()),
    }
}
