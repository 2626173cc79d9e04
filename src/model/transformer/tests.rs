//! The whole model: gradients, causality, decoding, precision, horizons, a frozen trajectory of training.

mod construct;
mod portions;
mod rewind;
mod weights;
mod words;

use ndarray::Array2;

use super::*;
use crate::nn::adamw::AdamW;
use crate::nn::causal_linear_attention::FeatureMap;
use crate::nn::clip::clip_global_norm;
use crate::nn::embedding::Reads;
use crate::nn::gradient_check::{assert_close, assert_gradient, entries, random};
use crate::nn::head::{Head, Targets};
use crate::numeric::rng::{Purpose, Streams};

const SEQUENCES: usize = 2;

/// Every attention with every position that it takes.
fn configs() -> Vec<TransformerConfig> {
    let small = TransformerConfig { width: 8, blocks: 2, ..TransformerConfig::new(3, 4, 5) };
    let [identity, elu] = [FeatureMap::Identity, FeatureMap::EluPlusOne]
        .map(|feature_map| Attention::Linear { feature_map });
    let with = |attention, position| TransformerConfig { attention, position, ..small };
    vec![
        with(Attention::Softmax, Position::None),
        with(Attention::Softmax, Position::Learned),
        with(Attention::Softmax, Position::Sinusoidal),
        with(Attention::Softmax, Position::Alibi),
        with(Attention::Softmax, Position::Rotary),
        with(identity, Position::None),
        with(elu, Position::Learned),
        with(elu, Position::Sinusoidal),
    ]
}

/// A model none of whose parameters is zero.
fn model(config: TransformerConfig, seed: u64) -> Transformer<f64> {
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    let mut model = Transformer::random(config, &mut rng).unwrap();
    let noise = random((1, model.parameters().len()), seed);
    model.parameters_mut().iter_mut().zip(&noise).for_each(|(p, n)| *p += 0.2 * n);
    model
}

fn inputs(model: &Transformer<f64>, seed: u64) -> Array2<f64> {
    random((SEQUENCES * model.config.rounds, model.config.inputs), seed)
}

/// Outputs from a cache full of garbage with room to spare.
fn forward<S: Scalar>(model: &Transformer<S>, inputs: &Array2<S>) -> (Array2<S>, Cache<S>) {
    let mut cache = Cache::new(SEQUENCES + 1, model);
    for matrix in cache.streams.iter_mut().chain([&mut cache.normed, &mut cache.d_stream]) {
        matrix.fill(S::of(7.0));
    }
    let mut outputs = Array2::from_elem((inputs.nrows(), model.config.outputs), S::nan());
    model.forward(inputs.view(), &mut cache, outputs.view_mut());
    (outputs, cache)
}

fn gradient<S: Scalar>(model: &Transformer<S>, inputs: &Array2<S>, upstream: &Array2<S>) -> Vec<S> {
    let (_, mut cache) = forward(model, inputs);
    let mut gradient = vec![S::zero(); model.parameters.len()];
    model.backward(inputs.view(), &mut cache, upstream.view(), &mut gradient);
    gradient
}

#[test]
fn gradients_match_central_differences() {
    for config in configs() {
        let mut model = model(config, 1);
        let inputs = inputs(&model, 2);
        let upstream = random((inputs.nrows(), config.outputs), 3);
        let exact = gradient(&model, &inputs, &upstream);
        for block in model.layout.blocks().to_vec() {
            let name = format!("{config:?} {}", block.name);
            assert_gradient(&name, &exact[block.range.clone()], |i, step| {
                let place = block.range.start + i;
                let before = model.parameters[place];
                model.parameters[place] = before + step;
                let loss = (forward(&model, &inputs).0 * &upstream).sum();
                model.parameters[place] = before;
                loss
            });
        }
    }
}

#[test]
fn gradients_accumulate_and_caches_are_used_again() {
    for config in configs() {
        let model = model(config, 4);
        let (inputs, others) = (inputs(&model, 5), inputs(&model, 6));
        let upstream = random((inputs.nrows(), config.outputs), 7);
        let once = gradient(&model, &inputs, &upstream);
        // Another batch passes through the cache in between; one sequence alone, then the other.
        let (_, mut cache) = forward(&model, &others);
        let mut sum = once.clone();
        let rounds = config.rounds;
        for (inputs, upstream) in inputs
            .axis_chunks_iter(ndarray::Axis(0), rounds)
            .zip(upstream.axis_chunks_iter(ndarray::Axis(0), rounds))
        {
            let mut outputs = Array2::zeros((rounds, config.outputs));
            model.forward(inputs, &mut cache, outputs.view_mut());
            model.backward(inputs, &mut cache, upstream, &mut sum);
        }
        let twice: Vec<f64> = once.iter().map(|g| 2.0 * g).collect();
        assert_close(&format!("{config:?}"), &sum, &twice, 1e-12);
    }
}

#[test]
fn later_inputs_change_nothing() {
    for config in configs() {
        let model = model(config, 8);
        let inputs = inputs(&model, 9);
        let before = forward(&model, &inputs).0;
        let t = 3;
        let mut changed = inputs.clone();
        changed.row_mut(t).fill(5.0);
        let after = forward(&model, &changed).0;
        for row in 0..inputs.nrows() {
            // Only the rounds from t on of the first sequence.
            let same = before.row(row) == after.row(row);
            assert_eq!(same, !(t..config.rounds).contains(&row), "{config:?}, row {row}");
        }
    }
}

