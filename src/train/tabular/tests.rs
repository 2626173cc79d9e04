//! Practice of a table, recomputed trajectory by trajectory, and the risk dial in small.

use super::*;
use crate::nn::schedule::Schedule;
use crate::problem::bandit::BanditRegret;

const TRUE_REGRET: Ranking = Ranking::Regret(BanditRegret::Pseudo);

fn config(scenarios: usize, rollouts: usize, keep: usize, iterations: usize) -> RmftConfig {
    RmftConfig {
        scenarios,
        rollouts,
        keep,
        batch: None,
        clip: None,
        learning_rate: Schedule::constant(0.1),
        ..RmftConfig::transformer(iterations)
    }
}

/// A table that is not uniform.
fn table(arms: usize, horizon: usize) -> TabularPolicy {
    let mut table = TabularPolicy::uniform(arms, horizon).unwrap();
    for (i, z) in table.parameters_mut().iter_mut().enumerate() {
        *z = ((i * 37) % 17) as f64 / 8.0 - 1.0;
    }
    table
}

/// The kept actions are those of the trajectories of highest realised reward, played from the documented streams.
#[test]
fn the_best_trajectories_are_kept() {
    let (problem, streams, table) = (Bandit::bernoulli(3, 4), Streams::new(5), table(3, 4));
    for shared_rewards in [false, true] {
        let config = RmftConfig { shared_rewards, ..config(30, 4, 2, 1) };
        let task = (Ranking::RealisedReward, Credit::Trajectory);
        let mut practice = TabularPractice::new(&table, &problem, task, &config, streams).unwrap();
        let round = Round { index: 3, exploration: 1.0, keep: 2 };
        let report = practice.roll_out(&table, round).unwrap();
        assert_eq!(practice.sequences(), 60);
        let mut regret = 0.0;
        for index in 0..30 {
            let mut all = Vec::new();
            for l in 0..4 {
                let copy = if shared_rewards { 0 } else { l };
                let scenario = problem.scenario(&streams, Purpose::Training, 3, index, copy);
                let mut rng = streams.stream(Purpose::Exploration, 3, index, l);
                let mut learner = TabularLearner::new(&table);
                let arms = crate::learner::bandit::play::play(&scenario, &mut learner, &mut rng);
                regret += scenario.total_pseudo_regret(&arms) / 120.0;
                let rewards = arms.iter().enumerate().map(|(t, &arm)| scenario.reward(t, arm));
                all.push((-rewards.sum::<f64>(), l, arms));
            }
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            all.truncate(2);
            all.sort_by_key(|trajectory| trajectory.1);
            let expected: Vec<usize> = all.into_iter().flat_map(|(_, _, arms)| arms).collect();
            let kept = &practice.kept[index * 8..(index + 1) * 8];
            assert_eq!(kept.iter().map(|d| d.arm).collect::<Vec<_>>(), expected);
        }
        approx::assert_relative_eq!(report.regret, regret, epsilon = 1e-10);
    }
}

/// Central differences of the loss, for trajectories and for decisions.
#[test]
fn the_gradient_is_that_of_the_loss() {
    let (problem, mut table) = (Bandit::bernoulli(2, 3), table(2, 3));
    for credit in [Credit::Trajectory, Credit::Decision] {
        let config = config(20, 4, 2, 1);
        let task = (TRUE_REGRET, credit);
        let mut practice =
            TabularPractice::new(&table, &problem, task, &config, Streams::new(1)).unwrap();
        let round = Round { index: 0, exploration: 1.0, keep: 2 };
        practice.roll_out(&table, round).unwrap();
        approx::assert_relative_eq!(
            practice.weights.iter().sum::<f64>() / practice.weights.len() as f64,
            1.0,
            epsilon = 1e-12
        );
        let batch: Vec<usize> = (3..practice.sequences()).collect();
        let gradient = practice.loss_and_gradient(&table, &batch).1.to_vec();
        assert!(gradient.iter().any(|g| g.abs() > 1e-3));
        for (i, g) in gradient.into_iter().enumerate() {
            let mut loss_at = |shift: f64| {
                table.parameters_mut()[i] += shift;
                let loss = practice.loss_and_gradient(&table, &batch).0;
                table.parameters_mut()[i] -= shift;
                loss
            };
            let difference = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
            approx::assert_abs_diff_eq!(g, difference, epsilon = 1e-9);
        }
    }
}

/// Keeping half learns to switch after a failure; keeping one of sixteen by true regret forgets how.
#[test]
fn the_share_kept_is_a_risk_dial() {
    let problem = Bandit::bernoulli(2, 5);
    let train = |keep| {
        let mut table = TabularPolicy::uniform(2, 5).unwrap();
        let config = config(512, 16, keep, 40);
        let task = (TRUE_REGRET, Credit::Trajectory);
        super::train(&mut table, &problem, task, &config, Streams::new(2), |_, _| {}).unwrap();
        (table.expected_regret(), table.switch_after_failure().unwrap())
    };
    let (bold, half) = (train(1), train(8));
    assert!(bold.1 < 0.1 && bold.0 > 0.75, "{bold:?}");
    assert!(half.1 > 0.8 && half.0 < 0.5, "{half:?}");
}

#[test]
fn misfits_are_refused() {
    let table = TabularPolicy::uniform(2, 3).unwrap();
    let refused = |problem: Bandit, part: &str| {
        let task = (TRUE_REGRET, Credit::Trajectory);
        let config = config(2, 2, 1, 1);
        let practice = TabularPractice::new(&table, &problem, task, &config, Streams::new(0));
        let message = practice.err().unwrap().to_string();
        assert!(message.contains(part), "{message}");
    };
    refused(Bandit::bernoulli(3, 3), "the table's 2");
    refused(Bandit::bernoulli(2, 4), "the table's 3");
    refused(Bandit::bernoulli(2, 2), "the table's 3");
    let gaussian = RewardLaw::Gaussian { std: 0.1 };
    refused(Bandit { rewards: gaussian, ..Bandit::bernoulli(2, 3) }, "Bernoulli");
    refused(Bandit { fewest: Some(1), ..Bandit::bernoulli(2, 3) }, "fewest");
}
