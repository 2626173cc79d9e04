//! A Transformer in planning tasks: labelled trajectories, stage after stage.

use serde::{Deserialize, Serialize};

use super::{Course, Length, Visitor};
use crate::model::planning_tokens::PlanningTokens;
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::hidden_family::{HiddenFamily, HiddenSetting, Mazes};
use crate::problem::linear_mdp::{Family, TaskLaw};
use crate::train::planning::{HiddenLessons, MdpLessons, Shape, Teacher};
use crate::train::resumable::stage_streams;
use crate::train::sequence_fit::check_model;
use crate::train::supervised::{SupervisedConfig, Trainer};
use crate::{Error, Result};

/// Largest number of settings that a stage draws from.
const MAX_SETTINGS: usize = 10_000;

/// Largest number of states, observations, actions or steps that tokens are made for.
const MAX_SIZE: usize = 4096;

/// Linear processes with common features, as data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearFamily {
    /// Number of states.
    pub states: usize,
    /// Number of actions.
    pub actions: usize,
    /// Number of factors.
    pub factors: usize,
    /// Concentration of the Dirichlet law of the features: the smaller, the more pairs have one factor.
    pub feature_concentration: f64,
    /// How tasks are drawn.
    pub tasks: TaskLaw,
    /// Number of the draw of the features; families of other numbers have other features.
    pub draw: usize,
}

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

/// A Transformer learns to plan in tasks whose state is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct MdpCourse {
    /// Where tasks come from.
    pub problem: LinearFamily,
    /// The model's shape.
    pub model: TransformerConfig,
    /// What it is taught, in order.
    pub stages: Vec<MdpStage>,
}

/// Labelled trajectories of tasks whose state is seen. A sequence has any of the horizons and any of the numbers of
/// demonstrations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MdpStage {
    /// Whose decisions are demonstrated and asked for.
    pub teacher: Teacher,
    /// Steps H of a trajectory.
    pub horizons: Vec<usize>,
    /// Trajectories K that are shown.
    pub demonstrations: Vec<usize>,
    /// Pairs of which more decisions than so many would be shown are left out.
    pub most_shown: usize,
    /// Hyper-parameters.
    pub config: SupervisedConfig,
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

impl LinearFamily {
    /// The family; `page` keeps the draws of seen and of hidden processes apart.
    fn family(&self, page: usize) -> Result<Family> {
        let mut rng = Streams::new(0).stream(Purpose::Theory, page, self.draw, 0);
        let sizes = (self.states, self.actions, self.factors);
        Family::draw(sizes, self.feature_concentration, self.tasks, &mut rng)
    }
}

impl HiddenLaw {
    fn family(&self) -> Result<HiddenFamily> {
        match *self {
            Self::Factors { linear, observations, models } => {
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

impl MdpStage {
    fn shapes(&self) -> Result<Vec<Shape>> {
        check_grid(&[self.horizons.len(), self.demonstrations.len()])?;
        let pairs = self.horizons.iter().flat_map(|&horizon| {
            let shape = move |&demonstrations| Shape { horizon, demonstrations };
            self.demonstrations.iter().map(shape)
        });
        let shown = |shape: &Shape| shape.horizon.saturating_mul(shape.demonstrations);
        Ok(pairs.filter(|shape| shown(shape) <= self.most_shown).collect())
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

fn check_grid(lengths: &[usize]) -> Result<()> {
    let settings = lengths.iter().fold(1, |product: usize, &n| product.saturating_mul(n));
    if (1..=MAX_SETTINGS).contains(&settings) {
        return Ok(());
    }
    let expected = format!("1 to {MAX_SETTINGS}: no empty list, and not too many values");
    Err(Error::parameter("settings", settings, expected))
}

impl MdpCourse {
    /// The tokens: as many steps as the longest horizon.
    ///
    /// # Errors
    /// Absurd sizes.
    pub fn tokens(problem: &LinearFamily, stages: &[MdpStage]) -> Result<PlanningTokens> {
        tokens(problem.states, problem.actions, stages.iter().map(|stage| &stage.horizons), 0)
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
}

impl HiddenCourse {
    /// Whether tasks can have several models.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        let several = matches!(self.problem, HiddenLaw::Factors { models, .. } if models > 1);
        several && self.stages.iter().flat_map(|stage| &stage.radii).any(|&radius| radius > 0.0)
    }
}

fn tokens<'a>(
    seen: usize,
    actions: usize,
    horizons: impl Iterator<Item = &'a Vec<usize>>,
    knobs: usize,
) -> Result<PlanningTokens> {
    let horizon = horizons.flatten().copied().max().unwrap_or(0);
    for (field, value) in
        [("states, observations", seen), ("actions", actions), ("horizons", horizon)]
    {
        if !(1..=MAX_SIZE).contains(&value) {
            return Err(Error::parameter(field, value, format!("1 to {MAX_SIZE}")));
        }
    }
    Ok(PlanningTokens::new(seen, actions, horizon, knobs))
}

/// A random model for the tokens.
fn untrained(
    model: &TransformerConfig,
    tokens: PlanningTokens,
    seed: u64,
) -> Result<Transformer<f32>> {
    model.check()?;
    for (field, value, expected) in
        [("inputs", model.inputs, tokens.width()), ("outputs", model.outputs, tokens.actions())]
    {
        if value != expected {
            return Err(Error::parameter(field, value, format!("{expected} for this problem")));
        }
    }
    check_model(model)?;
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    Transformer::random(*model, &mut rng)
}

fn length(config: &SupervisedConfig, rounds: usize) -> Length {
    Length { iterations: config.steps, steps_each: config.batch.saturating_mul(rounds) }
}

impl Course for MdpCourse {
    type Scalar = f32;
    type Model = Transformer<f32>;

    fn untrained(&self, seed: u64) -> Result<Self::Model> {
        untrained(&self.model, Self::tokens(&self.problem, &self.stages)?, seed)
    }

    fn stages(&self) -> Vec<Length> {
        self.stages.iter().map(|stage| length(&stage.config, self.model.rounds)).collect()
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
        let (family, stage) = (self.problem.family(17)?, &self.stages[stage]);
        let (shapes, place) = (stage.shapes()?, (tokens, self.model.rounds));
        let lessons = MdpLessons::new(&family, stage.teacher, &shapes, place, streams)?;
        visitor.visit(Trainer::new(model, &lessons, &stage.config)?)
    }

    fn weights(&self, model: &Self::Model) -> Result<Vec<u8>> {
        model.to_bytes()
    }
}

impl Course for HiddenCourse {
    type Scalar = f32;
    type Model = Transformer<f32>;

    fn untrained(&self, seed: u64) -> Result<Self::Model> {
        untrained(&self.model, Self::tokens(&self.problem, &self.stages)?, seed)
    }

    fn stages(&self) -> Vec<Length> {
        self.stages.iter().map(|stage| length(&stage.config, self.model.rounds)).collect()
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
