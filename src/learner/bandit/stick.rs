//! Stick with the first success: a poor player that a model can start from.

use rand::{Rng, RngExt};

use super::BanditLearner;
use super::arms::at_least_one;
use crate::Result;

/// Reward that counts as a success: half the range of rewards in \[0, 1\].
const SUCCESS: f64 = 0.5;

/// Plays uniformly drawn arms until one of them pays at least 1/2, then that arm for ever. Rewards lie in \[0, 1\].
///
/// It never learns from a failure after its first success, and so has linear regret: the habit of models that stop
/// exploring after early luck (Krishnamurthy et al. 2024, arXiv 2403.15371, where it is the suffix failure).
#[derive(Clone, Debug)]
pub struct StickWithFirstSuccess {
    arms: usize,
    favourite: Option<usize>,
}

impl StickWithFirstSuccess {
    /// A learner that has had no success.
    ///
    /// # Errors
    /// No arm.
    pub fn new(arms: usize) -> Result<Self> {
        Ok(Self { arms: at_least_one(arms)?, favourite: None })
    }
}

impl BanditLearner for StickWithFirstSuccess {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        self.favourite.unwrap_or_else(|| rng.random_range(0..self.arms))
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        if self.favourite.is_none() && reward >= SUCCESS {
            self.favourite = Some(arm);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::{choice_after, share, taught};

    fn learner() -> StickWithFirstSuccess {
        StickWithFirstSuccess::new(3).unwrap()
    }

    #[test]
    fn failures_teach_it_nothing() {
        let mut learner = taught(learner(), &[(0, 0.0), (1, 0.49), (0, 0.2)]);
        for arm in 0..3 {
            assert!((share(&mut learner, arm) - 1.0 / 3.0).abs() < 0.012, "arm {arm}");
        }
    }

    #[test]
    fn the_first_success_decides_for_ever() {
        let history = [(0, 0.0), (2, 0.5), (2, 0.0), (2, 0.0), (1, 1.0)];
        assert_eq!(choice_after(learner(), &history), 2);
        assert!(StickWithFirstSuccess::new(0).is_err());
    }
}
