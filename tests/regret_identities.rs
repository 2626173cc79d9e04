//! Identities that regret and the learners obey exactly, whatever the rewards.

use lowregret::learner::Learner;
use lowregret::learner::constant::Constant;
use lowregret::learner::ftrl::{Ftrl, FtrlStep};
use lowregret::learner::gradient_ascent::GradientAscent;
use lowregret::learner::hedge::Hedge;
use lowregret::learner::play::play;
use lowregret::problem::decision_set::{DecisionSet, norm};
use ndarray::{Array2, array};
use proptest::prelude::*;

const BALL: DecisionSet = DecisionSet::Ball { radius: 1.3 };

fn rewards(arms: std::ops::Range<usize>) -> impl Strategy<Value = Array2<f64>> {
    (1usize..40, arms).prop_flat_map(|(rounds, d)| {
        proptest::collection::vec(-2.0..2.0f64, rounds * d)
            .prop_map(move |cells| Array2::from_shape_vec((rounds, d), cells).unwrap())
    })
}

/// Every learner with a step size, at step `eta`.
fn learners(set: DecisionSet, d: usize, eta: f64) -> Vec<Box<dyn Learner>> {
    let mut all: Vec<Box<dyn Learner>> = Vec::new();
    for optimistic in [false, true] {
        all.push(Box::new(Ftrl::new(set, d, FtrlStep::Fixed(eta), optimistic)));
        all.push(Box::new(Ftrl::new(set, d, FtrlStep::Anytime(eta), optimistic)));
        all.push(Box::new(Hedge::new(set, d, eta, false, optimistic)));
        all.push(Box::new(Hedge::new(set, d, eta, true, optimistic)));
        all.push(Box::new(GradientAscent::new(set, d, eta, optimistic)));
    }
    all
}

fn decisions(learner: &mut dyn Learner, rewards: &Array2<f64>) -> Vec<f64> {
    let mut decision = vec![0.0; rewards.ncols()];
    let mut all = Vec::new();
    for reward in rewards.outer_iter() {
        learner.decide(&mut decision);
        learner.observe(&reward.to_vec());
        all.extend(&decision);
    }
    all
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{i}: {a}, expected {b}");
    }
}

