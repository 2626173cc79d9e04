//! Descent against finite differences of the exact error, convergence, reproducibility, and what is refused.

use approx::assert_relative_eq;
use ndarray::{Array2, array};

use super::log::{Record, off_block, relative_error};
use super::population::PopulationConfig;
use super::stochastic::StochasticConfig;
use super::*;
use crate::Error;
use crate::model::Model;
use crate::model::in_context::{InContextAttention, InContextConfig};
use crate::nn::schedule::Schedule;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::regression::{FeatureLaw, LinearRegression};
use crate::theory::in_context::descent::initial_scale;
use crate::theory::in_context::error::test_error;
use crate::theory::in_context::optimum::optimum;

fn conditioned(condition: f64) -> LinearRegression {
    LinearRegression::isotropic(FeatureLaw::conditioned(5, condition).unwrap())
}

fn initial(task: &LinearRegression, samples: usize, seed: u64) -> InContextAttention<f64> {
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    let sigma = initial_scale(task, samples).unwrap();
    let config = InContextConfig { d: task.dimension() };
    InContextAttention::standard(config, sigma, &mut rng).unwrap()
}

/// Features with a mean, a prior that is not the identity, noisy labels.
fn general() -> LinearRegression {
    let points = array![[1.0, 0.2], [-0.5, 1.5], [0.1, -0.7], [0.9, 0.9]];
    let law = FeatureLaw::finite(points, vec![0.4, 0.3, 0.1, 0.2]).unwrap();
    LinearRegression::new(law, array![[1.0, 0.3], [0.3, 0.7]], 0.4).unwrap()
}

const STEPS: PopulationConfig =
    PopulationConfig { samples: 20, learning_rate: 0.056, steps: 200, tolerance: 0.0 };

const FRESH: StochasticConfig = StochasticConfig {
    samples: 6,
    prompts: 200,
    antithetic: true,
    steps: 30,
    learning_rate: Schedule { start: 0.02, end: 0.0 },
    tail: 0.25,
};

/// One step moves every parameter by the learning rate times the slope of the exact error of Q-A4.
#[test]
fn population_gradients_are_slopes_of_the_exact_error() {
    let task = general();
    let config = PopulationConfig { samples: 4, learning_rate: 1e-3, steps: 1, tolerance: 0.0 };
    let key = array![[0.4, -0.3], [0.2, 0.7]];
    let before = InContextAttention::block(InContextConfig { d: 2 }, 0.8, key.view()).unwrap();
    let mut after = before.clone();
    let mut loss = f64::NAN;
    population::train(&mut after, &task, &config, |step, _| loss = step.loss).unwrap();
    let error = |layer: &InContextAttention<f64>| {
        test_error(&task, layer.product().view(), 4).unwrap().total()
    };
    assert_relative_eq!(loss, error(&before), max_relative = 1e-12);
    for i in 0..before.parameters().len() {
        let at = |step: f64| {
            let mut moved = before.clone();
            moved.parameters_mut()[i] += step;
            error(&moved)
        };
        let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        let moved = (before.parameters()[i] - after.parameters()[i]) / 1e-3;
        assert!((moved - slope).abs() < 1e-8, "{i}: {moved}, slope {slope}");
    }
}

/// E.3: isotropic features take less than 200 steps, condition 10 at most 15 000.
#[test]
fn population_descent_finds_the_optimum() {
    let harder = PopulationConfig { learning_rate: 0.006, steps: 15_000, ..STEPS };
    for (condition, config, tolerance) in [(1.0, STEPS, 1e-8), (10.0, harder, 1e-4)] {
        let task = conditioned(condition);
        let target = optimum(&task, 20).unwrap();
        let mut layer = initial(&task, 20, 0);
        let stop = PopulationConfig { tolerance, ..config };
        let steps = population::train(&mut layer, &task, &stop, |_, _| {}).unwrap();
        assert!(steps < config.steps, "{condition}: {steps}");
        assert!(relative_error(&layer, target.view()) <= tolerance);
        assert_eq!(off_block(&layer), 0.0);
    }
}

