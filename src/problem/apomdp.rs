//! Ambiguous partially observed processes (QP-D6): several models of the same states, actions and observations, and a
//! weight between the worst and the best of them.
//!
//! The literature on them is Saghafian, "Ambiguous partially observable Markov decision processes", Journal of Economic
//! Theory 178 (2018), of which we had the abstract only: the timing and the two forms of the value (`oracle::apomdp`)
//! are a convention of this project.

mod cloud;
mod hazard;
mod treatment;

pub use cloud::{CloudFamily, reference_cloud};
pub use hazard::{hazards, with_hazard};
pub use treatment::treatment;

use super::pomdp::Pomdp;
use crate::{Error, Result};

/// Largest number of models.
const MAX_MODELS: usize = 1 << 10;

/// A cloud of models and the pessimism of a player who does not know which of them holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Apomdp {
    models: Vec<Pomdp>,
    pessimism: f64,
}

impl Apomdp {
    /// An ambiguous process. `pessimism` is the weight of the worst model; the best one has the rest.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a pessimism outside [0, 1], no model or more than 1024, models that differ in anything
    /// but transitions and observation laws.
    pub fn new(models: Vec<Pomdp>, pessimism: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&pessimism) {
            return Err(Error::parameter("pessimism", pessimism, "a number from 0 to 1"));
        }
        check_models(models.len())?;
        let first = &models[0];
        for (i, model) in models.iter().enumerate() {
            let differs = [
                (model.names() != first.names(), "names"),
                (model.rewards() != first.rewards(), "rewards"),
                (model.start() != first.start(), "start"),
                (model.discount() != first.discount(), "discount"),
            ];
            if let Some((_, what)) = differs.iter().find(|(differs, _)| *differs) {
                let field = format!("models[{i}]");
                return Err(Error::parameter(
                    field,
                    format!("other {what}"),
                    "those of the first model",
                ));
            }
        }
        Ok(Self { models, pessimism })
    }

    /// The models.
    #[must_use]
    pub fn models(&self) -> &[Pomdp] {
        &self.models
    }

    /// Weight of the worst model.
    #[must_use]
    pub fn pessimism(&self) -> f64 {
        self.pessimism
    }

    /// The same models under another pessimism.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a pessimism outside [0, 1].
    pub fn with_pessimism(&self, pessimism: f64) -> Result<Self> {
        Self::new(self.models.clone(), pessimism)
    }

    /// The first model, for what all have in common: sizes, names, rewards, start and discount.
    #[must_use]
    pub fn shared(&self) -> &Pomdp {
        &self.models[0]
    }

    /// `pessimism * smallest + (1 - pessimism) * largest` of the values under the models.
    #[must_use]
    pub fn judge(&self, values: impl Iterator<Item = f64>) -> f64 {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        self.pessimism * low + (1.0 - self.pessimism) * high
    }
}

/// Refuses a number of models that is 0 or absurd.
fn check_models(count: usize) -> Result<()> {
    if (1..=MAX_MODELS).contains(&count) {
        return Ok(());
    }
    Err(Error::parameter("models", count, format!("1 to {MAX_MODELS}")))
}

#[cfg(test)]
mod tests;
