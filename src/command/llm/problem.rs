//! Which scenarios, and how they are told.

use std::path::Path;

use lowregret::learner::verbal::class::{Class, Process, Source, Told, draw_by_turns};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::Bandit;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::problem::pomdp::family::Family;
use lowregret::problem::verbal::answer::{Form, Reading};
use lowregret::problem::verbal::context::{Context, Library, Part};
use lowregret::problem::verbal::labels::LabelStyle;
use lowregret::problem::verbal::telling::{Asking, History, Rewards, Style};
use lowregret::report::command_line::seeds;
use lowregret::{Error, Result};
use serde::{Deserialize, Serialize};

use super::word;

/// Most rounds of all plays together.
const MAX_ROUNDS: usize = 1 << 24;

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Bandit,
    Drifting,
    FullInformation,
    Mdp,
    Pomdp,
}

/// States and observations of a process.
const SEEN: usize = 3;
/// How often an observation tells the state.
const OBSERVABILITY: f64 = 0.8;

#[derive(clap::Args)]
#[command(next_help_heading = "Scenarios")]
pub struct Scenarios {
    /// bandit (Bernoulli, means uniform on [0, 1]), drifting (means that move), full_information (rewards uniform about means), mdp,
    /// pomdp (random processes of 3 states; few arms and rounds, since the oracle knows every history)
    #[arg(long, value_name = "KIND", default_value = "bandit", value_parser = word::<Kind>)]
    problem: Kind,
    /// Number of arms
    #[arg(long, value_name = "K", default_value_t = 3)]
    arms: usize,
    /// Rounds of a scenario
    #[arg(long, value_name = "T", default_value_t = 10)]
    rounds: usize,
    /// Settings it is told in: training, held_out, all, or a TOML file of your own
    #[arg(long, value_name = "WHICH", default_value = "training")]
    contexts: String,
    /// What is said of earlier rounds: raw (all of it) or summarised
    #[arg(long, value_name = "HOW", default_value = "raw", value_parser = word::<History>)]
    history: History,
    /// Where the form of the answer is said: always (in every question) or once
    #[arg(long, value_name = "WHEN", default_value = "always", value_parser = word::<Asking>)]
    asking: Asking,
    /// What answers give: choice or probabilities
    #[arg(long, value_name = "WHAT", default_value = "choice", value_parser = word::<Form>)]
    form: Form,
    /// How arms are called: names or letters [default: a coin decides for each scenario]
    #[arg(long, value_name = "HOW", value_parser = word::<LabelStyle>)]
    labels: Option<LabelStyle>,
    /// How rewards of a bandit are told: zero_one (success or failure) or amount
    #[arg(long, value_name = "HOW", default_value = "zero_one", value_parser = word::<Rewards>)]
    rewards: Rewards,
    /// How answers are read: strict (the last line, to the letter) or lenient
    #[arg(long, value_name = "HOW", default_value = "lenient", value_parser = word::<Reading>)]
    pub reading: Reading,
    /// Number of scenarios
    #[arg(long, value_name = "M", default_value_t = 10)]
    pub scenarios: usize,
    /// Plays of each scenario
    #[arg(long, value_name = "L", default_value_t = 1)]
    pub rollouts: usize,
    /// Seed of scenarios, wordings and answers
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = seeds())]
    pub seed: u64,
}

/// What the arguments mean.
pub struct Problem {
    pub class: Class,
    pub library: Library,
    pub streams: Streams,
}

impl Scenarios {
    /// Checks everything and reads what has to be read.
    pub fn resolve(&self) -> Result<Problem> {
        let (arms, rounds) = (self.arms, self.rounds);
        let family = Family::new(SEEN, arms, SEEN, OBSERVABILITY);
        let process = Process { family, horizon: rounds };
        let source = match self.problem {
            Kind::Bandit => Source::Bandit(Bandit::bernoulli(arms, rounds)),
            Kind::Drifting => Source::Bandit(Bandit::drifting_mixture(arms, rounds)),
            Kind::FullInformation => Source::FullInformation(FullInformation {
                set: DecisionSet::Simplex,
                dimension: arms,
                horizon: rounds,
                family: RewardFamily::Uniform { width: 0.6 },
            }),
            Kind::Mdp => Source::Mdp(process),
            Kind::Pomdp => Source::Pomdp(process),
        };
        let (library, part) = match self.contexts.as_str() {
            "training" => (Library::bundled()?, Part::Training),
            "held_out" => (Library::bundled()?, Part::HeldOut),
            "all" => (Library::bundled()?, Part::All),
            path if Path::new(path).exists() || path.ends_with(".toml") => {
                let context = Context::read(path)?;
                let part = if context.held_out { Part::HeldOut } else { Part::Training };
                (Library::new(vec![context])?, part)
            }
            other => {
                let expected = "training, held_out, all, or a TOML file";
                return Err(Error::parameter("--contexts", other, expected));
            }
        };
        let style = Style {
            history: self.history,
            labels: self.labels,
            form: self.form,
            asking: self.asking,
        };
        let class = Class { source, rewards: self.rewards, style, part };
        class.check()?;
        for (name, value) in [("--scenarios", self.scenarios), ("--rollouts", self.rollouts)] {
            if value == 0 {
                return Err(Error::parameter(name, 0, "at least 1"));
            }
        }
        let all = self.scenarios.saturating_mul(self.rollouts).saturating_mul(rounds);
        if all > MAX_ROUNDS {
            let expected = format!("at most {MAX_ROUNDS} together");
            return Err(Error::parameter("scenarios x rollouts x rounds", all, expected));
        }
        Ok(Problem { class, library, streams: Streams::new(self.seed) })
    }

    /// Rounds of all plays.
    pub fn replies(&self) -> u64 {
        (self.scenarios * self.rollouts * self.rounds) as u64
    }
}

impl Problem {
    /// The scenarios of a purpose and an iteration.
    pub fn told(&self, count: usize, purpose: Purpose, iteration: usize) -> Result<Vec<Told<'_>>> {
        let classes = std::slice::from_ref(&self.class);
        draw_by_turns(classes, &self.library, count, &self.streams, purpose, iteration)
    }
}