#[test]
fn stochastic_descent_finds_the_optimum_of_any_task() {
    for task in [conditioned(1.0), general()] {
        let config = StochasticConfig {
            samples: 10,
            prompts: 256,
            steps: 600,
            learning_rate: Schedule::cosine(0.05, 0.0),
            ..FRESH
        };
        let mut layer = initial(&conditioned(1.0), 10, 1);
        if task.dimension() == 2 {
            let key = Array2::eye(2) * 0.5;
            layer = InContextAttention::block(InContextConfig { d: 2 }, 0.7, key.view()).unwrap();
        }
        let target = optimum(&task, 10).unwrap();
        let average =
            stochastic::train(&mut layer, &task, &config, Streams::new(1), |_, _| {}).unwrap();
        for layer in [&layer, &average] {
            let error = relative_error(layer, target.view());
            assert!(error < 0.06, "{error}");
        }
    }
}

/// What is odd in the weights cancels between a prompt and its mirror image, up to rounding.
#[test]
fn antithetic_prompts_keep_the_block_form() {
    let task = conditioned(3.0);
    for (antithetic, low, high) in [(true, 0.0, 1e-15), (false, 1e-6, 1.0)] {
        let mut layer = initial(&task, 6, 2);
        let config =
            StochasticConfig { antithetic, learning_rate: Schedule::constant(0.01), ..FRESH };
        stochastic::train(&mut layer, &task, &config, Streams::new(2), |_, _| {}).unwrap();
        let off = off_block(&layer);
        assert!(low <= off && off <= high, "{antithetic}: {off}");
    }
}

/// Ten steps to the last digits: whatever changes prompts, gradients or the loop changes these numbers.
#[test]
fn ten_steps_are_frozen() {
    let mut layer = initial(&conditioned(3.0), 6, 5);
    let mut losses = Vec::new();
    let config = StochasticConfig { steps: 10, antithetic: false, ..FRESH };
    let streams = Streams::new(5);
    stochastic::train(&mut layer, &conditioned(3.0), &config, streams, |step, _| {
        losses.push(step.loss);
    })
    .unwrap();
    let found = [losses[0], losses[9], layer.scale(), layer.key()[[1, 2]], layer.parameters()[31]];
    for (found, frozen) in found.iter().zip(FROZEN) {
        assert_relative_eq!(*found, frozen, max_relative = 1e-9);
    }
}

const FROZEN: [f64; 5] = [
    2.1839402093056925,
    2.0698653918387935,
    0.46564393200920623,
    -0.01981483376508573,
    -0.0006951436923913547,
];

fn threads(count: usize, work: impl FnOnce() -> Vec<f64> + Send) -> Vec<f64> {
    rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap().install(work)
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let run = |seed| {
        let mut layer = initial(&conditioned(3.0), 6, 3);
        let average =
            stochastic::train(&mut layer, &conditioned(3.0), &FRESH, Streams::new(seed), |_, _| {});
        [layer.parameters(), average.unwrap().parameters()].concat()
    };
    assert_eq!(threads(1, || run(3)), threads(3, || run(3)));
    assert_ne!(threads(1, || run(3)), threads(1, || run(4)));
}

#[test]
fn the_average_is_that_of_the_last_steps() {
    let mut layer = initial(&conditioned(3.0), 6, 3);
    let mut late = vec![0.0; layer.parameters().len()];
    let config = StochasticConfig { steps: 8, tail: 0.3, ..FRESH };
    let average = stochastic::train(
        &mut layer,
        &conditioned(3.0),
        &config,
        Streams::new(3),
        |step, layer| {
            if step.index >= 5 {
                late.iter_mut().zip(layer.parameters()).for_each(|(sum, p)| *sum += p / 3.0);
            }
        },
    );
    for (a, b) in average.unwrap().parameters().iter().zip(&late) {
        assert_relative_eq!(*a, *b, max_relative = 1e-12, epsilon = 1e-15);
    }
}

