//! Iterative Regret-Minimization Fine-Tuning of the single layer: roll out, keep the lowest regret, fit, repeat.

use super::config::RmftConfig;
use super::fit::Fitter;
use super::rollout::{RolloutEngine, RolloutRegret};
use crate::model::linear_attention::LinearAttention;
use crate::nn::adamw::AdamW;
use crate::numeric::rng::Streams;
use crate::numeric::scalar::Scalar;
use crate::problem::full_information::FullInformation;
use crate::{Error, Result};

/// What an observer is told after each iteration.
#[derive(Clone, Copy, Debug)]
pub struct Iteration {
    /// Zero-based index.
    pub index: usize,
    /// Mean regret of this iteration's trajectories, exploration noise included.
    pub regret: RolloutRegret,
    /// Loss before the first optimiser step.
    pub loss: f64,
    /// Exploration noise used.
    pub exploration: f64,
    /// Learning rate used.
    pub learning_rate: f64,
}

/// Trains `layer` in place; `observe` sees every iteration's report and the layer after it.
///
/// The result is the same for any number of threads of the current pool.
///
/// # Errors
/// A bad problem or configuration, a layer that does not fit the problem, or a loss that is no longer finite: then the
/// layer keeps the parameters of the last good iteration.
pub fn train<S: Scalar>(
    layer: &mut LinearAttention<S>,
    problem: &FullInformation,
    config: &RmftConfig,
    streams: Streams,
    mut observe: impl FnMut(&Iteration, &LinearAttention<S>),
) -> Result<()> {
    config.check_for(problem)?;
    if layer.config().d != problem.dimension {
        let expected = format!("the layer's d = {}", layer.config().d);
        return Err(Error::parameter("dimension", problem.dimension, expected));
    }
    if layer.config().decision_set != problem.set {
        let expected = format!("the layer's {:?}", layer.config().decision_set);
        return Err(Error::parameter("set", format!("{:?}", problem.set), expected));
    }
    let mut engine = RolloutEngine::new(problem, config, streams);
    let sequences = config.scenarios * config.sequences_kept();
    let mut fitter = Fitter::new(layer, sequences, problem.horizon);
    let mut optimizer = AdamW::new(layer.parameters().len());
    let mut last_good = layer.parameters().to_vec();
    for index in 0..config.iterations {
        let exploration = config.exploration.at(index, config.iterations);
        let learning_rate = config.learning_rate.at(index, config.iterations);
        let not_finite = |what| Error::NotFinite { what, iteration: index };
        let regret =
            engine.run(layer, index, exploration).map_err(|_| not_finite("regret of a rollout"))?;
        let mut first_loss = None;
        for _ in 0..config.fit_steps {
            let (loss, gradient) = fitter.loss_and_gradient(layer, engine.kept());
            first_loss.get_or_insert(loss);
            optimizer.step(layer.parameters_mut(), gradient, learning_rate);
            if !loss.is_finite() || layer.parameters().iter().any(|p| !p.is_finite()) {
                layer.parameters_mut().copy_from_slice(&last_good);
                return Err(not_finite("loss"));
            }
        }
        last_good.copy_from_slice(layer.parameters());
        let loss = first_loss.unwrap_or(f64::NAN);
        observe(&Iteration { index, regret, loss, exploration, learning_rate }, layer);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
