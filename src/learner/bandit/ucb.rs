//! Upper confidence bounds whose width depends on counts alone: UCB1, a fixed width, MOSS.

use rand::Rng;

use super::BanditLearner;
use super::arms::ArmRecords;
use super::parameter::Domain;
use crate::Result;

/// Plays every arm once, then the arm with the largest `mean + c sqrt(w_t(n) / n)`, n the number of its plays; ties are
/// broken uniformly.
///
/// | constructor | `w_t(n)` | source |
/// |---|---|---|
/// | [`Ucb::ucb1`] | `2 ln t`, t rounds played so far | Auer, Cesa-Bianchi and Fischer 2002, figure 1 (c = 1) |
/// | [`Ucb::fixed`] | `1` | the UCB of Krishnamurthy et al. 2024, arXiv 2403.15371, with their C = c^2 |
/// | [`Ucb::moss`] | `max(ln(T / (K n)), 0)` | Audibert and Bubeck 2009, with known horizon (c = 1) |
///
/// The guarantees are for rewards in [0, 1] and c = 1; any finite reward is accepted, and c then carries its scale.
#[derive(Clone, Debug)]
pub struct Ucb {
    width: Width,
    c: f64,
    records: ArmRecords,
}

#[derive(Clone, Copy, Debug)]
enum Width {
    Logarithmic,
    Fixed,
    /// T / K.
    Moss(f64),
}

impl Ucb {
    /// UCB1 with the bonus `c sqrt(2 ln t / n)`.
    ///
    /// # Errors
    /// No arm; `c` outside [0, 1e6].
    pub fn ucb1(arms: usize, c: f64) -> Result<Self> {
        Self::new(arms, c, Width::Logarithmic)
    }

    /// The bonus `c / sqrt n`, which grows with no logarithm: it may leave the best arm for ever.
    ///
    /// # Errors
    /// No arm; `c` outside [0, 1e6].
    pub fn fixed(arms: usize, c: f64) -> Result<Self> {
        Self::new(arms, c, Width::Fixed)
    }

    /// MOSS for `horizon` rounds.
    ///
    /// # Errors
    /// No arm; `c` outside [0, 1e6].
    pub fn moss(arms: usize, horizon: usize, c: f64) -> Result<Self> {
        Self::new(arms, c, Width::Moss(horizon as f64 / arms as f64))
    }

    fn new(arms: usize, c: f64, width: Width) -> Result<Self> {
        let c = Domain::NonNegative.check("c", c)?;
        Ok(Self { width, c, records: ArmRecords::new(arms)? })
    }
}

impl BanditLearner for Ucb {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let c = self.c;
        match self.width {
            Width::Logarithmic => {
                let scale = c * (2.0 * self.records.rounds().max(1.0).ln()).sqrt();
                self.records.optimistic(rng, |record| record.mean() + scale / record.pulls.sqrt())
            }
            Width::Fixed => {
                self.records.optimistic(rng, |record| record.mean() + c / record.pulls.sqrt())
            }
            Width::Moss(share) => self.records.optimistic(rng, |record| {
                let width = (share / record.pulls).ln().max(0.0);
                record.mean() + c * (width / record.pulls).sqrt()
            }),
        }
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::choice_after;

    /// Mean 3/4 from 4 plays against mean 0 from 1 play, 5 rounds played.
    const HISTORY: [(usize, f64); 5] = [(0, 1.0), (1, 0.0), (0, 1.0), (0, 0.0), (0, 1.0)];

    /// The scale at which the worse but rarer arm takes over, where both indices are equal:
    /// `c = 0.75 / (sqrt(w(1)) - sqrt(w(4) / 4))`.
    #[test]
    fn the_rarer_arm_takes_over_where_the_formula_says() {
        let takes_over = |learner: fn(f64) -> Ucb, c: f64| {
            assert_eq!(choice_after(learner(c - 1e-9), &HISTORY), 0);
            assert_eq!(choice_after(learner(c + 1e-9), &HISTORY), 1);
        };
        // w = 2 ln 5.
        takes_over(|c| Ucb::ucb1(2, c).unwrap(), 0.836_063_275_942);
        // w = 1.
        takes_over(|c| Ucb::fixed(2, c).unwrap(), 1.5);
        // w(n) = ln(20 / n).
        takes_over(|c| Ucb::moss(2, 40, c).unwrap(), 0.683_994_364_600);
        // w(1) = ln 3, w(4) = 0.
        takes_over(|c| Ucb::moss(2, 6, c).unwrap(), 0.75 / 3f64.ln().sqrt());
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for learner in [Ucb::ucb1(0, 1.0), Ucb::fixed(2, -0.1), Ucb::moss(2, 9, f64::NAN)] {
            assert!(learner.unwrap_err().to_string().contains("expected"));
        }
    }
}
