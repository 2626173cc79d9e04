//! Training in stages, each from the weights of the one before: on behaviour, then on the oracle. Beside it, on the first seed,
//! what else pre-training could have been: a noisy oracle; behaviour for as many steps as both stages have.

use lowregret::Result;
use lowregret::model::transformer::{Transformer, TransformerConfig};
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::report::{Experiment, Progress};
use lowregret::train::planning::Teacher;
use lowregret::train::supervised::{Lessons, StepReport, SupervisedConfig, train};
use serde::Serialize;

pub const PRETRAINING: &str = "pre-training on behaviour";
pub const FINE_TUNING: &str = "fine-tuning on the oracle";
pub const NOISY_PRETRAINING: &str = "pre-training on a noisy oracle";
pub const LONGER_PRETRAINING: &str = "longer pre-training on behaviour";

/// Steps that are averaged into one row of the log.
const WINDOW: usize = 25;

/// Lessons of a teacher.
pub type Taught<'a> = Box<dyn Lessons<f32> + 'a>;

/// What is trained on one family.
pub struct Course<'a> {
    /// Name in files.
    pub name: &'static str,
    pub model: TransformerConfig,
    /// Steps of pre-training.
    pub pretraining: usize,
    /// Steps of fine-tuning.
    pub fine_tuning: usize,
    pub lessons: &'a (dyn Fn(Teacher, Streams) -> Result<Taught<'a>> + Sync),
}

/// One stage.
#[derive(Clone, Copy, Serialize)]
struct Stage {
    stage: &'static str,
    teacher: Teacher,
    training: SupervisedConfig,
}

/// Means over a window of steps.
#[derive(Clone, Serialize)]
pub struct LossRow {
    pub course: &'static str,
    pub stage: &'static str,
    pub seed: u64,
    /// Steps completed in this stage.
    pub step: usize,
    pub loss: f64,
    gradient_norm: f64,
    learning_rate: f64,
}

/// The model after every stage, and the log.
struct Staged {
    seed: u64,
    models: Vec<Transformer<f32>>,
    log: Vec<LossRow>,
}

/// Everything that a course made.
pub struct Trained {
    /// One a seed: the model after pre-training and after fine-tuning.
    main: Vec<Staged>,
    noisy: Staged,
    longer: Staged,
}

/// A model under the seed it was trained with.
pub struct Named<'a> {
    pub seed: u64,
    pub model: &'a Transformer<f32>,
}

impl Staged {
    fn after(&self, stage: usize) -> Named<'_> {
        Named { seed: self.seed, model: &self.models[stage] }
    }
}

impl Trained {
    /// After pre-training on behaviour, every seed.
    pub fn icl(&self) -> impl Iterator<Item = Named<'_>> {
        self.main.iter().map(|staged| staged.after(0))
    }

    /// After fine-tuning, every seed.
    pub fn sft(&self) -> impl Iterator<Item = Named<'_>> {
        self.main.iter().map(|staged| staged.after(1))
    }

    /// After pre-training on a noisy oracle, first seed.
    pub fn noisy(&self) -> Named<'_> {
        self.noisy.after(0)
    }

    /// After pre-training on behaviour for as many steps as pre-training and fine-tuning have together, first seed.
    pub fn longer(&self) -> Named<'_> {
        self.longer.after(0)
    }

    /// The log of all runs.
    pub fn log(&self) -> impl Iterator<Item = &LossRow> {
        self.main.iter().chain([&self.noisy, &self.longer]).flat_map(|staged| &staged.log)
    }
}

impl Course<'_> {
    /// Trains a model a seed and what stands beside them, all at once; keeps the weights of the first seed.
    pub fn train(&self, experiment: &mut Experiment, seeds: &[u64]) -> Result<Trained> {
        let stage = |stage, teacher, steps| Stage {
            stage,
            teacher,
            training: SupervisedConfig::new(steps),
        };
        let main = [
            stage(PRETRAINING, Teacher::BEHAVIOUR, self.pretraining),
            stage(FINE_TUNING, Teacher::ORACLE, self.fine_tuning),
        ];
        let noisy = [stage(NOISY_PRETRAINING, Teacher::NOISY_ORACLE, self.pretraining)];
        let both = self.pretraining + self.fine_tuning;
        let longer = [stage(LONGER_PRETRAINING, Teacher::BEHAVIOUR, both)];
        let config = (self.model, &main, &noisy, &longer);
        experiment.config(&format!("course_{}", self.name), config)?;
        let mut runs: Vec<(u64, &[Stage])> = seeds.iter().map(|&seed| (seed, &main[..])).collect();
        runs.extend([(seeds[0], &noisy[..]), (seeds[0], &longer[..])]);
        let steps = runs.iter().flat_map(|(_, stages)| *stages).map(|stage| stage.training.steps);
        let progress =
            experiment.progress(format!("train {}", self.name), steps.sum::<usize>() as u64);
        let run = |&(seed, stages): &(u64, &[Stage])| self.run(seed, stages, &progress);
        let mut trained = parallel::try_each(&runs, run)?;
        progress.finish();
        for (stage, model) in ["icl", "sft"].into_iter().zip(&trained[0].models) {
            let name = format!("weights/{}_{stage}_seed{}.safetensors", self.name, seeds[0]);
            experiment.file(&name, model.to_bytes()?)?;
        }
        let mut last = || trained.pop().expect("a run each");
        let (longer, noisy) = (last(), last());
        Ok(Trained { main: trained, noisy, longer })
    }

    /// Trains a model from random weights through all stages.
    fn run(&self, seed: u64, stages: &[Stage], progress: &Progress) -> Result<Staged> {
        let mut streams = Streams::new(seed);
        let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
        let mut model = Transformer::random(self.model, &mut rng)?;
        let (mut models, mut log) = (Vec::new(), Vec::new());
        for stage in stages {
            streams = streams.branch(Purpose::Training);
            let lessons = (self.lessons)(stage.teacher, streams)?;
            let mut reports: Vec<StepReport> = Vec::with_capacity(stage.training.steps);
            train(&mut model, &*lessons, &stage.training, |report| {
                reports.push(*report);
                progress.advance(1);
            })?;
            models.push(model.clone());
            let row = |window| self.row(stage.stage, seed, window);
            log.extend(reports.chunks(WINDOW).map(row));
        }
        Ok(Staged { seed, models, log })
    }

    fn row(&self, stage: &'static str, seed: u64, window: &[StepReport]) -> LossRow {
        let mean = |value: fn(&StepReport) -> f64| {
            window.iter().map(value).sum::<f64>() / window.len() as f64
        };
        LossRow {
            course: self.name,
            stage,
            seed,
            step: window.last().map_or(0, |report| report.step + 1),
            loss: mean(|report| report.loss),
            gradient_norm: mean(|report| report.gradient_norm),
            learning_rate: mean(|report| report.learning_rate),
        }
    }
}
