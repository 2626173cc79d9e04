//! Which trajectories of a scenario are imitated, and how much each of them counts.

use serde::{Deserialize, Serialize};

use crate::numeric::order::lowest_k_into;
use crate::{Error, Result};

/// Weights of the kept trajectories of a scenario. With k = L they are a soft alternative to keeping the best few.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Weighting {
    /// All the same.
    #[default]
    Equal,
    /// By rank: k for the best, 1 for the last.
    Ranks,
    /// Proportional to `exp(-score / temperature)`.
    Softmin {
        /// Difference of scores that counts e-fold, > 0; in units of regret.
        temperature: f64,
    },
}

impl Weighting {
    /// Checks the temperature.
    ///
    /// # Errors
    /// `weighting.temperature` that is not a positive finite number.
    pub fn check(&self) -> Result<()> {
        match *self {
            Self::Softmin { temperature } if !(temperature > 0.0 && temperature.is_finite()) => {
                let expected = "a positive finite number";
                Err(Error::parameter("weighting.temperature", temperature, expected))
            }
            _ => Ok(()),
        }
    }

    /// The `keep` trajectories of lowest `scores`, best first, with weights that sum to 1.
    ///
    /// # Errors
    /// A score that is not a number, or more to keep than there are.
    pub fn select(&self, scores: &[f64], keep: usize) -> Result<Vec<(usize, f64)>> {
        let mut kept = Vec::new();
        self.select_into(scores, keep, &mut kept)?;
        Ok(kept)
    }

    /// [`select`](Self::select), written into `kept`; it allocates nothing once that has held as many scores.
    ///
    /// # Errors
    /// Those of [`select`](Self::select).
    pub fn select_into(
        &self,
        scores: &[f64],
        keep: usize,
        kept: &mut Vec<(usize, f64)>,
    ) -> Result<()> {
        lowest_k_into(scores, keep, kept)?;
        let best = kept.first().map_or(0.0, |&(_, score)| score);
        for (rank, (_, value)) in kept.iter_mut().enumerate() {
            let score = *value;
            *value = match *self {
                Self::Equal => 1.0,
                Self::Ranks => (keep - rank) as f64,
                Self::Softmin { temperature } => ((best - score) / temperature).exp(),
            };
        }
        let total: f64 = kept.iter().map(|(_, weight)| weight).sum();
        kept.iter_mut().for_each(|(_, weight)| *weight /= total);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_follow_the_scores_and_sum_to_one() {
        let scores = [3.0, 1.0, 2.0, 1.0];
        let select = |weighting: Weighting, keep| weighting.select(&scores, keep).unwrap();
        assert_eq!(select(Weighting::Equal, 2), [(1, 0.5), (3, 0.5)]);
        assert_eq!(select(Weighting::Ranks, 4), [(1, 0.4), (3, 0.3), (2, 0.2), (0, 0.1)]);
        let soft = select(Weighting::Softmin { temperature: 0.5 }, 4);
        approx::assert_relative_eq!(soft[2].1 / soft[0].1, (-2.0f64).exp(), epsilon = 1e-12);
        approx::assert_relative_eq!(soft.iter().map(|s| s.1).sum::<f64>(), 1.0, epsilon = 1e-12);
        assert_eq!(Weighting::Ranks.select(&[], 0).unwrap(), []);
    }

    #[test]
    fn bad_scores_and_temperatures_are_refused() {
        assert!(Weighting::Equal.select(&[1.0, f64::NAN], 1).is_err());
        assert!(Weighting::Equal.select(&[1.0], 2).is_err());
        for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Weighting::Softmin { temperature }.check().is_err());
        }
    }
}
