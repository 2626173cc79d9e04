//! What is fitted: tokens, and how much each of them counts.

use crate::model::text::TextModel;
use crate::model::text::tokenizer::Special;
use crate::{Error, Result};

/// A sequence of tokens, each with the weight of its prediction from those before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The tokens.
    pub tokens: Vec<u32>,
    /// One weight a token; 0 for what is only read. The first token is predicted from nothing: its weight is not looked at.
    pub weights: Vec<f32>,
}

impl Passage {
    /// A conversation: what the assistant said, and the ends of its turns, count with weight `weight`.
    pub fn of_turns<'a>(
        model: &TextModel,
        turns: impl IntoIterator<Item = (Special, &'a str)>,
        weight: f32,
    ) -> Self {
        let mut passage = Self { tokens: Vec::new(), weights: Vec::new() };
        for (end, text) in turns {
            model.turn(text, end, &mut passage.tokens);
            let weight = match end {
                Special::SystemEnd | Special::UserEnd => 0.0,
                Special::AssistantEnd => weight,
            };
            passage.weights.resize(passage.tokens.len(), weight);
        }
        passage
    }

    /// Sum of the weights that count.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weights.iter().skip(1).map(|&w| f64::from(w)).sum()
    }

    /// Refuses what `model` cannot be fitted to.
    ///
    /// # Errors
    /// Another number of weights than of tokens, a token that is not in the vocabulary, more tokens than the model has room
    /// for, a weight that is negative or infinite, nothing that counts.
    pub fn check(&self, model: &TextModel) -> Result<()> {
        let (count, room) = (self.tokens.len(), model.room());
        if self.weights.len() != count {
            let expected = format!("one a token: {count}");
            return Err(Error::parameter("weights of a passage", self.weights.len(), expected));
        }
        if count > room {
            let expected = format!("at most {room}, the room of the model");
            return Err(Error::parameter("tokens of a passage", count, expected));
        }
        let vocabulary = model.tokenizer().size();
        if let Some(token) = self.tokens.iter().find(|&&token| token as usize >= vocabulary) {
            return Err(Error::parameter("token", token, format!("below {vocabulary}")));
        }
        if let Some(weight) = self.weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            return Err(Error::parameter("weight", weight, "a finite number >= 0"));
        }
        if self.weight() > 0.0 {
            return Ok(());
        }
        Err(Error::parameter("weights of a passage", 0, "a token that counts"))
    }
}
