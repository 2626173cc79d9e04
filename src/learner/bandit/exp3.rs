//! Exponential weights for bandits: EXP3, EXP3.S and Rexp3.

use std::f64::consts::E;

use rand::{Rng, RngExt};

use super::BanditLearner;
use super::arms::at_least_one;
use super::parameter::Domain;
use crate::Result;

/// Weights never fall below this share of their sum, so that none is lost for good to rounding.
const SMALLEST_WEIGHT: f64 = 1e-300;
/// Largest logarithm of a weight before its division by the sum; at it the others are next to nothing anyway.
const LARGEST_LOGARITHM: f64 = 600.0;

/// Plays arm i with probability `p_i = (1 - gamma) w_i / W + gamma / K`, W the sum of weights. After reward x of arm a,
/// `w_a <- w_a exp(eta x / p_a)`: EXP3 (Auer, Cesa-Bianchi, Freund and Schapire 2002, section 3), which has
/// `eta = gamma / K`. Smaller gamma, down to 0, does better on easy problems.
///
/// Variants:
/// - [`Exp3::with_losses`]: `w_a <- w_a exp(-eta (1 - x) / p_a)` and no uniform exploration (Lattimore and Szepesvari
///   2020, algorithm 9);
/// - [`Exp3::sharing`]: each update ends with `w_i <- w_i + (e alpha / K) W` for all i, W before it: EXP3.S (Auer et al.
///   2002, section 8);
/// - [`Exp3::restarting`]: all weights become equal again every `batch` rounds: Rexp3 (Besbes, Gur and Zeevi 2014).
///
/// Rewards outside [0, 1] count as the nearer end.
#[derive(Clone, Debug)]
pub struct Exp3 {
    gamma: f64,
    eta: f64,
    estimate: Estimate,
    alpha: f64,
    batch: usize,
    round: usize,
    /// Weights that sum to 1 (up to rounding).
    weights: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
enum Estimate {
    Gains,
    Losses,
}

impl Exp3 {
    /// EXP3 with the share `gamma` of uniform exploration and the learning rate `eta`.
    ///
    /// # Errors
    /// No arm; `gamma` outside [0, 1]; `eta` outside [0, 1e6].
    pub fn new(arms: usize, gamma: f64, eta: f64) -> Result<Self> {
        Ok(Self {
            gamma: Domain::Probability.check("gamma", gamma)?,
            eta: Domain::NonNegative.check("eta", eta)?,
            estimate: Estimate::Gains,
            alpha: 0.0,
            batch: usize::MAX,
            round: 0,
            weights: vec![1.0 / arms as f64; at_least_one(arms)?],
        })
    }

    /// Exponential weights on estimated losses.
    ///
    /// # Errors
    /// No arm; `eta` outside [0, 1e6].
    pub fn with_losses(arms: usize, eta: f64) -> Result<Self> {
        Ok(Self { estimate: Estimate::Losses, ..Self::new(arms, 0.0, eta)? })
    }

    /// The same learner with shared weights, which follows the best sequence of arms with few switches.
    ///
    /// # Errors
    /// `alpha` outside [0, 1].
    pub fn sharing(self, alpha: f64) -> Result<Self> {
        Ok(Self { alpha: Domain::Probability.check("alpha", alpha)?, ..self })
    }

    /// The same learner started anew every `batch` rounds.
    ///
    /// # Errors
    /// `batch` outside 1..=1 000 000.
    pub fn restarting(self, batch: usize) -> Result<Self> {
        Domain::Count.check("batch", batch as f64)?;
        Ok(Self { batch, ..self })
    }

    /// The `gamma` that minimises EXP3's bound over `rounds` rounds, `min(1, sqrt(K ln K / ((e - 1) T)))` (corollary
    /// 3.2).
    #[must_use]
    pub fn balanced_gamma(arms: usize, rounds: usize) -> f64 {
        let k = arms as f64;
        (k * k.ln() / ((E - 1.0) * rounds.max(1) as f64)).sqrt().min(1.0)
    }

    /// The `eta` that minimises the bound of [`Exp3::with_losses`], `sqrt(2 ln K / (K T))` (Lattimore and Szepesvari 2020,
    /// theorem 11.2).
    #[must_use]
    pub fn balanced_loss_eta(arms: usize, rounds: usize) -> f64 {
        let k = arms as f64;
        (2.0 * k.ln() / (k * rounds.max(1) as f64)).sqrt()
    }

    /// The `gamma` of EXP3.S for `changes` switches of the best arm in `rounds` rounds, with `alpha = 1 / T`:
    /// `min(1, sqrt(K (H ln(K T) + e) / ((e - 1) T)))`, H = changes + 1 (corollary 8.2).
    #[must_use]
    pub fn balanced_sharing_gamma(arms: usize, rounds: usize, changes: f64) -> f64 {
        let (k, t) = (arms as f64, rounds.max(1) as f64);
        (k * ((changes + 1.0) * (k * t).ln() + E) / ((E - 1.0) * t)).sqrt().min(1.0)
    }

    /// The batch of Rexp3 for the variation budget V_T of the means, `(K ln K)^(1/3) (T / V_T)^(2/3)` rounded up
    /// (theorem 2 of Besbes, Gur and Zeevi), at least 1 and at most the horizon.
    #[must_use]
    pub fn balanced_batch(arms: usize, horizon: usize, variation: f64) -> usize {
        let k = arms as f64;
        let ratio = horizon as f64 / variation.max(f64::MIN_POSITIVE);
        ((k * k.ln() * ratio * ratio).cbrt().ceil() as usize).clamp(1, horizon.max(1))
    }

