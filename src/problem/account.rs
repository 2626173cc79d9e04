//! Static regret, accounted round by round from what was decided and what was paid.

use super::decision_set::DecisionSet;

/// The books of one play: total reward of the learner and the sum of all reward vectors.
///
/// Regret after t rounds is `max over fixed decisions of sum <decision, R_i> - sum <decision_i, R_i>` (RMFT-D1).
#[derive(Clone, Debug)]
pub struct RegretAccount {
    set: DecisionSet,
    reward_sum: Vec<f64>,
    earned: f64,
}

impl RegretAccount {
    /// Empty books for decisions in `set`, dimension `d`.
    pub fn new(set: DecisionSet, d: usize) -> Self {
        Self { set, reward_sum: vec![0.0; d], earned: 0.0 }
    }

    /// Enters one round: the decision played and the reward vector it met (both of length d). Returns the regret so far.
    pub fn enter(&mut self, decision: &[f64], reward: &[f64]) -> f64 {
        for ((sum, &p), &r) in self.reward_sum.iter_mut().zip(decision).zip(reward) {
            *sum += r;
            self.earned += p * r;
        }
        self.regret()
    }

    /// Regret after the rounds entered so far; 0 before the first.
    pub fn regret(&self) -> f64 {
        self.set.support(&self.reward_sum) - self.earned
    }
}
