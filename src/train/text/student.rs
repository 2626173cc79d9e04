//! Who practises in words: somebody who can be asked, and taught.

use super::Tuning;
use crate::Result;
use crate::learner::text::{self, TextSpeaker};
use crate::learner::verbal::Speaker;
use crate::model::text::TextModel;
use crate::model::text::generate::Sampling;
use crate::numeric::rng::Streams;
use crate::problem::verbal::message::Message;

/// Somebody who answers, and learns to answer as in some conversations: a model in the process, one behind an endpoint.
pub trait Student {
    /// Who answers.
    type Speaker<'a>: Speaker
    where
        Self: 'a;

    /// The student as it stands; what it draws in iteration `iteration` is its own.
    ///
    /// # Errors
    /// Whatever keeps it from being asked.
    fn speaker(&self, iteration: usize) -> Result<Self::Speaker<'_>>;

    /// Learns from what the assistant says in `conversations`.
    ///
    /// # Errors
    /// Whatever keeps it from learning.
    fn imitate(&mut self, conversations: &[Vec<Message>], iteration: usize) -> Result<()>;
}

/// The in-process text model as a student.
#[derive(Clone, Debug)]
pub struct TextStudent {
    /// The model.
    pub model: TextModel,
    /// How it answers.
    pub sampling: Sampling,
    /// How it learns.
    pub tuning: Tuning,
    /// What it draws from.
    pub streams: Streams,
}

impl Student for TextStudent {
    type Speaker<'a> = TextSpeaker<'a>;

    fn speaker(&self, iteration: usize) -> Result<TextSpeaker<'_>> {
        TextSpeaker::new(&self.model, self.sampling, self.streams, iteration)
    }

    fn imitate(&mut self, conversations: &[Vec<Message>], iteration: usize) -> Result<()> {
        let seed = text::job_seed(&self.streams, iteration);
        self.tuning.fit(&mut self.model, conversations, seed, |_| Ok(()))
    }
}
