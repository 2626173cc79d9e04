//! Supervised fitting of a Transformer to labelled sequences that are written afresh for every step (SFT-R1).

use serde::{Deserialize, Serialize};

use super::sequence_fit::{SequenceFitter, SequencePlace, check_memory};
use crate::model::Model;
use crate::model::transformer::Transformer;
use crate::nn::adamw::AdamW;
use crate::nn::clip::clip_global_norm;
use crate::nn::head::Head;
use crate::nn::schedule::Schedule;
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// Every hyper-parameter of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupervisedConfig {
    /// Number of optimiser steps.
    pub steps: usize,
    /// Sequences of a step.
    pub batch: usize,
    /// Learning rate of AdamW.
    pub learning_rate: Schedule,
    /// Steps in which the learning rate rises to the start of its schedule.
    pub warm_up: usize,
    /// Decay rate of AdamW's second moments.
    pub beta2: f64,
    /// Decoupled weight decay of AdamW.
    pub weight_decay: f64,
    /// Largest norm of a gradient; longer ones are shortened to it.
    pub clip: Option<f64>,
}

impl SupervisedConfig {
    /// The recipe of the planning Transformers for a number of steps.
    #[must_use]
    pub fn new(steps: usize) -> Self {
        Self {
            steps,
            batch: 64,
            learning_rate: Schedule::cosine(1e-3, 0.05),
            warm_up: 100.min(steps / 10),
            beta2: 0.999,
            weight_decay: 1e-4,
            clip: Some(1.0),
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// No step or sequence, a `beta2` outside [0, 1), a weight decay or clip that is no positive number, a negative or
    /// infinite schedule.
    pub fn check(&self) -> Result<()> {
        for (field, value) in [("steps", self.steps), ("batch", self.batch)] {
            if value == 0 {
                return Err(Error::parameter(field, 0, "at least 1"));
            }
        }
        if !(0.0..1.0).contains(&self.beta2) {
            return Err(Error::parameter("beta2", self.beta2, "a number in [0, 1)"));
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            let value = self.weight_decay;
            return Err(Error::parameter("weight_decay", value, "a finite number >= 0"));
        }
        if let Some(clip) = self.clip
            && !(clip > 0.0 && clip.is_finite())
        {
            return Err(Error::parameter("clip", clip, "a positive finite number"));
        }
        self.learning_rate.check("learning_rate")
    }
}

/// A source of labelled sequences.
pub trait Lessons<S>: Sync {
    /// Rounds, inputs and outputs of a model that is to learn from these sequences.
    fn shape(&self) -> (usize, usize, usize);

    /// Writes sequence `index` of step `step`; the same numbers give the same sequence, whoever asks.
    fn write(&self, step: usize, index: usize, place: SequencePlace<S>);
}

/// What an observer is told after each step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepReport {
    /// Zero-based index.
    pub step: usize,
    /// Weighted mean cross-entropy on the step's sequences before they were fitted, in nats.
    pub loss: f64,
    /// Euclidean norm of the gradient before it was clipped.
    pub gradient_norm: f64,
    /// Learning rate used.
    pub learning_rate: f64,
}

/// Trains `model`, as it stands, on `lessons`; `observe` sees every step's report. The moments of the optimiser start at
/// zero, so one call is one stage of training: pre-training, then fine-tuning of the same weights, say.
///
/// The result is the same for any number of threads of the current pool.
///
/// # Errors
/// Those of [`SupervisedConfig::check`]; a model whose outputs are no logits, or of another shape than the lessons;
/// buffers beyond 2^29 numbers; a loss or gradient that is not finite: then the model keeps the last parameters whose
/// loss was.
pub fn train<S: Scalar>(
    model: &mut Transformer<S>,
    lessons: &(impl Lessons<S> + ?Sized),
    config: &SupervisedConfig,
    mut observe: impl FnMut(&StepReport),
) -> Result<()> {
    config.check()?;
    let shape = *model.config();
    if shape.head == Head::Real {
        return Err(Error::parameter("head", "real", "categorical or simplex: logits of actions"));
    }
    let (rounds, inputs, outputs) = lessons.shape();
    for (field, own, expected) in [
        ("rounds", shape.rounds, rounds),
        ("inputs", shape.inputs, inputs),
        ("outputs", shape.outputs, outputs),
    ] {
        if own != expected {
            return Err(Error::parameter(field, own, format!("{expected}, as the lessons have")));
        }
    }
    check_memory(&shape, 0, config.batch)?;
    let mut fitter = SequenceFitter::new(model, config.batch);
    let mut optimizer = AdamW::new(model.parameters().len())
        .with_betas(0.9, config.beta2)
        .with_weight_decay(config.weight_decay);
    // The parameters of the last finite loss.
    let mut last_good = model.parameters().to_vec();
    let batch: Vec<usize> = (0..config.batch).collect();
    for step in 0..config.steps {
        let learning_rate = config.learning_rate.after_warm_up(step, config.steps, config.warm_up);
        let (loss, gradient) = fitter.loss_and_gradient(model, &batch, |index, place| {
            lessons.write(step, index, place);
            shape.outputs
        });
        let gradient_norm = clip_global_norm(gradient, config.clip.unwrap_or(f64::INFINITY));
        if !(loss.is_finite() && gradient_norm.is_finite()) {
            model.parameters_mut().copy_from_slice(&last_good);
            return Err(Error::NotFinite { what: "loss", iteration: step });
        }
        last_good.copy_from_slice(model.parameters());
        optimizer.step(model.parameters_mut(), gradient, learning_rate);
        if model.parameters().iter().any(|p| !p.is_finite()) {
            model.parameters_mut().copy_from_slice(&last_good);
            return Err(Error::NotFinite { what: "parameter", iteration: step });
        }
        observe(&StepReport { step, loss, gradient_norm, learning_rate });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
