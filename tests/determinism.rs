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
    -0.08131974428948262,
    -0.129900190958981,
    -0.040907031512557944,
    -0.11552407241103474,
    0.6397665679363524,
    -0.030771118040405977,
    0.6072651413285414,
    0.04095630539599871,
    3.231902322452538,
    2.4584157282847325,
];
const FRESH: [f64; 10] = [
    -0.11304433383852198,
    -0.12223767241786483,
    -0.052829885203470664,
    -0.06263197134267541,
    0.6544076051695145,
    -0.019020600006990924,
    0.6549762469277567,
    0.07600025072307282,
    3.737755164347447,
    -0.33798538961947866,
];
