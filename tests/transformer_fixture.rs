//! The Transformer against another framework's automatic differentiation (tests/fixtures/transformer_gradients.py).

use std::collections::BTreeMap;

use lowregret::model::Model;
use lowregret::model::transformer::{Cache, Transformer, TransformerConfig};
use lowregret::nn::head::Targets;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::numeric::scalar::Scalar;
use ndarray::Array2;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    config: TransformerConfig,
    weights: BTreeMap<String, Vec<f64>>,
    inputs: Vec<f64>,
    arms: Vec<usize>,
    logits: Vec<f64>,
    loss: f64,
    gradients: BTreeMap<String, Vec<f64>>,
}

impl Fixture {
    fn matches<S: Scalar>(&self, tolerance: f64) {
        let config = self.config;
        let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
        let mut model = Transformer::<f64>::random(config, &mut rng).unwrap();
        let layout = model.layout().clone();
        assert_eq!(self.weights.len(), layout.blocks().len());
        for block in layout.blocks() {
            model.parameters_mut()[block.range.clone()].copy_from_slice(&self.weights[&block.name]);
        }
        let model = model.cast::<S>();
        let rows = self.arms.len();
        let inputs = self.inputs.iter().map(|&v| S::of(v)).collect();
        let inputs = Array2::from_shape_vec((rows, config.inputs), inputs).unwrap();
        let mut cache = Cache::new(rows / config.rounds, &model);
        let mut logits = Array2::zeros((rows, config.outputs));
        model.forward(inputs.view(), &mut cache, logits.view_mut());
        close("logits", logits.as_slice().unwrap(), &self.logits, tolerance);
        let (targets, weights) = (Targets::Arms(&self.arms), vec![S::one(); rows]);
        let mut d_logits = logits.clone();
        let loss = config.head.loss(logits.view(), targets, &weights, d_logits.view_mut());
        close("loss", &[loss], &[self.loss], tolerance);
        let mut gradient = vec![S::zero(); layout.len()];
        model.backward(inputs.view(), &mut cache, d_logits.view(), &mut gradient);
        for block in layout.blocks() {
            let own = &gradient[block.range.clone()];
            close(&block.name, own, &self.gradients[&block.name], tolerance);
        }
    }
}

/// Entry by entry, relative to the largest number expected (at least 1).
fn close<S: Scalar>(name: &str, own: &[S], expected: &[f64], tolerance: f64) {
    assert_eq!(own.len(), expected.len(), "{name}");
    let scale = expected.iter().fold(1.0f64, |top, v| top.max(v.abs()));
    for (i, (own, expected)) in own.iter().zip(expected).enumerate() {
        let error = (own.as_f64() - expected).abs() / scale;
        assert!(error <= tolerance, "{name}[{i}]: {own}, expected {expected}");
    }
}

#[test]
fn logits_losses_and_gradients_match_automatic_differentiation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transformer_gradients.json");
    let fixtures: Vec<Fixture> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(fixtures.len(), 4);
    for fixture in fixtures {
        println!("{:?}", fixture.config);
        fixture.matches::<f64>(1e-9);
        fixture.matches::<f32>(1e-4);
    }
}
