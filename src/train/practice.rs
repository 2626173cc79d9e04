//! What the loop of Iterative RMFT asks of a problem and the model that practises it.

use super::config::RmftConfig;
use crate::Result;
use crate::model::Model;

/// One iteration, as the loop asks for it.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Zero-based index of the iteration.
    pub index: usize,
    /// Exploration of the rollouts: standard deviation of Gaussian decisions, temperature of categorical ones.
    pub exploration: f64,
    /// Trajectories k to keep of each scenario.
    pub keep: usize,
}

/// What the rollouts of one iteration were like, on average.
#[derive(Clone, Copy, Debug, Default)]
pub struct RolloutReport {
    /// Mean regret of all trajectories, exploration included.
    pub regret: f64,
    /// Mean regret of the kept ones, weighted as they are fitted.
    pub kept_regret: f64,
    /// Mean entropy of the decisions, in nats, where decisions are drawn from finitely many arms.
    pub entropy: Option<f64>,
    /// Share of trajectories that never choose the best arm in the second half, in bandits.
    pub suffix_failure: Option<f64>,
}

/// A problem as a model practises it: makes trajectories, keeps the best of them, and knows how well the model would
/// imitate those.
pub trait Practice {
    /// The model that practises.
    type Model: Model;

    /// Hyper-parameters, already checked.
    fn config(&self) -> &RmftConfig;

    /// Rolls out `model` in every scenario of the round and keeps the best trajectories as the training set.
    ///
    /// # Errors
    /// A regret that is not a number.
    fn roll_out(&mut self, model: &Self::Model, round: Round) -> Result<RolloutReport>;

    /// Number of sequences in the training set.
    fn sequences(&self) -> usize;

    /// Mean loss on the sequences `batch` of the training set, and its gradient, laid out as the parameters.
    fn loss_and_gradient(
        &mut self,
        model: &Self::Model,
        batch: &[usize],
    ) -> (f64, &mut [<Self::Model as Model>::Scalar]);

    /// Mean regret of `model` on validation scenarios, which are the same at every call.
    fn validation_regret(&self, model: &Self::Model) -> f64;
}
