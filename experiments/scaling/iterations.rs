//! Iterations of RMFT at larger and larger sizes, on more and more threads, and whole runs beside what that predicts of them.

use std::time::Instant;

use lowregret::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use lowregret::model::tokens::Tokens;
use lowregret::model::transformer::{Transformer, TransformerConfig};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::Bandit;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::Experiment;
use lowregret::train::bandit::{BanditPractice, BanditTask};
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::LayerPractice;
use lowregret::train::resumable::Resumable;
use lowregret::train::rmft::Trainer;
use lowregret::{Error, Result};
use serde::Serialize;

use super::{Sizes, least_seconds};

pub const TRANSFORMER: &str = "Transformer";
pub const LAYER: &str = "layer";

/// What can be multiplied.
pub const SCENARIOS: &str = "scenarios M";
pub const ROLLOUTS: &str = "rollouts L";
pub const HORIZON: &str = "horizon T";
/// Width of the Transformer, dimension of the layer.
pub const WIDTH: &str = "width";
pub const THREADS: &str = "threads";
const KNOBS: [&str; 4] = [SCENARIOS, ROLLOUTS, HORIZON, WIDTH];

const ARMS: usize = 5;

/// More iterations than are run: learning rates stay as they are.
const ENDLESS: usize = 1 << 40;

/// Iterations of the recipe of the Transformers on bandits.
const TRANSFORMER_ITERATIONS: usize = 220;

/// The time of an iteration at one size.
#[derive(Serialize)]
pub struct Row {
    pub model: &'static str,
    /// What is multiplied.
    pub knob: &'static str,
    pub value: usize,
    pub threads: usize,
    pub seconds: f64,
}

/// A whole training run.
#[derive(Serialize)]
pub struct Run {
    pub model: &'static str,
    pub horizon: usize,
    pub iterations: usize,
    /// Decisions of all trajectories of all iterations.
    pub decisions: usize,
    pub seconds: f64,
    /// What the times of single iterations say it takes.
    pub predicted: f64,
}

#[derive(Clone, Copy)]
struct Size {
    scenarios: usize,
    rollouts: usize,
    horizon: usize,
    width: usize,
}

impl Size {
    /// Where each size begins that is multiplied.
    fn base(model: &str) -> Self {
        if model == TRANSFORMER {
            Self { scenarios: 128, rollouts: 4, horizon: 10, width: 16 }
        } else {
            Self { scenarios: 128, rollouts: 16, horizon: 10, width: 2 }
        }
    }

    fn knob(&mut self, name: &str) -> &mut usize {
        match name {
            SCENARIOS => &mut self.scenarios,
            ROLLOUTS => &mut self.rollouts,
            HORIZON => &mut self.horizon,
            _ => &mut self.width,
        }
    }

    fn decisions(&self) -> usize {
        self.scenarios * self.rollouts * self.horizon
    }
}

