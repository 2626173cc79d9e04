//! Gradient descent on the exact error: how many steps it takes at which condition number, and what whitening does to that.

use lowregret::Result;
use lowregret::model::in_context::{InContextAttention, InContextConfig};
use lowregret::numeric::linalg::{pseudo_inverse, symmetric_eigen};
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::regression::LinearRegression;
use lowregret::report::Experiment;
use lowregret::theory::in_context::descent::{descent_rate, initial_scale};
use lowregret::theory::in_context::error::test_error;
use lowregret::theory::in_context::optimum::optimum;
use lowregret::train::in_context::log::relative_error;
use lowregret::train::in_context::population::{PopulationConfig, train};
use ndarray::{Array2, Axis};
use serde::Serialize;

use super::errors::conditioned;
use super::sizes::Sizes;

const D: usize = 5;
const SAMPLES: usize = 20;

/// One descent to be made.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    pub name: String,
    pub condition: f64,
    /// Whether features are whitened first; the prior is then no longer the identity.
    pub whitened: bool,
    pub config: PopulationConfig,
}

/// A logged step.
#[derive(Serialize)]
pub struct DescentRow {
    run: String,
    condition: f64,
    whitened: bool,
    pub step: usize,
    /// `|A - A*|_F / |A*|_F` in the coordinates of the run.
    pub relative_error: f64,
    /// Error over that of the optimum, less 1: the same number in any coordinates.
    pub excess: f64,
}

/// A descent that was made.
pub struct Descent {
    pub run: Run,
    pub steps: usize,
    pub relative_error: f64,
    pub history: Vec<DescentRow>,
}

fn task(condition: f64, whitened: bool) -> Result<LinearRegression> {
    let task = conditioned(D, condition)?;
    if !whitened {
        return Ok(task);
    }
    let (values, vectors) = symmetric_eigen(task.features().second().view())?;
    let root = (&vectors * &values.mapv(f64::sqrt).insert_axis(Axis(0))).dot(&vectors.t());
    task.mapped(pseudo_inverse(root.view(), 0.0)?.view())
}

/// The descents; learning rates of the first two are those of theory's acceptance checks, the others the inverse curvature.
pub fn runs(sizes: &Sizes) -> Result<Vec<Run>> {
    [
        (1.0, false, Some(0.056), 200, 0.0),
        (10.0, false, Some(0.006), 15_000, 0.0),
        (100.0, false, None, 400_000 / sizes.shorten, 0.0),
        (10.0, true, None, 15_000, 1e-10),
        (100.0, true, None, 15_000, 1e-10),
    ]
    .into_iter()
    .map(|(condition, whitened, rate, steps, tolerance)| {
        let learning_rate = match rate {
            Some(rate) => rate,
            None => descent_rate(&task(condition, whitened)?, SAMPLES)?,
        };
        let name = format!("κ = {condition}{}", if whitened { ", whitened" } else { "" });
        let config = PopulationConfig { samples: SAMPLES, learning_rate, steps, tolerance };
        Ok(Run { name, condition, whitened, config })
    })
    .collect()
}

/// Makes all descents, each from the standard initialisation.
pub fn run_all(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Descent>> {
    let runs = runs(sizes)?;
    let total: usize = runs.iter().map(|run| run.config.steps).sum();
    let progress = experiment.progress("gradient descent", total as u64);
    let descend = |run: &Run| -> Result<Descent> {
        let task = task(run.condition, run.whitened)?;
        let target = optimum(&task, SAMPLES)?;
        let least = test_error(&task, target.view(), SAMPLES)?.total();
        let mut rng = Streams::new(experiment.seed()).stream(Purpose::Initialization, 0, 0, 0);
        let sigma = initial_scale(&task, SAMPLES)?;
        let config = InContextConfig { d: D };
        let mut layer = InContextAttention::standard(config, sigma, &mut rng)?;
        let mut history = vec![row(run, 0, &layer, &target, &task, least)?];
        let mut failed = None;
        let steps = train(&mut layer, &task, &run.config, |step, layer| {
            if is_logged(step.index + 1) {
                match row(run, step.index + 1, layer, &target, &task, least) {
                    Ok(row) => history.push(row),
                    Err(error) => failed = Some(error),
                }
            }
            progress.advance(1);
        })?;
        match failed {
            Some(error) => Err(error),
            None => {
                let relative_error = relative_error(&layer, target.view());
                Ok(Descent { run: run.clone(), steps, relative_error, history })
            }
        }
    };
    let descents = parallel::try_each(&runs, descend);
    progress.finish();
    descents
}

/// About twenty steps a decade.
fn is_logged(step: usize) -> bool {
    let decade = 10usize.pow(step.ilog10());
    step.is_multiple_of((decade / 2).max(1))
}

fn row(
    run: &Run,
    step: usize,
    layer: &InContextAttention<f64>,
    target: &Array2<f64>,
    task: &LinearRegression,
    least: f64,
) -> Result<DescentRow> {
    Ok(DescentRow {
        run: run.name.clone(),
        condition: run.condition,
        whitened: run.whitened,
        step,
        relative_error: relative_error(layer, target.view()),
        excess: test_error(task, layer.product().view(), SAMPLES)?.total() / least - 1.0,
    })
}
