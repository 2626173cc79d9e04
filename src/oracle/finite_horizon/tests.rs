use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::linear_mdp::{Context, Family};
use ndarray::array;
use rand::RngExt;

/// A process with random tables.
fn random(states: usize, actions: usize, discount: f64, index: usize) -> Mdp {
    let mut rng = Streams::new(4).stream(Purpose::Theory, 0, index, 0);
    let mut law = |n: usize| {
        let raw: Vec<f64> = (0..n).map(|_| rng.random::<f64>()).collect();
        let sum: f64 = raw.iter().sum();
        raw.into_iter().map(|x| x / sum).collect::<Vec<f64>>()
    };
    let start = law(states);
    let transitions = (0..states * actions).flat_map(|_| law(states)).collect();
    let rewards = law(states * actions);
    let transitions = Array2::from_shape_vec((states * actions, states), transitions).unwrap();
    Mdp::new(actions, transitions, rewards, start, discount).unwrap()
}

/// Best return over every deterministic Markov policy of a small process.
#[test]
fn backward_induction_is_the_best_of_all_policies() {
    for index in 0..5 {
        let (states, actions, horizon) = (2, 2, 3);
        let mdp = random(states, actions, 0.8, index);
        let choices = states * horizon;
        let best = (0..actions.pow(choices as u32))
            .map(|code| {
                let scores = Array2::from_shape_fn((horizon, mdp.pairs()), |(step, pair)| {
                    let chosen = code >> (step * states + pair / actions) & 1;
                    f64::from(u8::from(pair % actions == chosen))
                });
                evaluate(&mdp, &Policy::greedy(scores.view(), actions)).at_start(&mdp)
            })
            .fold(f64::NEG_INFINITY, f64::max);
        let plan = backward_induction(&mdp, horizon).unwrap();
        approx::assert_relative_eq!(plan.at_start(&mdp), best, epsilon = 1e-13);
        let own = evaluate(&mdp, &Policy::greedy(plan.pairs.view(), actions));
        approx::assert_relative_eq!(own.at_start(&mdp), best, epsilon = 1e-13);
    }
}

/// The return is the sum over steps of rewards under the laws of the states.
#[test]
fn state_laws_account_for_the_value() {
    let mdp = random(4, 3, 0.9, 9);
    let plan = backward_induction(&mdp, 6).unwrap();
    for policy in [Policy::uniform(&mdp, 6).unwrap(), Policy::greedy(plan.pairs.view(), 3)] {
        let laws = state_laws(&mdp, &policy);
        let mut total = 0.0;
        for (step, law) in laws.rows().into_iter().enumerate() {
            approx::assert_relative_eq!(law.sum(), 1.0, epsilon = 1e-13);
            for pair in 0..mdp.pairs() {
                let weight = law[pair / 3] * policy.probabilities()[[step, pair]];
                total += mdp.discount().powi(step as i32) * weight * mdp.rewards()[pair];
            }
        }
        approx::assert_relative_eq!(total, evaluate(&mdp, &policy).at_start(&mdp), epsilon = 1e-12);
    }
}

#[test]
fn a_chain_has_the_value_that_one_can_count() {
    // Action 1 climbs from state 0 to the absorbing state 1, which pays 1 a step.
    let moves = array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]];
    let mdp = Mdp::new(2, moves, vec![0.0, 0.0, 1.0, 1.0], vec![1.0, 0.0], 0.5).unwrap();
    let plan = backward_induction(&mdp, 3).unwrap();
    assert_eq!(plan.at_start(&mdp), 0.5 + 0.25);
    let policy = Policy::greedy(plan.pairs.view(), 2);
    assert_eq!((policy.action(0, 0), policy.action(2, 0)), (1, 0), "ties go to the first action");
    assert!(backward_induction(&mdp, 0).is_err());
    assert!(backward_induction(&mdp, usize::MAX).is_err());
}

/// The law of visits under a policy is the law of its states times that of its actions.
#[test]
fn trajectories_follow_the_laws_of_the_states() {
    let mut rng = Streams::new(8).stream(Purpose::Theory, 0, 4, 0);
    let mdp = Family::reference().task(&mut rng).mdp;
    let policy = Policy::uniform(&mdp, 3).unwrap();
    let n = 200_000;
    let runs = Context::of_trajectories(&mdp, &policy, n, &mut rng).unwrap();
    let laws = state_laws(&mdp, &policy);
    for step in 0..3 {
        for pair in 0..mdp.pairs() {
            let p = laws[[step, pair / 3]] / 3.0;
            let deviation = runs.visits[[step, pair]] / n as f64 - p;
            assert!(deviation.abs() < 4.5 * (p * (1.0 - p) / n as f64).sqrt() + 1e-12);
        }
    }
}
