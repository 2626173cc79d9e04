//! `lowregret play`: learners on a user's own table of rewards.

mod players;
mod present;

use std::path::PathBuf;

use clap::ValueEnum;
use lowregret::metrics::table_play::{Rules, TablePlay};
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::reward_table::RewardTable;
use lowregret::report::Progress;
use lowregret::{Error, Result};

use super::{Common, Output, input};

pub const EXAMPLES: &str = "\
Examples:
  lowregret play --rewards experiments/data/djia_daily_log_returns.csv --figure regret.svg
  lowregret play --rewards table.csv --learner ftrl:eta=0.05 --learner hedge:anytime --switches 3
  lowregret play --rewards table.csv --feedback bandit --learner ucb1:c=0.3 --learner thompson --seeds 20
  lowregret play --rewards table.csv --learner layer.safetensors --learner transformer.safetensors --json

Learners with full information (all rewards of a round are seen after deciding): ftrl, optimistic-ftrl, hedge,
optimistic-hedge, gradient-ascent (each alone, with :anytime or :eta=NUMBER), ftl, center, best-fixed.
Learners with bandit feedback (only the reward of the arm chosen is seen): uniform, greedy, epsilon-greedy, ucb1, kl-ucb,
moss, thompson, gaussian-thompson, exp3, exp3-s, discounted-ucb and others, with parameters as NAME:PARAMETER=NUMBER,...
A weight file of a trained layer or Transformer is a learner, too.";

#[derive(clap::Args)]
pub struct Arguments {
    /// Reward table: CSV, a header naming the arms, a row a round, a number a cell; - for standard input
    #[arg(long, value_name = "CSV")]
    rewards: PathBuf,
    /// A learner by name, or a weight file; may be repeated [default: the usual ones]
    #[arg(long, value_name = "NAME[:PARAMETER=..]|FILE", alias = "weights")]
    learner: Vec<String>,
    /// What is seen after deciding: the rewards of all arms, or that of the arm chosen
    #[arg(long, value_enum, default_value_t = Feedback::Full)]
    feedback: Feedback,
    /// Set of decisions: probability vectors over the arms, or vectors of length at most 1
    #[arg(long, value_enum, default_value_t = SetName::Simplex)]
    set: SetName,
    /// Regret also against the best sequence of arms with so many changes
    #[arg(long, value_name = "N")]
    switches: Option<usize>,
    /// Runs of learners that draw at random (bandit feedback)
    #[arg(long, value_name = "N", default_value_t = 10)]
    seeds: usize,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Tables of resampled blocks for the interval of the growth exponent; 0 for no interval
    #[arg(long, value_name = "N", default_value_t = 200)]
    resamples: usize,
    /// Rounds of such a block [default: the cube root of the number of rounds]
    #[arg(long, value_name = "ROUNDS")]
    block: Option<usize>,
    /// Draw the regret curves: a file name that ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Feedback {
    Full,
    Bandit,
}

#[derive(Clone, Copy, ValueEnum)]
enum SetName {
    Simplex,
    Ball,
}

impl From<SetName> for DecisionSet {
    fn from(name: SetName) -> Self {
        match name {
            SetName::Simplex => Self::Simplex,
            SetName::Ball => Self::UNIT_BALL,
        }
    }
}

/// How a table is handed to the learners: `(reward - offset) / unit`.
struct Scaling {
    offset: f64,
    unit: f64,
}

impl Scaling {
    fn of(table: &RewardTable, feedback: Feedback) -> Self {
        match feedback {
            // Step sizes and models are meant for reward vectors of length about 1.
            Feedback::Full => Self { offset: 0.0, unit: table.scale() },
            // Bandit learners are stated for rewards in [0, 1].
            Feedback::Bandit => {
                let ends = |(low, high): (f64, f64), r: &f64| (low.min(*r), high.max(*r));
                let (low, high) = table.rewards.iter().fold((f64::MAX, f64::MIN), ends);
                Self { offset: low, unit: high - low }
            }
        }
    }
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let path = &arguments.rewards;
    let table = RewardTable::read_from(input::open(path)?, path)?;
    let (rounds, arms) = (table.rounds(), table.arms.len());
    let set: DecisionSet = arguments.set.into();
    if arguments.feedback == Feedback::Bandit && set != DecisionSet::Simplex {
        return Err(Error::parameter("--set", "ball", "simplex beside --feedback bandit"));
    }
    let scaling = Scaling::of(&table, arguments.feedback);
    if scaling.unit == 0.0 {
        let value = match arguments.feedback {
            Feedback::Full => "every reward is 0",
            Feedback::Bandit => "all rewards are equal",
        };
        return Err(Error::content(path, format!("{value}: there is nothing to decide")));
    }
    let mut rules = Rules { set, switches: arguments.switches, ..Rules::new(rounds) };
    (rules.runs, rules.tables, rules.seed) = (arguments.seeds, arguments.resamples, arguments.seed);
    rules.block = arguments.block.unwrap_or(rules.block);
    let players = players::named(&arguments.learner, arguments.feedback)?;
    for player in &players {
        player.check(&rules, rounds, arms)?;
    }
    let unit_rewards = (&table.rewards - scaling.offset) / scaling.unit;
    let mut play = TablePlay::new(unit_rewards, rules)?;
    let progress = Progress::new("play", players.len() as u64, common.quiet).unit("learners");
    for player in &players {
        player.enter(&mut play)?;
        progress.advance(1);
    }
    progress.finish();
    if let Some(path) = &arguments.figure {
        present::figure(&play, scaling.unit).save(path)?;
    }
    Ok(present::output(arguments, &table, &scaling, &play))
}
