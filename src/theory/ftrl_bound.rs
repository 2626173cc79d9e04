//! FTRL's regret bound for any reward sequence (RMFT-B1).

use ndarray::ArrayView2;

use crate::problem::decision_set::DecisionSet;

/// The bound after each round: `range / eta + (eta / 2) * sum_{i<=t} |R_i|^2`, with `range` the range of |decision|^2 / 2
/// over the set.
///
/// Holds for every sequence `rewards` (rounds x d), adversarial ones included, and every `eta > 0`.
pub fn regret_bound(set: DecisionSet, eta: f64, rewards: ArrayView2<f64>) -> Vec<f64> {
    let start = set.regularizer_range(rewards.ncols()) / eta;
    rewards
        .outer_iter()
        .scan(0.0, |squares, reward| {
            *squares += reward.dot(&reward);
            Some(start + eta / 2.0 * *squares)
        })
        .collect()
}

/// The bound at the step size that minimises it ([`crate::learner::ftrl::tuned_step`]): `bound * sqrt(2 range rounds)`, i.e. rho G sqrt T on the ball.
pub fn best_bound(set: DecisionSet, d: usize, bound: f64, rounds: usize) -> f64 {
    bound * (2.0 * set.regularizer_range(d) * rounds as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::ftrl::{Ftrl, FtrlStep, tuned_step};
    use crate::learner::play::{play, play_adversary};
    use crate::problem::adversary::Adversary;
    use ndarray::Array2;
    use proptest::prelude::*;

    fn sets() -> impl Strategy<Value = DecisionSet> {
        prop_oneof![
            (0.1..5.0f64).prop_map(|radius| DecisionSet::Ball { radius }),
            Just(DecisionSet::Simplex)
        ]
    }

    fn rewards() -> impl Strategy<Value = Array2<f64>> {
        (1usize..60, 1usize..5).prop_flat_map(|(rounds, d)| {
            proptest::collection::vec(-1.0..1.0f64, rounds * d)
                .prop_map(move |cells| Array2::from_shape_vec((rounds, d), cells).unwrap())
        })
    }

    proptest! {
        #[test]
        fn no_sequence_beats_the_bound(set in sets(), rewards in rewards(), eta in 0.01..10.0f64) {
            let mut learner = Ftrl::new(set, rewards.ncols(), FtrlStep::Fixed(eta), false);
            let regret = play(set, &mut learner, rewards.view());
            let bound = regret_bound(set, eta, rewards.view());
            for (t, (regret, bound)) in regret.iter().zip(&bound).enumerate() {
                prop_assert!(regret <= &(bound + 1e-9), "round {t}: {regret} > {bound}");
            }
        }

        #[test]
        fn no_adversary_beats_the_bound(
            set in sets(), d in 1usize..5, rounds in 1usize..200, bound in 0.1..3.0f64,
        ) {
            let eta = tuned_step(set, d, bound, rounds).max(1e-3);
            let mut learner = Ftrl::new(set, d, FtrlStep::Fixed(eta), false);
            let (regret, _) = play_adversary(set, &mut learner, Adversary { bound }, d, rounds);
            let limit = best_bound(set, d, bound, rounds) + 1e-3 * bound * bound * rounds as f64;
            prop_assert!(*regret.last().unwrap() <= limit + 1e-9);
        }
    }

    #[test]
    fn the_best_step_minimises_the_bound() {
        let rewards = Array2::from_elem((50, 1), 0.8);
        let best = tuned_step(DecisionSet::UNIT_BALL, 1, 0.8, 50);
        let at = |eta| regret_bound(DecisionSet::UNIT_BALL, eta, rewards.view())[49];
        approx::assert_relative_eq!(
            at(best),
            best_bound(DecisionSet::UNIT_BALL, 1, 0.8, 50),
            epsilon = 1e-12
        );
        assert!(at(best) < at(1.01 * best) && at(best) < at(0.99 * best));
        approx::assert_relative_eq!(best, 1.0 / (0.8 * 50f64.sqrt()), epsilon = 1e-12);
    }
}
