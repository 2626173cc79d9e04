//! Projections, supports and maximisers of both sets.

use super::*;
use proptest::prelude::*;

fn point(d: usize) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(-20.0..20.0f64, d)
}

fn sets() -> impl Strategy<Value = DecisionSet> {
    prop_oneof![
        (0.1..5.0f64).prop_map(|radius| DecisionSet::Ball { radius }),
        Just(DecisionSet::Simplex)
    ]
}

proptest! {
    /// A projection lands in the set, leaves members alone, and satisfies the variational inequality
    /// `<x - P x, y - P x> <= 0` for every member y, which characterises it.
    #[test]
    fn projection_is_the_nearest_point(
        set in sets(),
        (x, y) in (1usize..7).prop_flat_map(|d| (point(d), point(d))),
    ) {
        let mut p = x.clone();
        set.project(&mut p);
        prop_assert!(set.contains(&p, 1e-9));
        let mut again = p.clone();
        set.project(&mut again);
        for (a, b) in p.iter().zip(&again) {
            prop_assert!((a - b).abs() < 1e-9);
        }
        let mut member = y;
        set.project(&mut member);
        let inner: f64 = (0..x.len()).map(|i| (x[i] - p[i]) * (member[i] - p[i])).sum();
        prop_assert!(inner < 1e-7, "{inner}");
    }

    #[test]
    fn the_maximizer_attains_the_support(
        set in sets(),
        (x, y) in (1usize..7).prop_flat_map(|d| (point(d), point(d))),
    ) {
        let mut best = vec![0.0; x.len()];
        set.maximizer(&x, &mut best);
        prop_assert!(set.contains(&best, 1e-9));
        let value: f64 = best.iter().zip(&x).map(|(p, r)| p * r).sum();
        prop_assert!((value - set.support(&x)).abs() < 1e-9);
        let mut other = y;
        set.project(&mut other);
        let worse: f64 = other.iter().zip(&x).map(|(p, r)| p * r).sum();
        prop_assert!(worse <= value + 1e-9);
    }
}

proptest! {
    /// Side by side, points earn what they earn alone, to the last bit; and that is what their projections earn.
    #[test]
    fn points_side_by_side_earn_what_they_earn_alone(
        set in sets(),
        points in (1usize..7).prop_flat_map(|d| proptest::collection::vec(point(d), 8)),
    ) {
        let (x, rewards) = points.split_at(4);
        let coordinate =
            |i: usize| (std::array::from_fn(|n| x[n][i]), std::array::from_fn(|n| rewards[n][i]));
        let together: [f64; 4] = set.rewards_of_projections(x[0].len(), coordinate);
        for n in 0..4 {
            prop_assert_eq!(together[n], set.reward_of_projection(&x[n], &rewards[n]));
            let mut decision = x[n].clone();
            set.project(&mut decision);
            let earned: f64 = decision.iter().zip(&rewards[n]).map(|(p, r)| p * r).sum();
            prop_assert!((together[n] - earned).abs() < 1e-9 * earned.abs().max(1.0));
        }
    }
}

#[test]
fn known_projections() {
    let mut x = [3.0, 4.0];
    DecisionSet::Ball { radius: 2.5 }.project(&mut x);
    assert_eq!(x, [1.5, 2.0]);
    let mut p = [0.6, 0.2, -3.0];
    DecisionSet::Simplex.project(&mut p);
    approx::assert_relative_eq!(p[0], 0.7, epsilon = 1e-12);
    approx::assert_relative_eq!(p[1], 0.3, epsilon = 1e-12);
    assert_eq!(p[2], 0.0);
    assert!(DecisionSet::Ball { radius: -1.0 }.check().is_err());
}

#[test]
fn tied_arms_share() {
    let mut p = [0.0; 3];
    DecisionSet::Simplex.maximizer(&[2.0, 1.0, 2.0], &mut p);
    assert_eq!(p, [0.5, 0.0, 0.5]);
}
