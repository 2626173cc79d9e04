//! What defines the layer beside its weights.

use serde::{Deserialize, Serialize};

use crate::nn::parameters::Layout;
use crate::problem::decision_set::DecisionSet;
use crate::{Error, Result};

/// Index of each block in the layer's [`Layout`].
pub(super) const VALUE_WEIGHT: usize = 0;
pub(super) const VALUE_BIAS: usize = 1;
pub(super) const KEY_WEIGHT: usize = 2;
pub(super) const KEY_BIAS: usize = 3;
pub(super) const QUERY_WEIGHT: usize = 4;
pub(super) const QUERY_BIAS: usize = 5;

/// Largest dimension a layer may have; rejects absurd sizes before any allocation.
const MAX_DIMENSION: usize = 4096;

/// What defines the layer beside its weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearAttentionConfig {
    /// Dimension of rewards and decisions.
    pub d: usize,
    /// Horizon T it is meant for.
    pub horizon: usize,
    /// Fixed factor of the output. 1 / sqrt T makes the learned quantity the dimensionless eta * sqrt T.
    pub output_scale: f64,
    /// Set onto which outputs are projected.
    pub decision_set: DecisionSet,
}

impl LinearAttentionConfig {
    /// The configuration with output scale 1 / sqrt T.
    pub fn new(d: usize, horizon: usize, decision_set: DecisionSet) -> Self {
        Self { d, horizon, output_scale: 1.0 / (horizon as f64).sqrt(), decision_set }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// `d` outside 1..=4096, `horizon` of 0, `output_scale` not positive and finite, a bad decision set.
    pub fn check(&self) -> Result<()> {
        if self.d == 0 || self.d > MAX_DIMENSION {
            return Err(Error::parameter("d", self.d, format!("1 to {MAX_DIMENSION}")));
        }
        if self.horizon == 0 {
            return Err(Error::parameter("horizon", 0, "at least 1"));
        }
        if !(self.output_scale > 0.0 && self.output_scale.is_finite()) {
            return Err(Error::parameter(
                "output_scale",
                self.output_scale,
                "a positive finite number",
            ));
        }
        self.decision_set.check()
    }

    pub(in crate::model) fn layout(&self) -> Layout {
        let d = self.d;
        Layout::default()
            .matrix("value.weight", d, d)
            .vector("value.bias", d)
            .matrix("key.weight", d, d)
            .vector("key.bias", d)
            .matrix("query.weight", d, d)
            .vector("query.bias", d)
    }
}
