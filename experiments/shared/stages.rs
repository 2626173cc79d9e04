//! Training in stages: each goes on from the weights of the one before.

use lowregret::Result;
use lowregret::model::transformer::{Transformer, TransformerConfig};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::report::Progress;
use lowregret::train::supervised::{Lessons, StepReport, SupervisedConfig, train};
use serde::Serialize;

/// Steps that are averaged into one row of the log.
const WINDOW: usize = 25;

/// What a model is taught, and for how long.
pub struct Stage<'a> {
    pub name: &'static str,
    pub lessons: &'a dyn Lessons<f32>,
    pub config: SupervisedConfig,
}

/// Means over a window of steps.
#[derive(Clone, Serialize)]
pub struct LossRow {
    /// What the model is trained on.
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
pub struct Staged {
    pub seed: u64,
    pub models: Vec<Transformer<f32>>,
    pub log: Vec<LossRow>,
}

/// Trains a model from random weights through all stages of a course.
pub fn train_stages(
    course: &'static str,
    shape: TransformerConfig,
    seed: u64,
    stages: &[Stage<'_>],
    progress: &Progress,
) -> Result<Staged> {
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    let mut model = Transformer::random(shape, &mut rng)?;
    let (mut models, mut log) = (Vec::new(), Vec::new());
    for stage in stages {
        let mut reports: Vec<StepReport> = Vec::with_capacity(stage.config.steps);
        train(&mut model, stage.lessons, &stage.config, |report| {
            reports.push(*report);
            progress.advance(1);
        })?;
        models.push(model.clone());
        log.extend(reports.chunks(WINDOW).map(|window| row((course, stage.name), seed, window)));
    }
    Ok(Staged { seed, models, log })
}

fn row((course, stage): (&'static str, &'static str), seed: u64, window: &[StepReport]) -> LossRow {
    let mean =
        |value: fn(&StepReport) -> f64| window.iter().map(value).sum::<f64>() / window.len() as f64;
    LossRow {
        course,
        stage,
        seed,
        step: window.last().map_or(0, |report| report.step + 1),
        loss: mean(|report| report.loss),
        gradient_norm: mean(|report| report.gradient_norm),
        learning_rate: mean(|report| report.learning_rate),
    }
}