#[test]
fn decoding_equals_the_forward_pass() {
    for config in configs() {
        let model = model(config, 10);
        let inputs = inputs(&model, 11);
        let expected = forward(&model, &inputs).0;
        let mut decoder = Decoder::new(SEQUENCES + 1, &model);
        for used in [SEQUENCES, 1, SEQUENCES] {
            decoder.clear();
            for t in 0..config.rounds {
                let row = |sequence: usize| sequence * config.rounds + t;
                let rows: Vec<usize> = (0..used).map(row).collect();
                let inputs = inputs.select(ndarray::Axis(0), &rows);
                let mut outputs = Array2::from_elem((used, config.outputs), f64::NAN);
                decoder.step(&model, inputs.view(), outputs.view_mut());
                let expected = expected.select(ndarray::Axis(0), &rows);
                let name = format!("{config:?}, round {t}");
                assert_close(&name, entries(&outputs), entries(&expected), 1e-12);
            }
        }
    }
}

#[test]
#[should_panic(expected = "room for 5 rounds only")]
fn decoding_ends_with_the_last_round() {
    let linear = configs()[5];
    let model = model(linear, 12);
    let mut decoder = Decoder::new(1, &model);
    let mut outputs = Array2::zeros((1, linear.outputs));
    for _ in 0..=linear.rounds {
        decoder.step(&model, Array2::zeros((1, linear.inputs)).view(), outputs.view_mut());
    }
}

#[test]
fn single_precision_follows_double() {
    for config in configs() {
        let model = model(config, 13);
        let inputs = inputs(&model, 14);
        let upstream = random((inputs.nrows(), config.outputs), 15);
        let narrow = |x: &Array2<f64>| x.mapv(|v| v as f32);
        let (outputs, _) = forward(&model.cast::<f32>(), &narrow(&inputs));
        assert_close("outputs", entries(&outputs), entries(&forward(&model, &inputs).0), 1e-4);
        let own = gradient(&model.cast::<f32>(), &narrow(&inputs), &narrow(&upstream));
        assert_close("gradient", &own, &gradient(&model, &inputs, &upstream), 1e-4);
    }
}

#[test]
fn another_horizon_keeps_the_parameters() {
    for config in configs() {
        let model = model(config, 17);
        let inputs = inputs(&model, 18);
        let expected = forward(&model, &inputs).0;
        let shorter = model.with_rounds(3).unwrap();
        let (outputs, _) = forward(&shorter, &inputs.select(ndarray::Axis(0), &[0, 1, 2]));
        let first = expected.select(ndarray::Axis(0), &[0, 1, 2]);
        assert_close("shorter", entries(&outputs), entries(&first), 1e-12);
        let longer = model.with_rounds(7).unwrap();
        assert_eq!(longer.config.rounds, 7);
        let (outputs, _) =
            forward(&longer, &inputs.select(ndarray::Axis(0), &[0, 1, 2, 3, 4, 5, 6]));
        let first = outputs.select(ndarray::Axis(0), &[0, 1, 2, 3, 4]);
        let same = expected.select(ndarray::Axis(0), &[0, 1, 2, 3, 4]);
        assert_close("longer", entries(&first), entries(&same), 1e-12);
        if config.position == Position::Learned {
            let rows: Vec<_> = longer.positions().chunks_exact(config.width).collect();
            assert_eq!(rows[..5].concat(), model.positions());
            assert!(rows[5..].iter().all(|row| *row == rows[4]));
        }
        assert!(model.with_rounds(0).is_err());
    }
}

/// Fixed positions: round 2 of width 8, by the formula.
#[test]
fn sinusoids_are_those_of_the_paper() {
    let model = model(configs()[2], 19);
    let row = &model.positions()[2 * 8..3 * 8];
    for (j, &p) in row.iter().enumerate() {
        let angle = 2.0 / [1.0, 10.0, 100.0, 1000.0][j / 2];
        let expected = if j % 2 == 0 { f64::sin(angle) } else { f64::cos(angle) };
        approx::assert_relative_eq!(p, expected, epsilon = 1e-14);
    }
}

/// Ten steps of training, frozen: whatever changes the numbers has to say so here.
#[test]
fn ten_steps_of_training_do_not_change() {
    let config = configs()[0];
    let mut rng = Streams::new(20).stream(Purpose::Initialization, 0, 0, 0);
    let mut model = Transformer::<f64>::random(config, &mut rng).unwrap();
    let inputs = inputs(&model, 21);
    let arms: Vec<usize> = (0..inputs.nrows()).map(|row| row * row % config.outputs).collect();
    let mut adam = AdamW::new(model.parameters.len());
    let losses: Vec<f64> = (0..10)
        .map(|_| {
            let (outputs, mut cache) = forward(&model, &inputs);
            let mut d_outputs = outputs.clone();
            let weights = vec![0.1; outputs.nrows()];
            let targets = Targets::Arms(&arms);
            let loss =
                Head::Categorical.loss(outputs.view(), targets, &weights, d_outputs.view_mut());
            let mut gradient = vec![0.0; model.parameters.len()];
            model.backward(inputs.view(), &mut cache, d_outputs.view(), &mut gradient);
            clip_global_norm(&mut gradient, 1.0);
            adam.step(&mut model.parameters, &gradient, 1e-2);
            loss
        })
        .collect();
    assert_close("loss", &losses, &LOSSES, 1e-10);
}

const LOSSES: [f64; 10] = [
    1.3862943611198906,
    1.3237785737691463,
    1.2416591875623486,
    1.1611431948839595,
    1.0902415503715521,
    1.0277566384846832,
    0.9727568689355437,
    0.925047726293218,
    0.8842298491474204,
    0.8497324423285361,
];
