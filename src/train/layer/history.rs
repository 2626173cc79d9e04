//! An observer that writes down how far the layer has come: regret, and its distances to FTRL.

use ndarray::Array2;
use serde::Serialize;

use super::{VALIDATION, mean_regret};
use crate::metrics::prediction_distance::prediction_distance;
use crate::metrics::structure::Effective;
use crate::model::linear_attention::LinearAttention;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::full_information::FullInformation;
use crate::train::rmft::Iteration;

/// One logged iteration.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// Name of the run: what distinguishes it from others of the same experiment.
    pub run: String,
    /// Training seed.
    pub seed: u64,
    /// Horizon T.
    pub horizon: usize,
    /// Iterations completed.
    pub iteration: usize,
    /// Exploration noise sigma.
    pub exploration: f64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Mean squared error to the kept decisions before the fit.
    pub loss: f64,
    /// Mean regret of the trajectories, exploration included.
    pub rollout_regret: f64,
    /// Mean regret of the kept trajectories.
    pub kept_regret: f64,
    /// Mean regret without exploration on validation scenarios.
    pub validation_regret: f64,
    /// eta * sqrt T.
    pub step: f64,
    /// `|W - eta I| / |W|`.
    pub off_isotropy: f64,
    /// `|b| / |eta|`.
    pub value_bias: f64,
    /// `|u| / |s|`.
    pub key_content: f64,
    /// Root mean square distance of decisions to FTRL(eta)'s on validation scenarios.
    pub prediction_distance: f64,
}

/// The log of one training run.
#[derive(Clone, Debug)]
pub struct History {
    run: String,
    seed: u64,
    validation: Vec<Array2<f64>>,
    every: usize,
    records: Vec<Record>,
}

impl History {
    /// Logs the first and every `every`-th iteration of training on `problem` with the streams of `seed`.
    pub fn new(run: &str, problem: &FullInformation, seed: u64, every: usize) -> Self {
        Self {
            run: run.to_owned(),
            seed,
            validation: problem.scenarios(&Streams::new(seed), Purpose::Validation, VALIDATION),
            every: every.max(1),
            records: Vec::new(),
        }
    }

    /// What has been logged.
    pub fn into_records(self) -> Vec<Record> {
        self.records
    }

    /// Takes in the report of an iteration and the layer after it.
    pub fn observe<S: Scalar>(&mut self, report: &Iteration, layer: &LinearAttention<S>) {
        if !(report.index + 1).is_multiple_of(self.every) && report.index != 0 {
            return;
        }
        let layer = layer.cast::<f64>();
        let structure = Effective::of(&layer).structure();
        let horizon = layer.config().horizon;
        let set = layer.config().decision_set;
        self.records.push(Record {
            run: self.run.clone(),
            seed: self.seed,
            horizon,
            iteration: report.index + 1,
            exploration: report.exploration,
            learning_rate: report.learning_rate,
            loss: report.loss,
            rollout_regret: report.rollouts.regret,
            kept_regret: report.rollouts.kept_regret,
            validation_regret: mean_regret(&layer, set, &self.validation),
            step: structure.eta * (horizon as f64).sqrt(),
            off_isotropy: structure.off_isotropy,
            value_bias: structure.value_bias,
            key_content: structure.key_content,
            prediction_distance: prediction_distance(&layer, structure.eta, &self.validation),
        });
    }
}
