//! Thompson sampling with Gaussian posteriors.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::BanditLearner;
use super::arms::ArmRecords;
use super::parameter::Domain;
use crate::Result;

/// Draws `theta_a ~ Normal((S_a + weight / 2) / (n_a + weight), width^2 / (n_a + weight))` for every arm, S_a the sum of
/// the n_a rewards of arm a, and plays the arm of the largest draw: Thompson sampling for Gaussian rewards of standard
/// deviation `width` under the prior Normal(1/2, width^2 / weight). With weight 0 the prior is flat, and every arm is
/// played once first.
///
/// Algorithm 2 of Agrawal and Goyal (2013) has width 1, weight 1 and the prior mean 0 instead of 1/2. The prior's centre
/// is meant for rewards in [0, 1]; any finite reward is accepted.
#[derive(Clone, Debug)]
pub struct GaussianThompson {
    width: f64,
    weight: f64,
    records: ArmRecords,
}

impl GaussianThompson {
    /// A learner that has seen nothing.
    ///
    /// # Errors
    /// No arm; `width` or `weight` outside [0, 1e6].
    pub fn new(arms: usize, width: f64, weight: f64) -> Result<Self> {
        Ok(Self {
            width: Domain::NonNegative.check("width", width)?,
            weight: Domain::NonNegative.check("weight", weight)?,
            records: ArmRecords::new(arms)?,
        })
    }
}

impl BanditLearner for GaussianThompson {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        self.records.sampled(rng, |record, rng| {
            let plays = record.pulls + self.weight;
            if plays == 0.0 {
                return f64::INFINITY;
            }
            let noise: f64 = rng.sample(StandardNormal);
            (record.sum + 0.5 * self.weight) / plays + self.width / plays.sqrt() * noise
        })
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::{share, taught};
    use crate::numeric::normal::cdf;

    #[test]
    fn arms_are_played_with_the_probability_that_they_are_best() {
        let history = [(0, 1.0), (1, 0.0)];
        // Normal(1, 1/4) against Normal(0, 1/4).
        let mut learner = taught(GaussianThompson::new(2, 0.5, 0.0).unwrap(), &history);
        assert!((share(&mut learner, 0) - cdf(2f64.sqrt())).abs() < 0.008);
        // Normal(7/10, 1/5) against Normal(3/8, 1/4): rewards 1, 1 and 0, and three made-up ones each.
        let history = [(0, 1.0), (1, 0.0), (0, 1.0)];
        let mut learner = taught(GaussianThompson::new(2, 1.0, 3.0).unwrap(), &history);
        assert!((share(&mut learner, 0) - cdf(0.325 / 0.45f64.sqrt())).abs() < 0.012);
    }

    #[test]
    fn a_flat_prior_tries_every_arm_first() {
        let mut learner = taught(GaussianThompson::new(2, 0.5, 0.0).unwrap(), &[(0, 1e9)]);
        assert_eq!(share(&mut learner, 1), 1.0);
    }
}