#[test]
fn records_describe_the_layer() {
    let key = array![[2.0, 0.0], [1.0, 2.0]];
    let mut layer = InContextAttention::block(InContextConfig { d: 2 }, 0.5, key.view()).unwrap();
    layer.parameters_mut()[7] = -0.25;
    let step = Step { index: 4, learning_rate: 0.1, loss: 3.0 };
    let record = Record::of("run", 9, &step, &layer, Array2::eye(2).view());
    assert_eq!((record.step, record.seed, record.scale, record.off_block), (5, 9, 0.5, 0.25));
    assert_relative_eq!(record.relative_error, (0.125f64).sqrt(), max_relative = 1e-14);
}

/// A rate beyond stability overflows; the layer keeps the last finite parameters.
#[test]
fn overflow_stops_with_finite_parameters() {
    let task = conditioned(10.0);
    // The first overflows in the loss, the second in the parameters.
    for learning_rate in [50.0, 1e308] {
        let mut layer = initial(&task, 20, 0);
        let config = PopulationConfig { learning_rate, ..STEPS };
        let outcome = population::train(&mut layer, &task, &config, |_, _| {});
        assert!(matches!(outcome, Err(Error::NotFinite { .. })), "{outcome:?}");
        assert!(layer.parameters().iter().all(|p| p.is_finite()));
    }
    let mut layer = initial(&task, 6, 0);
    let config = StochasticConfig { learning_rate: Schedule::constant(50.0), ..FRESH };
    let outcome = stochastic::train(&mut layer, &task, &config, Streams::new(0), |_, _| {});
    assert!(matches!(outcome, Err(Error::NotFinite { .. })));
    assert!(layer.parameters().iter().all(|p| p.is_finite()));
}

#[test]
fn bad_configurations_are_refused() {
    let task = conditioned(1.0);
    let named = |config: StochasticConfig, field: &str| {
        let mut layer = initial(&task, 6, 0);
        let outcome = stochastic::train(&mut layer, &task, &config, Streams::new(0), |_, _| {});
        let message = outcome.unwrap_err().to_string();
        assert!(message.starts_with(field), "{message}");
    };
    named(StochasticConfig { samples: 0, ..FRESH }, "samples = 0");
    named(StochasticConfig { prompts: 0, ..FRESH }, "prompts = 0");
    named(StochasticConfig { steps: 0, ..FRESH }, "steps = 0");
    named(StochasticConfig { samples: usize::MAX, ..FRESH }, "samples, prompts, d");
    named(StochasticConfig { prompts: usize::MAX, ..FRESH }, "samples, prompts, d");
    named(StochasticConfig { learning_rate: Schedule::constant(-1.0), ..FRESH }, "learning_rate");
    for tail in [0.0, 1.5, f64::NAN] {
        named(StochasticConfig { tail, ..FRESH }, "tail");
    }
    let refused = |layer: &mut InContextAttention<f64>, config: PopulationConfig| {
        population::train(layer, &task, &config, |_, _| {}).unwrap_err().to_string()
    };
    let mut layer = initial(&task, 6, 0);
    for learning_rate in [0.0, f64::NAN] {
        let message = refused(&mut layer, PopulationConfig { learning_rate, ..STEPS });
        assert!(message.starts_with("learning_rate"), "{message}");
    }
    assert!(refused(&mut layer, PopulationConfig { tolerance: -1.0, ..STEPS }).starts_with("tol"));
    assert!(refused(&mut layer, PopulationConfig { samples: 0, ..STEPS }).starts_with("samples"));
    let last = layer.parameters().len() - 2;
    layer.parameters_mut()[last] = 1.0;
    assert!(refused(&mut layer, STEPS).starts_with("layer = "));
    let key = Array2::eye(2);
    let mut small = InContextAttention::block(InContextConfig { d: 2 }, 1.0, key.view()).unwrap();
    assert!(refused(&mut small, STEPS).starts_with("layer.d = 2"));
}
