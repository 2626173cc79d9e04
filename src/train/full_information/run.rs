//! A whole training run of a Transformer in full information as data: the problem, the model's shape, the hyper-parameters.

use serde::{Deserialize, Serialize};

use super::train;
use crate::Result;
use crate::model::tokens::Tokens;
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::full_information::FullInformation;
use crate::train::config::RmftConfig;
use crate::train::log::TrainingRow;

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullInformationRun {
    /// Name of the run in logs.
    pub name: String,
    /// The problem.
    pub problem: FullInformation,
    /// The model's shape.
    pub model: TransformerConfig,
    /// Hyper-parameters.
    pub config: RmftConfig,
}

/// What a run made.
#[derive(Clone, Debug)]
pub struct TrainedOnline {
    /// The model before training.
    pub untrained: Transformer<f32>,
    /// The model after the last iteration.
    pub model: Transformer<f32>,
    /// The log.
    pub history: Vec<TrainingRow>,
}

impl FullInformationRun {
    /// A run of a model of the usual shape.
    pub fn new(name: &str, problem: &FullInformation, config: RmftConfig) -> Self {
        let inputs = Tokens::new(problem.dimension, false).width();
        Self {
            name: name.to_owned(),
            problem: problem.clone(),
            model: TransformerConfig::new(inputs, problem.dimension, problem.horizon),
            config,
        }
    }

    /// Environment steps (rounds of all trajectories) of an iteration.
    fn steps_each(&self) -> usize {
        self.config.steps_each(self.problem.horizon)
    }

    /// Environment steps of the whole run.
    pub fn steps(&self) -> usize {
        self.config.iterations.saturating_mul(self.steps_each())
    }

    /// Trains a model from random weights; every random number comes from `seed`. `each_iteration` is called after every
    /// iteration, for progress.
    ///
    /// # Errors
    /// A bad shape of the model, and those of [`train`].
    pub fn train(&self, seed: u64, mut each_iteration: impl FnMut()) -> Result<TrainedOnline> {
        let streams = Streams::new(seed);
        let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
        let untrained = Transformer::random(self.model, &mut rng)?;
        let (mut model, mut history) = (untrained.clone(), Vec::new());
        train(&mut model, &self.problem, &self.config, streams, |report, _| {
            history.push(TrainingRow::of(&self.name, seed, report, 0, self.steps_each()));
            each_iteration();
        })?;
        Ok(TrainedOnline { untrained, model, history })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::problem::decision_set::DecisionSet;

    fn run() -> FullInformationRun {
        let problem =
            FullInformation { set: DecisionSet::Simplex, ..FullInformation::balanced(3, 6) };
        let config = RmftConfig { scenarios: 10, rollouts: 8, ..RmftConfig::transformer(4) };
        FullInformationRun::new("short", &problem, config)
    }

    #[test]
    fn a_run_is_the_training_it_names() {
        let (run, mut calls) = (run(), 0);
        let trained = run.train(3, || calls += 1).unwrap();
        let mut rng = Streams::new(3).stream(Purpose::Initialization, 0, 0, 0);
        let mut model = Transformer::<f32>::random(run.model, &mut rng).unwrap();
        assert_eq!(trained.untrained.parameters(), model.parameters());
        train(&mut model, &run.problem, &run.config, Streams::new(3), |_, _| {}).unwrap();
        assert_eq!(trained.model.parameters(), model.parameters());
        assert_eq!((calls, trained.history.len()), (4, 4));
        let steps: Vec<usize> = trained.history.iter().map(|row| row.steps).collect();
        assert_eq!(steps, [480, 960, 1440, 1920]);
        assert_eq!(run.steps(), 1920);
    }

    #[test]
    fn a_run_survives_being_written_down() {
        let text = serde_json::to_string(&run()).unwrap();
        assert_eq!(serde_json::from_str::<FullInformationRun>(&text).unwrap(), run());
        let mut absurd = run();
        absurd.model.heads = 5;
        assert!(absurd.train(0, || ()).is_err());
    }
}
