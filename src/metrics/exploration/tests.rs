//! The diagnostics, by hand and against the published numbers.

use super::*;
use crate::learner::bandit::greedy::Greedy;
use crate::metrics::bandit_outcome::evaluate_learner;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::Bandit;

/// Six rounds in which arm 1 pays 1, arm 2 pays 0.5 and arm 0 nothing.
fn scenario() -> BanditScenario {
    let rewards = ndarray::Array2::from_shape_fn((6, 3), |(_, a)| [0.0, 1.0, 0.5][a]);
    BanditScenario::from_rewards(rewards.view()).unwrap()
}

#[test]
fn suffix_failures_look_at_the_suffix_only() {
    let chosen = [0, 1, 2, 1, 0, 2];
    let fails: Vec<bool> = (0..7).map(|from| suffix_failure(&scenario(), &chosen, from)).collect();
    assert_eq!(fails, [false, false, false, false, true, true, true]);
    assert!(ExplorationRun::of(&scenario(), &[1, 1, 1, 0, 0, 2]).suffix_failure);
    assert!(!ExplorationRun::of(&scenario(), &[0, 0, 0, 1, 0, 0]).suffix_failure);
}

/// Under drift the best arm is that of the last round; any of equals is enough.
#[test]
fn the_best_arm_is_the_last_rounds() {
    let moving = ndarray::array![[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0]];
    let scenario = BanditScenario::from_rewards(moving.view()).unwrap();
    assert!(suffix_failure(&scenario, &[0, 0, 0], 0));
    assert!(!suffix_failure(&scenario, &[0, 1, 0], 0));
    assert!(!suffix_failure(&scenario, &[0, 2, 0], 0));
}

#[test]
fn the_rarest_arm_sets_the_fraction() {
    assert_eq!(scaled_min_fraction(&scenario(), &[0, 1, 2, 0, 1, 2]), 1.0);
    assert_eq!(scaled_min_fraction(&scenario(), &[0, 1, 2, 1, 1, 1]), 0.5);
    assert_eq!(scaled_min_fraction(&scenario(), &[0, 1, 1, 1, 1, 1]), 0.0);
}

#[test]
fn greedy_rounds_are_first_tries_and_best_means() {
    for (chosen, greedy) in [
        ([0, 1, 2, 1, 1, 1], 6.0),
        ([0, 0, 2, 0, 1, 2], 4.0),
        ([1, 1, 1, 1, 1, 0], 6.0),
        ([0, 1, 0, 0, 0, 0], 2.0),
    ] {
        assert_eq!(greedy_fraction(&scenario(), &chosen), greedy / 6.0, "{chosen:?}");
    }
}

#[test]
fn rewards_are_rescaled_between_worst_and_best_arm() {
    let scenario = scenario();
    assert_eq!(rescaled_reward(&scenario, &[1; 6]), Some(1.0));
    assert_eq!(rescaled_reward(&scenario, &[0; 6]), Some(0.0));
    assert_eq!(rescaled_reward(&scenario, &[0, 1, 0, 1, 2, 2]), Some(0.5));
    assert_eq!(mean_reward(&scenario, &[0, 1, 0, 0, 2, 0]), 0.25);
    let flat = BanditScenario::from_rewards(ndarray::Array2::ones((3, 2)).view()).unwrap();
    assert_eq!(rescaled_reward(&flat, &[0, 1, 0]), None);
    assert_eq!(
        Exploration::of(&[ExplorationRun::of(&flat, &[0, 1, 0])]).unwrap().median_reward,
        None
    );
    assert!(Exploration::of(&[]).is_err());
}

/// Published over 1000 runs: suffix failure 0.48, K * MinFrac 0.05, GreedyFrac 1.00, median reward 0.40. The share of
/// failures is within four standard errors of both samples; medians of 1000 runs spread over 0.35 to 0.55, of 4000 over
/// 0.40 to 0.50.
#[test]
fn greedy_on_the_hard_instance_is_as_published() {
    let problem = Bandit::hard_instance();
    let outcome = evaluate_learner(&problem, Streams::new(0), Purpose::Evaluation, 4000, |s| {
        Greedy::new(s.present())
    });
    let exploration = outcome.unwrap().exploration;
    let share = exploration.suffix_failure.mean;
    let error = (0.48 * 0.52 * (1.0 / 1000.0 + 1.0 / 4000.0f64)).sqrt();
    assert!((share - 0.48).abs() < 4.0 * error, "{share}");
    let rarest = exploration.scaled_min_fraction.mean;
    assert!((0.05..0.055).contains(&rarest), "{rarest}");
    assert_eq!(exploration.greedy_fraction.mean, 1.0);
    let median = exploration.median_reward.unwrap();
    assert!((0.399..=0.501).contains(&median), "{median}");
}
