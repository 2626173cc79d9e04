//! What a learner's earnings on a sequence of rewards are compared with.

use ndarray::ArrayView2;

use super::decision_set::DecisionSet;
use crate::{Error, Result};

/// Most additions that [`switching_earnings`] does; rejects absurd numbers of switches.
const MAX_ADDITIONS: usize = 1 << 34;

/// What the best fixed decision of the first t rounds has earned in them, t = 1 to T: static regret is this minus what
/// the learner earned.
#[must_use]
pub fn fixed_earnings(set: DecisionSet, rewards: ArrayView2<f64>) -> Vec<f64> {
    let mut sums = vec![0.0; rewards.ncols()];
    let best = |row: ndarray::ArrayView1<f64>| {
        sums.iter_mut().zip(row).for_each(|(sum, r)| *sum += r);
        set.support(&sums)
    };
    rewards.outer_iter().map(best).collect()
}

/// What the best decision of each round has earned up to round t, t = 1 to T: dynamic regret is this minus what the
/// learner earned.
#[must_use]
pub fn clairvoyant_earnings(set: DecisionSet, rewards: ArrayView2<f64>) -> Vec<f64> {
    let mut earned = 0.0;
    let best = |row: ndarray::ArrayView1<f64>| {
        earned += set.support(&row.to_vec());
        earned
    };
    rewards.outer_iter().map(best).collect()
}

/// What the best sequence of arms with at most `switches` changes has earned in the first t rounds, t = 1 to T. No change
/// is the best fixed arm, T - 1 changes the best arm of each round. (Regret against it is the tracking regret of Herbster
/// and Warmuth 1998.)
///
/// # Errors
/// So many changes that rounds x arms x (changes + 1) exceeds 2^34.
pub fn switching_earnings(rewards: ArrayView2<f64>, switches: usize) -> Result<Vec<f64>> {
    let (rounds, arms) = rewards.dim();
    // More changes than there are rounds to change in are of no use.
    let changes = switches.min(rounds.saturating_sub(1));
    if (changes + 1).saturating_mul(rounds).saturating_mul(arms) > MAX_ADDITIONS {
        let most = (MAX_ADDITIONS / (rounds * arms)).saturating_sub(1);
        return Err(Error::parameter("switches", switches, format!("at most {most} here")));
    }
    // Best earnings of sequences with so many changes (a row) that now stand at an arm.
    let mut at_arm = vec![f64::NEG_INFINITY; (changes + 1) * arms];
    at_arm[..arms].fill(0.0);
    let mut best = vec![f64::NEG_INFINITY; changes + 1];
    let after = |row: ndarray::ArrayView1<f64>| {
        for (used, at_arm) in at_arm.chunks_exact_mut(arms).enumerate().rev() {
            let moved = if used > 0 { best[used - 1] } else { f64::NEG_INFINITY };
            for (earned, r) in at_arm.iter_mut().zip(row) {
                *earned = earned.max(moved) + r;
            }
            best[used] = at_arm.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        }
        best.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    };
    Ok(rewards.outer_iter().map(after).collect())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_three_comparators_by_hand() {
        let rewards = array![[1.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 0.5]];
        let set = DecisionSet::Simplex;
        assert_eq!(fixed_earnings(set, rewards.view()), [1.0, 2.0, 4.0, 4.0]);
        assert_eq!(clairvoyant_earnings(set, rewards.view()), [1.0, 3.0, 6.0, 6.5]);
        assert_eq!(switching_earnings(rewards.view(), 1).unwrap(), [1.0, 3.0, 5.0, 5.0]);
        assert_eq!(switching_earnings(rewards.view(), 2).unwrap(), [1.0, 3.0, 6.0, 6.0]);
        let ball = DecisionSet::Ball { radius: 2.0 };
        assert_eq!(fixed_earnings(ball, array![[3.0, 0.0], [0.0, 4.0]].view()), [6.0, 10.0]);
        assert_eq!(clairvoyant_earnings(ball, array![[3.0, 0.0], [0.0, 4.0]].view()), [6.0, 14.0]);
    }

    #[test]
    fn absurd_numbers_of_switches_are_refused() {
        let rewards = Array2::<f64>::zeros((1 << 17, 2));
        let message = switching_earnings(rewards.view(), 1 << 17).unwrap_err().to_string();
        assert!(message.contains("at most 65535 here"), "{message}");
        assert!(switching_earnings(array![[1.0]].view(), usize::MAX).is_ok());
    }

    proptest! {
        /// The extremes are the other two comparators; in between, all sequences of arms are tried.
        #[test]
        fn switching_lies_between_fixed_and_clairvoyant(
            cells in proptest::collection::vec(-9i32..9, 12), switches in 0usize..6,
        ) {
            let rewards = Array2::from_shape_fn((6, 2), |(t, a)| f64::from(cells[2 * t + a]));
            let set = DecisionSet::Simplex;
            let switching = |n| switching_earnings(rewards.view(), n).unwrap();
            prop_assert_eq!(switching(0), fixed_earnings(set, rewards.view()));
            prop_assert_eq!(switching(5), clairvoyant_earnings(set, rewards.view()));
            let earned = |sequence: u32| -> f64 {
                (0..6).map(|t| rewards[[t, (sequence >> t & 1) as usize]]).sum()
            };
            let changes = |sequence: u32| ((sequence ^ sequence >> 1) & 31).count_ones() as usize;
            let best = (0..64).filter(|&s| changes(s) <= switches).map(earned);
            prop_assert_eq!(switching(switches)[5], best.fold(f64::NEG_INFINITY, f64::max));
        }
    }
}
