//! Iterative Regret-Minimization Fine-Tuning: roll out, keep the lowest regret, fit, repeat.

use rand::seq::SliceRandom;

use super::practice::{Practice, RolloutReport, Round};
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
    let config = practice.config().clone();
    let mut optimizer = AdamW::new(model.parameters().len())
        .with_betas(0.9, config.beta2)
        .with_weight_decay(config.weight_decay);
    let beginner = (!config.iterated).then(|| model.clone());
    let mut last_good = model.parameters().to_vec();
    let mut best = None;
    for index in 0..config.iterations {
        let not_finite = |what| Error::NotFinite { what, iteration: index };
        let exploration = config.exploration.at(index, config.iterations);
        let learning_rate =
            config.learning_rate.after_warm_up(index, config.iterations, config.warm_up);
        // 1. Roll out, rank, keep.
        let player = beginner.as_ref().unwrap_or(model);
        let rollouts = practice
            .roll_out(player, Round { index, exploration, keep: config.keep_at(index) })
            .map_err(|_| not_finite("regret of a rollout"))?;
        // 2. Fit.
        let mut order: Vec<usize> = (0..practice.sequences()).collect();
        let batch = config.batch.unwrap_or(order.len());
        let mut loss = 0.0;
        for pass in 0..config.passes {
            if batch < order.len() {
                order.shuffle(&mut streams.stream(Purpose::Batches, index, pass, 0));
            }
            for batch in order.chunks(batch) {
                let (batch_loss, gradient) = practice.loss_and_gradient(model, batch);
                if pass == 0 {
                    loss += batch_loss * batch.len() as f64 / order.len() as f64;
                }
                if let Some(limit) = config.clip {
                    clip_global_norm(gradient, limit);
                }
                optimizer.step(model.parameters_mut(), gradient, learning_rate);
                if !batch_loss.is_finite()
                    || model.parameters().iter().any(|p| !p.as_f64().is_finite())
                {
                    model.parameters_mut().copy_from_slice(&last_good);
                    return Err(not_finite("loss"));
                }
            }
        }
        last_good.copy_from_slice(model.parameters());
        // 3. Look how good the model is, and remember the best.
        let mut validation_regret = None;
        if config.looks_at_validation(index) {
            let regret = practice.validation_regret(model);
            if !regret.is_finite() {
                return Err(not_finite("validation regret"));
            }
            validation_regret = Some(regret);
            if best.as_ref().is_none_or(|&(lowest, _)| regret < lowest) {
                best = Some((regret, last_good.clone()));
            }
        }
        let report =
            Iteration { index, rollouts, loss, exploration, learning_rate, validation_regret };
        observe(&report, model);
    }
    if let Some((_, parameters)) = best {
        model.parameters_mut().copy_from_slice(&parameters);
    }
    Ok(())
}
