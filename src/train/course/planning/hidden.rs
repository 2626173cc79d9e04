//! Tasks whose state is hidden.

use serde::{Deserialize, Serialize};

use super::{LinearFamily, check_grid, check_task, tokens};
use crate::Result;
use crate::model::planning_tokens::PlanningTokens;
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::problem::hidden_family::{HiddenFamily, HiddenSetting, Mazes};
use crate::train::course::{Course, Length, Visitor};
use crate::train::planning::{HiddenLessons, Teacher};
use crate::train::resumable::stage_streams;
use crate::train::sequence_fit::untrained;
use crate::train::supervised::{SupervisedConfig, Trainer};

/// Families whose state is hidden, as data: see [`HiddenFamily`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum HiddenLaw {
    /// Linear processes behind a channel.
    Factors {
        /// The processes.
        linear: LinearFamily,
        /// Number of observations.
        observations: usize,
        /// Number of models of a task with a positive radius.
        models: usize,
    },
    /// Mazes with a signal at the entrance.
    Maze,
}

/// A Transformer learns to plan in tasks whose state is hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct HiddenCourse {
    /// Where tasks come from.
    pub problem: HiddenLaw,
    /// The model's shape.
    pub model: TransformerConfig,
    /// What it is taught, in order.
    pub stages: Vec<HiddenStage>,
}

/// Labelled trajectories of tasks whose state is hidden. A sequence has any of the values of every knob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HiddenStage {
    /// Whose decisions are demonstrated and asked for.
    pub teacher: Teacher,
    /// Probability that a decision of the trajectory that is asked about is any action.
    pub exploration: f64,
    /// Steps H of a trajectory.
    pub horizons: Vec<usize>,
    /// Trajectories K that are shown.
    pub demonstrations: Vec<usize>,
    /// Probabilities that an observation tells something.
    pub observabilities: Vec<f64>,
    /// Weights of what the models do not have in common.
    pub radii: Vec<f64>,
    /// Weights of the worst model.
    pub pessimisms: Vec<f64>,
    /// Settings that take more tokens than so many are left out.
    pub most_tokens: usize,
    /// Hyper-parameters.
    pub config: SupervisedConfig,
}

/// Mazes to train on; a third is kept for examination.
const MAZE: HiddenFamily = HiddenFamily::Maze(Mazes::Training);

impl HiddenLaw {
    fn family(&self) -> Result<HiddenFamily> {
        match *self {
            Self::Factors { linear, observations, models } => {
                check_task(&linear, observations, models)?;
                Ok(HiddenFamily::Factors { family: linear.family(18)?, observations, models })
            }
            Self::Maze => Ok(MAZE),
        }
    }

    /// Numbers of observations and of actions.
    fn sizes(&self) -> (usize, usize) {
        match *self {
            Self::Factors { linear, observations, .. } => (observations, linear.actions),
            Self::Maze => (MAZE.observations(), MAZE.actions()),
        }
    }
}

impl HiddenStage {
    fn settings(&self) -> Result<Vec<(HiddenSetting, usize)>> {
        check_grid(&[
            self.horizons.len(),
            self.demonstrations.len(),
            self.observabilities.len(),
            self.radii.len(),
            self.pessimisms.len(),
        ])?;
        let mut settings = Vec::new();
        for &horizon in &self.horizons {
            for &shown in &self.demonstrations {
                if shown.saturating_add(1).saturating_mul(horizon) > self.most_tokens {
                    continue;
                }
                for &observability in &self.observabilities {
                    for &radius in &self.radii {
                        settings.extend(self.pessimisms.iter().map(|&pessimism| {
                            (HiddenSetting { horizon, observability, radius, pessimism }, shown)
                        }));
                    }
                }
            }
        }
        Ok(settings)
    }
}

impl HiddenCourse {
    /// The tokens: as many steps as the longest horizon, and three knobs.
    ///
    /// # Errors
    /// Absurd sizes.
    pub fn tokens(problem: &HiddenLaw, stages: &[HiddenStage]) -> Result<PlanningTokens> {
        let (observations, actions) = problem.sizes();
        tokens(observations, actions, stages.iter().map(|stage| &stage.horizons), 3)
    }

    /// Whether tasks can have several models.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        let several = matches!(self.problem, HiddenLaw::Factors { models, .. } if models > 1);
        several && self.stages.iter().flat_map(|stage| &stage.radii).any(|&radius| radius > 0.0)
    }
}

impl Course for HiddenCourse {
    type Scalar = f32;
    type Model = Transformer<f32>;

    fn untrained(&self, seed: u64) -> Result<Self::Model> {
        untrained(&self.model, seed)
    }

    fn stages(&self) -> Vec<Length> {
        let rounds = self.model.rounds;
        self.stages.iter().map(|stage| Length::fitting(&stage.config, rounds)).collect()
    }

    fn teach(
        &self,
        model: &mut Self::Model,
        stage: usize,
        seed: u64,
        visitor: &mut impl Visitor<f32>,
    ) -> Result<()> {
        let tokens = Self::tokens(&self.problem, &self.stages)?;
        let streams = stage_streams(seed, stage + 1);
        let (family, stage) = (self.problem.family()?, &self.stages[stage]);
        let (settings, place) = (stage.settings()?, (tokens, self.model.rounds));
        let (teacher, exploration) = (stage.teacher, stage.exploration);
        let lessons = HiddenLessons::new(&family, teacher, &settings, exploration, place, streams)?;
        visitor.visit(Trainer::new(model, &lessons, &stage.config)?)
    }

    fn weights(&self, model: &Self::Model) -> Result<Vec<u8>> {
        model.to_bytes()
    }
}
