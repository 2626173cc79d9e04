//! A fine-tunable endpoint as a student: RMFT in words at a service.

use std::path::PathBuf;

use super::finetune::{Event, Order, Waiting, fine_tune};
use super::speaker::{Asking, ChatSpeaker};
use super::wire::Hyperparameters;
use crate::Result;
use crate::learner::text::job_seed;
use crate::numeric::rng::Streams;
use crate::problem::verbal::message::Message;
use crate::train::text::Student;

/// A model behind an endpoint that can be taught there.
///
/// It is asked with the seeds of the in-process student and taught with its seeds: behind [`server`](super::server) the same
/// text model, taught with the same hyper-parameters, does the same, to the bit.
pub struct Endpoint<'a> {
    /// How it is asked.
    pub asking: Asking<'a>,
    /// Its name, which changes as it learns.
    pub model: String,
    /// How it is taught; what is not given is the service's choice.
    pub hyperparameters: Hyperparameters,
    /// How one waits for that.
    pub waiting: Waiting,
    /// What is drawn from.
    pub streams: Streams,
    /// Where what was reached is kept: `job-00.json`, `job-01.json`, ..
    pub folder: PathBuf,
    /// Is told how far the jobs are.
    pub observe: &'a dyn Fn(Event),
}

impl Student for Endpoint<'_> {
    type Speaker<'s>
        = ChatSpeaker<'s>
    where
        Self: 's;

    fn speaker(&self, iteration: usize) -> Result<ChatSpeaker<'_>> {
        ChatSpeaker::new(self.asking, &self.model, self.streams, iteration)
    }

    fn imitate(&mut self, conversations: &[Vec<Message>], iteration: usize) -> Result<()> {
        let order = Order {
            model: &self.model,
            conversations,
            hyperparameters: self.hyperparameters,
            seed: job_seed(&self.streams, iteration),
            suffix: Some("lowregret"),
        };
        let state = self.folder.join(format!("job-{iteration:02}.json"));
        self.model = fine_tune(self.asking.client, &order, &self.waiting, &state, self.observe)?;
        Ok(())
    }
}
