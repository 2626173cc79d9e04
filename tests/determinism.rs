//! A short training run, to the last digits: whatever changes scenarios, noise, selection, gradients or the optimiser
//! changes these numbers, and with them every committed figure.

use lowregret::model::Model;
use lowregret::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::full_information::FullInformation;
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::train;
use lowregret::train::rmft::Iteration;

/// Five iterations in double precision; the parameters, and the last report.
fn short_run(seed: u64, shared_rewards: bool) -> (Vec<f64>, Iteration) {
    let problem = FullInformation::balanced(2, 10);
    let config = RmftConfig {
        scenarios: 40,
        rollouts: 8,
        keep: 2,
        iterations: 5,
        exploration: Schedule { start: 0.8, end: 0.2 },
        shared_rewards,
        ..RmftConfig::single_layer(10, 2)
    };
    let streams = Streams::new(seed);
    let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
    let shape = LinearAttentionConfig::new(2, 10, problem.set);
    let mut layer = LinearAttention::<f64>::random(shape, &mut rng).unwrap();
    let mut last = None;
    train(&mut layer, &problem, &config, streams, |report, _| {
        last = Some(*report);
    })
    .unwrap();
    (layer.parameters().to_vec(), last.unwrap())
}

fn assert_frozen(name: &str, values: &[f64], expected: &[f64]) {
    assert_eq!(values.len(), expected.len());
    for (i, (value, expected)) in values.iter().zip(expected).enumerate() {
        let error = (value / expected - 1.0).abs();
        assert!(error < 1e-9, "{name}[{i}]: {value:?}, frozen {expected:?}");
    }
}

/// One parameter of each block, and the report of the last iteration.
fn signature(shared_rewards: bool) -> Vec<f64> {
    let (parameters, last) = short_run(0, shared_rewards);
    let picked = [0, 1, 4, 6, 10, 12, 17].map(|i| parameters[i]);
    let report = [last.loss, last.rollouts.regret, last.rollouts.kept_regret];
    picked.into_iter().chain(report).collect()
}

#[test]
fn a_short_run_is_frozen() {
    assert_frozen("shared", &signature(true), &SHARED);
    assert_frozen("fresh", &signature(false), &FRESH);
}

#[test]
fn the_same_seed_repeats_and_another_does_not() {
    assert_eq!(short_run(3, true).0, short_run(3, true).0);
    assert_ne!(short_run(3, true).0, short_run(4, true).0);
}

const SHARED: [f64; 10] = [
    -0.06639452343770287,
    -0.091527360188882,
    -0.04632883031945806,
    -0.08308135391870719,
    0.6151917329591791,
    -0.06105389399150682,
    0.6185020707152827,
    0.039852358101481,
    3.278986323241917,
    2.470139231931543,
];
const FRESH: [f64; 10] = [
    -0.11136418771681332,
    -0.1364127817152882,
    -0.07115683154643568,
    -0.07865799848063085,
    0.6585572192884599,
    -0.0158743545191198,
    0.6565604827360079,
    0.07999641901409013,
    3.711597706117999,
    -0.38667309456789273,
];
