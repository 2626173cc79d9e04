//! Iterative Regret-Minimization Fine-Tuning: roll out, keep the lowest regret, fit, repeat.

use rand::seq::SliceRandom;

use super::config::RmftConfig;
use super::practice::{Practice, RolloutReport, Round};
use super::resumable::{Resumable, State};
use crate::model::Model;
use crate::nn::adamw::AdamW;
use crate::nn::clip::clip_global_norm;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// What an observer is told after each iteration.
#[derive(Clone, Copy, Debug)]
pub struct Iteration {
    /// Zero-based index.
    pub index: usize,
    /// What this iteration's trajectories were like.
    pub rollouts: RolloutReport,
    /// Mean loss over the first pass through the kept trajectories.
    pub loss: f64,
    /// Exploration used.
    pub exploration: f64,
    /// Learning rate used.
    pub learning_rate: f64,
    /// Mean regret on validation scenarios, in iterations that look at them (`keep_best`).
    pub validation_regret: Option<f64>,
}

/// Trains `model` in place by practising; `observe` sees every iteration's report and the model after it.
///
/// The result is the same for any number of threads of the current pool.
///
/// # Errors
/// A loss or regret that is no longer finite: then the model keeps the parameters of the last good iteration.
pub fn train<P: Practice>(
    model: &mut P::Model,
    practice: &mut P,
    streams: Streams,
    mut observe: impl FnMut(&Iteration, &P::Model),
) -> Result<()> {
    let mut trainer = Trainer::new(model, practice, streams);
    while let Some(report) = trainer.step()? {
        observe(&report, trainer.model);
    }
    Ok(())
}

/// The loop of [`train`], iteration by iteration.
pub struct Trainer<'a, P: Practice> {
    model: &'a mut P::Model,
    practice: &'a mut P,
    streams: Streams,
    config: RmftConfig,
    optimizer: AdamW<Parameter<P>>,
    /// The training set in the order in which it is fitted.
    order: Vec<usize>,
    /// Who rolls out, if not the model as it stands.
    beginner: Option<P::Model>,
    last_good: Vec<Parameter<P>>,
    best: Option<(f64, Vec<Parameter<P>>)>,
    completed: usize,
}

type Parameter<P> = <<P as Practice>::Model as Model>::Scalar;

impl<'a, P: Practice> Trainer<'a, P> {
    /// Training of `model`, as it stands, from the first iteration on.
    pub fn new(model: &'a mut P::Model, practice: &'a mut P, streams: Streams) -> Self {
        let config = practice.config().clone();
        let optimizer = AdamW::new(model.parameters().len())
            .with_betas(0.9, config.beta2)
            .with_weight_decay(config.weight_decay);
        Self {
            beginner: (!config.iterated).then(|| model.clone()),
            last_good: model.parameters().to_vec(),
            best: None,
            completed: 0,
            model,
            practice,
            streams,
            config,
            optimizer,
            order: Vec::new(),
        }
    }

    /// Fits the model to what the practice has kept; returns the mean loss of the first pass.
    fn fit(&mut self, learning_rate: f64) -> Result<f64> {
        let (index, config) = (self.completed, &self.config);
        let order = &mut self.order;
        order.clear();
        order.extend(0..self.practice.sequences());
        let batch = config.batch.unwrap_or(order.len());
        let mut loss = 0.0;
        for pass in 0..config.passes {
            if batch < order.len() {
                order.shuffle(&mut self.streams.stream(Purpose::Batches, index, pass, 0));
            }
            for batch in order.chunks(batch) {
                let (batch_loss, gradient) = self.practice.loss_and_gradient(self.model, batch);
                if pass == 0 {
                    loss += batch_loss * batch.len() as f64 / order.len() as f64;
                }
                if let Some(limit) = config.clip {
                    clip_global_norm(gradient, limit);
                }
                self.optimizer.step(self.model.parameters_mut(), gradient, learning_rate);
                if !batch_loss.is_finite()
                    || self.model.parameters().iter().any(|p| !p.as_f64().is_finite())
                {
                    self.model.parameters_mut().copy_from_slice(&self.last_good);
                    return Err(Error::NotFinite { what: "loss", iteration: index });
                }
            }
        }
        Ok(loss)
    }

    /// Looks how good the model is in the iterations that do, and remembers the best.
    fn validate(&mut self) -> Result<Option<f64>> {
        let index = self.completed;
        if !self.config.looks_at_validation(index) {
            return Ok(None);
        }
        let regret = self.practice.validation_regret(self.model);
        if !regret.is_finite() {
            return Err(Error::NotFinite { what: "validation regret", iteration: index });
        }
        match &mut self.best {
            Some((lowest, parameters)) if regret < *lowest => {
                *lowest = regret;
                parameters.copy_from_slice(&self.last_good);
            }
            Some(_) => {}
            None => self.best = Some((regret, self.last_good.clone())),
        }
        Ok(Some(regret))
    }
}

impl<P: Practice> Resumable for Trainer<'_, P> {
    type Scalar = Parameter<P>;
    type Report = Iteration;

    fn step(&mut self) -> Result<Option<Iteration>> {
        let (index, total) = (self.completed, self.config.iterations);
        if index >= total {
            if let Some((_, parameters)) = &self.best {
                self.model.parameters_mut().copy_from_slice(parameters);
            }
            return Ok(None);
        }
        let exploration = self.config.exploration.at(index, total);
        let learning_rate =
            self.config.learning_rate.after_warm_up(index, total, self.config.warm_up);
        // 1. Roll out, rank, keep.
        let player = self.beginner.as_ref().unwrap_or(self.model);
        let round = Round { index, exploration, keep: self.config.keep_at(index) };
        let rollouts = self
            .practice
            .roll_out(player, round)
            .map_err(|_| Error::NotFinite { what: "regret of a rollout", iteration: index })?;
        // 2. Fit.
        let loss = self.fit(learning_rate)?;
        self.last_good.copy_from_slice(self.model.parameters());
        // 3. Look.
        let validation_regret = self.validate()?;
        self.completed += 1;
        Ok(Some(Iteration { index, rollouts, loss, exploration, learning_rate, validation_regret }))
    }

    fn state(&self) -> State<Parameter<P>> {
        State {
            iteration: self.completed,
            parameters: self.model.parameters().to_vec(),
            moments: self.optimizer.moments().clone(),
            best: self.best.clone(),
            beginner: self.beginner.as_ref().map(|model| model.parameters().to_vec()),
        }
    }

    fn restore(&mut self, state: State<Parameter<P>>) {
        self.completed = state.iteration;
        self.model.parameters_mut().copy_from_slice(&state.parameters);
        self.last_good = state.parameters;
        self.optimizer.set_moments(state.moments);
        self.best = state.best;
        if let Some((player, parameters)) = self.beginner.as_mut().zip(state.beginner) {
            player.parameters_mut().copy_from_slice(&parameters);
        }
    }
}
