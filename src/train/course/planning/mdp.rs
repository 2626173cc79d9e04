//! Tasks whose state is seen.

use serde::{Deserialize, Serialize};

use super::{LinearFamily, check_grid, tokens};
use crate::Result;
use crate::model::planning_tokens::PlanningTokens;
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::train::course::{Course, Length, Visitor};
use crate::train::planning::{MdpLessons, Shape, Teacher};
use crate::train::resumable::stage_streams;
use crate::train::sequence_fit::untrained;
use crate::train::supervised::{SupervisedConfig, Trainer};

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

impl MdpCourse {
    /// The tokens: as many steps as the longest horizon.
    ///
    /// # Errors
    /// Absurd sizes.
    pub fn tokens(problem: &LinearFamily, stages: &[MdpStage]) -> Result<PlanningTokens> {
        tokens(problem.states, problem.actions, stages.iter().map(|stage| &stage.horizons), 0)
    }
}

impl Course for MdpCourse {
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
        let (family, stage) = (self.problem.family(17)?, &self.stages[stage]);
        let (shapes, place) = (stage.shapes()?, (tokens, self.model.rounds));
        let lessons = MdpLessons::new(&family, stage.teacher, &shapes, place, streams)?;
        visitor.visit(Trainer::new(model, &lessons, &stage.config)?)
    }

    fn weights(&self, model: &Self::Model) -> Result<Vec<u8>> {
        model.to_bytes()
    }
}
