//! The loss and its gradient against the likelihood they stand for, and a frozen run of the optimiser.

use ndarray::Axis;

use super::*;
use crate::model::linear_attention::LinearAttentionConfig;
use crate::nn::adamw::AdamW;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::problem::decision_set::DecisionSet;

const ROUNDS: usize = 4;
const D: usize = 2;
/// Trajectories kept per scenario, and their exploration noise.
const KEEP: usize = 3;
const SIGMA: f64 = 0.3;

fn normal(seed: u64, rows: usize) -> Array2<f64> {
    let mut values = vec![0.0; rows * D];
    let mut rng = Streams::new(seed).stream(Purpose::Theory, 0, 0, 0);
    fill_standard_normal(&mut rng, &mut values);
    Array2::from_shape_vec((rows, D), values).unwrap()
}

fn layer() -> LinearAttention<f64> {
    let config = LinearAttentionConfig::new(D, ROUNDS, DecisionSet::UNIT_BALL);
    let mut rng = Streams::new(8).stream(Purpose::Initialization, 0, 0, 0);
    LinearAttention::random(config, &mut rng).unwrap()
}

/// A training set whose sequences count the same.
fn kept(rewards: Array2<f64>, targets: Array2<f64>) -> Kept<f64> {
    let weights = vec![1.0; rewards.nrows() / ROUNDS];
    Kept { rewards, targets, weights }
}

/// Rewards of some scenarios and the raw decisions of the k trajectories kept in each.
struct Scenarios {
    rewards: Array2<f64>,
    raw: Vec<Array2<f64>>,
}

impl Scenarios {
    fn new(count: usize) -> Self {
        let rows = count * ROUNDS;
        Self {
            rewards: normal(1, rows),
            raw: (0..KEEP).map(|j| normal(2 + j as u64, rows)).collect(),
        }
    }

    /// The training set when trajectories share their rewards: the mean raw decision.
    fn averaged(&self) -> Kept<f64> {
        let sum = self.raw.iter().fold(Array2::zeros(self.rewards.dim()), |sum, x| sum + x);
        kept(self.rewards.clone(), sum / KEEP as f64)
    }

    /// The training set with every trajectory on its own.
    fn apart(&self) -> Kept<f64> {
        let stack =
            |all: Vec<ndarray::ArrayView2<f64>>| ndarray::concatenate(Axis(0), &all).unwrap();
        kept(
            stack(self.raw.iter().map(|_| self.rewards.view()).collect()),
            stack(self.raw.iter().map(|x| x.view()).collect()),
        )
    }

    /// Minus the log-density of every kept raw decision under the Gaussian policy `x ~ N(g, sigma^2 I)`.
    fn negative_log_likelihood(&self, layer: &LinearAttention<f64>) -> f64 {
        let mut outputs = Array2::zeros(self.rewards.dim());
        let mut cache = Cache::new(self.rewards.nrows(), D);
        layer.forward(self.rewards.view(), ROUNDS, &mut cache, outputs.view_mut());
        let normalizer = (2.0 * std::f64::consts::PI * SIGMA * SIGMA).ln() / 2.0;
        self.raw
            .iter()
            .flat_map(|raw| raw.iter().zip(&outputs))
            .map(|(x, g)| ((x - g) / SIGMA).powi(2) / 2.0 + normalizer)
            .sum()
    }
}

fn loss_and_gradient(layer: &LinearAttention<f64>, kept: &Kept<f64>) -> (f64, Vec<f64>) {
    let sequences = kept.rewards.nrows() / ROUNDS;
    let mut fitter = Fitter::new(layer, sequences, ROUNDS);
    // A second call must not see what the first left in the buffers.
    let all: Vec<usize> = (0..sequences).collect();
    let other = LinearAttention::ftrl(*layer.config(), 1.0).unwrap();
    fitter.loss_and_gradient(&other, kept, &all);
    let (loss, gradient) = fitter.loss_and_gradient(layer, kept, &all);
    (loss, gradient.to_vec())
}

/// Central differences of `value` in every parameter. The loss is at most quadratic in each, so they are exact.
fn differences(value: impl Fn(&LinearAttention<f64>) -> f64) -> Vec<f64> {
    let at = |i: usize, step: f64| {
        let mut layer = layer();
        layer.parameters_mut()[i] += step;
        value(&layer)
    };
    (0..layer().parameters().len()).map(|i| (at(i, 0.1) - at(i, -0.1)) / 0.2).collect()
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let error = (a - b).abs() / b.abs().max(1e-3);
        assert!(error <= tolerance, "parameter {i}: {a}, expected {b}");
    }
}

