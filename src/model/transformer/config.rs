//! What defines a Transformer beside its weights.

use serde::{Deserialize, Serialize};

use crate::nn::attention;
use crate::nn::causal_linear_attention::{CausalLinearAttention, FeatureMap};
use crate::nn::embedding::Reads;
use crate::nn::head::Head;
use crate::nn::softmax_attention::{self, SoftmaxAttention};
use crate::{Error, Result};

/// How rounds look back at earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Attention {
    /// Probabilities over past rounds; a decision costs more the longer the history.
    #[default]
    Softmax,
    /// A running sum of past rounds; a decision always costs the same.
    Linear {
        /// What is done to queries and keys before they are multiplied.
        feature_map: FeatureMap,
    },
}

/// How the model learns which round it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// From causality alone, or from the inputs.
    #[default]
    None,
    /// A trained vector a round is added to the embedding.
    Learned,
    /// A fixed vector of sines and cosines a round is added to the embedding (Vaswani et al. 2017).
    Sinusoidal,
    /// Scores of softmax attention fall with distance (Press, Smith and Lewis 2022).
    Alibi,
    /// Queries and keys of softmax attention are turned by an angle proportional to the round (Su et al. 2021).
    Rotary,
}

/// What defines a Transformer beside its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerConfig {
    /// Numbers that it reads each round; or words that it knows, of which it reads one.
    pub inputs: usize,
    /// Which of the two.
    #[serde(default, skip_serializing_if = "Reads::is_numbers")]
    pub reads: Reads,
    /// Columns of the residual stream.
    pub width: usize,
    /// Attention heads of a block; they divide the width.
    pub heads: usize,
    /// Residual blocks.
    pub blocks: usize,
    /// Numbers that it writes each round.
    pub outputs: usize,
    /// Rounds T of a sequence.
    pub rounds: usize,
    /// How rounds look back at earlier ones.
    pub attention: Attention,
    /// How the model learns which round it is in.
    pub position: Position,
    /// What the outputs mean.
    pub head: Head,
}

impl TransformerConfig {
    /// Width 32, 2 heads, 2 blocks, softmax attention, no positions, a categorical policy.
    pub fn new(inputs: usize, outputs: usize, rounds: usize) -> Self {
        Self {
            inputs,
            reads: Reads::Numbers,
            width: 32,
            heads: 2,
            blocks: 2,
            outputs,
            rounds,
            attention: Attention::default(),
            position: Position::default(),
            head: Head::Categorical,
        }
    }

    /// The core of every block's attention.
    pub(super) fn attention(&self) -> Result<attention::Attention> {
        let position = match self.position {
            Position::Alibi => softmax_attention::Position::Alibi,
            Position::Rotary => softmax_attention::Position::Rotary,
            Position::None | Position::Learned | Position::Sinusoidal => {
                softmax_attention::Position::None
            }
        };
        let (width, heads, rounds) = (self.width, self.heads, self.rounds);
        match self.attention {
            Attention::Softmax => SoftmaxAttention::new(width, heads, rounds, position)
                .map(attention::Attention::Softmax),
            Attention::Linear { .. } if position != softmax_attention::Position::None => {
                let expected = "none, learned or sinusoidal beside linear attention";
                Err(Error::parameter("position", format!("{position:?}").to_lowercase(), expected))
            }
            Attention::Linear { feature_map } => {
                CausalLinearAttention::new(width, heads, rounds, feature_map)
                    .map(attention::Attention::Linear)
            }
        }
    }
}
