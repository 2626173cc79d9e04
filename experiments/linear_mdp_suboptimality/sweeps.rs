//! The sweeps over what is shown and what the layers were made for.

use lowregret::Result;
use lowregret::learner::in_context_q::QLearner;
use lowregret::learner::in_context_q::attention::{AttentionQ, Centring, Maps};
use lowregret::learner::in_context_q::least_squares::LeastSquares;
use lowregret::learner::in_context_q::value_iteration::ValueIteration;
use lowregret::numeric::rng::Streams;
use lowregret::report::Progress;
use ndarray::Array2;

use super::Sizes;
use super::layers::{Layer, fitted};
use super::points::{Point, Setting};
use super::tasks::Tasks;
use super::trial::{Shown, Trial};

/// Names of the learners that are no optimal layers.
pub const LEAST_SQUARES: &str = "least squares";
pub const LEAST_SQUARES_PRIOR: &str = "least squares from the prior mean";
pub const RIDGE: &str = "ridge, penalty 0.01";
pub const VALUE_ITERATION: &str = "value iteration without labels";
pub const PRIOR_MEAN: &str = "prior mean";
pub const FITTED_ON_TRAJECTORIES: &str = "prior-centred, fitted on trajectories";

/// A learner with its name.
type Named = (String, Box<dyn QLearner + Sync>);

/// Everything a sweep needs.
pub struct Bench<'a> {
    pub tasks: &'a Tasks,
    pub sizes: &'a Sizes,
    pub streams: &'a Streams,
    pub progress: &'a Progress,
}

