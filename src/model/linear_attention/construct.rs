//! Ways to make a layer: random weights, exact FTRL, another precision, another output scale.

use ndarray::Array1;
use rand::Rng;

use super::LinearAttention;
use super::config::{KEY_BIAS, LinearAttentionConfig, QUERY_BIAS, VALUE_WEIGHT};
use crate::Result;
use crate::numeric::rng::fill_standard_normal;
use crate::numeric::scalar::Scalar;

/// Standard deviation of the random initial weights.
const INITIAL_NOISE: f64 = 0.1;

impl<S: Scalar> LinearAttention<S> {
    /// A layer with random weights: V, v_c, K, Q normal with standard deviation 0.1; k_c and q_c around 1 / sqrt d, so
    /// that tokens start with positive weight; c constant with length 1.
    ///
    /// # Errors
    /// Those of [`LinearAttentionConfig::check`].
    pub fn random(config: LinearAttentionConfig, rng: &mut impl Rng) -> Result<Self> {
        let mut layer = Self::zeros(config)?;
        fill_standard_normal(rng, &mut layer.parameters);
        layer.parameters.iter_mut().for_each(|p| *p *= S::of(INITIAL_NOISE));
        let center = S::of(1.0 / (config.d as f64).sqrt());
        for bias in [KEY_BIAS, QUERY_BIAS] {
            layer
                .layout
                .slice_mut(&mut layer.parameters, bias)
                .iter_mut()
                .for_each(|p| *p += center);
        }
        Ok(layer)
    }

    /// The layer that is exactly FTRL with step size `eta`: u = 0, v_c = 0, scale * s * V = eta * I.
    ///
    /// # Errors
    /// Those of [`LinearAttentionConfig::check`].
    pub fn ftrl(config: LinearAttentionConfig, eta: f64) -> Result<Self> {
        let mut layer = Self::zeros(config)?;
        let unit = S::of(1.0 / (config.d as f64).sqrt());
        for bias in [KEY_BIAS, QUERY_BIAS] {
            layer.layout.slice_mut(&mut layer.parameters, bias).fill(unit);
        }
        let mut value = layer.layout.view_mut(&mut layer.parameters, VALUE_WEIGHT);
        value.diag_mut().fill(S::of(eta / config.output_scale));
        Ok(layer)
    }

    /// A layer whose trained blocks are all 0 (it never moves); c is constant with length 1.
    pub(in crate::model) fn zeros(config: LinearAttentionConfig) -> Result<Self> {
        config.check()?;
        let layout = config.layout();
        let parameters = vec![S::zero(); layout.len()];
        let query_token = Array1::from_elem(config.d, S::of(1.0 / (config.d as f64).sqrt()));
        Ok(Self { config, layout, parameters, query_token })
    }

    /// The same layer in another precision.
    pub fn cast<U: Scalar>(&self) -> LinearAttention<U> {
        let cast = |x: &S| U::of(x.as_f64());
        LinearAttention {
            config: self.config,
            layout: self.layout.clone(),
            parameters: self.parameters.iter().map(cast).collect(),
            query_token: self.query_token.map(cast),
        }
    }

    /// The same weights with the output multiplied by `factor`: another step size, e.g. for another horizon.
    ///
    /// # Errors
    /// A factor that is not positive and finite.
    pub fn rescaled(&self, factor: f64) -> Result<Self> {
        let mut layer = self.clone();
        layer.config.output_scale *= factor;
        layer.config.check()?;
        Ok(layer)
    }
}
