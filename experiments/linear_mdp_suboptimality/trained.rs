//! Layers in their full parametrisation, trained by gradient descent on oracle-labelled tasks: do they get to the optimum?

use lowregret::Result;
use lowregret::learner::in_context_q::attention::{AttentionQ, Maps};
use lowregret::model::in_context::{InContextAttention, InContextConfig};
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::regression::{FeatureLaw, LinearRegression, Prompts};
use lowregret::report::Experiment;
use lowregret::theory::in_context::descent::initial_scale;
use lowregret::train::in_context::labelled::LabelledStep;
use lowregret::train::in_context::stochastic::{StochasticConfig, train};
use ndarray::Array2;
use serde::Serialize;

use super::Sizes;
use super::layers::Layer;
use super::sweeps::LENGTH;
use super::tasks::Tasks;

/// A layer a step after so many training steps.
pub struct Checkpoint {
    pub layer: Layer,
    pub seed: u64,
    pub steps: usize,
    pub learner: AttentionQ,
    /// `|A - A*|_F / |A*|_F` in whitened coordinates, root mean square over the steps of the decision problem.
    pub relative_error: f64,
}

/// A checkpoint's distance to the optimum.
#[derive(Serialize)]
pub struct TrainingRow {
    pub layer: &'static str,
    pub seed: u64,
    pub steps: usize,
    pub relative_error: f64,
}

impl From<&Checkpoint> for TrainingRow {
    fn from(own: &Checkpoint) -> Self {
        let &Checkpoint { layer, seed, steps, relative_error, .. } = own;
        Self { layer: layer.name(), seed, steps, relative_error }
    }
}

/// How layers are trained.
pub fn config(sizes: &Sizes) -> StochasticConfig {
    StochasticConfig {
        samples: LENGTH,
        prompts: 256,
        antithetic: true,
        steps: sizes.steps,
        learning_rate: Schedule::cosine(0.05, 0.01),
        tail: 0.25,
    }
}

/// Trains a layer for every step, centred by the prior mean and by the context, for every seed; looks at them after 0, 25, 50, 100,
/// ... steps, and at the end at the average over the last quarter.
pub fn train_all(experiment: &Experiment, tasks: &Tasks, sizes: &Sizes) -> Result<Vec<Checkpoint>> {
    let config = config(sizes);
    let seeds = experiment.three_seeds();
    let total = (seeds.len() * 2 * tasks.horizon() * config.steps) as u64;
    let progress = experiment.progress("train layers", total);
    let mut checkpoints = Vec::new();
    for &seed in &seeds {
        for kind in [Layer::Centred, Layer::ContextCentred] {
            let mut runs = Vec::new();
            for step in 0..tasks.horizon() {
                let run = train_step(tasks, kind, step, seed, &config, || progress.advance(1))?;
                runs.push(run);
            }
            checkpoints.extend(collect(tasks, kind, seed, &config, &runs)?);
        }
    }
    progress.finish();
    Ok(checkpoints)
}

/// The maps of one step after the checkpoints' numbers of training steps, with their distances to the optimum.
type Run = Vec<(Array2<f64>, f64)>;

/// Numbers of training steps after which a run is looked at.
fn looks(config: &StochasticConfig) -> Vec<usize> {
    let doubling = std::iter::successors(Some(25), |steps| Some(2 * steps));
    let inner = doubling.take_while(|steps| *steps < config.steps);
    [0].into_iter().chain(inner).chain([config.steps]).collect()
}

fn train_step(
    tasks: &Tasks,
    kind: Layer,
    step: usize,
    seed: u64,
    config: &StochasticConfig,
    advance: impl Fn(),
) -> Result<Run> {
    let lessons = LabelledStep::new(&tasks.family, &tasks.training, step, kind.centring(tasks))?;
    // A stream of prompts and of initial weights for each seed, step and kind.
    let task = 2 * step + usize::from(kind == Layer::ContextCentred);
    let streams = Streams::new(seed);
    let mut rng = streams.stream(Purpose::Initialization, 0, task, 0);
    let d = lessons.dimension();
    let white = LinearRegression::isotropic(FeatureLaw::gaussian(Array2::eye(d))?);
    let sigma = initial_scale(&white, LENGTH)?;
    let mut layer = InContextAttention::standard(InContextConfig { d }, sigma, &mut rng)?;
    let optimum = lessons.whitened(&kind.map(tasks, step, LENGTH, 0.0)?);
    let look = |layer: &InContextAttention<f64>| {
        let map = lessons.map(layer);
        let off = &lessons.whitened(&map) - &optimum;
        let norm = |matrix: &Array2<f64>| matrix.iter().map(|x| x * x).sum::<f64>().sqrt();
        (map, norm(&off) / norm(&optimum))
    };
    let mut run = vec![look(&layer)];
    let looks = looks(config);
    let streams = Streams::new(rand::Rng::next_u64(&mut rng));
    let average = train(&mut layer, &lessons, config, streams, |step, layer| {
        advance();
        if looks[..looks.len() - 1].contains(&(step.index + 1)) {
            run.push(look(layer));
        }
    })?;
    run.push(look(&average));
    Ok(run)
}

/// A learner of each checkpoint out of the runs of all steps.
fn collect(
    tasks: &Tasks,
    kind: Layer,
    seed: u64,
    config: &StochasticConfig,
    runs: &[Run],
) -> Result<Vec<Checkpoint>> {
    let checkpoint = |(index, steps): (usize, usize)| {
        let maps = runs.iter().map(|run| run[index].0.clone()).collect();
        let square = runs.iter().map(|run| run[index].1.powi(2)).sum::<f64>() / runs.len() as f64;
        let features = tasks.family.features();
        let learner = AttentionQ::new(features, Maps::PerStep(maps), kind.centring(tasks))?;
        Ok(Checkpoint { layer: kind, seed, steps, learner, relative_error: square.sqrt() })
    };
    looks(config).into_iter().enumerate().map(checkpoint).collect()
}
