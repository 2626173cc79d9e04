//! Models for hidden tasks: pre-trained on behaviour, fine-tuned on the oracle.

use lowregret::Result;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::model::transformer::TransformerConfig;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::hidden_family::{HiddenFamily, HiddenSetting};
use lowregret::report::Experiment;
use lowregret::train::planning::{HiddenLessons, Teacher};
use lowregret::train::supervised::SupervisedConfig;
use rayon::prelude::*;
use serde::Serialize;

use super::stages::{Stage, Staged, train_stages};

pub const PRETRAINING: &str = "pre-training on behaviour";
pub const FINE_TUNING: &str = "fine-tuning on the oracle";

/// What is trained on one family.
#[derive(Serialize)]
pub struct Course<'a> {
    /// Name in files.
    pub name: &'static str,
    #[serde(skip)]
    pub family: &'a HiddenFamily,
    /// Knobs, and demonstrations.
    pub settings: Vec<(HiddenSetting, usize)>,
    /// Share of random actions in the trajectories that are asked about.
    pub exploration: f64,
    /// Steps of pre-training.
    pub pretraining: usize,
    /// Steps of fine-tuning.
    pub fine_tuning: usize,
}

impl Course<'_> {
    /// The tokens of the course: as many steps as its longest horizon.
    pub fn tokens(&self) -> PlanningTokens {
        let horizon = self.settings.iter().map(|(knobs, _)| knobs.horizon).max().unwrap_or(1);
        let knobs = self.settings[0].0.knobs().len();
        PlanningTokens::new(self.family.observations(), self.family.actions(), horizon, knobs)
    }

    /// Trains a model a seed, side by side.
    pub fn train(&self, experiment: &mut Experiment, seeds: &[u64]) -> Result<Vec<Staged>> {
        let tokens = self.tokens();
        let needed = |(knobs, shown): &(HiddenSetting, usize)| (shown + 1) * knobs.horizon;
        let rounds = self.settings.iter().map(needed).max().unwrap_or(1);
        let model = TransformerConfig {
            width: 64,
            heads: 4,
            ..TransformerConfig::new(tokens.width(), tokens.actions(), rounds)
        };
        experiment.config(&format!("{}_course", self.name), self)?;
        experiment.config(&format!("{}_model", self.name), model)?;
        let configs = [self.pretraining, self.fine_tuning].map(SupervisedConfig::new);
        experiment.config(&format!("{}_training", self.name), configs)?;
        let total = (self.pretraining + self.fine_tuning) * seeds.len();
        let progress = experiment.progress(format!("train {}", self.name), total as u64);
        let run = |&seed: &u64| {
            let first = Streams::new(seed).branch(Purpose::Training);
            let second = first.branch(Purpose::Training);
            let lessons = |teacher, streams| {
                let shape = (tokens, rounds);
                HiddenLessons::new(
                    self.family,
                    teacher,
                    &self.settings,
                    self.exploration,
                    shape,
                    streams,
                )
            };
            let (behaviour, oracle) =
                (lessons(Teacher::BEHAVIOUR, first)?, lessons(Teacher::ORACLE, second)?);
            let stages = [
                Stage { name: PRETRAINING, lessons: &behaviour, config: configs[0] },
                Stage { name: FINE_TUNING, lessons: &oracle, config: configs[1] },
            ];
            train_stages(self.name, model, seed, &stages, &progress)
        };
        let trained = seeds.par_iter().map(run).collect::<Result<Vec<_>>>()?;
        progress.finish();
        // The weights of the first seed are kept.
        for (stage, model) in ["icl", "sft"].into_iter().zip(&trained[0].models) {
            let name = format!("weights/{}_{stage}_seed{}.safetensors", self.name, seeds[0]);
            experiment.file(&name, model.to_bytes()?)?;
        }
        Ok(trained)
    }
}
