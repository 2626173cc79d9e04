//! A text model: a tokenizer and a causal Transformer that predicts the next token.
//!
//! A conversation is one sequence of tokens: the text of every turn, then the special token that ends a turn of this kind.
//! Every token is read together with the two before it.
//! So the tokens of a conversation begin with those of the conversation one turn ago, and what was read of it need not be
//! read again.

pub mod generate;
pub mod tokenizer;

use std::path::Path;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::Model;
use super::transformer::{Attention, Position, Transformer, TransformerConfig};
use super::weights::{self, WeightFile};
use crate::files::write_atomic;
use crate::nn::embedding::Reads;
use crate::nn::head::Head;
use crate::{Error, Result};
use tokenizer::{Special, Tokenizer};

/// Sizes of a text model; the vocabulary is the tokenizer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// Columns of the residual stream.
    pub width: usize,
    /// Attention heads of a block; they divide the width into even parts.
    pub heads: usize,
    /// Residual blocks.
    pub blocks: usize,
    /// Most tokens of a conversation.
    pub tokens: usize,
}

impl Default for TextConfig {
    fn default() -> Self {
        Self { width: 64, heads: 4, blocks: 2, tokens: 2048 }
    }
}

impl TextConfig {
    /// The Transformer of these sizes over `vocabulary` tokens: softmax attention, rotary positions.
    #[must_use]
    pub fn transformer(&self, vocabulary: usize) -> TransformerConfig {
        TransformerConfig {
            reads: Reads::Words,
            width: self.width,
            heads: self.heads,
            blocks: self.blocks,
            position: Position::Rotary,
            ..TransformerConfig::new(vocabulary, vocabulary, self.tokens)
        }
    }
}

/// What stands before the first token of a conversation: the end of another one.
pub const BEFORE: [u32; 2] = [Special::AssistantEnd.token(); 2];

/// A tokenizer and the Transformer over its tokens.
#[derive(Clone, Debug)]
pub struct TextModel {
    tokenizer: Tokenizer,
    transformer: Transformer<f32>,
}

/// The configuration in the weight file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<T> {
    transformer: TransformerConfig,
    tokenizer: T,
}

impl TextModel {
    /// A model of random weights that finds every token equally likely.
    ///
    /// # Errors
    /// Sizes that make no Transformer.
    pub fn random(tokenizer: Tokenizer, config: &TextConfig, rng: &mut impl Rng) -> Result<Self> {
        let transformer = Transformer::random(config.transformer(tokenizer.size()), rng)?;
        Self::new(tokenizer, transformer)
    }

    /// The model of these two.
    ///
    /// # Errors
    /// A Transformer that does not read and write the tokenizer's tokens, or whose attention cannot be resumed.
    pub fn new(tokenizer: Tokenizer, transformer: Transformer<f32>) -> Result<Self> {
        check(transformer.config(), &tokenizer)?;
        Ok(Self { tokenizer, transformer })
    }

    /// Splits texts into tokens.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Predicts the next token.
    #[must_use]
    pub fn transformer(&self) -> &Transformer<f32> {
        &self.transformer
    }

    /// Predicts the next token; for training.
    #[must_use]
    pub fn transformer_mut(&mut self) -> &mut Transformer<f32> {
        &mut self.transformer
    }

    /// Most tokens of a conversation.
    #[must_use]
    pub fn room(&self) -> usize {
        self.transformer.config().rounds
    }

    /// Appends a turn that ends with `end` to `tokens`.
    pub fn turn(&self, text: &str, end: Special, tokens: &mut Vec<u32>) {
        self.tokenizer.encode_into(text, tokens);
        tokens.push(end.token());
    }

    /// The tokens of a conversation.
    pub fn conversation<'a>(
        &self,
        turns: impl IntoIterator<Item = (Special, &'a str)>,
    ) -> Vec<u32> {
        let mut tokens = Vec::new();
        turns.into_iter().for_each(|(end, text)| self.turn(text, end, &mut tokens));
        tokens
    }

    /// Writes the weight file, atomically: the tensors of the Transformer, and both configurations in the metadata key
    /// "config".
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomic(path.as_ref(), &self.to_bytes()?)
    }

    /// The bytes of the weight file.
    ///
    /// # Errors
    /// None that a valid model can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let (layout, parameters) = (self.transformer.layout(), self.transformer.parameters());
        let (transformer, tokenizer) = (*self.transformer.config(), &self.tokenizer);
        let config = Written { transformer, tokenizer };
        weights::to_bytes(&weights::tensors(layout, parameters), &config)
    }

    /// Reads a weight file.
    ///
    /// # Errors
    /// Those of [`Transformer::load`]; a tokenizer that is none, or not the Transformer's.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        weights::load(path.as_ref(), Self::from_bytes)
    }

    /// Parses the bytes of a weight file; the error is a message that names the culprit.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, String> {
        let file = WeightFile::new(bytes)?;
        let Written { transformer, tokenizer } = file.config(|written: &Written<Tokenizer>| {
            check(&written.transformer, &written.tokenizer)?;
            Transformer::<f32>::declared(&written.transformer)
        })?;
        let transformer = Transformer::of_file(transformer, file)?;
        Ok(Self { tokenizer, transformer })
    }
}

/// Refuses Transformers that are none over the tokens of `tokenizer`.
fn check(config: &TransformerConfig, tokenizer: &Tokenizer) -> Result<()> {
    config.check()?;
    let vocabulary = tokenizer.size();
    for (field, value) in [("inputs", config.inputs), ("outputs", config.outputs)] {
        if value != vocabulary {
            let expected = format!("{vocabulary}, the size of the vocabulary");
            return Err(Error::parameter(field, value, expected));
        }
    }
    let fixed = [
        ("reads", config.reads == Reads::Words, "words"),
        ("attention", config.attention == Attention::Softmax, "softmax"),
        ("position", config.position == Position::Rotary, "rotary"),
        ("head", config.head == Head::Categorical, "categorical"),
    ];
    match fixed.into_iter().find(|(_, good, _)| !good) {
        Some((field, _, expected)) => Err(Error::parameter(field, "another", expected)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
