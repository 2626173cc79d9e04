//! One job of fine-tuning: conversations to imitate, from a fresh optimiser (TEXT-R2).

use serde::{Deserialize, Serialize};

use super::{Passage, fit};
use crate::learner::text::turns;
use crate::model::text::TextModel;
use crate::nn::schedule::Schedule;
use crate::numeric::rng::Streams;
use crate::problem::verbal::message::Message;
use crate::train::supervised::{StepReport, SupervisedConfig};
use crate::{Error, Result};

/// Hyper-parameters of a job, as fine-tuning services have them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// Passes through the conversations.
    pub passes: usize,
    /// Conversations of a step.
    pub batch: usize,
    /// Highest learning rate of AdamW: it rises in the first tenth of the steps and falls to a tenth along a cosine.
    pub learning_rate: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { passes: 2, batch: 16, learning_rate: 1e-3 }
    }
}

impl Tuning {
    /// Checks every field.
    ///
    /// # Errors
    /// No pass or conversation, a learning rate that is no positive number.
    pub fn check(&self) -> Result<()> {
        for (field, value) in [("passes", self.passes), ("batch", self.batch)] {
            if value == 0 {
                return Err(Error::parameter(field, 0, "at least 1"));
            }
        }
        if self.learning_rate > 0.0 && self.learning_rate.is_finite() {
            return Ok(());
        }
        Err(Error::parameter("learning_rate", self.learning_rate, "a positive finite number"))
    }

    /// Fits `model`, as it stands, to `conversations`, in an order that `seed` decides; `observe` sees every step's report,
    /// and its error ends the fit.
    ///
    /// # Errors
    /// Those of [`Self::check`] and [`fit`].
    pub fn fit(
        &self,
        model: &mut TextModel,
        conversations: &[Vec<Message>],
        seed: u64,
        observe: impl FnMut(&StepReport) -> Result<()>,
    ) -> Result<()> {
        self.check()?;
        let passage = |messages: &Vec<Message>| Passage::of_turns(model, turns(messages), 1.0);
        let passages: Vec<Passage> = conversations.iter().map(passage).collect();
        let config = self.schedule(passages.len());
        fit(model, &passages, &config, &Streams::new(seed), observe)
    }

    /// The steps of a job of so many conversations.
    fn schedule(&self, conversations: usize) -> SupervisedConfig {
        let steps = self.passes.saturating_mul(conversations.div_ceil(self.batch));
        SupervisedConfig {
            batch: self.batch,
            learning_rate: Schedule::cosine(self.learning_rate, 0.1),
            warm_up: steps / 10,
            weight_decay: 0.0,
            ..SupervisedConfig::new(steps)
        }
    }
}
