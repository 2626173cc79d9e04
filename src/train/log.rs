//! The log of a training run: one row an iteration, as tables and figures take it.

use serde::Serialize;

use super::rmft::Iteration;

/// One iteration of a run.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingRow {
    /// Name of the run: what distinguishes it from others of the same experiment.
    pub run: String,
    /// Training seed.
    pub seed: u64,
    /// Iterations completed.
    pub iteration: usize,
    /// Environment steps (rounds of all trajectories) taken so far, those of earlier lessons included.
    pub steps: usize,
    /// Learning rate used.
    pub learning_rate: f64,
    /// Mean loss on the kept trajectories before they were fitted.
    pub loss: f64,
    /// Mean regret of the trajectories: the model's own before this iteration, on scenarios that it had never met.
    pub regret: f64,
    /// Mean regret of the kept trajectories.
    pub kept_regret: f64,
    /// Mean entropy of the decisions, in nats.
    pub entropy: Option<f64>,
    /// Share of trajectories that never choose the best arm in the second half.
    pub suffix_failure: Option<f64>,
    /// Mean regret on validation scenarios, where it was measured.
    pub validation_regret: Option<f64>,
}

impl TrainingRow {
    /// The row of an iteration that started after `steps_before` environment steps and took `steps`.
    pub fn of(run: &str, seed: u64, report: &Iteration, steps_before: usize, steps: usize) -> Self {
        Self {
            run: run.to_owned(),
            seed,
            iteration: report.index + 1,
            steps: steps_before + (report.index + 1) * steps,
            learning_rate: report.learning_rate,
            loss: report.loss,
            regret: report.rollouts.regret,
            kept_regret: report.rollouts.kept_regret,
            entropy: report.rollouts.entropy,
            suffix_failure: report.rollouts.suffix_failure,
            validation_regret: report.validation_regret,
        }
    }
}
