//! How a history of rounds becomes the input of a Transformer: one token a round, made of what the last round showed.
//!
//! ```text
//! token = [seen (K) | r | seen * reward (K) | 1 | present (K, optional)]
//! ```
//!
//! `seen` flags the arms whose reward was seen: the chosen one in a bandit, all in full information, so that a model
//! trained on one kind of feedback can read the other. `r` is the mean of the rewards seen. The token of the first round
//! is zero but for the flags of the arms that are present, which only models for varying numbers of arms read.

use crate::model::transformer::TransformerConfig;
use crate::nn::head::Head;
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// The layout of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    arms: usize,
    presence: bool,
}

impl Tokens {
    /// Tokens of K = `arms` arms; with `presence` they tell which arms are present.
    pub fn new(arms: usize, presence: bool) -> Self {
        Self { arms, presence }
    }

    /// The tokens that a model of this shape reads: arms are its outputs.
    ///
    /// # Errors
    /// A number of inputs that belongs to neither kind of token; outputs that are no logits.
    pub fn of(config: &TransformerConfig) -> Result<Self> {
        if config.head == Head::Real {
            return Err(Error::parameter("head", "real", "categorical or simplex: logits of arms"));
        }
        let kinds = [false, true].map(|presence| Self::new(config.outputs, presence));
        kinds.into_iter().find(|tokens| tokens.width() == config.inputs).ok_or_else(|| {
            let [plain, telling] = kinds.map(|tokens| tokens.width());
            let expected = format!("{plain} or {telling} for {} arms", config.outputs);
            Error::parameter("inputs", config.inputs, expected)
        })
    }

    /// Number of arms K.
    pub fn arms(&self) -> usize {
        self.arms
    }

    /// Whether they tell which arms are present.
    pub fn tells_presence(&self) -> bool {
        self.presence
    }

    /// Length of a token.
    pub fn width(&self) -> usize {
        2 * self.arms + 2 + if self.presence { self.arms } else { 0 }
    }

    /// Writes the token of the first round, the first `present` arms being there.
    #[inline]
    pub fn write_start<S: Scalar>(&self, present: usize, token: &mut [S]) {
        token.fill(S::zero());
        if self.presence {
            token[2 * self.arms + 2..][..present].fill(S::one());
        }
    }

    /// Writes the token after a round of a bandit.
    #[inline]
    pub fn write_cell<S: Scalar>(&self, arm: usize, reward: S, present: usize, token: &mut [S]) {
        self.write_start(present, token);
        token[arm] = S::one();
        token[self.arms] = reward;
        token[self.arms + 1 + arm] = reward;
        token[2 * self.arms + 1] = S::one();
    }

    /// Writes the token after a round of full information: `rewards` are those of the arms that are present.
    #[inline]
    pub fn write_row<S: Scalar>(&self, rewards: &[S], token: &mut [S]) {
        self.write_start(rewards.len(), token);
        token[..rewards.len()].fill(S::one());
        token[self.arms] = rewards.iter().copied().sum::<S>() / S::of(rewards.len() as f64);
        token[self.arms + 1..][..rewards.len()].copy_from_slice(rewards);
        token[2 * self.arms + 1] = S::one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_show_what_was_seen() {
        let mut token = [9.0f64; 11];
        let tokens = Tokens::new(3, true);
        tokens.write_start(2, &mut token);
        assert_eq!(token, [0., 0., 0., 0., 0., 0., 0., 0., 1., 1., 0.]);
        tokens.write_cell(1, 0.5, 2, &mut token);
        assert_eq!(token, [0., 1., 0., 0.5, 0., 0.5, 0., 1., 1., 1., 0.]);
        tokens.write_row(&[1.0, 0.5], &mut token);
        assert_eq!(token, [1., 1., 0., 0.75, 1., 0.5, 0., 1., 1., 1., 0.]);
        let mut token = [9.0f64; 8];
        Tokens::new(3, false).write_row(&[1.0, 0.5, 0.0], &mut token);
        assert_eq!(token, [1., 1., 1., 0.5, 1., 0.5, 0., 1.]);
    }

    #[test]
    fn the_shape_of_a_model_tells_its_tokens() {
        assert_eq!(Tokens::of(&TransformerConfig::new(12, 5, 50)).unwrap(), Tokens::new(5, false));
        assert_eq!(Tokens::of(&TransformerConfig::new(17, 5, 50)).unwrap(), Tokens::new(5, true));
        let message = Tokens::of(&TransformerConfig::new(13, 5, 50)).unwrap_err().to_string();
        assert!(message.starts_with("inputs = 13: expected 12 or 17"), "{message}");
        let real = TransformerConfig { head: Head::Real, ..TransformerConfig::new(12, 5, 50) };
        assert!(Tokens::of(&real).unwrap_err().to_string().starts_with("head = real"));
    }
}
