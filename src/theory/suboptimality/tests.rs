use super::*;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::oracle::linear::Solved;
use crate::problem::linear_mdp::Family;

/// Errors that are linear in the features: the bound by leverage holds for every task.
#[test]
fn the_feature_form_holds() {
    for index in 0..100 {
        let mut rng = Streams::new(7).stream(Purpose::Theory, 0, index, 0);
        let family = Family::reference();
        let solved = Solved::new(family.task(&mut rng), 5).unwrap();
        let mut noise = vec![0.0; solved.weights.len()];
        fill_standard_normal(&mut rng, &mut noise);
        let delta = Array2::from_shape_vec(solved.weights.dim(), noise).unwrap() * 0.1;
        let estimates = family.values((&solved.weights + &delta).view());
        let greedy = Greedy::new(&solved.task.mdp, &solved.optimal, estimates.view());
        let second = family.second_moments();
        let errors: Vec<f64> =
            delta.rows().into_iter().map(|delta| delta.dot(&second.dot(&delta))).collect();
        let bound = feature_bound(largest_leverage(family.features()).unwrap(), &errors);
        assert!(greedy.largest_error_bound() <= bound);
        let averaged = averaged_bound(family.actions(), family.states() as f64, &errors);
        assert!(greedy.squared_error_bound() <= averaged + 1e-12);
    }
    let leverage = largest_leverage(Family::reference().features()).unwrap();
    approx::assert_relative_eq!(leverage, 11.631_200_596, epsilon = 1e-8);
}

/// One state, two actions, two steps: every number by hand.
#[test]
fn a_small_example_adds_up() {
    let mdp = Mdp::new(2, ndarray::array![[1.0], [1.0]], vec![1.0, 0.0], vec![1.0], 0.5).unwrap();
    let optimal = crate::oracle::finite_horizon::backward_induction(&mdp, 2).unwrap();
    assert_eq!(optimal.pairs, ndarray::array![[1.5, 0.5], [1.0, 0.0]]);
    // Wrong at the first step, where the errors are -0.4 and 1; right at the second, where they are 0.1 and 0.3.
    let estimates = ndarray::array![[1.1, 1.5], [1.1, 0.3]];
    let greedy = Greedy::new(&mdp, &optimal, estimates.view());
    let near = |a: f64, b: f64| approx::assert_relative_eq!(a, b, epsilon = 1e-12);
    near(greedy.performance_difference(), 1.0);
    near(greedy.joint_pair_bound(), 1.4);
    near(greedy.pair_bound(), 1.4);
    near(greedy.span_bound(), 1.4 + 0.5 * 0.2);
    near(greedy.largest_error_bound(), 2.0 * (1.0 + 0.5 * 0.3));
    let root = |errors: [f64; 2]| (2.0 * (errors[0] * errors[0] + errors[1] * errors[1])).sqrt();
    near(greedy.squared_error_bound(), root([0.4, 1.0]) + 0.5 * root([0.1, 0.3]));
    near(averaged_bound(3, 2.0, &[0.25, 1.0]), 12f64.sqrt() * 1.5);
    near(feature_bound(4.0, &[0.25, 1.0]), 6.0);
}