impl Bench<'_> {
    /// Measures learners on the same contexts.
    fn measure(
        &self,
        part: &'static str,
        length: Option<usize>,
        shown: Shown,
        learners: Vec<Named>,
    ) -> Result<Vec<Point>> {
        let Self { tasks, sizes, streams, progress } = *self;
        let trial = Trial { tasks: &tasks.evaluation, contexts: sizes.contexts, streams };
        let players: Vec<&(dyn QLearner + Sync)> = learners.iter().map(|(_, l)| &**l).collect();
        let outcomes = trial.run(&players, shown)?;
        drop(players);
        progress.advance(1);
        let setting = Setting { part, horizon: tasks.horizon(), length, shown };
        let points = learners.into_iter().zip(outcomes).map(|((learner, _), outcome)| Point {
            setting,
            learner,
            outcome,
            contexts: sizes.contexts,
        });
        Ok(points.collect())
    }

    /// A named layer.
    fn layer(&self, layer: Layer, length: usize) -> Result<Named> {
        Ok((layer.name().to_owned(), Box::new(layer.learner(self.tasks, length)?)))
    }

    /// Longer and longer contexts, layers made for long ones.
    pub fn samples(&self, layers: &[Layer]) -> Result<Vec<Point>> {
        let length = self.sizes.long;
        let mut points = Vec::new();
        for &samples in &self.sizes.samples {
            let learners = layers.iter().map(|&layer| self.layer(layer, length));
            let learners = learners.collect::<Result<_>>()?;
            points.extend(self.measure(
                "samples",
                Some(length),
                Shown::Samples(samples),
                learners,
            )?);
        }
        Ok(points)
    }

    /// Layers made for longer and longer contexts, shown everything: what is left is the training length.
    pub fn training_length(&self, layers: &[Layer]) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        for &length in &self.sizes.samples {
            let learners = layers.iter().map(|&layer| self.layer(layer, length));
            let learners = learners.collect::<Result<_>>()?;
            let part = "training length";
            points.extend(self.measure(part, Some(length), Shown::Everything, learners)?);
        }
        Ok(points)
    }

    /// What is subtracted from the tokens, and which formula the matrix is made by; made for contexts of 32.
    pub fn centring(&self) -> Result<Vec<Point>> {
        let layers = [
            Layer::NaiveRaw,
            Layer::WhitenedRaw,
            Layer::Raw,
            Layer::NaiveCentred,
            Layer::GaussianCentred,
            Layer::Centred,
            Layer::ContextCentred,
        ];
        let mut points = Vec::new();
        for samples in [32, 256] {
            let mut learners =
                layers.iter().map(|&layer| self.layer(layer, 32)).collect::<Result<Vec<_>>>()?;
            learners.push((PRIOR_MEAN.into(), Box::new(prior_mean(self.tasks)?)));
            points.extend(self.measure("centring", Some(32), Shown::Samples(samples), learners)?);
        }
        Ok(points)
    }

    /// Layers made for the contexts they are shown, beside regressions that are not trained.
    pub fn comparators(&self) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        let features = self.tasks.family.features();
        let mean = &self.tasks.prior.mean;
        let zero = Array2::zeros(mean.dim());
        for &samples in &self.sizes.comparator_samples {
            let layers = [Layer::Raw, Layer::Centred, Layer::ContextCentred, Layer::Shared];
            let mut learners = layers
                .iter()
                .map(|&layer| self.layer(layer, samples))
                .collect::<Result<Vec<_>>>()?;
            let plain = LeastSquares::new(features, 0.0, zero.clone())?;
            let from_prior = LeastSquares::new(features, 0.0, mean.clone())?;
            let ridge = LeastSquares::new(features, 0.01, zero.clone())?;
            let actions = self.tasks.family.actions();
            let iteration = ValueIteration::new(features, actions, 0.01)?;
            learners.push((LEAST_SQUARES.into(), Box::new(plain)));
            learners.push((LEAST_SQUARES_PRIOR.into(), Box::new(from_prior)));
            learners.push((RIDGE.into(), Box::new(ridge)));
            learners.push((VALUE_ITERATION.into(), Box::new(iteration)));
            let shown = Shown::Transitions(samples);
            points.extend(self.measure("comparators", Some(samples), shown, learners)?);
        }
        Ok(points)
    }

    /// One layer a step beside one for all.
    pub fn sharing(&self) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        for &samples in &self.sizes.sharing_samples {
            let learners =
                vec![self.layer(Layer::Centred, samples)?, self.layer(Layer::Shared, samples)?];
            points.extend(self.measure(
                "sharing",
                Some(samples),
                Shown::Samples(samples),
                learners,
            )?);
        }
        Ok(points)
    }

    /// Contexts of runs of the uniform policy, for layers made for independent samples and for layers fitted on such runs.
    pub fn trajectories(&self) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        for runs in [20, 100] {
            let shown = Shown::Trajectories(runs);
            let centring = Layer::Centred.centring(self.tasks);
            let count = self.tasks.training.len();
            let fit = fitted(self.tasks, count, centring, shown, self.streams)?;
            let fit: Named = (FITTED_ON_TRAJECTORIES.into(), Box::new(fit));
            let learners = vec![self.layer(Layer::Centred, runs)?, fit];
            points.extend(self.measure("trajectories", Some(runs), shown, learners)?);
            let learners = vec![self.layer(Layer::Centred, runs)?];
            points.extend(self.measure(
                "trajectories",
                Some(runs),
                Shown::Samples(runs),
                learners,
            )?);
        }
        Ok(points)
    }

    /// Layers fitted on few and on many tasks, made for and shown contexts of 32.
    pub fn fitting(&self) -> Result<Vec<Point>> {
        let mut learners: Vec<Named> = Vec::new();
        for layer in [Layer::Centred, Layer::ContextCentred] {
            learners.push(self.layer(layer, 32)?);
            for &count in &self.sizes.fitting_tasks {
                let centring = layer.centring(self.tasks);
                let fit = fitted(self.tasks, count, centring, Shown::Samples(32), self.streams)?;
                learners.push((fitted_name(layer, count), Box::new(fit)));
            }
        }
        self.measure("fitting", Some(32), Shown::Samples(32), learners)
    }
}

/// Name of a layer that was fitted on `count` tasks.
pub fn fitted_name(layer: Layer, count: usize) -> String {
    format!("{} fitted on {count} tasks", layer.name().replace("optimum, ", ""))
}

/// The learner that looks at nothing.
pub fn prior_mean(tasks: &Tasks) -> Result<AttentionQ> {
    let (steps, d) = tasks.prior.mean.dim();
    let maps = Maps::PerStep(vec![Array2::zeros((d, d)); steps]);
    AttentionQ::new(tasks.family.features(), maps, Centring::Prior(tasks.prior.mean.clone()))
}
