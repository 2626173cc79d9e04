//! Thompson sampling with Beta posteriors, and its discounted form for drifting arms.

use rand::Rng;
use rand_distr::{Beta, Distribution};

use super::BanditLearner;
use super::arms::ArmRecords;
use super::parameter::Domain;
use crate::Result;

/// Draws `theta_a ~ Beta(alpha + S_a, beta + F_a)` for every arm and plays the arm of the largest draw (Thompson 1933;
/// Agrawal and Goyal 2012, algorithm 1). S_a sums the rewards of arm a, F_a sums 1 - reward.
///
/// With a discount below 1, every round first multiplies all S and F by it, and the priors stay: discounted Thompson
/// sampling (Raj and Kalyani 2017, algorithm 1).
///
/// Rewards between 0 and 1 count in part, others as the nearer end.
#[derive(Clone, Debug)]
pub struct Thompson {
    alpha: f64,
    beta: f64,
    discount: f64,
    records: ArmRecords,
}

impl Thompson {
    /// Thompson sampling from the prior Beta(alpha, beta) of every arm.
    ///
    /// # Errors
    /// No arm; `alpha` or `beta` outside [1e-6, 1e6].
    pub fn new(arms: usize, alpha: f64, beta: f64) -> Result<Self> {
        Self::discounted(arms, alpha, beta, 1.0)
    }

    /// Thompson sampling that forgets at the rate `discount`.
    ///
    /// # Errors
    /// As [`Thompson::new`]; a `discount` outside (0, 1].
    pub fn discounted(arms: usize, alpha: f64, beta: f64, discount: f64) -> Result<Self> {
        Ok(Self {
            alpha: Domain::Positive.check("alpha", alpha)?,
            beta: Domain::Positive.check("beta", beta)?,
            discount: Domain::Fraction.check("discount", discount)?,
            records: ArmRecords::new(arms)?,
        })
    }
}

impl BanditLearner for Thompson {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        self.records.sampled(rng, |record, rng| {
            let (a, b) = (self.alpha + record.sum, self.beta + record.pulls - record.sum);
            // Rounding must not take b below its prior.
            Beta::new(a, b.max(self.beta)).map_or(0.5, |posterior| posterior.sample(rng))
        })
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        if self.discount < 1.0 {
            self.records.discount(self.discount);
        }
        self.records.observe(arm, reward.clamp(0.0, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::{share, taught};

    /// P(Beta(2, 1) > Beta(1, 2)) = integral of 2 x (2 x - x^2) = 5/6.
    #[test]
    fn arms_are_played_with_the_probability_that_they_are_best() {
        let mut learner = taught(Thompson::new(2, 1.0, 1.0).unwrap(), &[(0, 1.0), (1, 0.0)]);
        assert!((share(&mut learner, 0) - 5.0 / 6.0).abs() < 0.01);
    }

    /// Prior Beta(2, 1): the square root of a uniform draw; after two failures Beta(2, 3), with E[y^2] = 2 * 3 / (5 * 6).
    /// P(sqrt u > y) = 1 - E[y^2].
    #[test]
    fn priors_count_as_rewards() {
        let mut learner = taught(Thompson::new(2, 2.0, 1.0).unwrap(), &[(1, 0.0), (1, 0.0)]);
        assert!((share(&mut learner, 0) - 0.8).abs() < 0.01);
    }

    /// At discount 1/2 the first success counts half: P(Beta(3/2, 1) > Beta(1, 2)) = 1.5 (2 / 2.5 - 1 / 3.5).
    #[test]
    fn discounted_rewards_fade() {
        let learner = Thompson::discounted(2, 1.0, 1.0, 0.5).unwrap();
        let mut learner = taught(learner, &[(0, 1.0), (1, 0.0)]);
        assert!((share(&mut learner, 0) - 0.771_429).abs() < 0.011);
    }
}
