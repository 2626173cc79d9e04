//! The greedy learner: every arm once, in order, then an arm of highest empirical mean, ties broken uniformly.
//!
//! It locks in on a bad arm with constant probability, so its regret is linear in the horizon; what it does on the
//! [hard instance](crate::problem::bandit::Bandit::hard_instance) is published (Krishnamurthy et al. 2024).

use rand::{Rng, RngExt};

use super::BanditLearner;
use crate::{Error, Result};

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Greedy {
    /// How often each arm was chosen, and what it paid in all.
    records: Vec<(usize, f64)>,
}

impl Greedy {
    /// Nothing seen of `arms` arms.
    ///
    /// # Errors
    /// No arm.
    pub fn new(arms: usize) -> Result<Self> {
        if arms == 0 {
            return Err(Error::parameter("arms", arms, "at least 1"));
        }
        Ok(Self { records: vec![(0, 0.0); arms] })
    }
}

impl BanditLearner for Greedy {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        if let Some(untried) = self.records.iter().position(|(count, _)| *count == 0) {
            return untried;
        }
        let (mut best, mut highest, mut ties) = (0, f64::NEG_INFINITY, 0);
        for (arm, (count, sum)) in self.records.iter().enumerate() {
            let mean = sum / *count as f64;
            ties = if mean > highest { 1 } else { ties + usize::from(mean == highest) };
            // The n-th of tied arms replaces the one kept with probability 1 / n.
            if mean > highest || (mean == highest && rng.random_range(0..ties) == 0) {
                (best, highest) = (arm, mean);
            }
        }
        best
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        let (count, sum) = &mut self.records[arm];
        *count += 1;
        *sum += reward;
    }
}
