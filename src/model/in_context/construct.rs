//! Ways to make a layer: the standard initialisation, block form, another precision.

use ndarray::{Array2, ArrayView2};
use rand::Rng;

use super::config::{KEY_QUERY, VALUE};
use super::{InContextAttention, InContextConfig};
use crate::numeric::rng::fill_standard_normal;
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

impl<S: Scalar> InContextAttention<S> {
    /// The standard initialisation of Zhang, Frei and Bartlett (Q-D2): `W_PV = sigma [0 0; 0 1]` and
    /// `W_KQ = sigma [Theta Theta^T 0; 0 0]`, Theta normal, scaled to `|Theta Theta^T|_F = 1`.
    ///
    /// # Errors
    /// Those of [`InContextConfig::check`]; a `sigma` that is not positive and finite.
    pub fn standard(config: InContextConfig, sigma: f64, rng: &mut impl Rng) -> Result<Self> {
        config.check()?;
        if !(sigma > 0.0 && sigma.is_finite()) {
            return Err(Error::parameter("sigma", sigma, "a positive finite number"));
        }
        let mut theta = Array2::<f64>::zeros((config.d, config.d));
        fill_standard_normal(rng, theta.as_slice_mut().expect("owned arrays are contiguous"));
        let square = theta.dot(&theta.t());
        let length = square.iter().map(|v| v * v).sum::<f64>().sqrt();
        Self::block(config, sigma, (square * (sigma / length)).view())
    }

    /// The layer in block form with scale `u` and key matrix `key` = K (d x d): it predicts `<x_q, u K^T h>` (Q-A1).
    ///
    /// # Errors
    /// Those of [`InContextConfig::check`]; a `u` or an entry of `key` that is not finite; a `key` that is not d x d.
    pub fn block(config: InContextConfig, u: f64, key: ArrayView2<'_, f64>) -> Result<Self> {
        let mut layer = Self::zeros(config)?;
        if key.dim() != (config.d, config.d) {
            let shape = format!("{} x {} matrix", key.nrows(), key.ncols());
            return Err(Error::parameter("key", shape, format!("{0} x {0}", config.d)));
        }
        if let Some(v) = key.iter().chain([&u]).find(|v| !S::of(**v).is_finite()) {
            return Err(Error::parameter("u, key", v, "finite numbers"));
        }
        let place = (config.d, config.d);
        layer.layout.view_mut(&mut layer.parameters, VALUE)[place] = S::of(u);
        let mut matrix = layer.layout.view_mut(&mut layer.parameters, KEY_QUERY);
        for (place, &entry) in key.indexed_iter() {
            matrix[place] = S::of(entry);
        }
        Ok(layer)
    }

    /// A layer whose weights are all 0 (it predicts 0).
    pub(in crate::model) fn zeros(config: InContextConfig) -> Result<Self> {
        config.check()?;
        let layout = config.layout();
        let parameters = vec![S::zero(); layout.len()];
        Ok(Self { config, layout, parameters })
    }

    /// The same layer in another precision.
    pub fn cast<U: Scalar>(&self) -> InContextAttention<U> {
        InContextAttention {
            config: self.config,
            layout: self.layout.clone(),
            parameters: self.parameters.iter().map(|p| U::of(p.as_f64())).collect(),
        }
    }
}
