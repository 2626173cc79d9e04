//! Courses: a problem, a model and what it is taught, stage by stage, as data.
//!
//! A stage is a loop that can stop and go on ([`Resumable`]). Whoever wants to do something with it (run it, or only
//! see whether it can be built) is a [`Visitor`].

pub mod bandit;
pub mod full_information;
pub mod layer;
pub mod planning;

use serde::{Deserialize, Serialize};

use super::config::RmftConfig;
use super::resumable::Resumable;
use super::rmft::Iteration;
use super::supervised::{StepReport, SupervisedConfig};
use crate::Result;
use crate::model::Model;
use crate::model::weights::Stored;

/// A problem, a model and what it is taught.
pub trait Course {
    /// Type of a parameter.
    type Scalar: Stored;

    /// What is trained.
    type Model: Model<Scalar = Self::Scalar>;

    /// The model before training; every random number comes from `seed`.
    ///
    /// # Errors
    /// A bad shape.
    fn untrained(&self, seed: u64) -> Result<Self::Model>;

    /// The length of every stage.
    fn stages(&self) -> Vec<Length>;

    /// Hands the loop of stage `stage`, which starts from `model` as it stands, to `visitor`.
    ///
    /// # Errors
    /// A stage that cannot be built: bad numbers, sizes that do not fit together or into memory; and those of the
    /// visitor.
    ///
    /// # Panics
    /// If there is no such stage.
    fn teach(
        &self,
        model: &mut Self::Model,
        stage: usize,
        seed: u64,
        visitor: &mut impl Visitor<Self::Scalar>,
    ) -> Result<()>;

    /// The bytes of the weight file of a model.
    ///
    /// # Errors
    /// None that a valid model can cause.
    fn weights(&self, model: &Self::Model) -> Result<Vec<u8>>;
}

/// How long a stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// Number of iterations.
    pub iterations: usize,
    /// Environment steps of an iteration.
    pub steps_each: usize,
}

impl Length {
    /// Of Iterative RMFT at a horizon.
    fn practice(config: &RmftConfig, horizon: usize) -> Self {
        Self { iterations: config.iterations, steps_each: config.steps_each(horizon) }
    }

    /// Of supervised fitting to sequences of so many rounds.
    fn fitting(config: &SupervisedConfig, rounds: usize) -> Self {
        Self { iterations: config.steps, steps_each: config.batch.saturating_mul(rounds) }
    }
}

/// Somebody who is handed a stage.
pub trait Visitor<S> {
    /// Does something with the loop.
    ///
    /// # Errors
    /// Whatever goes wrong.
    fn visit<T>(&mut self, trainer: T) -> Result<()>
    where
        T: Resumable<Scalar = S>,
        T::Report: Into<HistoryRow>;
}

/// What is measured in an iteration of any kind of training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// One-based stage; whoever runs the stages knows it.
    pub stage: usize,
    /// Iterations completed in this stage.
    pub iteration: usize,
    /// Environment steps (rounds of all trajectories, questions of all sequences) so far, those of earlier stages
    /// included; whoever runs the stages knows them.
    pub steps: usize,
    /// Exploration used, in practice.
    pub exploration: Option<f64>,
    /// Learning rate used.
    pub learning_rate: f64,
    /// Mean loss before the fit.
    pub loss: f64,
    /// Euclidean norm of the gradient before it was clipped, in supervised fitting.
    pub gradient_norm: Option<f64>,
    /// Mean regret of the trajectories, exploration included.
    pub regret: Option<f64>,
    /// Mean regret of the kept trajectories.
    pub kept_regret: Option<f64>,
    /// Mean entropy of the decisions, in nats, where they are drawn from finitely many arms.
    pub entropy: Option<f64>,
    /// Share of trajectories that never choose the best arm in the second half, in bandits.
    pub suffix_failure: Option<f64>,
    /// Mean regret on validation scenarios, where it was measured.
    pub validation_regret: Option<f64>,
}

impl From<Iteration> for HistoryRow {
    fn from(report: Iteration) -> Self {
        Self {
            iteration: report.index + 1,
            exploration: Some(report.exploration),
            learning_rate: report.learning_rate,
            loss: report.loss,
            regret: Some(report.rollouts.regret),
            kept_regret: Some(report.rollouts.kept_regret),
            entropy: report.rollouts.entropy,
            suffix_failure: report.rollouts.suffix_failure,
            validation_regret: report.validation_regret,
            ..Self::default()
        }
    }
}

impl From<StepReport> for HistoryRow {
    fn from(report: StepReport) -> Self {
        Self {
            iteration: report.step + 1,
            learning_rate: report.learning_rate,
            loss: report.loss,
            gradient_norm: Some(report.gradient_norm),
            ..Self::default()
        }
    }
}

/// Builds every stage and runs none: refuses what would be refused later.
///
/// # Errors
/// Those of [`Course::untrained`] and [`Course::teach`].
pub fn check<C: Course>(course: &C, seed: u64) -> Result<()> {
    struct Look;
    impl<S> Visitor<S> for Look {
        fn visit<T>(&mut self, _: T) -> Result<()>
        where
            T: Resumable<Scalar = S>,
            T::Report: Into<HistoryRow>,
        {
            Ok(())
        }
    }
    let mut model = course.untrained(seed)?;
    (0..course.stages().len())
        .try_for_each(|stage| course.teach(&mut model, stage, seed, &mut Look))
}
