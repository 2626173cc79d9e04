use super::*;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::oracle::finite_horizon::evaluate;
use crate::oracle::linear::Solved;
use crate::problem::linear_mdp::{Family, LinearMdp, TaskLaw};

/// A random task (some of them discounted) with estimates that err by noise of size `size`.
fn example(index: usize, size: f64) -> (Family, Solved, Array2<f64>) {
    let mut rng = Streams::new(6).stream(Purpose::Theory, 0, index, 0);
    let tasks = TaskLaw { concentration: 0.3, reward_power: 1.0 + (index % 6) as f64 };
    let shape = (2 + index % 7, 2 + index % 3, 2 + index % 4);
    let family = Family::draw(shape, 0.4, tasks, &mut rng).unwrap();
    let LinearMdp { mdp, factor_rewards, measures } = family.task(&mut rng);
    let mdp = Mdp::new(
        mdp.actions(),
        mdp.transitions().to_owned(),
        mdp.rewards().to_vec(),
        mdp.start().to_vec(),
        if index % 2 == 0 { 1.0 } else { 0.7 },
    )
    .unwrap();
    let task = LinearMdp { mdp, factor_rewards, measures };
    let optimal = crate::oracle::finite_horizon::backward_induction(&task.mdp, 1 + index % 6);
    let optimal = optimal.unwrap();
    let mut noise = vec![0.0; optimal.pairs.len()];
    fill_standard_normal(&mut rng, &mut noise);
    let noise = Array2::from_shape_vec(optimal.pairs.dim(), noise).unwrap();
    let estimates = &optimal.pairs + &(noise * size);
    let weights = Array2::zeros((0, 0));
    (family, Solved { task, optimal, weights }, estimates)
}

/// The identity to rounding, and the order of the bounds, on 300 random processes.
#[test]
fn the_identity_holds_and_no_bound_is_violated() {
    let mut lossy = 0;
    for index in 0..300 {
        let (_, Solved { task, optimal, .. }, estimates) =
            example(index, 0.05 * (index % 5) as f64);
        let greedy = Greedy::new(&task.mdp, &optimal, estimates.view());
        let own = evaluate(&task.mdp, greedy.policy()).at_start(&task.mdp);
        let loss = optimal.at_start(&task.mdp) - own;
        lossy += usize::from(loss > 1e-3);
        assert!((greedy.performance_difference() - loss).abs() < 1e-12, "{index}");
        let joint = greedy.joint_pair_bound();
        assert!(loss <= joint + 1e-12);
        assert!(joint <= greedy.pair_bound() + 1e-12);
        assert!(joint <= greedy.span_bound() + 1e-12);
        assert!(greedy.span_bound() <= greedy.largest_error_bound() + 1e-12);
        assert!(greedy.pair_bound() <= greedy.largest_error_bound() + 1e-12);
        assert!(greedy.pair_bound() <= greedy.squared_error_bound() + 1e-12);
    }
    assert!(lossy > 100, "{lossy} of 300 policies lose anything");
}

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
