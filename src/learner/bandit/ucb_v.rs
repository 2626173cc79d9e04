//! UCB-V: confidence bounds from empirical variances.

use rand::Rng;

use super::BanditLearner;
use super::arms::{ArmRecords, argmax, bounded};
use super::parameter::Domain;
use crate::Result;

/// Plays every arm once, then the arm with the largest
/// `mean + sqrt(2 V zeta ln t / n) + 3 c zeta ln t / n`, with V the empirical variance (divisor n), n the number of plays
/// of the arm and t the rounds played so far (Audibert, Munos and Szepesvari 2009, with `E = zeta ln t`).
///
/// Rewards are taken to lie in [0, 1] (their b = 1); others are accepted, without the guarantee. Its theorem wants
/// c = 1, zeta > 1.
#[derive(Clone, Debug)]
pub struct UcbV {
    zeta: f64,
    c: f64,
    records: ArmRecords,
    /// Sum of squared deviations of each arm's rewards from their mean.
    deviations: Vec<f64>,
}

impl UcbV {
    /// A learner that has seen nothing.
    ///
    /// # Errors
    /// No arm; `zeta` or `c` outside [0, 1e6].
    pub fn new(arms: usize, zeta: f64, c: f64) -> Result<Self> {
        Ok(Self {
            zeta: Domain::NonNegative.check("zeta", zeta)?,
            c: Domain::NonNegative.check("c", c)?,
            records: ArmRecords::new(arms)?,
            deviations: vec![0.0; arms],
        })
    }

    fn index(&self, arm: usize, exploration: f64) -> f64 {
        let record = self.records.of(arm);
        if !record.is_known() {
            return f64::INFINITY;
        }
        let share = exploration / record.pulls;
        let variance = self.deviations[arm] / record.pulls;
        record.mean() + (2.0 * variance * share).sqrt() + 3.0 * self.c * share
    }
}

impl BanditLearner for UcbV {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let exploration = self.zeta * self.records.rounds().max(1.0).ln();
        argmax(self.deviations.len(), rng, |arm, _| self.index(arm, exploration))
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        let reward = bounded(reward);
        let before = self.records.of(arm);
        self.records.observe(arm, reward);
        // Welford's update, which loses no digits to a large mean.
        if before.is_known() {
            let step = (reward - before.mean()) * (reward - self.records.of(arm).mean());
            self.deviations[arm] += step.max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::{choice_after, taught};

    /// Mean 3/4 and variance 3/16 from 4 plays against mean and variance 0 from 1 play, t = 5. Equal indices:
    /// `0.75 + sqrt(2 * 3/16 * ln 5 / 4) + 3 c ln 5 / 4 = 3 c ln 5`.
    #[test]
    fn the_rarer_arm_takes_over_where_the_formula_says() {
        let history = [(0, 1.0), (1, 0.0), (0, 1.0), (0, 0.0), (0, 1.0)];
        let c = 0.314_378_613_170;
        assert_eq!(choice_after(UcbV::new(2, 1.0, c - 1e-9).unwrap(), &history), 0);
        assert_eq!(choice_after(UcbV::new(2, 1.0, c + 1e-9).unwrap(), &history), 1);
    }

    /// Rewards 1e8 + 0.25 (0, 1, 2, 3) have squared deviations 0.0625 * (2.25 + 0.25 + 0.25 + 2.25).
    #[test]
    fn variance_survives_a_large_mean() {
        let history = [0.0, 1.0, 2.0, 3.0].map(|x| (0, 1e8 + 0.25 * x));
        let learner = taught(UcbV::new(1, 1.0, 1.0).unwrap(), &history);
        approx::assert_relative_eq!(learner.deviations[0], 0.3125, max_relative = 1e-6);
    }
}
