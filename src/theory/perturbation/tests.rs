//! The guarantee against what layers near FTRL really do.

use ndarray::{Array1, Array2};
use proptest::prelude::*;

use super::*;
use crate::learner::Learner;
use crate::learner::play::play;

/// A layer in the coordinates of the theory, as a learner.
struct Near<'a> {
    set: DecisionSet,
    layer: &'a Effective,
    output: Array1<f64>,
}

impl<'a> Near<'a> {
    fn new(set: DecisionSet, layer: &'a Effective) -> Self {
        let output = Array1::zeros(layer.bias.len());
        Self { set, layer, output }
    }
}

impl Learner for Near<'_> {
    fn decide(&mut self, decision: &mut [f64]) {
        decision.copy_from_slice(self.output.as_slice().unwrap());
        self.set.project(decision);
    }

    fn observe(&mut self, reward: &[f64]) {
        let reward = Array1::from(reward.to_vec());
        let content = Array1::from(self.layer.content.clone());
        let value = self.layer.matrix.dot(&reward) + Array1::from(self.layer.bias.clone());
        self.output += &(value * (1.0 + content.dot(&reward)));
    }
}

fn sets() -> impl Strategy<Value = DecisionSet> {
    prop_oneof![
        (0.2..3.0f64).prop_map(|radius| DecisionSet::Ball { radius }),
        Just(DecisionSet::Simplex)
    ]
}

/// A layer around FTRL(eta), each kind of deviation with a size of its own, and rewards of length at most 1.
fn cases() -> impl Strategy<Value = (Effective, Array2<f64>)> {
    (1usize..4, 1usize..30).prop_flat_map(|(d, rounds)| {
        let entries = |n| proptest::collection::vec(-1.0..1.0f64, n);
        let sizes = prop::array::uniform3(prop_oneof![Just(0.0), 0.0..0.3f64]);
        (0.05..1.0f64, sizes, entries(d * d), entries(d), entries(d), entries(rounds * d)).prop_map(
            move |(eta, [off, bias, content], w, b, c, r)| {
                let scaled =
                    |x: Vec<f64>, size: f64| x.iter().map(|v| size * v).collect::<Vec<_>>();
                let w = Array2::from_shape_vec((d, d), scaled(w, off * eta)).unwrap();
                let layer = Effective {
                    matrix: Array2::<f64>::eye(d) * eta + w,
                    bias: scaled(b, bias),
                    content: scaled(c, content),
                };
                let mut rewards = Array2::from_shape_vec((rounds, d), r).unwrap();
                for mut reward in rewards.outer_iter_mut() {
                    let length = norm(&reward.to_vec()).max(1.0);
                    reward /= length;
                }
                (layer, rewards)
            },
        )
    })
}

/// `|g_t - eta S_{t-1}|` before each round.
fn distances(layer: &Effective, rewards: &Array2<f64>) -> Vec<f64> {
    let eta = layer.structure().eta;
    let mut near = Near::new(DecisionSet::UNIT_BALL, layer);
    let mut sum = Array1::<f64>::zeros(rewards.ncols());
    rewards
        .outer_iter()
        .map(|reward| {
            let distance = norm(&(&near.output - &sum * eta).to_vec());
            near.observe(&reward.to_vec());
            sum += &reward;
            distance
        })
        .collect()
}

/// The guarantee with the true deviation `sum_i min(|g_i - eta S_{i-1}|, diameter) |R_i|` in place of its estimate.
fn exact_guarantee(set: DecisionSet, layer: &Effective, rewards: &Array2<f64>) -> Vec<f64> {
    let diameter = set.diameter(rewards.ncols());
    let bound = regret_bound(set, layer.structure().eta, rewards.view());
    let (mut deviation, mut trivial) = (0.0, 0.0);
    rewards
        .outer_iter()
        .zip(distances(layer, rewards))
        .zip(bound)
        .map(|((reward, distance), bound)| {
            let length = norm(&reward.to_vec());
            deviation += distance.min(diameter) * length;
            trivial += diameter * length;
            trivial.min(bound + deviation)
        })
        .collect()
}

