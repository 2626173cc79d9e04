//! What the learners share: counts and sums of each arm, and the choice of the arm with the largest index.

use rand::{Rng, RngExt};

use crate::{Error, Result};

/// Rewards count as if they lay in `[-LIMIT, LIMIT]`, so that sums and squares of them stay finite.
const LIMIT: f64 = 1e100;

/// A reward whose sums and squares are finite.
pub(super) fn bounded(reward: f64) -> f64 {
    reward.clamp(-LIMIT, LIMIT)
}

/// A number of arms that one can choose from.
pub(super) fn at_least_one(arms: usize) -> Result<usize> {
    match arms {
        0 => Err(Error::parameter("arms", arms, "at least one arm")),
        _ => Ok(arms),
    }
}

/// Counts and sums of rewards of each arm.
#[derive(Clone, Debug)]
pub(super) struct ArmRecords {
    records: Vec<ArmRecord>,
    rounds: f64,
}

/// Count and sum of one arm; real numbers, since some learners discount them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ArmRecord {
    /// Number of times the arm was played.
    pub pulls: f64,
    /// Sum of its rewards.
    pub sum: f64,
}

impl ArmRecord {
    /// Mean reward; NaN for an arm never played.
    pub fn mean(self) -> f64 {
        self.sum / self.pulls
    }

    /// Whether the arm was played, as far as is remembered: what is discounted below 1e-100 is forgotten.
    pub fn is_known(self) -> bool {
        self.pulls > 1e-100
    }
}

impl ArmRecords {
    /// Nothing seen of `arms` arms, at least one.
    pub fn new(arms: usize) -> Result<Self> {
        Ok(Self { records: vec![ArmRecord::default(); at_least_one(arms)?], rounds: 0.0 })
    }

    /// Number of arms.
    pub fn arms(&self) -> usize {
        self.records.len()
    }

    /// Number of rewards seen (discounted when they are).
    pub fn rounds(&self) -> f64 {
        self.rounds
    }

    /// What is known of `arm`.
    pub fn of(&self, arm: usize) -> ArmRecord {
        self.records[arm]
    }

    /// Takes in a reward.
    pub fn observe(&mut self, arm: usize, reward: f64) {
        let record = &mut self.records[arm];
        record.pulls += 1.0;
        record.sum += bounded(reward);
        self.rounds += 1.0;
    }

    /// Takes out a reward taken in before.
    pub fn forget(&mut self, arm: usize, reward: f64) {
        let record = &mut self.records[arm];
        record.pulls -= 1.0;
        // An empty sum is exactly 0, whatever rounding left.
        record.sum = if record.pulls > 0.0 { record.sum - bounded(reward) } else { 0.0 };
        self.rounds -= 1.0;
    }

    /// Multiplies all counts and sums by `discount`.
    pub fn discount(&mut self, discount: f64) {
        for record in &mut self.records {
            record.pulls *= discount;
            record.sum *= discount;
        }
        self.rounds *= discount;
    }

    /// The arm with the largest `score`, ties broken uniformly.
    pub fn best(&self, rng: &mut dyn Rng, mut score: impl FnMut(ArmRecord) -> f64) -> usize {
        self.sampled(rng, |record, _| score(record))
    }

    /// The arm with the largest `index`; arms never played come first.
    pub fn optimistic(&self, rng: &mut dyn Rng, mut index: impl FnMut(ArmRecord) -> f64) -> usize {
        self.best(rng, |record| if record.is_known() { index(record) } else { f64::INFINITY })
    }

    /// The arm with the largest score, each drawn from `rng` in turn.
    pub fn sampled(
        &self,
        rng: &mut dyn Rng,
        mut score: impl FnMut(ArmRecord, &mut dyn Rng) -> f64,
    ) -> usize {
        argmax(self.arms(), rng, |arm, rng| score(self.records[arm], rng))
    }
}

/// The arm of the largest score; ties are broken uniformly, so that the order of the arms means nothing.
pub(super) fn argmax(
    arms: usize,
    rng: &mut dyn Rng,
    mut score: impl FnMut(usize, &mut dyn Rng) -> f64,
) -> usize {
    let (mut chosen, mut largest, mut ties) = (0, f64::NEG_INFINITY, 0_u32);
    for arm in 0..arms {
        let score = score(arm, rng);
        #[cfg(test)]
        assert!(!score.is_nan(), "arm {arm}");
        if score > largest {
            (chosen, largest, ties) = (arm, score, 1);
        } else if score == largest {
            // The n-th of tied arms replaces the one kept with probability 1 / n.
            ties += 1;
            if rng.random_range(0..ties) == 0 {
                chosen = arm;
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn ties_are_broken_uniformly() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0; 4];
        for _ in 0..9000 {
            counts[argmax(4, &mut rng, |arm, _| [2.0, 1.0, 2.0, 2.0][arm])] += 1;
        }
        assert_eq!(counts[1], 0);
        // Five standard deviations of a binomial(9000, 1/3).
        assert!([0, 2, 3].iter().all(|&i| (counts[i] - 3000_i32).abs() < 224), "{counts:?}");
    }

    #[test]
    fn forgetting_undoes_observing() {
        let mut records = ArmRecords::new(2).unwrap();
        records.observe(1, 0.1);
        records.observe(1, 1e200);
        assert_eq!(records.of(1).mean(), 5e99);
        records.forget(1, 1e200);
        records.forget(1, 0.1);
        assert_eq!((records.of(1).pulls, records.of(1).sum, records.rounds()), (0.0, 0.0, 0.0));
        assert!(ArmRecords::new(0).is_err());
    }
}
