//! The models of the page: pre-trained on behaviour and fine-tuned on the oracle, or pre-trained on a noisy oracle.

use lowregret::Result;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::model::transformer::{Transformer, TransformerConfig};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::linear_mdp::Family;
use lowregret::report::Experiment;
use lowregret::train::planning::{MdpLessons, Shape, Teacher};
use lowregret::train::supervised::SupervisedConfig;
use rayon::prelude::*;

use super::stages::{LossRow, Stage, Staged, train_stages};
use super::{DEMONSTRATIONS, HORIZONS, SIZES, Sizes};

/// Most demonstrated decisions of a training sequence.
const MOST_SHOWN: usize = 48;
/// Tokens of a training sequence: at least 16 questions.
const ROUNDS: usize = MOST_SHOWN + 16;

pub const PRETRAINING: &str = "pre-training on behaviour";
pub const FINE_TUNING: &str = "fine-tuning on the oracle";
pub const NOISY_PRETRAINING: &str = "pre-training on a noisy oracle";

/// Everything that was trained.
pub struct Trained {
    /// One a seed: the model after pre-training and after fine-tuning.
    main: Vec<Staged>,
    noisy: Staged,
}

/// A model under the name it has in tables.
pub struct Named<'a> {
    pub seed: u64,
    pub model: &'a Transformer<f32>,
}

impl Trained {
    /// After pre-training on behaviour, every seed.
    pub fn icl(&self) -> impl Iterator<Item = Named<'_>> {
        self.main.iter().map(|staged| Named { seed: staged.seed, model: &staged.models[0] })
    }

    /// After fine-tuning, every seed.
    pub fn sft(&self) -> impl Iterator<Item = Named<'_>> {
        self.main.iter().map(|staged| Named { seed: staged.seed, model: &staged.models[1] })
    }

    /// After pre-training on a noisy oracle.
    pub fn noisy(&self) -> Named<'_> {
        Named { seed: self.noisy.seed, model: &self.noisy.models[0] }
    }

    /// The log of all runs.
    pub fn log(&self) -> Vec<&LossRow> {
        self.main.iter().chain([&self.noisy]).flat_map(|staged| &staged.log).collect()
    }

    /// Keeps the weights of the first seed.
    pub fn save(&self, experiment: &mut Experiment) -> Result<()> {
        let first = &self.main[0];
        for (name, staged, stage) in
            [("icl", first, 0), ("sft", first, 1), ("noisy_oracle", &self.noisy, 0)]
        {
            let name = format!("weights/{name}_seed{}.safetensors", staged.seed);
            experiment.file(&name, staged.models[stage].to_bytes()?)?;
        }
        Ok(())
    }
}

pub fn tokens() -> PlanningTokens {
    let (states, actions, _) = SIZES;
    PlanningTokens::new(states, actions, HORIZONS[HORIZONS.len() - 1], 0)
}

/// Trains all models, side by side.
pub fn train_all(experiment: &mut Experiment, family: &Family, sizes: &Sizes) -> Result<Trained> {
    let shapes: Vec<Shape> = HORIZONS
        .into_iter()
        .flat_map(|horizon| DEMONSTRATIONS.map(|demonstrations| Shape { horizon, demonstrations }))
        .filter(|shape| shape.horizon * shape.demonstrations <= MOST_SHOWN)
        .collect();
    let model = TransformerConfig {
        width: 64,
        heads: 4,
        ..TransformerConfig::new(tokens().width(), tokens().actions(), ROUNDS)
    };
    let config = SupervisedConfig::new(sizes.steps);
    let seeds = experiment.three_seeds();
    experiment.config("training_seeds", &seeds)?;
    experiment.config("model", model)?;
    experiment.config("training", config)?;
    experiment.config("training_shapes", &shapes)?;
    experiment.config(PRETRAINING, Teacher::BEHAVIOUR)?;
    experiment.config(NOISY_PRETRAINING, Teacher::NOISY_ORACLE)?;
    let total = (2 * seeds.len() + 1) * sizes.steps;
    let progress = experiment.progress("train", total as u64);
    let run = |(seed, teachers): &(u64, &[(&'static str, Teacher)])| {
        let mut streams = Streams::new(*seed);
        let lessons = teachers
            .iter()
            .map(|(_, teacher)| {
                streams = streams.branch(Purpose::Training);
                MdpLessons::new(family, *teacher, &shapes, (tokens(), ROUNDS), streams)
            })
            .collect::<Result<Vec<_>>>()?;
        let stages: Vec<Stage> = teachers
            .iter()
            .zip(&lessons)
            .map(|((name, _), lessons)| Stage { name, lessons, config })
            .collect();
        train_stages("mdp", model, *seed, &stages, &progress)
    };
    let main = [(PRETRAINING, Teacher::BEHAVIOUR), (FINE_TUNING, Teacher::ORACLE)];
    let noisy = [(NOISY_PRETRAINING, Teacher::NOISY_ORACLE)];
    let mut runs: Vec<(u64, &[(&str, Teacher)])> =
        seeds.iter().map(|&seed| (seed, &main[..])).collect();
    runs.push((seeds[0], &noisy));
    let mut trained = runs.par_iter().map(run).collect::<Result<Vec<_>>>()?;
    progress.finish();
    let noisy = trained.pop().expect("the last run");
    Ok(Trained { main: trained, noisy })
}
