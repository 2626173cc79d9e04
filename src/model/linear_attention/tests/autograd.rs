//! Outputs and gradients against another framework's automatic differentiation (tests/fixtures/layer_gradients.py).

use serde::Deserialize;

use std::collections::BTreeMap;

use super::*;

#[derive(Deserialize)]
struct Fixture {
    d: usize,
    rounds: usize,
    output_scale: f64,
    weights: BTreeMap<String, Vec<f64>>,
    query_token: Vec<f64>,
    rewards: Vec<f64>,
    outputs: Vec<f64>,
    upstream: Vec<f64>,
    gradients: BTreeMap<String, Vec<f64>>,
    d_rewards: Vec<f64>,
}

impl Fixture {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/layer_gradients.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn matches<S: Scalar>(&self, tolerance: f64) {
        let config = LinearAttentionConfig {
            output_scale: self.output_scale,
            ..LinearAttentionConfig::new(self.d, self.rounds, DecisionSet::UNIT_BALL)
        };
        let mut layer = LinearAttention::<f64>::zeros(config).unwrap();
        for block in layer.layout.blocks().to_vec() {
            layer.parameters[block.range].copy_from_slice(&self.weights[&block.name]);
        }
        layer.set_query_token(Array1::from(self.query_token.clone()));
        let layer = layer.cast::<S>();
        let matrix = |values: &[f64]| {
            let values = values.iter().map(|&v| S::of(v)).collect();
            Array2::from_shape_vec((self.rewards.len() / self.d, self.d), values).unwrap()
        };
        let (rewards, upstream) = (matrix(&self.rewards), matrix(&self.upstream));
        let (outputs, mut cache) = forward(&layer, self.rounds, &rewards);
        close("outputs", outputs.as_slice().unwrap(), &self.outputs, tolerance);
        let mut gradient = vec![S::zero(); layer.parameters.len()];
        let mut d_rewards = Array2::zeros(rewards.dim());
        layer.backward(
            rewards.view(),
            self.rounds,
            &mut cache,
            upstream.view(),
            &mut gradient,
            Some(d_rewards.view_mut()),
        );
        assert_eq!(self.gradients.len(), layer.layout.blocks().len());
        for block in layer.layout.blocks() {
            let own = &gradient[block.range.clone()];
            close(&block.name, own, &self.gradients[&block.name], tolerance);
        }
        let own = d_rewards.as_slice().unwrap();
        close("d_rewards", own, &self.d_rewards, tolerance);
    }
}

#[test]
fn outputs_and_gradients_match_automatic_differentiation() {
    let fixture = Fixture::read();
    fixture.matches::<f64>(1e-9);
    fixture.matches::<f32>(1e-4);
}
