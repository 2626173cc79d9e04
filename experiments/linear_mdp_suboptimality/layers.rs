//! The attention layers of the page: what is subtracted from the tokens, and which matrix reads them.

use lowregret::Result;
use lowregret::learner::in_context_q::attention::{AttentionQ, Centring, Maps};
use lowregret::numeric::linalg::cholesky_solve;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::linear::WeightPrior;
use lowregret::problem::regression::{FeatureLaw, LinearRegression};
use lowregret::theory::in_context::{centred, optimum, shared::SharedSteps};
use lowregret::train::in_context::fitted::fit_maps;
use ndarray::Array2;

use super::tasks::Tasks;
use super::trial::{Shown, demonstration};

/// Layers by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The Gaussian formula with unit prior covariance, raw labels (Q-A3 taken at its word).
    NaiveRaw,
    /// The same in whitened features.
    WhitenedRaw,
    /// The population optimum for raw labels.
    Raw,
    /// The Gaussian formula with unit prior covariance, labels minus the prior mean.
    NaiveCentred,
    /// The Gaussian formula with the covariance of the tasks, labels minus the prior mean.
    GaussianCentred,
    /// The population optimum for labels minus the prior mean.
    Centred,
    /// The population optimum for labels and features minus their means over the context.
    ContextCentred,
    /// The population optimum of one layer for all steps, labels minus the prior mean.
    Shared,
    /// The population optimum of one layer for all steps, context-centred.
    SharedContextCentred,
}

impl Layer {
    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::NaiveRaw => "Gaussian formula (S = I), raw labels",
            Self::WhitenedRaw => "Gaussian formula (S = I), whitened, raw labels",
            Self::Raw => "optimum, raw labels",
            Self::NaiveCentred => "Gaussian formula (S = I), prior-centred",
            Self::GaussianCentred => "Gaussian formula, prior-centred",
            Self::Centred => "optimum, prior-centred",
            Self::ContextCentred => "optimum, context-centred",
            Self::Shared => "optimum, prior-centred, shared by all steps",
            Self::SharedContextCentred => "optimum, context-centred, shared by all steps",
        }
    }

    /// The layer for prompts of `length` samples a step, whose labels err by noise of standard deviation `noise`.
    pub fn learner(self, tasks: &Tasks, length: usize, noise: f64) -> Result<AttentionQ> {
        let maps = match self {
            Self::Shared => Maps::Shared(shared_steps(tasks, noise)?.optimum(length)?),
            Self::SharedContextCentred => {
                Maps::Shared(context_centred_steps(tasks, noise)?.optimum(length)?)
            }
            _ => {
                let map = |h| self.map(tasks, h, length, noise);
                Maps::PerStep((0..tasks.horizon()).map(map).collect::<Result<_>>()?)
            }
        };
        AttentionQ::new(tasks.family.features(), maps, self.centring(tasks))
    }

    /// The matrix of step `h` if that step has a layer of its own; that of the layers shared by all steps is another.
    pub fn map(self, tasks: &Tasks, h: usize, length: usize, noise: f64) -> Result<Array2<f64>> {
        let law = feature_law(tasks)?;
        let unit = LinearRegression::isotropic(law.clone());
        let raw = || LinearRegression::new(law.clone(), tasks.prior.between(h, h), noise);
        let prior = || tasks.prior.centred().between(h, h);
        let prior_centred = || LinearRegression::new(law.clone(), prior(), noise);
        match self {
            Self::NaiveRaw | Self::NaiveCentred => optimum::gaussian_optimum(&unit, length),
            Self::WhitenedRaw => whitened_optimum(&unit, length),
            Self::Raw => optimum::optimum(&raw()?, length),
            Self::GaussianCentred => optimum::gaussian_optimum(&prior_centred()?, length),
            Self::Centred | Self::Shared => optimum::optimum(&prior_centred()?, length),
            Self::ContextCentred | Self::SharedContextCentred => centred::optimum(&raw()?, length),
        }
    }

    /// What it subtracts.
    pub fn centring(self, tasks: &Tasks) -> Centring {
        match self {
            Self::NaiveRaw | Self::WhitenedRaw | Self::Raw => Centring::Raw,
            Self::NaiveCentred | Self::GaussianCentred | Self::Centred | Self::Shared => {
                Centring::Prior(tasks.prior.mean.clone())
            }
            Self::ContextCentred | Self::SharedContextCentred => Centring::Context,
        }
    }
}

/// In whitened features the Gaussian formula is a multiple of I: back in the old ones, of the inverse of Lambda.
fn whitened_optimum(unit: &LinearRegression, length: usize) -> Result<Array2<f64>> {
    let second = unit.features().second();
    let d = second.nrows();
    let scale = 1.0 + (1.0 + d as f64) / length as f64;
    cholesky_solve((second * scale).view(), Array2::eye(d).view())
}

/// All steps, labels minus the prior mean.
pub fn shared_steps(tasks: &Tasks, noise: f64) -> Result<SharedSteps> {
    SharedSteps::new(feature_law(tasks)?, tasks.prior.centred().second, noise)
}

/// All steps, context-centred.
pub fn context_centred_steps(tasks: &Tasks, noise: f64) -> Result<SharedSteps> {
    let steps = SharedSteps::new(feature_law(tasks)?, tasks.prior.second.clone(), noise)?;
    Ok(steps.context_centred())
}

/// All pairs equally likely.
pub fn feature_law(tasks: &Tasks) -> Result<FeatureLaw> {
    let points = tasks.family.features().to_owned();
    let weights = vec![1.0 / points.nrows() as f64; points.nrows()];
    FeatureLaw::finite(points, weights)
}

/// Layers fitted by least squares over the first `count` training tasks, one context each; a prior mean is that of these tasks
/// alone.
pub fn fitted(
    layer: Layer,
    tasks: &Tasks,
    count: usize,
    shown: Shown,
    streams: &Streams,
) -> Result<AttentionQ> {
    let features = tasks.family.features();
    let training = &tasks.training[..count.min(tasks.training.len())];
    let prior = WeightPrior::of(training.iter().map(|solved| solved.weights.view()))?;
    let centring = match layer.centring(tasks) {
        Centring::Prior(_) => Centring::Prior(prior.mean),
        other => other,
    };
    let read = |index: usize| {
        let solved = &training[index];
        let mut rng = streams.stream(Purpose::Training, shown.samples().unwrap_or(0), index, 0);
        let context = shown.draw(solved, &mut rng)?;
        let shown = demonstration(solved, &context, &solved.optimal.pairs);
        let weights = match &centring {
            Centring::Prior(mean) => &solved.weights - mean,
            Centring::Raw | Centring::Context => solved.weights.clone(),
        };
        Ok((AttentionQ::statistic(features, &centring, &shown), weights))
    };
    let examples = parallel::try_over(training.len(), read)?;
    let maps = fit_maps(examples.iter().map(|(read, wanted)| (read.view(), wanted.view())))?;
    AttentionQ::new(features, Maps::PerStep(maps), centring)
}
