//! `lowregret llm`: language models that decide in words, in this process or behind an endpoint.

mod evaluate;
mod finetune;
mod problem;
mod rmft;
mod rollout;
#[cfg(feature = "net")]
mod service;
mod voice;
mod watched;

use lowregret::Result;
use serde::de::DeserializeOwned;

use super::{Common, Output};

pub const EXAMPLES: &str = "\
Examples:
  lowregret llm rollout --weights base.safetensors --scenarios 20 --rollouts 8 --out plays.jsonl
  lowregret llm evaluate --url http://127.0.0.1:11434/v1 --model llama3.2:1b --arms 5 --rounds 30 --cache answers.jsonl
  lowregret llm finetune --url https://api.openai.com/v1 --model gpt-4o-mini-2024-07-18 --key-env OPENAI_API_KEY train.jsonl
  lowregret llm rmft --weights base.safetensors --iterations 3 --out runs/words

Who speaks is --weights FILE, a text model of this crate, or --url URL --model NAME, whoever speaks OpenAI's protocol: vLLM,
Ollama, llama.cpp, a vendor, `lowregret serve` (builds with the feature net). See the help of each.";

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Let a language model play scenarios told in words; write what was said, for `score` and `select`
    #[command(after_help = rollout::EXAMPLES)]
    Rollout(rollout::Arguments),
    /// A language model beside classical learners, on the same scenarios
    #[command(after_help = evaluate::EXAMPLES)]
    Evaluate(evaluate::Arguments),
    /// Fine-tune a model to conversations: in the process, at a service, or with TRL
    #[command(after_help = finetune::EXAMPLES)]
    Finetune(finetune::Arguments),
    /// Iterative RMFT in words: play, keep the lowest regret, imitate what was said, repeat
    #[command(after_help = rmft::EXAMPLES)]
    Rmft(rmft::Arguments),
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    match &arguments.command {
        Command::Rollout(arguments) => rollout::run(arguments, common),
        Command::Evaluate(arguments) => evaluate::run(arguments, common),
        Command::Finetune(arguments) => finetune::run(arguments, common),
        Command::Rmft(arguments) => rmft::run(arguments, common),
    }
}

/// Reads a word as the library writes it; for clap.
fn word<T: DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}