    fn probability(&self, arm: usize) -> f64 {
        (1.0 - self.gamma) * self.weights[arm] + self.gamma / self.weights.len() as f64
    }
}

impl BanditLearner for Exp3 {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let mut left = rng.random::<f64>();
        let last = self.weights.len() - 1;
        for arm in 0..last {
            left -= self.probability(arm);
            if left < 0.0 {
                return arm;
            }
        }
        last
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.round += 1;
        let arms = self.weights.len() as f64;
        if self.round.is_multiple_of(self.batch) {
            self.weights.fill(1.0 / arms);
            return;
        }
        let (reward, scale) = (reward.clamp(0.0, 1.0), self.eta / self.probability(arm));
        let exponent = match self.estimate {
            Estimate::Gains => scale * reward,
            Estimate::Losses => scale * (reward - 1.0),
        };
        let logarithm = (self.weights[arm].ln() + exponent).min(LARGEST_LOGARITHM);
        self.weights[arm] = logarithm.exp().max(SMALLEST_WEIGHT);
        let share = E * self.alpha / arms;
        let total: f64 = self.weights.iter().sum::<f64>() + share * arms;
        for weight in &mut self.weights {
            *weight = ((*weight + share) / total).max(SMALLEST_WEIGHT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::{share, taught};

    /// Both arms at 1/2, a gain of 1 estimated as 2: w_0 : w_1 = e^(1/2) : 1. Then arm 1 with p = 1 - 0.561230 pays 1/2.
    #[test]
    fn weights_follow_the_formula() {
        let exp3 = Exp3::new(2, 0.5, 0.25).unwrap();
        let mut learner = taught(exp3.clone(), &[(0, 1.0)]);
        let p = 0.5 * 0.5f64.exp() / (0.5f64.exp() + 1.0) + 0.25;
        approx::assert_relative_eq!(learner.probability(0), p, epsilon = 1e-15);
        assert!((share(&mut learner, 0) - p).abs() < 0.013);
        let learner = taught(exp3, &[(0, 1.0), (1, 0.5)]);
        let ratio = (0.5 - 0.25 * 0.5 / (1.0 - p)).exp();
        approx::assert_relative_eq!(
            learner.weights[0] / learner.weights[1],
            ratio,
            max_relative = 1e-12
        );
    }

    #[test]
    fn losses_are_estimated_from_the_arm_played() {
        let learner = taught(Exp3::with_losses(2, 0.3).unwrap(), &[(0, 0.25)]);
        let ratio = learner.weights[0] / learner.weights[1];
        approx::assert_relative_eq!(ratio, (-0.3f64 * 0.75 / 0.5).exp(), max_relative = 1e-12);
    }

    /// Weights 1/2 and 1/2, then e^(1/2) / 2 + 0.05 e and 1/2 + 0.05 e for alpha = 0.1.
    #[test]
    fn sharing_adds_to_every_weight() {
        let learner = taught(Exp3::new(2, 0.5, 0.25).unwrap().sharing(0.1).unwrap(), &[(0, 1.0)]);
        let share = 0.05 * E;
        let ratio = (0.5 * 0.5f64.exp() + share) / (0.5 + share);
        approx::assert_relative_eq!(
            learner.weights[0] / learner.weights[1],
            ratio,
            max_relative = 1e-12
        );
    }

    #[test]
    fn restarts_after_every_batch() {
        let rexp3 = Exp3::new(2, 0.5, 0.25).unwrap().restarting(3).unwrap();
        let history = [(0, 1.0); 7];
        for rounds in 1..=7 {
            let learner = taught(rexp3.clone(), &history[..rounds]);
            let fresh = taught(Exp3::new(2, 0.5, 0.25).unwrap(), &history[..rounds % 3]);
            assert_eq!(learner.weights, fresh.weights, "{rounds}");
        }
    }

    /// However far an arm falls behind, its weight stays a number above 0.
    #[test]
    fn no_weight_is_lost() {
        let mut history = vec![(0, 0.0); 4000];
        history.extend([(1, 0.0); 4000]);
        let learner = taught(Exp3::with_losses(2, 0.5).unwrap(), &history[..4000]);
        assert!(learner.weights[0] > 0.0 && learner.weights[0] < 1e-290);
        let learner = taught(learner, &history[4000..]);
        assert!(learner.weights[1] > 0.0 && learner.weights[1] < 1e-290);
        // One enormous estimate: the weight of an arm played against all odds.
        let learner = taught(Exp3::new(2, 0.0, 1e6).unwrap(), &[(0, 1.0), (1, 1.0)]);
        assert!(learner.weights[0] > 0.0 && learner.weights[0] < 1e-250);
    }

    #[test]
    fn balanced_parameters_follow_their_formulas() {
        // K ln K = 8.047190, 1 / (1.718282 * 50).
        approx::assert_relative_eq!(Exp3::balanced_gamma(5, 50), 0.306_048_260, epsilon = 1e-8);
        assert_eq!(Exp3::balanced_gamma(5, 1), 1.0);
        // (8.047190 * (50 / 2)^2)^(1/3) = 17.13.
        assert_eq!(Exp3::balanced_batch(5, 50, 2.0), 18);
        assert_eq!(Exp3::balanced_batch(5, 50, 0.0), 50);
        assert_eq!(Exp3::balanced_batch(1, 50, 1.0), 1);
        // 2 (3 ln 2000 + e) / (1.718282 * 1000) = 0.029705.
        approx::assert_relative_eq!(
            Exp3::balanced_sharing_gamma(2, 1000, 2.0),
            0.172_352,
            epsilon = 1e-6
        );
        // 2 ln 2 / (2 * 50).
        approx::assert_relative_eq!(Exp3::balanced_loss_eta(2, 50), 0.117_741, epsilon = 1e-6);
    }
}
