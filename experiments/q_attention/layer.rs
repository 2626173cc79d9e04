//! The full layer, trained on fresh prompts: does its product become the optimum, and does it stay in block form?

use lowregret::metrics::interval::{Estimate, largest};
use lowregret::model::in_context::{Cache, Contexts, InContextAttention, InContextConfig};
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::linalg::symmetric_eigen;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams, fill_standard_normal};
use lowregret::problem::regression::{LinearRegression, Prompt};
use lowregret::report::Experiment;
use lowregret::theory::in_context::descent::{initial_scale, stability_limit};
use lowregret::theory::in_context::error::test_error;
use lowregret::theory::in_context::optimum::optimum;
use lowregret::theory::in_context::simulation::mean_over_prompts;
use lowregret::train::in_context::log::{Record, relative_error};
use lowregret::train::in_context::stochastic::{StochasticConfig, train};
use lowregret::{Error, Result};
use ndarray::{Array2, Axis};
use serde::Serialize;

use super::errors::conditioned;
use super::sizes::Sizes;

const D: usize = 5;

/// A way to train the layer.
#[derive(Clone, Debug, Serialize)]
pub struct Recipe {
    pub name: &'static str,
    pub condition: f64,
    /// Whether the axes of Lambda are turned at random, so that the optimum is not diagonal.
    pub rotated: bool,
    pub config: StochasticConfig,
}

/// Isotropic features, well inside the stability limit, the rate falling to 0.
pub const FALLING: &str = "falling";
/// The same at a constant, smaller rate.
pub const CONSTANT: &str = "constant";
/// An optimum that is not diagonal.
pub const ROTATED: &str = "rotated";
/// Isotropic features at 1.65 times the stability limit.
pub const BEYOND: &str = "beyond";
/// The rotated task a little below the limit.
pub const BELOW: &str = "below";
/// The rotated task a little above the limit.
pub const ABOVE: &str = "above";

/// The recipes that stay in block form to their end.
pub const BLOCK_FORM: [&str; 3] = [FALLING, CONSTANT, ROTATED];

/// Length of training prompts.
const SAMPLES: usize = 20;

pub fn recipes(sizes: &Sizes) -> Result<Vec<Recipe>> {
    let recipe = |name, condition, rotated, prompts, steps: usize, learning_rate| Recipe {
        name,
        condition,
        rotated,
        config: StochasticConfig {
            samples: SAMPLES,
            prompts,
            antithetic: true,
            steps: steps / sizes.shorten,
            learning_rate,
            tail: 0.25,
        },
    };
    let limit = stability_limit(&task(3.0, true)?, SAMPLES)?;
    Ok(vec![
        recipe(FALLING, 1.0, false, 512, 1000, Schedule::cosine(0.02, 0.0)),
        recipe(CONSTANT, 1.0, false, 256, 2000, Schedule::constant(0.01)),
        recipe(ROTATED, 3.0, true, 512, 3000, Schedule::cosine(0.01, 0.0)),
        recipe(BEYOND, 1.0, false, 512, 1000, Schedule::cosine(0.05, 0.0)),
        recipe(BELOW, 3.0, true, 256, 600, Schedule::constant(0.8 * limit)),
        recipe(ABOVE, 3.0, true, 256, 600, Schedule::constant(1.25 * limit)),
    ])
}

/// A trained layer and how it compares.
pub struct Trained {
    pub recipe: Recipe,
    pub seed: u64,
    pub layer: InContextAttention<f64>,
    pub history: Vec<Record>,
    pub optimum: Array2<f64>,
    /// Relative error of the product, after the last step and of the averaged parameters.
    pub relative_error: f64,
    pub averaged_error: f64,
    /// Exact error of the layer's product over that of the optimum, less 1.
    pub excess: f64,
    /// Squared error of the full layer on prompts of its own length that nobody was trained on; none if training overflowed.
    pub evaluation: Option<Estimate>,
    /// Exact error of the layer's product.
    pub exact: f64,
    /// Whether training came to its end with finite weights.
    pub survived: bool,
}

/// An entry of a matrix.
#[derive(Serialize)]
pub struct MatrixRow {
    recipe: &'static str,
    seed: u64,
    matrix: &'static str,
    row: usize,
    column: usize,
    value: f64,
}

impl Trained {
    /// The largest entry outside the block form at any logged step.
    pub fn widest(&self) -> f64 {
        largest(self.history.iter().map(|r| r.off_block))
    }

