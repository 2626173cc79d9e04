//! The single layer in full information.

use serde::{Deserialize, Serialize};

use super::{Course, Length, Visitor};
use crate::Result;
use crate::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::full_information::FullInformation;
use crate::train::config::RmftConfig;
use crate::train::layer::{LayerPractice, check};
use crate::train::resumable::stage_streams;
use crate::train::rmft::Trainer;

/// The layer practises, stage after stage.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerCourse {
    /// The problem.
    pub problem: FullInformation,
    /// The layer's shape.
    pub model: LinearAttentionConfig,
    /// What it does, in order.
    pub stages: Vec<OwnPractice>,
}

/// Iterative RMFT on the model's own trajectories, ranked by the problem's regret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnPractice {
    /// Hyper-parameters.
    pub config: RmftConfig,
}

impl Course for LayerCourse {
    type Scalar = f64;
    type Model = LinearAttention<f64>;

    fn untrained(&self, seed: u64) -> Result<Self::Model> {
        self.stages.iter().try_for_each(|stage| check(&stage.config, &self.problem))?;
        let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
        LinearAttention::random(self.model, &mut rng)
    }

    fn stages(&self) -> Vec<Length> {
        let horizon = self.problem.horizon;
        self.stages.iter().map(|stage| Length::practice(&stage.config, horizon)).collect()
    }

    fn teach(
        &self,
        model: &mut Self::Model,
        stage: usize,
        seed: u64,
        visitor: &mut impl Visitor<f64>,
    ) -> Result<()> {
        let streams = stage_streams(seed, stage);
        let config = &self.stages[stage].config;
        let mut practice = LayerPractice::new(model, &self.problem, config, streams)?;
        visitor.visit(Trainer::new(model, &mut practice, streams))
    }

    fn weights(&self, model: &Self::Model) -> Result<Vec<u8>> {
        model.to_bytes()
    }
}
