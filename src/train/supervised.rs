//! Supervised fitting of a Transformer to labelled sequences that are written afresh for every step (SFT-R1).

use serde::{Deserialize, Serialize};

use super::resumable::{Resumable, State};
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
    let mut trainer = Trainer::new(model, lessons, config)?;
    while let Some(report) = trainer.step()? {
        observe(&report);
    }
    Ok(())
}

/// The loop of [`train`], step by step.
pub struct Trainer<'a, S, L: ?Sized> {
    model: &'a mut Transformer<S>,
    lessons: &'a L,
    fitter: SequenceFitter<S>,
    steps: Steps<S>,
    batch: Vec<usize>,
}

/// The optimiser's side of the loop: moves parameters against gradients, whoever computes them.
pub(super) struct Steps<S> {
    config: SupervisedConfig,
    optimizer: AdamW<S>,
    /// The parameters of the last finite loss.
    last_good: Vec<S>,
    completed: usize,
}

impl<S: Scalar> Steps<S> {
    /// Before the first step of a checked configuration.
    pub fn new(model: &impl Model<Scalar = S>, config: &SupervisedConfig) -> Self {
        let optimizer = AdamW::new(model.parameters().len())
            .with_betas(0.9, config.beta2)
            .with_weight_decay(config.weight_decay);
        Self { config: *config, optimizer, last_good: model.parameters().to_vec(), completed: 0 }
    }

    /// The step that is next, if there is one.
    pub fn next(&self) -> Option<usize> {
        (self.completed < self.config.steps).then_some(self.completed)
    }

    /// Takes the next step against `gradient`, which belongs to `loss`.
    ///
    /// # Errors
    /// A loss, gradient or parameter that is not finite: then the model keeps the last parameters whose loss was.
    pub fn take(
        &mut self,
        model: &mut impl Model<Scalar = S>,
        loss: f64,
        gradient: &mut [S],
    ) -> Result<StepReport> {
        let (step, config) = (self.completed, &self.config);
        let learning_rate = config.learning_rate.after_warm_up(step, config.steps, config.warm_up);
        let gradient_norm = clip_global_norm(gradient, config.clip.unwrap_or(f64::INFINITY));
        if !(loss.is_finite() && gradient_norm.is_finite()) {
            model.parameters_mut().copy_from_slice(&self.last_good);
            return Err(Error::NotFinite { what: "loss", iteration: step });
        }
        self.last_good.copy_from_slice(model.parameters());
        self.optimizer.step(model.parameters_mut(), gradient, learning_rate);
        if model.parameters().iter().any(|p| !p.is_finite()) {
            model.parameters_mut().copy_from_slice(&self.last_good);
            return Err(Error::NotFinite { what: "parameter", iteration: step });
        }
        self.completed += 1;
        Ok(StepReport { step, loss, gradient_norm, learning_rate })
    }
}

impl<'a, S: Scalar, L: Lessons<S> + ?Sized> Trainer<'a, S, L> {
    /// Training of `model`, as it stands, from the first step on.
    ///
    /// # Errors
    /// Those of [`SupervisedConfig::check`]; a model whose outputs are no logits; buffers beyond 2^29 numbers.
    pub fn new(
        model: &'a mut Transformer<S>,
        lessons: &'a L,
        config: &SupervisedConfig,
    ) -> Result<Self> {
        config.check()?;
        let shape = *model.config();
        if shape.head == Head::Real {
            let expected = "categorical or simplex: logits of actions";
            return Err(Error::parameter("head", "real", expected));
        }
        let (rounds, inputs, outputs) = lessons.shape();
        for (field, own, expected) in [
            ("rounds", shape.rounds, rounds),
            ("inputs", shape.inputs, inputs),
            ("outputs", shape.outputs, outputs),
        ] {
            if own != expected {
                return Err(Error::parameter(
                    field,
                    own,
                    format!("{expected}, as the lessons have"),
                ));
            }
        }
        check_memory(&shape, 0, config.batch)?;
        Ok(Self {
            fitter: SequenceFitter::new(model, config.batch),
            steps: Steps::new(model, config),
            batch: (0..config.batch).collect(),
            model,
            lessons,
        })
    }
}

impl<S: Scalar, L: Lessons<S> + ?Sized> Resumable for Trainer<'_, S, L> {
    type Scalar = S;
    type Report = StepReport;

    fn step(&mut self) -> Result<Option<StepReport>> {
        let Some(step) = self.steps.next() else { return Ok(None) };
        let (lessons, outputs) = (self.lessons, self.model.config().outputs);
        let (loss, gradient) =
            self.fitter.loss_and_gradient(self.model, &self.batch, |index, place| {
                lessons.write(step, index, place);
                outputs
            });
        self.steps.take(self.model, loss, gradient).map(Some)
    }

    fn state(&self) -> State<S> {
        State {
            iteration: self.steps.completed,
            parameters: self.model.parameters().to_vec(),
            moments: self.steps.optimizer.moments().clone(),
            best: None,
            beginner: None,
        }
    }

    fn restore(&mut self, state: State<S>) {
        self.steps.completed = state.iteration;
        self.model.parameters_mut().copy_from_slice(&state.parameters);
        self.steps.last_good = state.parameters;
        self.steps.optimizer.set_moments(state.moments);
    }
}

#[cfg(test)]
mod tests;
