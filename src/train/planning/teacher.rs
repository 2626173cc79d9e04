//! Whose decisions are demonstrated and asked for.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::oracle::finite_horizon::backward_induction;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::problem::mdp::{Mdp, Policy};
use crate::problem::pomdp::Step;
use crate::problem::trajectory::{sequence_number, sequences};
use crate::{Error, Result};

/// Actions that a teacher prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Drawn at random for each task, whatever the rewards: one action a state. In hidden processes, with equal chance, one a
    /// sequence of observations or one a step and newest observation.
    Random,
    /// The optimal ones.
    Optimal,
}

/// A teacher: takes the preferred action, but any action with the probability `noise`, which is drawn for each task between
/// two ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Teacher {
    /// What it prefers.
    pub prefers: Preference,
    /// Least noise.
    pub least_noise: f64,
    /// Most noise.
    pub most_noise: f64,
}

/// Differences of values that count as none where the state is hidden: there an answer that costs nothing is not asked for.
const TIE: f64 = 1e-12;

impl Teacher {
    /// The oracle: optimal actions, no noise.
    pub const ORACLE: Self =
        Self { prefers: Preference::Optimal, least_noise: 0.0, most_noise: 0.0 };

    /// Behaviour that has nothing to do with rewards.
    pub const BEHAVIOUR: Self =
        Self { prefers: Preference::Random, least_noise: 0.2, most_noise: 1.0 };

    /// The oracle with a good deal of noise.
    pub const NOISY_ORACLE: Self =
        Self { prefers: Preference::Optimal, least_noise: 0.3, most_noise: 1.0 };

    /// Checks every field.
    ///
    /// # Errors
    /// Noises outside [0, 1] or out of order.
    pub fn check(&self) -> Result<()> {
        let (least, most) = (self.least_noise, self.most_noise);
        for (field, value) in [("least_noise", least), ("most_noise", most)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::parameter(field, value, "a probability"));
            }
        }
        if least > most {
            return Err(Error::parameter("least_noise", least, format!("at most {most}")));
        }
        Ok(())
    }

    fn noise(&self, rng: &mut impl Rng) -> f64 {
        self.least_noise + (self.most_noise - self.least_noise) * rng.random::<f64>()
    }

    /// The teacher's policy in a task whose state is seen.
    pub(super) fn policy(&self, mdp: &Mdp, horizon: usize, rng: &mut impl Rng) -> Result<Policy> {
        let (noise, actions) = (self.noise(rng), mdp.actions());
        match self.prefers {
            Preference::Optimal => {
                let optimal = backward_induction(mdp, horizon)?;
                let greedy = Policy::greedy(optimal.pairs.view(), actions);
                let law = |step, state| noisy(greedy.action(step, state), actions, noise);
                Policy::of(mdp, horizon, law)
            }
            Preference::Random => {
                let preferred: Vec<usize> =
                    (0..mdp.states()).map(|_| rng.random_range(0..actions)).collect();
                Policy::of(mdp, horizon, |_, state| noisy(preferred[state], actions, noise))
            }
        }
    }

    /// The teacher of a task whose state is hidden, and whose optimal values are `tree`'s.
    pub(super) fn of_histories<'a>(
        &self,
        tree: &'a HistoryTree,
        (observations, actions): (usize, usize),
        rng: &mut impl Rng,
    ) -> HistoryTeacher<'a> {
        let (noise, horizon) = (self.noise(rng), tree.horizon());
        let mut preferred =
            |n: usize| -> Vec<usize> { (0..n).map(|_| rng.random_range(0..actions)).collect() };
        let habits = match self.prefers {
            Preference::Optimal => Habits::Optimal(tree),
            Preference::Random => {
                let by_sequence = preferred(sequences(observations, horizon));
                let by_newest = preferred(horizon * (observations + 1));
                if rng.random() {
                    Habits::BySequence(by_sequence)
                } else {
                    Habits::ByNewest(by_newest)
                }
            }
        };
        HistoryTeacher { habits, noise, observations, actions }
    }
}

enum Habits<'a> {
    Optimal(&'a HistoryTree),
    BySequence(Vec<usize>),
    ByNewest(Vec<usize>),
}

/// A teacher in one task whose state is hidden.
pub(super) struct HistoryTeacher<'a> {
    habits: Habits<'a>,
    noise: f64,
    observations: usize,
    actions: usize,
}

impl HistoryTeacher<'_> {
    /// The law of the next action.
    ///
    /// # Panics
    /// If the history cannot happen.
    pub fn law(&self, history: &[Step]) -> Vec<f64> {
        let preferred = match &self.habits {
            Habits::Optimal(tree) => tree.action(history).expect("a history that happened"),
            Habits::BySequence(actions) => actions[sequence_number(history, self.observations)],
            Habits::ByNewest(actions) => {
                let newest = history.last().map_or(0, |step| step.observation + 1);
                actions[history.len() * (self.observations + 1) + newest]
            }
        };
        noisy(preferred, self.actions, self.noise)
    }

    /// Whether it matters what is done after a history; always to those who have habits instead of aims.
    pub fn cares(&self, history: &[Step]) -> bool {
        let Habits::Optimal(tree) = &self.habits else { return true };
        let values = tree.pairs(history).expect("a history that happened");
        let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        values.iter().any(|value| best - value > TIE)
    }
}

/// The law that takes any action with probability `noise`, and otherwise the preferred one.
fn noisy(preferred: usize, actions: usize, noise: f64) -> Vec<f64> {
    let mut law = vec![noise / actions as f64; actions];
    law[preferred] += 1.0 - noise;
    law
}
