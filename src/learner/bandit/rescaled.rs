//! Rewards of any range for learners that are stated for rewards in [0, 1].

use super::BanditLearner;

/// A learner that sees `(reward - low) / width` instead of the reward.
pub(super) struct Rescaled<L> {
    learner: L,
    low: f64,
    width: f64,
}

impl<L> Rescaled<L> {
    /// Maps `[low, low + width]` onto [0, 1], for a width above 0.
    pub fn new(learner: L, low: f64, width: f64) -> Self {
        Self { learner, low, width }
    }
}

impl<L: BanditLearner> BanditLearner for Rescaled<L> {
    fn choose(&mut self, rng: &mut dyn rand::Rng) -> usize {
        self.learner.choose(rng)
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.learner.observe(arm, (reward - self.low) / self.width);
    }
}
