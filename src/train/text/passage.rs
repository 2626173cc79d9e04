//! What is fitted: tokens, and how much each of them counts.

use serde::{Deserialize, Serialize};

use crate::model::text::TextModel;
use crate::model::text::tokenizer::Special;
use crate::{Error, Result};

/// What is imitated of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Imitated {
    /// All that the assistant said, and the ends of its turns.
    Answers,
    /// The last line of each of its turns, where the decision stands, and the ends.
    LastLines,
}

/// A sequence of tokens, each with the weight of its prediction from those before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The tokens.
    pub tokens: Vec<u32>,
    /// One weight a token; 0 for what is only read. The first token is predicted from nothing: its weight is not looked at.
    pub weights: Vec<f32>,
}

impl Passage {
    /// A conversation, of which some is imitated with weight `weight`.
    pub fn of_turns<'a>(
        model: &TextModel,
        turns: impl IntoIterator<Item = (Special, &'a str)>,
        imitated: Imitated,
        weight: f32,
    ) -> Self {
        let mut passage = Self { tokens: Vec::new(), weights: Vec::new() };
        for (end, text) in turns {
            let read = match (end, imitated) {
                (Special::SystemEnd | Special::UserEnd, _) => {
                    model.turn(text, end, &mut passage.tokens);
                    passage.weights.resize(passage.tokens.len(), 0.0);
                    continue;
                }
                (Special::AssistantEnd, Imitated::Answers) => 0,
                (Special::AssistantEnd, Imitated::LastLines) => {
                    text.rfind('\n').map_or(0, |at| at + 1)
                }
            };
            // Lines end where pieces end: the tokens of both parts are those of the whole.
            model.tokenizer().encode_into(&text[..read], &mut passage.tokens);
            passage.weights.resize(passage.tokens.len(), 0.0);
            model.turn(&text[read..], end, &mut passage.tokens);
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
