//! Explore, then commit.

use rand::Rng;

use super::BanditLearner;
use super::arms::ArmRecords;
use super::parameter::Domain;
use crate::Result;

/// Plays every arm `pulls` times in turn, then for ever the arm whose mean reward was highest (ties uniform, once).
/// Rewards may have any range. (Robbins 1952; Lattimore and Szepesvari 2020, algorithm 1.)
#[derive(Clone, Debug)]
pub struct ExploreThenCommit {
    pulls: f64,
    committed: Option<usize>,
    records: ArmRecords,
}

impl ExploreThenCommit {
    /// A learner that plays every arm `pulls` times before it commits.
    ///
    /// # Errors
    /// No arm; `pulls` outside 1..=1 000 000.
    pub fn new(arms: usize, pulls: usize) -> Result<Self> {
        let pulls = Domain::Count.check("pulls", pulls as f64)?;
        Ok(Self { pulls, committed: None, records: ArmRecords::new(arms)? })
    }

    /// The number of pulls of an arm that balances the worst-case bound over `horizon` rounds,
    /// `(T / K)^(2/3) (ln T)^(1/3)` rounded up (Slivkins 2019, section 1.2).
    #[must_use]
    pub fn balanced_pulls(arms: usize, horizon: usize) -> usize {
        let (arms, horizon) = (arms.max(1) as f64, horizon.max(1) as f64);
        (((horizon / arms).powi(2) * horizon.ln()).cbrt().ceil() as usize).max(1)
    }
}

impl BanditLearner for ExploreThenCommit {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        if let Some(arm) = self.committed {
            return arm;
        }
        let rarest = self.records.best(rng, |record| -record.pulls);
        if self.records.of(rarest).pulls < self.pulls {
            return rarest;
        }
        let best = self.records.best(rng, |record| record.mean());
        self.committed = Some(best);
        best
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::generator;

    #[test]
    fn explores_in_turn_and_then_stays() {
        let mut learner = ExploreThenCommit::new(3, 2).unwrap();
        let mut rng = generator();
        let mut plays = [0; 3];
        for round in 0..20 {
            let arm = learner.choose(&mut rng);
            plays[arm] += 1;
            match round {
                2 => assert_eq!(plays, [1; 3]),
                5 => assert_eq!(plays, [2; 3]),
                6.. => assert_eq!(arm, 1),
                _ => {}
            }
            // Arm 1 looks best until the learner has committed to it, then worst.
            let paid = if round < 6 { f64::from(arm == 1) } else { -5.0 };
            learner.observe(arm, paid);
        }
    }

    /// (100 / 4)^(2/3) (ln 100)^(1/3) = 8.55 * 1.66 = 14.2.
    #[test]
    fn balanced_pulls_follow_the_formula() {
        assert_eq!(ExploreThenCommit::balanced_pulls(4, 100), 15);
        assert_eq!(ExploreThenCommit::balanced_pulls(4, 1), 1);
    }
}