    pub fn matrix_rows(&self) -> Vec<MatrixRow> {
        let mut rows = Vec::new();
        for (matrix, entries) in [("learned", &self.layer.product()), ("optimal", &self.optimum)] {
            for ((row, column), &value) in entries.indexed_iter() {
                let (recipe, seed) = (self.recipe.name, self.seed);
                rows.push(MatrixRow { recipe, seed, matrix, row, column, value });
            }
        }
        rows
    }
}

fn task(condition: f64, rotated: bool) -> Result<LinearRegression> {
    let task = conditioned(D, condition)?;
    if !rotated {
        return Ok(task);
    }
    let mut normal = Array2::zeros((D, D));
    let mut rng = Streams::new(0).stream(Purpose::Theory, 0, 0, 0);
    for mut row in normal.rows_mut() {
        fill_standard_normal(&mut rng, row.as_slice_mut().unwrap_or_default());
    }
    // Eigenvectors of a random symmetric matrix: an orthogonal matrix, the same for every seed.
    let (_, rotation) = symmetric_eigen((&normal + &normal.t()).view())?;
    let law = task.features().mapped(rotation.view())?;
    Ok(LinearRegression::isotropic(law))
}

/// Trains every recipe with every seed.
pub fn train_all(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Trained>> {
    let seeds = experiment.three_seeds();
    let runs: Vec<(Recipe, u64)> = recipes(sizes)?
        .into_iter()
        .flat_map(|recipe| seeds.iter().map(move |&seed| (recipe.clone(), seed)))
        .collect();
    let steps: usize = runs.iter().map(|(recipe, _)| recipe.config.steps).sum();
    let progress = experiment.progress("train the full layer", steps as u64);
    let trained = parallel::try_each(&runs, |(recipe, seed)| {
        train_one(recipe.clone(), *seed, sizes, || progress.advance(1))
    });
    progress.finish();
    trained
}

fn train_one(recipe: Recipe, seed: u64, sizes: &Sizes, each_step: impl Fn()) -> Result<Trained> {
    let task = task(recipe.condition, recipe.rotated)?;
    let samples = recipe.config.samples;
    let optimum = optimum(&task, samples)?;
    let streams = Streams::new(seed);
    let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
    let sigma = initial_scale(&task, samples)?;
    let mut layer = InContextAttention::standard(InContextConfig { d: D }, sigma, &mut rng)?;
    let every = (recipe.config.steps / 150).max(1);
    let mut history = Vec::new();
    let outcome = train(&mut layer, &task, &recipe.config, streams, |step, layer| {
        if (step.index + 1).is_multiple_of(every) {
            history.push(Record::of(recipe.name, seed, step, layer, optimum.view()));
        }
        each_step();
    });
    // Beyond the stability limit a run may overflow: that is a finding, and the layer keeps its last finite weights.
    let (averaged, survived) = match outcome {
        Ok(averaged) => (averaged, true),
        Err(Error::NotFinite { .. }) => (layer.clone(), false),
        Err(error) => return Err(error),
    };
    let least = test_error(&task, optimum.view(), samples)?.total();
    let exact = test_error(&task, layer.product().view(), samples)?.total();
    let prompts = sizes.evaluation_prompts;
    let squared_error = |prompt: &Prompt| (predict(&layer, prompt) - prompt.target()).powi(2);
    let evaluate =
        || mean_over_prompts(&task, samples, prompts, &streams, Purpose::Evaluation, squared_error);
    // Weights that nearly overflowed have no finite error.
    let evaluation = survived.then(evaluate).transpose()?;
    Ok(Trained {
        seed,
        relative_error: relative_error(&layer, optimum.view()),
        averaged_error: relative_error(&averaged, optimum.view()),
        excess: exact / least - 1.0,
        evaluation,
        exact,
        survived,
        layer,
        history,
        optimum,
        recipe,
    })
}

/// The full layer's prediction for one prompt.
fn predict(layer: &InContextAttention<f64>, prompt: &Prompt) -> f64 {
    let (samples, d) = prompt.x.dim();
    let tokens =
        Array2::from_shape_fn(
            (samples, d + 1),
            |(i, j)| {
                if j < d { prompt.x[[i, j]] } else { prompt.y[i] }
            },
        );
    let queries = prompt.query.view().insert_axis(Axis(0));
    let contexts = Contexts { tokens: tokens.view(), weights: None, queries, samples };
    let mut prediction = [0.0];
    layer.forward(contexts, &mut Cache::new(1, d), &mut prediction);
    prediction[0]
}
