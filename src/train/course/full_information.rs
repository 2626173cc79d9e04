//! A Transformer in full information.

use serde::{Deserialize, Serialize};

use super::layer::OwnPractice;
use super::{Course, Length, Visitor};
use crate::Result;
use crate::learner::spec::LearnerSpec;
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::problem::full_information::FullInformation;
use crate::train::full_information::FullInformationPractice;
use crate::train::full_information::lessons::OnlineLessons;
use crate::train::resumable::stage_streams;
use crate::train::rmft;
use crate::train::sequence_fit::untrained;
use crate::train::supervised::{self, SupervisedConfig};

/// The Transformer practises or is taught, stage after stage.
#[derive(Clone, Debug, PartialEq)]
pub struct FullInformationCourse {
    /// The problem.
    pub problem: FullInformation,
    /// The model's shape.
    pub model: TransformerConfig,
    /// What it does, in order.
    pub stages: Vec<OnlineStage>,
}

/// What a Transformer does in full information.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OnlineStage {
    /// It practises.
    Practice(OwnPractice),
    /// It is taught.
    Imitation(Imitation),
}

/// Supervised fitting to a teacher's decisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imitation {
    /// Who decides.
    pub teacher: LearnerSpec,
    /// Length of a reward vector that the teacher's tuned step sizes reckon with.
    pub bound: f64,
    /// Hyper-parameters.
    pub config: SupervisedConfig,
}

impl Course for FullInformationCourse {
    type Scalar = f32;
    type Model = Transformer<f32>;

    fn untrained(&self, seed: u64) -> Result<Self::Model> {
        untrained(&self.model, seed)
    }

    fn stages(&self) -> Vec<Length> {
        let horizon = self.problem.horizon;
        let length = |stage: &OnlineStage| match stage {
            OnlineStage::Practice(OwnPractice { config }) => Length::practice(config, horizon),
            OnlineStage::Imitation(Imitation { config, .. }) => Length::fitting(config, horizon),
        };
        self.stages.iter().map(length).collect()
    }

    fn teach(
        &self,
        model: &mut Self::Model,
        stage: usize,
        seed: u64,
        visitor: &mut impl Visitor<f32>,
    ) -> Result<()> {
        let streams = stage_streams(seed, stage);
        match &self.stages[stage] {
            OnlineStage::Practice(OwnPractice { config }) => {
                let mut practice =
                    FullInformationPractice::new(model, &self.problem, config, streams)?;
                visitor.visit(rmft::Trainer::new(model, &mut practice, streams))
            }
            OnlineStage::Imitation(Imitation { teacher, bound, config }) => {
                let lessons = OnlineLessons::new(&self.problem, *teacher, *bound, streams)?;
                visitor.visit(supervised::Trainer::new(model, &lessons, config)?)
            }
        }
    }

    fn weights(&self, model: &Self::Model) -> Result<Vec<u8>> {
        model.to_bytes()
    }
}
