//! Selection recomputed trajectory by trajectory, from the documented streams and the books of regret.

use super::*;
use crate::Error;
use crate::model::Model;
use crate::model::linear_attention::LinearAttentionConfig;
use crate::model::recurrence::Recurrence;
use crate::numeric::rng::fill_standard_normal;
use crate::problem::account::RegretAccount;

const SIGMA: f64 = 0.4;
const ITERATION: usize = 3;

fn problem(set: DecisionSet) -> FullInformation {
    FullInformation { set, ..FullInformation::balanced(3, 5) }
}

fn config(shared_rewards: bool) -> RmftConfig {
    RmftConfig {
        // Two tasks, the second not full.
        scenarios: 20,
        // More than are played side by side, and the second lot not full.
        rollouts: 20,
        keep: 2,
        shared_rewards,
        ..RmftConfig::single_layer(5, 3)
    }
}

fn layer(problem: &FullInformation) -> LinearAttention<f64> {
    let config = LinearAttentionConfig::new(problem.dimension, problem.horizon, problem.set);
    let mut layer = LinearAttention::ftrl(config, 0.4).unwrap();
    let mut noise = vec![0.0; layer.parameters().len()];
    let mut rng = Streams::new(2).stream(Purpose::Initialization, 0, 0, 0);
    fill_standard_normal(&mut rng, &mut noise);
    for (p, z) in layer.parameters_mut().iter_mut().zip(noise) {
        *p += 0.1 * z;
    }
    layer
}

struct Trajectory {
    rewards: Array2<f64>,
    raw: Array2<f64>,
    regret: f64,
}

fn round(index: usize, exploration: f64) -> Round {
    Round { index, exploration, keep: 2 }
}

/// One trajectory played round by round.
fn trajectory(
    problem: &FullInformation,
    config: &RmftConfig,
    layer: &LinearAttention<f64>,
    scenario: usize,
    rollout: usize,
) -> Trajectory {
    let streams = Streams::new(9);
    let copy = if config.shared_rewards { 0 } else { rollout };
    let rewards = problem.scenario(&streams, Purpose::Training, ITERATION, scenario, copy);
    let mut noise = vec![0.0; rewards.len() * config.rollouts.next_multiple_of(LANES)];
    let mut rng = streams.wide(Purpose::Exploration, ITERATION, scenario, 0);
    fill_bulk_normal(&mut rng, &mut noise);
    let (block, lane) = (rollout / LANES, rollout % LANES);
    let mut raw = Array2::from_shape_fn(rewards.dim(), |(t, i)| {
        let row = block * rewards.len() + t * problem.dimension + i;
        f64::from(noise[row * LANES + lane])
    });
    let mut state = Recurrence::new(layer);
    let mut account = RegretAccount::new(problem.set, problem.dimension);
    for (mut x, reward) in raw.outer_iter_mut().zip(rewards.outer_iter()) {
        x.zip_mut_with(&state.output(), |x, g| *x = g + SIGMA * *x);
        let mut decision = x.to_vec();
        problem.set.project(&mut decision);
        account.enter(&decision, &reward.to_vec());
        state.observe(reward);
    }
    Trajectory { rewards, raw, regret: account.regret() }
}

/// The k trajectories of lowest regret, best first, and the mean regret of all.
fn select(
    problem: &FullInformation,
    config: &RmftConfig,
    layer: &LinearAttention<f64>,
    scenario: usize,
) -> (Vec<Trajectory>, f64) {
    let mut all: Vec<Trajectory> = (0..config.rollouts)
        .map(|rollout| trajectory(problem, config, layer, scenario, rollout))
        .collect();
    let mean = all.iter().map(|t| t.regret).sum::<f64>() / config.rollouts as f64;
    all.sort_by(|a, b| a.regret.total_cmp(&b.regret));
    all.truncate(config.keep);
    (all, mean)
}

fn block(rows: &Array2<f64>, index: usize, rounds: usize) -> Array2<f64> {
    let range = Slice::from(index * rounds..(index + 1) * rounds);
    rows.slice_axis(Axis(0), range).to_owned()
}

