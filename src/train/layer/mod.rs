//! The single linear-attention layer practising full-information online learning with Gaussian exploration.

pub mod fit;
pub mod history;
pub mod rollout;
pub mod selection_map;
pub mod single_layer;

use ndarray::Array2;

use self::fit::Fitter;
use self::rollout::{LANES, RolloutEngine, SCENARIOS_PER_TASK};
use super::config::RmftConfig;
use super::practice::{Practice, RolloutReport, Round};
use super::rmft::{self, Iteration};
use crate::learner::layer::LayerLearner;
use crate::learner::play::regret_curves;
use crate::model::linear_attention::LinearAttention;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::decision_set::DecisionSet;
use crate::problem::full_information::FullInformation;
use crate::{Error, Result};

/// Number of validation scenarios.
pub const VALIDATION: usize = 256;

/// Largest number of numbers the buffers of a run may hold; rejects absurd sizes before any allocation.
const MAX_BUFFERED: usize = 1 << 28;

/// Trains `layer` in place on `problem`; `observe` sees every iteration's report and the layer after it.
///
/// # Errors
/// A bad problem or configuration, a layer that does not fit the problem, and those of [`rmft::train`].
pub fn train<S: Scalar>(
    layer: &mut LinearAttention<S>,
    problem: &FullInformation,
    config: &RmftConfig,
    streams: Streams,
    observe: impl FnMut(&Iteration, &LinearAttention<S>),
) -> Result<()> {
    let mut practice = LayerPractice::new(layer, problem, config, streams)?;
    rmft::train(layer, &mut practice, streams, observe)
}

/// A layer's practice: rollouts, selection and fit, with all buffers.
pub struct LayerPractice<'a, S> {
    engine: RolloutEngine<'a, S>,
    fitter: Fitter<S>,
    config: &'a RmftConfig,
    problem: &'a FullInformation,
    streams: Streams,
}

impl<'a, S: Scalar> LayerPractice<'a, S> {
    /// Buffers for layers like `layer` on `problem`.
    ///
    /// # Errors
    /// A bad problem or configuration; a layer of another dimension or decision set than the problem's.
    pub fn new(
        layer: &LinearAttention<S>,
        problem: &'a FullInformation,
        config: &'a RmftConfig,
        streams: Streams,
    ) -> Result<Self> {
        check(config, problem)?;
        if layer.config().d != problem.dimension {
            let expected = format!("the layer's d = {}", layer.config().d);
            return Err(Error::parameter("dimension", problem.dimension, expected));
        }
        if layer.config().decision_set != problem.set {
            let expected = format!("the layer's {:?}", layer.config().decision_set);
            return Err(Error::parameter("set", format!("{:?}", problem.set), expected));
        }
        let largest = config.scenarios * sequences_kept(config, config.largest_keep());
        let batch = config.batch.unwrap_or(largest).min(largest);
        Ok(Self {
            engine: RolloutEngine::new(problem, config, streams),
            fitter: Fitter::new(layer, batch, problem.horizon),
            config,
            problem,
            streams,
        })
    }
}

impl<S: Scalar> Practice for LayerPractice<'_, S> {
    type Model = LinearAttention<S>;

    fn config(&self) -> &RmftConfig {
        self.config
    }

    fn roll_out(&mut self, layer: &LinearAttention<S>, round: Round) -> Result<RolloutReport> {
        self.engine.run(layer, round)
    }

    fn sequences(&self) -> usize {
        self.engine.kept().weights.len()
    }

    fn loss_and_gradient(
        &mut self,
        layer: &LinearAttention<S>,
        batch: &[usize],
    ) -> (f64, &mut [S]) {
        self.fitter.loss_and_gradient(layer, self.engine.kept(), batch)
    }

    fn validation_regret(&self, layer: &LinearAttention<S>) -> f64 {
        let scenarios = self.problem.scenarios(&self.streams, Purpose::Validation, VALIDATION);
        mean_regret(&layer.cast(), self.problem.set, &scenarios)
    }
}

/// Mean final regret of `layer` on `scenarios`, without exploration.
fn mean_regret(layer: &LinearAttention<f64>, set: DecisionSet, scenarios: &[Array2<f64>]) -> f64 {
    let curves = regret_curves(set, scenarios, |_| LayerLearner::new(layer));
    curves.columns().into_iter().next_back().and_then(|last| last.mean()).unwrap_or(f64::NAN)
}

/// Reward sequences drawn per scenario.
fn sequences_drawn(config: &RmftConfig) -> usize {
    if config.shared_rewards { 1 } else { config.rollouts }
}

/// Training sequences made of the `keep` trajectories kept of a scenario.
fn sequences_kept(config: &RmftConfig, keep: usize) -> usize {
    if config.shared_rewards { 1 } else { keep }
}

/// Checks configuration and problem, and that the buffers of a run fit in memory.
///
/// # Errors
/// Those of [`RmftConfig::check`] and of the problem; sizes whose buffers would hold more than 2^28 numbers.
pub(crate) fn check(config: &RmftConfig, problem: &FullInformation) -> Result<()> {
    problem.check()?;
    config.check()?;
    let sequence = problem.horizon.saturating_mul(problem.dimension);
    // Rewards, targets, and what forward and backward keep of every kept sequence ...
    let sequences = sequences_kept(config, config.largest_keep());
    let kept = config.scenarios.saturating_mul(sequences).saturating_mul(9);
    // ... and for each task noise and a forward pass.
    let tasks = config.scenarios.div_ceil(SCENARIOS_PER_TASK);
    let noise = config.rollouts.div_ceil(LANES).saturating_mul(LANES);
    let desks =
        tasks.saturating_mul(noise.saturating_add(sequences_drawn(config).saturating_mul(5)));
    // Parameters, moments and checkpoints, and a gradient for 32 sequences.
    let square = problem.dimension.saturating_mul(problem.dimension).saturating_mul(3);
    let copies = config.scenarios.saturating_mul(sequences).div_ceil(32).saturating_add(10);
    let buffered = kept.saturating_add(desks).saturating_mul(sequence);
    let buffered = buffered.saturating_add(square.saturating_mul(copies));
    if buffered > MAX_BUFFERED {
        let sizes = [config.scenarios, config.rollouts, problem.horizon, problem.dimension];
        return Err(Error::parameter(
            "scenarios, rollouts, horizon, dimension",
            sizes.map(|size| size.to_string()).join(", "),
            format!("sizes whose buffers hold at most {MAX_BUFFERED} numbers (these: {buffered})"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
