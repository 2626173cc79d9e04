//! Ways to make a model: random weights, another precision, another horizon.

use rand::Rng;

use super::Transformer;
use super::config::TransformerConfig;
use super::layers::{Layers, POSITIONS, sinusoids};
use crate::Result;
use crate::numeric::scalar::Scalar;

impl<S: Scalar> Transformer<S> {
    /// A model with random weights whose head is zero, so that it starts exactly uniform (or at the decision 0).
    ///
    /// Weights and biases of all other linear maps are uniform in [-1/sqrt n, 1/sqrt n] for n inputs; layer normalisations
    /// start with weight 1 and bias 0; learned positions are normal with standard deviation 0.02.
    ///
    /// # Errors
    /// Those of [`TransformerConfig::check`].
    pub fn random(config: TransformerConfig, rng: &mut impl Rng) -> Result<Self> {
        let mut model = Self::zeros(config)?;
        model.layers.initialize(&mut model.parameters, rng);
        Ok(model)
    }

    /// A model whose parameters are all 0.
    pub(super) fn zeros(config: TransformerConfig) -> Result<Self> {
        config.check()?;
        let (layers, layout) = Layers::declare(&config)?;
        let parameters = vec![S::zero(); layout.len()];
        Ok(Self { sinusoids: sinusoids(&config), config, layout, layers, parameters })
    }

    /// The same model in another precision.
    pub fn cast<U: Scalar>(&self) -> Transformer<U> {
        Transformer {
            config: self.config,
            layout: self.layout.clone(),
            layers: self.layers.clone(),
            parameters: self.parameters.iter().map(|p| U::of(p.as_f64())).collect(),
            sinusoids: sinusoids(&self.config),
        }
    }

    /// The same parameters for sequences of `rounds` rounds. Learned positions are cut off after the last round, or their
    /// last row stands for all rounds that they lack.
    ///
    /// # Errors
    /// Those of [`TransformerConfig::check`].
    pub fn with_rounds(&self, rounds: usize) -> Result<Self> {
        let mut model = Self::zeros(TransformerConfig { rounds, ..self.config })?;
        for (own, new) in self.layout.blocks().iter().zip(model.layout.blocks()) {
            let (own_values, values) =
                (&self.parameters[own.range.clone()], &mut model.parameters[new.range.clone()]);
            let kept = own_values.len().min(values.len());
            values[..kept].copy_from_slice(&own_values[..kept]);
            if new.name == POSITIONS {
                let last = &own_values[own_values.len() - self.config.width..];
                for row in values[kept..].chunks_exact_mut(self.config.width) {
                    row.copy_from_slice(last);
                }
            }
        }
        Ok(model)
    }
}
