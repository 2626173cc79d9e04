//! The hot path of the single-layer experiments: forward, backward, one decision, one iteration of RMFT.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lowregret::learner::Learner;
use lowregret::learner::layer::LayerLearner;
use lowregret::model::Model;
use lowregret::model::linear_attention::{Cache, LinearAttention, LinearAttentionConfig};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::full_information::FullInformation;
use lowregret::train::{config::RmftConfig, layer::train};
use ndarray::Array2;

const ROUNDS: usize = 50;
const SEQUENCES: usize = 256;

fn layer(d: usize) -> (FullInformation, LinearAttention<f64>) {
    let problem = FullInformation::balanced(d, ROUNDS);
    let config = LinearAttentionConfig::new(d, ROUNDS, problem.set);
    let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
    let layer = LinearAttention::random(config, &mut rng).expect("a valid configuration");
    (problem, layer)
}

fn passes(c: &mut Criterion) {
    for d in [2, 30] {
        let (_, layer) = layer(d);
        let rows = SEQUENCES * ROUNDS;
        let rewards =
            Array2::from_shape_fn((rows, d), |(t, i)| ((t * 7 + i * 3) % 11) as f64 / 11.0 - 0.5);
        let mut cache = Cache::new(rows, d);
        let mut outputs = Array2::zeros((rows, d));
        let mut gradient = vec![0.0; layer.parameters().len()];
        c.bench_function(&format!("forward, {SEQUENCES} x {ROUNDS} rounds, d = {d}"), |b| {
            b.iter(|| layer.forward(rewards.view(), ROUNDS, &mut cache, outputs.view_mut()));
        });
        c.bench_function(&format!("backward, {SEQUENCES} x {ROUNDS} rounds, d = {d}"), |b| {
            b.iter(|| {
                layer.backward(
                    rewards.view(),
                    ROUNDS,
                    &mut cache,
                    outputs.view(),
                    &mut gradient,
                    None,
                );
            });
        });
        let mut learner = LayerLearner::new(&layer);
        let mut decision = vec![0.0; d];
        let reward = vec![0.1; d];
        c.bench_function(&format!("one decision, d = {d}"), |b| {
            b.iter(|| {
                learner.decide(black_box(&mut decision));
                learner.observe(black_box(&reward));
            });
        });
    }
}

fn iteration(c: &mut Criterion) {
    let (problem, start) = layer(2);
    let config = RmftConfig { iterations: 1, passes: 1, ..RmftConfig::single_layer(ROUNDS, 2) };
    c.bench_function("one RMFT iteration, M = 256, L = 32, T = 50, d = 2", |b| {
        b.iter(|| {
            let mut layer = start.clone();
            train(&mut layer, &problem, &config, Streams::new(0), |_, _| {}).expect("finite");
        });
    });
}

criterion_group!(benches, passes, iteration);
criterion_main!(benches);