/// RMFT-R4: fitting the mean of the kept raw decisions follows the likelihood of all of them, not of their mean only.
#[test]
fn the_gradient_is_that_of_the_likelihood_of_all_kept_trajectories() {
    // 40 scenarios are two tasks, the second not full.
    for count in [1, 40] {
        let scenarios = Scenarios::new(count);
        let (_, averaged) = loss_and_gradient(&layer(), &scenarios.averaged());
        let (_, apart) = loss_and_gradient(&layer(), &scenarios.apart());
        assert_close(&averaged, &apart, 1e-10);
        // The loss is a mean over rounds and trajectories, without the factor 1 / (2 sigma^2).
        let factor = (count * ROUNDS * KEEP) as f64 / (2.0 * SIGMA * SIGMA);
        let likelihood: Vec<f64> = averaged.iter().map(|g| factor * g).collect();
        let numeric = differences(|layer| scenarios.negative_log_likelihood(layer));
        assert_close(&likelihood, &numeric, 1e-6);
    }
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    let kept = Scenarios::new(40).apart();
    let (_, gradient) = loss_and_gradient(&layer(), &kept);
    let numeric = differences(|layer| loss_and_gradient(layer, &kept).0);
    assert_close(&gradient, &numeric, 1e-6);
}

/// The loss is the mean over rounds of `|g - x|^2`; the two training sets differ by the spread of the decisions around
/// their mean, which no parameter can change.
#[test]
fn the_loss_is_the_mean_squared_distance() {
    let scenarios = Scenarios::new(40);
    let (averaged, _) = loss_and_gradient(&layer(), &scenarios.averaged());
    let (apart, _) = loss_and_gradient(&layer(), &scenarios.apart());
    let decisions = (40 * ROUNDS * KEEP) as f64;
    let constant = decisions * (2.0 * std::f64::consts::PI * SIGMA * SIGMA).ln();
    let squares = 2.0 * SIGMA * SIGMA * (scenarios.negative_log_likelihood(&layer()) - constant);
    approx::assert_relative_eq!(apart, squares / decisions, max_relative = 1e-10);
    let mean = scenarios.averaged().targets;
    let spread: f64 = scenarios.raw.iter().map(|x| (x - &mean).mapv(|v| v * v).sum()).sum();
    approx::assert_relative_eq!(apart, averaged + spread / decisions, max_relative = 1e-10);
}

/// Ten optimiser steps on fixed data, to the last digits: notices any change of layer, loss or optimiser.
#[test]
fn the_first_ten_losses_are_frozen() {
    let cell = |i: usize, factor: usize| ((i * factor) % 11) as f64 / 5.0 - 1.0;
    let table =
        |factor| Array2::from_shape_fn((2 * ROUNDS, D), |(t, i)| cell(D * t + i + 1, factor));
    let kept = kept(table(7), table(5));
    let config = LinearAttentionConfig::new(D, ROUNDS, DecisionSet::UNIT_BALL);
    let mut layer = LinearAttention::<f64>::ftrl(config, 0.5).unwrap();
    for (i, p) in layer.parameters_mut().iter_mut().enumerate() {
        *p += 0.1 * cell(i, 3);
    }
    let mut fitter = Fitter::new(&layer, 2, ROUNDS);
    let mut optimizer = AdamW::new(layer.parameters().len());
    for (step, expected) in FROZEN.into_iter().enumerate() {
        let (loss, gradient) = fitter.loss_and_gradient(&layer, &kept, &[0, 1]);
        optimizer.step(layer.parameters_mut(), gradient, 0.05);
        assert!((loss / expected - 1.0).abs() < 1e-9, "step {step}: {loss:?}");
    }
}

const FROZEN: [f64; 10] = [
    1.3637488425048918,
    1.1329858165473903,
    0.9939571420485911,
    0.9014829985113453,
    0.8413777960010681,
    0.8047869732630738,
    0.7849733745204392,
    0.7768429863369405,
    0.7764489480135373,
    0.7804946450549805,
];

/// A weighted batch in any order: its loss is the weighted mean of its sequences' losses.
#[test]
fn batches_and_weights_count_as_they_say() {
    let mut kept = Scenarios::new(40).averaged();
    kept.weights = (0..40).map(|i| 1.0 + i as f64 / 40.0).collect();
    let mut fitter = Fitter::new(&layer(), 40, ROUNDS);
    let mut loss = |batch: &[usize]| {
        let (loss, gradient) = fitter.loss_and_gradient(&layer(), &kept, batch);
        (loss, gradient.to_vec())
    };
    let batch: Vec<usize> = (3..38).rev().collect();
    let (whole, gradient) = loss(&batch);
    let parts: Vec<(f64, Vec<f64>)> = batch.iter().map(|&i| loss(&[i])).collect();
    let mean = parts.iter().map(|part| part.0).sum::<f64>() / 35.0;
    approx::assert_relative_eq!(whole, mean, max_relative = 1e-12);
    let sum = |i: usize| parts.iter().map(|part| part.1[i]).sum::<f64>() / 35.0;
    assert_close(&gradient, &(0..gradient.len()).map(sum).collect::<Vec<_>>(), 1e-9);
    kept.weights.fill(1.0);
    let mut fitter = Fitter::new(&layer(), 40, ROUNDS);
    assert!(fitter.loss_and_gradient(&layer(), &kept, &batch).0 < whole);
}
