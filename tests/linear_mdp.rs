//! Linear decision processes: what holds for every process, every policy and every error.

use lowregret::learner::in_context_q::attention::{AttentionQ, Centring, Maps};
use lowregret::learner::in_context_q::{Demonstration, QLearner};
use lowregret::numeric::linalg::solve;
use lowregret::numeric::rng::{Purpose, Streams, fill_standard_normal};
use lowregret::oracle::finite_horizon::{backward_induction, evaluate};
use lowregret::oracle::linear::Solved;
use lowregret::problem::linear_mdp::{Context, Family, LinearMdp, TaskLaw};
use lowregret::problem::mdp::{Mdp, Policy};
use lowregret::theory::suboptimality::Greedy;
use ndarray::Array2;
use proptest::prelude::*;

/// A family with the sizes given, and its task number `seed`.
fn task(shape: (usize, usize, usize), power: f64, seed: u64) -> (Family, Mdp, Solved) {
    let mut rng = Streams::new(seed).stream(Purpose::Theory, 0, 0, 0);
    let law = TaskLaw { concentration: 0.3, reward_power: power };
    let family = Family::draw(shape, 0.4, law, &mut rng).unwrap();
    let solved = Solved::new(family.task(&mut rng), 4).unwrap();
    (family, solved.task.mdp.clone(), solved)
}

/// The same process with another discount.
fn discounted(mdp: &Mdp, discount: f64) -> Mdp {
    let (rewards, start) = (mdp.rewards().to_vec(), mdp.start().to_vec());
    Mdp::new(mdp.actions(), mdp.transitions().to_owned(), rewards, start, discount).unwrap()
}

fn normal(shape: (usize, usize), seed: u64) -> Array2<f64> {
    let mut rng = Streams::new(seed).stream(Purpose::Theory, 1, 0, 0);
    let mut values = Array2::zeros(shape);
    fill_standard_normal(&mut rng, values.as_slice_mut().unwrap());
    values
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Dynamic programming on tables and weights of factors give the same Q-functions.
    #[test]
    fn optimal_q_functions_are_linear(
        shape in (1usize..9, 1usize..5, 2usize..7), power in 1.0..6.0f64, seed: u64,
    ) {
        let (family, _, mut solved) = task(shape, power, seed);
        if seed % 2 == 0 {
            let mdp = discounted(&solved.task.mdp, 0.6);
            solved = Solved::new(LinearMdp { mdp, ..solved.task }, 5).unwrap();
        }
        let linear = family.values(solved.weights.view());
        prop_assert!((&linear - &solved.optimal.pairs).iter().all(|d| d.abs() < 1e-12));
    }

    /// The identity to rounding; no bound below the loss, and the bounds in their order; discounted processes too.
    #[test]
    fn no_bound_is_ever_violated(
        shape in (1usize..9, 1usize..5, 2usize..7),
        (horizon, discount) in (1usize..7, 0.0..1.0f64),
        size in 0.0..0.5f64,
        seed: u64,
    ) {
        let (_, mdp, _) = task(shape, 2.0, seed);
        let mdp = discounted(&mdp, if seed % 2 == 0 { 1.0 } else { discount });
        let optimal = backward_induction(&mdp, horizon).unwrap();
        let estimates = &optimal.pairs + &(normal(optimal.pairs.dim(), seed) * size);
        let greedy = Greedy::new(&mdp, &optimal, estimates.view());
        let loss = optimal.at_start(&mdp) - evaluate(&mdp, greedy.policy()).at_start(&mdp);
        prop_assert!((greedy.performance_difference() - loss).abs() < 1e-12);
        let joint = greedy.joint_pair_bound();
        let slack = 1e-12;
        prop_assert!(loss <= joint + slack);
        prop_assert!(joint <= greedy.pair_bound() + slack);
        prop_assert!(joint <= greedy.span_bound() + slack);
        prop_assert!(greedy.span_bound() <= greedy.largest_error_bound() + slack);
        prop_assert!(greedy.pair_bound() <= greedy.largest_error_bound() + slack);
        prop_assert!(greedy.pair_bound() <= greedy.squared_error_bound() + slack);
    }

    /// What a layer says does not change when features are rotated (or mapped in any way) and its matrix with them.
    #[test]
    fn estimates_do_not_depend_on_coordinates(seed: u64, context_centred: bool) {
        let (family, mdp, solved) = task((5, 3, 4), 1.0, seed);
        let map = normal((4, 4), seed) + Array2::<f64>::eye(4) * 3.0;
        let matrix = normal((4, 4), !seed);
        let inverse = solve(map.view(), Array2::eye(4).view()).unwrap();
        let mapped = inverse.t().dot(&matrix).dot(&inverse);
        let mut rng = Streams::new(seed).stream(Purpose::Theory, 2, 0, 0);
        let context = Context::generative(&mdp, 4, 20, &mut rng).unwrap();
        let labels = solved.optimal.pairs.view();
        let shown = Demonstration { context: &context, labels, rewards: mdp.rewards(), discount: 1.0 };
        let centring = if context_centred { Centring::Context } else { Centring::Raw };
        let estimate = |features: Array2<f64>, matrix: Array2<f64>| {
            let maps = Maps::PerStep(vec![matrix; 4]);
            AttentionQ::new(features.view(), maps, centring.clone()).unwrap().estimate(&shown).unwrap()
        };
        let plain = estimate(family.features().to_owned(), matrix);
        let other = estimate(family.features().dot(&map.t()), mapped);
        let size = plain.iter().fold(1.0, |m: f64, v| m.max(v.abs()));
        prop_assert!((&plain - &other).iter().all(|d| d.abs() < 1e-9 * size));
    }
}

/// A policy cannot do better than the optimum, and the greedy policy of the optimum is as good.
#[test]
fn the_optimum_is_the_best() {
    for seed in 0..50 {
        let (_, mdp, solved) = task((6, 3, 4), 1.0, seed);
        let own = Policy::greedy(solved.optimal.pairs.view(), mdp.actions());
        let best = evaluate(&mdp, &own).at_start(&mdp);
        assert!((best - solved.value()).abs() < 1e-12);
        let random = Policy::greedy(normal(solved.optimal.pairs.dim(), seed).view(), mdp.actions());
        assert!(evaluate(&mdp, &random).at_start(&mdp) <= best + 1e-12);
        assert!(evaluate(&mdp, &Policy::uniform(&mdp, 4).unwrap()).at_start(&mdp) <= best + 1e-12);
    }
}
