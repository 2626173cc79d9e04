//! Weight files of learners of rewards, whichever model they hold.

use std::path::Path;

use super::linear_attention::LinearAttention;
use super::transformer::Transformer;
use super::weights::{self, WeightFile};
use crate::Result;

/// A model read from a weight file.
#[derive(Clone, Debug)]
pub enum SavedModel {
    /// The single layer of linear attention: full information.
    Layer(LinearAttention<f64>),
    /// A Transformer: full information or bandit feedback.
    Transformer(Transformer<f32>),
}

impl SavedModel {
    /// Reads a weight file of either kind; which one, its configuration tells.
    ///
    /// # Errors
    /// Those of [`LinearAttention::load`] and [`Transformer::load`]; a model of another kind.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        weights::load(path.as_ref(), Self::from_bytes)
    }

    /// Parses the bytes of a weight file; the error is a message that names the culprit.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, String> {
        let file = WeightFile::new(bytes)?;
        if file.has_key("inputs") {
            Transformer::from_bytes(bytes).map(Self::Transformer)
        } else if file.has_key("decision_set") {
            LinearAttention::from_bytes(bytes).map(Self::Layer)
        } else {
            Err("a model of another kind: expected a Transformer or a layer of linear attention"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::in_context::{InContextAttention, InContextConfig};
    use crate::model::linear_attention::LinearAttentionConfig;
    use crate::model::transformer::TransformerConfig;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::decision_set::DecisionSet;

    #[test]
    fn the_content_tells_the_kind() {
        let config = LinearAttentionConfig::new(3, 10, DecisionSet::Simplex);
        let layer = LinearAttention::ftrl(config, 0.1).unwrap().to_bytes().unwrap();
        assert!(matches!(SavedModel::from_bytes(&layer), Ok(SavedModel::Layer(_))));
        let config = TransformerConfig { width: 4, ..TransformerConfig::new(12, 5, 10) };
        let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
        let transformer = Transformer::<f64>::random(config, &mut rng).unwrap().to_bytes().unwrap();
        assert!(matches!(SavedModel::from_bytes(&transformer), Ok(SavedModel::Transformer(_))));
        assert!(SavedModel::from_bytes(b"weights").unwrap_err().contains("safetensors"));
        let other =
            InContextAttention::<f64>::standard(InContextConfig { d: 2 }, 0.1, &mut rng).unwrap();
        let message = SavedModel::from_bytes(&other.to_bytes().unwrap()).unwrap_err();
        assert!(message.contains("another kind"), "{message}");
    }
}
