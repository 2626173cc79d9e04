//! One training run of the layer from random weights, with its log: what the single-layer experiments call.

use super::history::{History, Record};
use super::{check, train};
use crate::Result;
use crate::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::full_information::FullInformation;
use crate::train::config::RmftConfig;

/// Number of logged iterations of a run, about.
const LOGGED: usize = 100;

/// A run's layers and log.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The layer before training.
    pub untrained: LinearAttention<f64>,
    /// The layer after the last iteration.
    pub layer: LinearAttention<f64>,
    /// The log, about 100 records.
    pub history: Vec<Record>,
}

/// Trains a layer with random weights on `problem`; every random number comes from `seed`.
///
/// `run` names the run in the log; `each_iteration` is called after every iteration, for progress.
///
/// # Errors
/// Those of [`train`].
pub fn train_single_layer(
    run: &str,
    problem: &FullInformation,
    config: &RmftConfig,
    seed: u64,
    mut each_iteration: impl FnMut(),
) -> Result<Trained> {
    check(config, problem)?;
    let streams = Streams::new(seed);
    let shape = LinearAttentionConfig::new(problem.dimension, problem.horizon, problem.set);
    let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
    let untrained = LinearAttention::random(shape, &mut rng)?;
    let mut layer = untrained.clone();
    let mut history = History::new(run, problem, seed, config.iterations / LOGGED);
    train(&mut layer, problem, config, streams, |report, layer| {
        history.observe(report, layer);
        each_iteration();
    })?;
    Ok(Trained { untrained, layer, history: history.into_records() })
}
