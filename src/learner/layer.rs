//! The trained layer as a learner.

use ndarray::ArrayView1;

use super::Learner;
use crate::model::linear_attention::LinearAttention;
use crate::model::recurrence::Recurrence;

/// Plays the projection of the layer's output, decoding recurrently.
#[derive(Clone, Debug)]
pub struct LayerLearner<'a> {
    layer: &'a LinearAttention<f64>,
    state: Recurrence<'a, f64>,
}

impl<'a> LayerLearner<'a> {
    /// A learner that has seen nothing.
    pub fn new(layer: &'a LinearAttention<f64>) -> Self {
        Self { layer, state: Recurrence::new(layer) }
    }
}

impl Learner for LayerLearner<'_> {
    fn decide(&mut self, decision: &mut [f64]) {
        for (out, &g) in decision.iter_mut().zip(self.state.output()) {
            *out = g;
        }
        self.layer.config().decision_set.project(decision);
    }

    fn observe(&mut self, reward: &[f64]) {
        self.state.observe(ArrayView1::from(reward));
    }
}
