//! Open weights behind an engine that only answers, as a student: half an iteration of RMFT, whose other half is TRL's.

use std::path::PathBuf;

use super::speaker::{Asking, ChatSpeaker};
use super::trl;
use crate::Result;
use crate::learner::text::job_seed;
use crate::numeric::rng::Streams;
use crate::problem::verbal::message::Message;
use crate::train::text::{Student, Tuning};

/// A model behind an endpoint that is asked there and taught by TRL, later and elsewhere: after [`Student::imitate`] it is the
/// model it was.
pub struct OpenWeights<'a> {
    /// How it is asked.
    pub asking: Asking<'a>,
    /// Its name at the endpoint.
    pub model: String,
    /// Name or folder of its weights, for TRL.
    pub weights: String,
    /// How it is to be taught.
    pub tuning: Tuning,
    /// What is drawn from.
    pub streams: Streams,
    /// Gets data and command for TRL; those of an earlier iteration are overwritten.
    pub folder: PathBuf,
}

impl Student for OpenWeights<'_> {
    type Speaker<'s>
        = ChatSpeaker<'s>
    where
        Self: 's;

    fn speaker(&self, iteration: usize) -> Result<ChatSpeaker<'_>> {
        ChatSpeaker::new(self.asking, &self.model, self.streams, iteration)
    }

    /// Writes what is to be learned, and how.
    fn imitate(&mut self, conversations: &[Vec<Message>], iteration: usize) -> Result<()> {
        let seed = job_seed(&self.streams, iteration);
        trl::write(&self.folder, conversations, &self.weights, &self.tuning, seed)?;
        Ok(())
    }
}