proptest! {
    /// RMFT-T1, and its middle step: the estimate covers the true deviation, which is sharper than what regret shows.
    #[test]
    fn regret_never_exceeds_the_guarantee(set in sets(), (layer, rewards) in cases()) {
        let guarantee = regret_guarantee(set, &layer, rewards.view());
        let regret = play(set, &mut Near::new(set, &layer), rewards.view());
        let exact = exact_guarantee(set, &layer, &rewards);
        for (t, limit) in guarantee.into_iter().enumerate() {
            prop_assert!(regret[t] <= limit + 1e-9, "round {}: {} > {}", t, regret[t], limit);
            prop_assert!(exact[t] <= limit + 1e-9, "round {}: {} > {}", t, exact[t], limit);
        }
    }

    #[test]
    fn outputs_stay_within_the_distance_bound((layer, rewards) in cases()) {
        for (seen, distance) in distances(&layer, &rewards).into_iter().enumerate() {
            let bound = distance_bound(&layer, 1.0, seen);
            prop_assert!(distance <= bound + 1e-9, "after {}: {} > {}", seen, distance, bound);
        }
    }

    /// In one dimension with constant rewards nothing is lost: both bounds are equalities.
    #[test]
    fn the_bounds_are_attained(
        eta in 0.1..1.0f64, bias in 0.0..0.5f64, content in 0.0..0.5f64, bound in 0.1..2.0f64,
        radius in 0.1..3.0f64,
    ) {
        let layer = Effective {
            matrix: Array2::from_elem((1, 1), eta),
            bias: vec![bias],
            content: vec![content],
        };
        let rewards = Array2::from_elem((20, 1), bound);
        for (seen, distance) in distances(&layer, &rewards).into_iter().enumerate() {
            approx::assert_relative_eq!(distance, distance_bound(&layer, bound, seen), epsilon = 1e-9);
        }
        let set = DecisionSet::Ball { radius };
        let exact = exact_guarantee(set, &layer, &rewards);
        for (guarantee, exact) in regret_guarantee(set, &layer, rewards.view()).iter().zip(&exact) {
            approx::assert_relative_eq!(guarantee, exact, epsilon = 1e-8);
        }
    }
}

#[test]
fn ftrl_itself_has_its_own_bound() {
    let layer =
        Effective { matrix: Array2::eye(2) * 0.3, bias: vec![0.0; 2], content: vec![0.0; 2] };
    let rewards = Array2::from_shape_fn((40, 2), |(t, i)| ((3 * t + i) % 5) as f64 / 5.0 - 0.4);
    let bound = regret_bound(DecisionSet::UNIT_BALL, 0.3, rewards.view());
    let guarantee = regret_guarantee(DecisionSet::UNIT_BALL, &layer, rewards.view());
    assert!(guarantee.iter().zip(&bound).all(|(guarantee, bound)| guarantee <= bound));
    approx::assert_relative_eq!(guarantee[39], bound[39], epsilon = 1e-12);
    assert_eq!(distance_bound(&layer, 1.0, 1000), 0.0);
}

/// A layer that never moves, moves against the leader or is not a number is near no FTRL.
#[test]
fn without_a_positive_step_only_the_trivial_bound_is_left() {
    for eta in [0.0, -0.2, f64::NAN] {
        let layer =
            Effective { matrix: Array2::eye(2) * eta, bias: vec![0.0; 2], content: vec![0.0; 2] };
        let rewards = ndarray::array![[3.0, 4.0], [0.0, 0.0], [0.0, -1.0]];
        let guarantee = regret_guarantee(DecisionSet::UNIT_BALL, &layer, rewards.view());
        assert_eq!(guarantee, [10.0, 10.0, 12.0]);
    }
}
