//! What is practised, and what the models meet after that.

use lowregret::learner::verbal::class::{Class, Source};
use lowregret::problem::bandit::{Bandit, Means, RewardLaw};
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::problem::verbal::answer::Form;
use lowregret::problem::verbal::context::Part;
use lowregret::problem::verbal::telling::{Rewards, Style};

use super::text_contexts::class;
use super::text_models::{self, ARMS, PRACTISED_ROUNDS, ROUNDS};

/// Rounds and arms where all rewards are told, which takes many words.
const FULL_ROUNDS: usize = 12;
const FULL_ARMS: usize = 3;

/// A problem that models are judged on, always in contexts that no training met.
pub struct Problem {
    /// Its name.
    pub name: &'static str,
    /// Whether problems like it are practised, in other contexts.
    pub practised: bool,
    pub class: Class,
    /// Classical learners beside the models.
    pub learners: [&'static str; 2],
}

impl Problem {
    /// Rounds of a play.
    pub fn rounds(&self) -> usize {
        match &self.class.source {
            Source::Bandit(bandit) => bandit.horizon,
            Source::FullInformation(problem) => problem.horizon,
            Source::Mdp(process) | Source::Pomdp(process) => process.horizon,
        }
    }
}

/// What is practised, by turns.
pub fn practised() -> Vec<Class> {
    let part = Part::Training;
    vec![
        text_models::bandit(ARMS, PRACTISED_ROUNDS, part),
        switches(ARMS, PRACTISED_ROUNDS, part),
        full(FULL_ARMS, FULL_ROUNDS, GAUSSIAN, part),
    ]
}

/// What the base's transcripts are about.
pub fn told() -> Vec<Class> {
    let part = Part::Training;
    let mut classes = text_models::bandits();
    for rounds in [6, 10, 15, 6, 20] {
        classes.push(switches(5, rounds, part));
        classes.push(switches(4, rounds, part));
    }
    for rounds in [4, 6, 8, 6, 12] {
        classes.push(full(3, rounds, GAUSSIAN, part));
        classes.push(full(2, rounds, GAUSSIAN, part));
    }
    classes
}

/// What models are judged on.
pub fn met() -> Vec<Problem> {
    let part = Part::HeldOut;
    let still = |name, practised, class| Problem {
        name,
        practised,
        class,
        learners: ["thompson", "greedy"],
    };
    let law = |means, rewards, told| {
        let bandit = Bandit { means, rewards, ..Bandit::bernoulli(ARMS, PRACTISED_ROUNDS) };
        class(Source::Bandit(bandit), told, part)
    };
    let (bernoulli, zero_one) = (RewardLaw::Bernoulli, Rewards::ZeroOne);
    let drifting = |name, practised, class| Problem {
        name,
        practised,
        class,
        learners: ["discounted-thompson", "thompson"],
    };
    let all =
        |name, practised, class| Problem { name, practised, class, learners: ["ftl", "hedge"] };
    let walk = Means::RandomWalk { step: 0.1, low: 0.05, high: 0.95 };
    vec![
        still("bandit", true, text_models::bandit(ARMS, PRACTISED_ROUNDS, part)),
        still("30 rounds", false, text_models::bandit(ARMS, ROUNDS, part)),
        still("45 rounds", false, text_models::bandit(ARMS, 45, part)),
        still("3 arms", false, text_models::bandit(3, PRACTISED_ROUNDS, part)),
        still("8 arms", false, text_models::bandit(8, PRACTISED_ROUNDS, part)),
        still("gap 0.3", false, law(Means::Gap { best: 0.65, gap: 0.3 }, bernoulli, zero_one)),
        still(
            "uniform means",
            false,
            law(Means::Uniform { low: 0.0, high: 1.0 }, bernoulli, zero_one),
        ),
        still(
            "amounts",
            false,
            law(
                Means::Gap { best: 0.95, gap: 0.65 },
                RewardLaw::Gaussian { std: 0.2 },
                Rewards::Amount,
            ),
        ),
        drifting("switches", true, switches(ARMS, PRACTISED_ROUNDS, part)),
        drifting("random walk", false, law(walk, bernoulli, zero_one)),
        all("full information", true, full(FULL_ARMS, FULL_ROUNDS, GAUSSIAN, part)),
        all(
            "full, alternating",
            false,
            full(FULL_ARMS, FULL_ROUNDS, RewardFamily::Alternating, part),
        ),
    ]
}

const GAUSSIAN: RewardFamily = RewardFamily::Gaussian { spread: 0.5, noise: 0.5 };

/// A bandit whose means are drawn anew twice.
fn switches(arms: usize, rounds: usize, part: Part) -> Class {
    let means = Means::Switches { count: 2, low: 0.05, high: 0.95 };
    let bandit = Bandit { means, ..Bandit::bernoulli(arms, rounds) };
    class(Source::Bandit(bandit), Rewards::ZeroOne, part)
}

fn full(dimension: usize, horizon: usize, family: RewardFamily, part: Part) -> Class {
    let problem = FullInformation { set: DecisionSet::Simplex, dimension, horizon, family };
    let told = class(Source::FullInformation(problem), Rewards::Amount, part);
    Class { style: Style { form: Form::Probabilities, ..told.style }, ..told }
}