pub fn measure(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Row>> {
    let (seed, all) = (experiment.seed(), experiment.threads());
    let count = 2 * (KNOBS.len() * sizes.factors.len() + all);
    let progress = experiment.progress("iterations", count as u64);
    let mut rows = Vec::new();
    for model in [TRANSFORMER, LAYER] {
        for knob in KNOBS {
            for factor in sizes.factors {
                let mut size = Size::base(model);
                *size.knob(knob) *= factor;
                let value = *size.knob(knob);
                let seconds = iteration(model, size, seed, sizes.repeats)?;
                rows.push(Row { model, knob, value, threads: all, seconds });
                progress.advance(1);
            }
        }
        // More work than at the base, that there is enough to divide.
        let mut size = Size::base(model);
        size.scenarios *= 4;
        let mut counts: Vec<usize> = (0..).map(|i| 1 << i).take_while(|&n| n < all).collect();
        counts.push(all);
        for threads in counts {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool =
                pool.map_err(|reason| Error::parameter("threads", threads, reason.to_string()))?;
            let seconds = pool.install(|| iteration(model, size, seed, sizes.repeats))?;
            rows.push(Row { model, knob: THREADS, value: threads, threads, seconds });
            progress.advance(1);
        }
    }
    progress.finish();
    Ok(rows)
}

/// Trains by the experiments' own recipes (or begins to: the quick preset), and says beforehand how long that takes.
pub fn whole_runs(experiment: &Experiment, sizes: &Sizes, rows: &[Row]) -> Result<Vec<Run>> {
    let progress = experiment.progress("whole runs", 2 * sizes.horizons.len() as u64);
    let mut runs = Vec::new();
    for model in [LAYER, TRANSFORMER] {
        for &horizon in sizes.horizons {
            let (recipe, width) = if model == LAYER {
                (RmftConfig::single_layer(horizon, 2), 2)
            } else {
                (RmftConfig::transformer(TRANSFORMER_ITERATIONS), 32)
            };
            let RmftConfig { scenarios, rollouts, iterations, .. } = recipe;
            let size = Size { scenarios, rollouts, horizon, width };
            let iterations = iterations / sizes.part_of_runs;
            let predicted = iterations as f64 * predicted(model, size, rows);
            let mut seconds = 0.0;
            train(model, size, recipe, experiment.seed(), |step| {
                let start = Instant::now();
                for _ in 0..iterations {
                    step()?;
                }
                seconds = start.elapsed().as_secs_f64();
                Ok(())
            })?;
            let decisions = iterations * size.decisions();
            runs.push(Run { model, horizon, iterations, decisions, seconds, predicted });
            progress.advance(1);
        }
    }
    progress.finish();
    Ok(runs)
}

/// Seconds of an iteration of this size, as if each size that differs from the base multiplied the time by what it does alone.
fn predicted(model: &str, mut size: Size, rows: &[Row]) -> f64 {
    let time = |knob: &str, value: usize| {
        let found = rows.iter().find(|r| (r.model, r.knob, r.value) == (model, knob, value));
        found.map_or(f64::NAN, |row| row.seconds)
    };
    // The base is timed with every knob: all of these are repeats of it.
    let mut base = Size::base(model);
    let least =
        KNOBS.map(|knob| time(knob, *base.knob(knob))).into_iter().fold(f64::INFINITY, f64::min);
    KNOBS.into_iter().fold(least, |product, knob| product * time(knob, *size.knob(knob)) / least)
}

/// Seconds of an iteration on the current pool.
fn iteration(model: &str, size: Size, seed: u64, repeats: usize) -> Result<f64> {
    let Size { horizon, width, .. } = size;
    let recipe = if model == TRANSFORMER {
        RmftConfig::transformer(ENDLESS)
    } else {
        RmftConfig { iterations: ENDLESS, ..RmftConfig::single_layer(horizon, width) }
    };
    let mut seconds = f64::NAN;
    train(model, size, recipe, seed, |step| {
        seconds = least_seconds(repeats, step)?;
        Ok(())
    })?;
    Ok(seconds)
}

/// Sets up training by `recipe`, at `size`, and hands `work` the function that does an iteration.
fn train(
    model: &str,
    size: Size,
    recipe: RmftConfig,
    seed: u64,
    work: impl FnOnce(&mut dyn FnMut() -> Result<()>) -> Result<()>,
) -> Result<()> {
    let Size { scenarios, rollouts, horizon, width } = size;
    let streams = Streams::new(seed);
    let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
    if model == TRANSFORMER {
        let problem = Bandit::bernoulli(ARMS, horizon);
        let inputs = Tokens::new(ARMS, false).width();
        let shape = TransformerConfig { width, ..TransformerConfig::new(inputs, ARMS, horizon) };
        let mut model = Transformer::<f32>::random(shape, &mut rng)?;
        // Three of four are kept, as in the recipe.
        let keep = (3 * rollouts).div_ceil(4);
        let config = RmftConfig { scenarios, rollouts, keep, ..recipe };
        let task = BanditTask::new(&problem);
        let mut practice = BanditPractice::new(&model, task, &config, streams)?;
        let mut trainer = Trainer::new(&mut model, &mut practice, streams);
        work(&mut || trainer.step().map(drop))
    } else {
        let problem = FullInformation::balanced(width, horizon);
        let shape = LinearAttentionConfig::new(width, horizon, problem.set);
        let mut layer = LinearAttention::<f64>::random(shape, &mut rng)?;
        let config = RmftConfig { scenarios, rollouts, ..recipe };
        let mut practice = LayerPractice::new(&layer, &problem, &config, streams)?;
        let mut trainer = Trainer::new(&mut layer, &mut practice, streams);
        work(&mut || trainer.step().map(drop))
    }
}
