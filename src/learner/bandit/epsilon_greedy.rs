//! Epsilon-greedy, with a constant or a decaying share of random plays.

use rand::{Rng, RngExt};

use super::BanditLearner;
use super::arms::ArmRecords;
use super::parameter::Domain;
use crate::Result;

/// With probability `epsilon_t` a uniformly drawn arm, else the arm of highest mean reward (arms never played first, ties
/// uniform). Rewards may have any range.
///
/// Constant `epsilon_t = epsilon` explores for ever, at linear regret (Sutton and Barto 2018, section 2.2). The decaying
/// form is epsilon_n-greedy of Auer, Cesa-Bianchi and Fischer (2002, figure 3): `epsilon_t = min(1, scale K / t)`, where
/// `scale` stands for their `c / d^2`.
#[derive(Clone, Debug)]
pub struct EpsilonGreedy {
    schedule: Schedule,
    records: ArmRecords,
}

#[derive(Clone, Copy, Debug)]
enum Schedule {
    Constant(f64),
    Decaying(f64),
}

impl EpsilonGreedy {
    /// A constant share `epsilon` of random plays.
    ///
    /// # Errors
    /// No arm; an `epsilon` outside [0, 1].
    pub fn constant(arms: usize, epsilon: f64) -> Result<Self> {
        let epsilon = Domain::Probability.check("epsilon", epsilon)?;
        Ok(Self { schedule: Schedule::Constant(epsilon), records: ArmRecords::new(arms)? })
    }

    /// A share of random plays that decays as `scale K / t`.
    ///
    /// # Errors
    /// No arm; a negative or huge `scale`.
    pub fn decaying(arms: usize, scale: f64) -> Result<Self> {
        let scale = Domain::NonNegative.check("scale", scale)?;
        Ok(Self { schedule: Schedule::Decaying(scale), records: ArmRecords::new(arms)? })
    }

    /// Probability of a random play in the coming round.
    fn epsilon(&self) -> f64 {
        match self.schedule {
            Schedule::Constant(epsilon) => epsilon,
            Schedule::Decaying(scale) => {
                scale * self.records.arms() as f64 / (self.records.rounds() + 1.0)
            }
        }
    }
}

impl BanditLearner for EpsilonGreedy {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        if rng.random::<f64>() < self.epsilon() {
            rng.random_range(0..self.records.arms())
        } else {
            self.records.optimistic(rng, |record| record.mean())
        }
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::{share, taught};

    const HISTORY: [(usize, f64); 9] =
        [(0, 1.0), (1, 0.0), (0, 1.0), (1, 1.0), (0, 1.0), (0, 0.0), (1, 0.0), (0, 1.0), (1, 0.0)];

    /// The worse of two arms is played in half of the random plays.
    #[test]
    fn the_share_of_random_plays_is_epsilon() {
        let mut learner = taught(EpsilonGreedy::constant(2, 0.2).unwrap(), &HISTORY);
        assert!((share(&mut learner, 1) - 0.1).abs() < 0.008);
        // Round 10, 0.5 * 2 / 10.
        let mut learner = taught(EpsilonGreedy::decaying(2, 0.5).unwrap(), &HISTORY);
        assert!((share(&mut learner, 1) - 0.05).abs() < 0.006);
        let mut learner = taught(EpsilonGreedy::constant(2, 0.0).unwrap(), &HISTORY);
        assert_eq!(share(&mut learner, 0), 1.0);
    }

    #[test]
    fn untried_arms_come_before_all_means() {
        let mut learner = taught(EpsilonGreedy::constant(3, 0.0).unwrap(), &[(1, 9.0)]);
        assert!((share(&mut learner, 0) - 0.5).abs() < 0.013);
        assert_eq!(share(&mut learner, 1), 0.0);
    }
}
