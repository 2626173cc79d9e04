//! The greedy learner: every arm once, then an arm of highest empirical mean, ties broken uniformly.
//!
//! It locks in on a bad arm with constant probability, so its regret is linear in the horizon; what it does on the
//! [hard instance](crate::problem::bandit::Bandit::hard_instance) is published (Krishnamurthy et al. 2024).

use rand::Rng;

use super::BanditLearner;
use super::arms::{ArmRecord, ArmRecords};
use crate::Result;

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Greedy {
    records: ArmRecords,
}

impl Greedy {
    /// Nothing seen of `arms` arms.
    ///
    /// # Errors
    /// No arm.
    pub fn new(arms: usize) -> Result<Self> {
        Ok(Self { records: ArmRecords::new(arms)? })
    }
}

impl BanditLearner for Greedy {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        self.records.optimistic(rng, ArmRecord::mean)
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward);
    }
}