proptest! {
    /// The final regret of the best fixed decision is 0; anybody else's first differs from it by what they earned less.
    #[test]
    fn the_best_fixed_decision_ends_without_regret(rewards in rewards(1..5)) {
        for set in [BALL, DecisionSet::Simplex] {
            let mut best = Constant::best_in_hindsight(set, rewards.view());
            let regret = play(set, &mut best, rewards.view());
            prop_assert!(regret.last().unwrap().abs() < 1e-9);
            let mut center = Constant::center(set, rewards.ncols());
            prop_assert!(*play(set, &mut center, rewards.view()).last().unwrap() > -1e-9);
        }
    }

    /// On the simplex only differences between arms count.
    #[test]
    fn a_reward_for_everybody_changes_nothing(rewards in rewards(1..5), eta in 0.05..3.0f64, gift in -50.0..50.0f64) {
        let set = DecisionSet::Simplex;
        let raised = &rewards + gift;
        for (mut one, mut two) in learners(set, rewards.ncols(), eta)
            .into_iter()
            .zip(learners(set, rewards.ncols(), eta))
        {
            assert_close(&decisions(&mut one, &raised), &decisions(&mut two, &rewards), 1e-8);
        }
        for (mut one, mut two) in learners(set, rewards.ncols(), eta)
            .into_iter()
            .zip(learners(set, rewards.ncols(), eta))
        {
            let regret = play(set, &mut one, raised.view());
            assert_close(&regret, &play(set, &mut two, rewards.view()), 1e-6);
        }
    }

    /// Units of reward: `a` times the rewards at 1 / a times the step are the same decisions, and `a` times the regret.
    #[test]
    fn regret_scales_with_its_unit(rewards in rewards(1..5), eta in 0.05..3.0f64, a in 0.01..100.0f64) {
        for set in [BALL, DecisionSet::Simplex] {
            let scaled = &rewards * a;
            let pairs = learners(set, rewards.ncols(), eta / a)
                .into_iter()
                .zip(learners(set, rewards.ncols(), eta));
            for (mut one, mut two) in pairs {
                let regret = play(set, &mut one, scaled.view());
                let expected: Vec<f64> =
                    play(set, &mut two, rewards.view()).iter().map(|r| a * r).collect();
                assert_close(&regret, &expected, 1e-7 * a.max(1.0));
            }
        }
    }

    /// The ball has no preferred direction, and neither have the Euclidean learners on it.
    #[test]
    fn rotations_change_no_regret(
        rewards in rewards(3..4), axis in proptest::collection::vec(-1.0..1.0f64, 3), eta in 0.05..3.0f64,
    ) {
        prop_assume!(norm(&axis) > 0.1);
        // A reflection; two of them make a rotation, and one of them is as good.
        let axis = Array2::from_shape_vec((3, 1), axis).unwrap();
        let reflection = Array2::<f64>::eye(3) - axis.dot(&axis.t()) * (2.0 / (&axis * &axis).sum());
        let turned = rewards.dot(&reflection);
        let euclidean = || -> Vec<Box<dyn Learner>> {
            vec![
                Box::new(Ftrl::new(BALL, 3, FtrlStep::Fixed(eta), false)),
                Box::new(Ftrl::new(BALL, 3, FtrlStep::Anytime(eta), true)),
                Box::new(Ftrl::new(BALL, 3, FtrlStep::Leader, false)),
                Box::new(GradientAscent::new(BALL, 3, eta, false)),
            ]
        };
        for (mut one, mut two) in euclidean().into_iter().zip(euclidean()) {
            let regret = play(BALL, &mut one, turned.view());
            assert_close(&regret, &play(BALL, &mut two, rewards.view()), 1e-8);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Coordinates that sit on the threshold up to rounding must not keep the projection on the simplex going for ever.
    #[test]
    fn the_projection_ends_on_ties(tenths in proptest::collection::vec(-30i32..30, 1..7)) {
        let mut p: Vec<f64> = tenths.iter().map(|&n| f64::from(n) / 10.0).collect();
        DecisionSet::Simplex.project(&mut p);
        prop_assert!(DecisionSet::Simplex.contains(&p, 1e-9), "{:?}", p);
    }
}

#[test]
fn the_projection_ends_where_it_once_did_not() {
    for mut p in [
        [0.4, 0.2, -0.09999999999999998, 1.0, -18.956710928267185],
        [1.3, 0.5, -1.3239759534742603, 1.8, 1.2],
    ] {
        DecisionSet::Simplex.project(&mut p);
        assert!(DecisionSet::Simplex.contains(&p, 1e-9), "{p:?}");
    }
}

/// Follow the leader loses a whole reward every second round: T / 2 in the unit ball, after every even round.
#[test]
fn the_leader_loses_half_of_alternating_rewards() {
    for v in [array![[1.0]], array![[0.6, -0.8]], array![[0.0, 0.0, 1.0]]] {
        let d = v.ncols();
        let rewards =
            Array2::from_shape_fn(
                (100, d),
                |(t, i)| {
                    if t % 2 == 0 { v[(0, i)] } else { -v[(0, i)] }
                },
            );
        let mut leader = Ftrl::new(DecisionSet::UNIT_BALL, d, FtrlStep::Leader, false);
        let regret = play(DecisionSet::UNIT_BALL, &mut leader, rewards.view());
        for t in (2..=100).step_by(2) {
            assert!((regret[t - 1] - t as f64 / 2.0).abs() < 1e-12, "{t}: {}", regret[t - 1]);
        }
    }
}
