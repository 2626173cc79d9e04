//! Outcomes agree with the accounts they are made of.

use super::*;
use crate::learner::bandit::uniform::{ConstantArm, UniformArm};
use crate::problem::bandit::Means;

fn uniform(problem: &Bandit, count: usize) -> BanditOutcome {
    evaluate_learner(problem, Streams::new(4), Purpose::Evaluation, count, |scenario| {
        UniformArm::new(scenario.present())
    })
    .unwrap()
}

/// Expected regret of the uniform player: T times the gap between the best mean and the mean of means.
#[test]
fn the_uniform_player_has_its_known_regret() {
    let outcome = uniform(&Bandit::hard_instance(), 2000);
    let last = outcome.pseudo.last().unwrap();
    assert!(last.low.unwrap() < 16.0 && last.high.unwrap() > 16.0, "{last:?}");
    assert_eq!(outcome.pseudo.finals.len(), 2000);
    let curve = outcome.pseudo.mean_curve();
    approx::assert_relative_eq!(curve[99], last.mean, epsilon = 1e-9);
    approx::assert_relative_eq!(curve[49], 8.0, epsilon = 0.2);
    // The best arm in hindsight is nearly always the best arm.
    approx::assert_relative_eq!(outcome.realised.last().unwrap().mean, 16.0, epsilon = 0.7);
    let same = Estimate::difference(&outcome.pseudo.finals, &outcome.dynamic.finals).unwrap();
    assert!(same.mean.abs() < 1e-9);
    approx::assert_relative_eq!(outcome.exploration.mean_reward.mean, 0.44, epsilon = 0.005);
}

#[test]
fn finals_and_curves_are_the_scenarios_own() {
    let problem = Bandit::drifting_mixture(3, 12);
    let streams = Streams::new(4);
    let scenario = |i| problem.scenario(&streams, Purpose::Evaluation, 0, i, 0);
    let player = one_by_one(streams, Purpose::Evaluation, |_| Ok(ConstantArm(1)));
    let outcome = evaluate(100, scenario, &player).unwrap();
    for regret in [BanditRegret::Pseudo, BanditRegret::Dynamic, BanditRegret::Realised] {
        let curves = regret_curves(regret, 100, scenario, &player).unwrap();
        assert_eq!(curves.dim(), (100, 12));
        let one = outcome.regret(regret);
        assert_eq!(one.finals, curves.column(11).to_vec());
        assert_eq!(one.finals[70], regret.total(&scenario(70), &[1usize; 12]));
        approx::assert_relative_eq!(
            one.curve[5].mean,
            curves.column(5).mean().unwrap(),
            epsilon = 1e-12
        );
    }
}

#[test]
fn outcomes_do_not_depend_on_threads() {
    let problem = Bandit::drifting_mixture(3, 12);
    let json = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        serde_json::to_string(&pool.install(|| uniform(&problem, 333))).unwrap()
    };
    assert_eq!(json(1), json(4));
}

#[test]
fn what_cannot_be_evaluated_is_refused() {
    let evaluate_uniform = |problem: &Bandit, count| {
        evaluate_learner(problem, Streams::new(0), Purpose::Evaluation, count, |scenario| {
            UniformArm::new(scenario.present())
        })
    };
    assert!(evaluate_uniform(&Bandit::hard_instance(), 0).is_err());
    let bad = Bandit { means: Means::Uniform { low: 0.0, high: 2.0 }, ..Bandit::bernoulli(2, 2) };
    assert!(evaluate_uniform(&bad, 5).unwrap_err().to_string().contains("means"));
    let streams = Streams::new(0);
    let unequal = |i| Bandit::bernoulli(2, 5 + i).scenario(&streams, Purpose::Stress, 0, i, 0);
    let player = one_by_one(streams, Purpose::Stress, |_| Ok(ConstantArm(0)));
    assert!(evaluate(2, unequal, player).unwrap_err().to_string().contains("horizon"));
}