fn check_selection(set: DecisionSet, shared_rewards: bool) {
    let (problem, config) = (problem(set), config(shared_rewards));
    let (layer, rounds) = (layer(&problem), problem.horizon);
    let mut engine = RolloutEngine::new(&problem, &config, Streams::new(9));
    // An earlier iteration must leave nothing behind.
    engine.run(&layer, round(ITERATION - 1, 1.0)).unwrap();
    let regret = engine.run(&layer, round(ITERATION, SIGMA)).unwrap();
    let kept = engine.kept();
    let sequences = config.scenarios * if shared_rewards { 1 } else { config.keep };
    assert_eq!(kept.rewards.dim(), (sequences * rounds, problem.dimension));
    let (mut all_regret, mut kept_regret) = (0.0, 0.0);
    for scenario in 0..config.scenarios {
        let (best, mean) = select(&problem, &config, &layer, scenario);
        all_regret += mean / config.scenarios as f64;
        kept_regret +=
            best.iter().map(|t| t.regret).sum::<f64>() / (config.scenarios * config.keep) as f64;
        if shared_rewards {
            let target = best.iter().fold(Array2::zeros((rounds, 3)), |sum, t| sum + &t.raw)
                / config.keep as f64;
            assert_eq!(block(&kept.rewards, scenario, rounds), best[0].rewards);
            approx::assert_relative_eq!(
                block(&kept.targets, scenario, rounds),
                target,
                epsilon = 1e-12
            );
        } else {
            for (place, own) in best.iter().enumerate() {
                let index = scenario * config.keep + place;
                assert_eq!(block(&kept.rewards, index, rounds), own.rewards);
                approx::assert_relative_eq!(
                    block(&kept.targets, index, rounds),
                    own.raw,
                    epsilon = 1e-12
                );
            }
        }
    }
    approx::assert_relative_eq!(regret.regret, all_regret, epsilon = 1e-10);
    approx::assert_relative_eq!(regret.kept_regret, kept_regret, epsilon = 1e-10);
    assert!(regret.kept_regret < regret.regret);
}

/// RMFT-R2, R3: the trajectories of a scenario face one reward sequence; the targets are the mean of the best k.
#[test]
fn with_shared_rewards_the_mean_of_the_best_is_kept() {
    check_selection(DecisionSet::Ball { radius: 0.7 }, true);
    check_selection(DecisionSet::Simplex, true);
}

/// The ablation of RMFT-R5: every trajectory has rewards of its own, and takes them along when it is kept.
#[test]
fn with_fresh_rewards_each_of_the_best_is_kept_with_its_own() {
    check_selection(DecisionSet::Ball { radius: 0.7 }, false);
    check_selection(DecisionSet::Simplex, false);
}

/// Without exploration all trajectories of a scenario are the layer's own play.
#[test]
fn without_noise_the_layer_plays_itself() {
    let (problem, config) = (problem(DecisionSet::UNIT_BALL), config(true));
    let layer = layer(&problem);
    let mut engine = RolloutEngine::new(&problem, &config, Streams::new(9));
    let regret = engine.run(&layer, round(ITERATION, 0.0)).unwrap();
    approx::assert_relative_eq!(regret.kept_regret, regret.regret, epsilon = 1e-12);
    for (rewards, targets) in engine
        .kept()
        .rewards
        .axis_chunks_iter(Axis(0), problem.horizon)
        .zip(engine.kept().targets.axis_chunks_iter(Axis(0), problem.horizon))
    {
        let mut state = Recurrence::new(&layer);
        for (reward, target) in rewards.outer_iter().zip(targets.outer_iter()) {
            approx::assert_relative_eq!(state.output(), target, epsilon = 1e-12);
            state.observe(reward);
        }
    }
}

#[test]
fn a_regret_that_is_not_a_number_is_an_error() {
    let (problem, config) = (problem(DecisionSet::UNIT_BALL), config(true));
    let mut layer = layer(&problem);
    layer.parameters_mut()[0] = f64::NAN;
    let mut engine = RolloutEngine::new(&problem, &config, Streams::new(9));
    let error = engine.run(&layer, round(0, SIGMA)).unwrap_err();
    assert!(matches!(error, Error::Parameter { .. }), "{error}");
}
