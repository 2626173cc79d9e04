//! The sweeps over what is shown and what the layers were made for.

use lowregret::Result;
use lowregret::learner::in_context_q::QLearner;
use lowregret::learner::in_context_q::attention::{AttentionQ, Centring, Maps};
use lowregret::learner::in_context_q::least_squares::LeastSquares;
use lowregret::learner::in_context_q::value_iteration::ValueIteration;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::report::Progress;
use ndarray::Array2;

use super::Sizes;
use super::layers::{Layer, fitted};
use super::points::{Point, Setting};
use super::tasks::Tasks;
use super::trained::Checkpoint;
use super::trial::{Quantity, Shown, Trial};

/// Names of the learners that are no optimal layers.
pub const LEAST_SQUARES: &str = "least squares";
pub const LEAST_SQUARES_PRIOR: &str = "least squares from the prior mean";
pub const RIDGE: &str = "tuned ridge from the prior mean";
pub const VALUE_ITERATION: &str = "tuned value iteration without labels";
pub const PRIOR_MEAN: &str = "prior mean";
pub const FITTED_ON_TRAJECTORIES: &str = "prior-centred, fitted on trajectories";

/// Context length of the comparisons of centrings, fits and noise.
pub const LENGTH: usize = 32;
/// Penalties times samples among which a regression is tuned.
const PENALTIES: [f64; 7] = [1e-3, 1e-2, 1e-1, 1.0, 3.0, 10.0, 100.0];

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
    /// Measures learners on the same contexts; `length` is what they were made for.
    fn measure(&self, setting: Setting, learners: Vec<Named>) -> Result<Vec<Point>> {
        let trial = Trial {
            tasks: &self.tasks.evaluation,
            contexts: self.sizes.contexts,
            noise: setting.noise,
            streams: self.streams,
            purpose: Purpose::Evaluation,
        };
        let players: Vec<&(dyn QLearner + Sync)> = learners.iter().map(|(_, l)| &**l).collect();
        let outcomes = trial.run(&players, setting.shown)?;
        self.progress.advance(1);
        let contexts = trial.shown_to_each(setting.shown);
        let point = |(learner, outcome)| Point { setting, learner, outcome, contexts };
        Ok(learners.into_iter().map(|(name, _)| name).zip(outcomes).map(point).collect())
    }

    fn setting(&self, part: &'static str, length: Option<usize>, shown: Shown) -> Setting {
        Setting { part, horizon: self.tasks.horizon(), length, shown, noise: 0.0, trained: None }
    }

    /// Named layers for prompts of `length`; `None` means infinitely long ones.
    fn layers(&self, layers: &[Layer], length: Option<usize>, noise: f64) -> Result<Vec<Named>> {
        let length = length.unwrap_or(usize::MAX);
        let made = layers.iter().map(|layer| {
            let learner = layer.learner(self.tasks, length, noise)?;
            Ok((layer.name().to_owned(), Box::new(learner) as Box<dyn QLearner + Sync>))
        });
        made.collect()
    }

    /// The learner of the penalty (divided by the number of samples) with the least loss on some training tasks.
    fn tuned<Q: QLearner + Sync>(
        &self,
        setting: Setting,
        learner: impl Fn(f64) -> Result<Q>,
    ) -> Result<Q> {
        let samples = setting.shown.samples().unwrap_or(1) as f64;
        let count = self.sizes.tuning.min(self.tasks.training.len());
        let trial = Trial {
            tasks: &self.tasks.training[..count],
            contexts: 1,
            noise: setting.noise,
            streams: self.streams,
            purpose: Purpose::Tuning,
        };
        let mut best: Option<(f64, Q)> = None;
        for penalty in PENALTIES {
            let candidate = learner(penalty / samples)?;
            let outcome = trial.run(&[&candidate], setting.shown)?.remove(0);
            let loss = outcome.estimate(Quantity::Loss)?.mean;
            if best.as_ref().is_none_or(|(lowest, _)| loss < *lowest) {
                best = Some((loss, candidate));
            }
        }
        Ok(best.expect("there are penalties").1)
    }

    /// Longer and longer contexts, layers made for infinitely long ones.
    pub fn samples(&self, layers: &[Layer]) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        for &samples in &self.sizes.samples {
            let setting = self.setting("samples", None, Shown::Samples(samples));
            points.extend(self.measure(setting, self.layers(layers, None, 0.0)?)?);
        }
        Ok(points)
    }

    /// Layers made for longer and longer contexts, shown everything: what is left is the training length.
    pub fn training_length(&self, layers: &[Layer]) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        for &length in &self.sizes.samples {
            let setting = self.setting("training length", Some(length), Shown::Everything);
            points.extend(self.measure(setting, self.layers(layers, Some(length), 0.0)?)?);
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
        for samples in [LENGTH, 256] {
            let mut learners = self.layers(&layers, Some(LENGTH), 0.0)?;
            learners.push((PRIOR_MEAN.into(), Box::new(prior_mean(self.tasks)?)));
            let setting = self.setting("centring", Some(LENGTH), Shown::Samples(samples));
            points.extend(self.measure(setting, learners)?);
        }
        Ok(points)
    }

    /// Layers made for the contexts they are shown, beside regressions that are not trained.
    pub fn comparators(&self) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        let features = self.tasks.family.features();
        let zero = Array2::zeros(self.tasks.prior.mean.dim());
        let layers = [
            Layer::Raw,
            Layer::Centred,
            Layer::ContextCentred,
            Layer::Shared,
            Layer::SharedContextCentred,
        ];
        for &samples in &self.sizes.comparator_samples {
            let shown = Shown::Transitions(samples);
            let setting = self.setting("comparators", Some(samples), shown);
            let mut learners = self.layers(&layers, Some(samples), 0.0)?;
            let plain = LeastSquares::new(features, 0.0, zero.clone())?;
            learners.push((LEAST_SQUARES.into(), Box::new(plain)));
            learners.push((LEAST_SQUARES_PRIOR.into(), Box::new(self.ridge_to_prior(0.0)?)));
            let actions = self.tasks.family.actions();
            let iteration =
                self.tuned(setting, |penalty| ValueIteration::new(features, actions, penalty))?;
            learners.push((VALUE_ITERATION.into(), Box::new(iteration)));
            points.extend(self.measure(setting, learners)?);
        }
        Ok(points)
    }

    /// Ridge regression towards the weights that tasks have on average.
    fn ridge_to_prior(&self, penalty: f64) -> Result<LeastSquares> {
        let mean = self.tasks.prior.mean.clone();
        LeastSquares::new(self.tasks.family.features(), penalty, mean)
    }

    /// Labels that err, up to more than they differ by; everybody made for contexts of 32 and that noise.
    pub fn noise(&self) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        let layers = [Layer::Centred, Layer::ContextCentred, Layer::SharedContextCentred];
        for &noise in &self.sizes.noise {
            let shown = Shown::Samples(LENGTH);
            let setting = Setting { noise, ..self.setting("noise", Some(LENGTH), shown) };
            let mut learners = self.layers(&layers, Some(LENGTH), noise)?;
            learners.push((LEAST_SQUARES_PRIOR.into(), Box::new(self.ridge_to_prior(0.0)?)));
            let ridge = self.tuned(setting, |penalty| self.ridge_to_prior(penalty))?;
            learners.push((RIDGE.into(), Box::new(ridge)));
            points.extend(self.measure(setting, learners)?);
        }
        Ok(points)
    }

    /// One layer a step beside one for all.
    pub fn sharing(&self) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        let layers =
            [Layer::Centred, Layer::Shared, Layer::ContextCentred, Layer::SharedContextCentred];
        for &samples in &self.sizes.sharing_samples {
            let setting = self.setting("sharing", Some(samples), Shown::Samples(samples));
            points.extend(self.measure(setting, self.layers(&layers, Some(samples), 0.0)?)?);
        }
        Ok(points)
    }

    /// Contexts of runs of the uniform policy, for layers made for independent samples and for layers fitted on such runs.
    pub fn trajectories(&self) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        for runs in [20, 100] {
            let independent = self.setting("trajectories", Some(runs), Shown::Samples(runs));
            points.extend(
                self.measure(independent, self.layers(&[Layer::Centred], Some(runs), 0.0)?)?,
            );
            let shown = Shown::Trajectories(runs);
            let count = self.tasks.training.len();
            let fit = fitted(Layer::Centred, self.tasks, count, shown, self.streams)?;
            let mut learners = self.layers(&[Layer::Centred], Some(runs), 0.0)?;
            learners.push((FITTED_ON_TRAJECTORIES.into(), Box::new(fit)));
            points.extend(self.measure(Setting { shown, ..independent }, learners)?);
        }
        Ok(points)
    }

    /// Layers trained by gradient descent, at every checkpoint; made for and shown contexts of 32.
    pub fn training(&self, checkpoints: &[Checkpoint]) -> Result<Vec<Point>> {
        let setting = self.setting("training", Some(LENGTH), Shown::Samples(LENGTH));
        let learner = |own: &Checkpoint| -> Named {
            (own.layer.name().to_owned(), Box::new(own.learner.clone()))
        };
        let mut points = self.measure(setting, checkpoints.iter().map(learner).collect())?;
        for (point, own) in points.iter_mut().zip(checkpoints) {
            point.setting.trained = Some((own.steps, own.seed));
        }
        Ok(points)
    }

    /// Layers fitted on few and on many tasks, made for and shown contexts of 32.
    pub fn fitting(&self) -> Result<Vec<Point>> {
        let shown = Shown::Samples(LENGTH);
        let mut learners = Vec::new();
        for layer in [Layer::Centred, Layer::ContextCentred] {
            learners.extend(self.layers(&[layer], Some(LENGTH), 0.0)?);
            for &count in &self.sizes.fitting_tasks {
                let fit = fitted(layer, self.tasks, count, shown, self.streams)?;
                learners.push((fitted_name(layer, count), Box::new(fit)));
            }
        }
        self.measure(self.setting("fitting", Some(LENGTH), shown), learners)
    }
}

/// Name of a layer that was fitted on `count` tasks.
pub fn fitted_name(layer: Layer, count: usize) -> String {
    format!("{}, fitted on {count} tasks", layer.name().replace("optimum, ", ""))
}

/// The learner that looks at nothing.
pub fn prior_mean(tasks: &Tasks) -> Result<AttentionQ> {
    let (steps, d) = tasks.prior.mean.dim();
    let maps = Maps::PerStep(vec![Array2::zeros((d, d)); steps]);
    AttentionQ::new(tasks.family.features(), maps, Centring::Prior(tasks.prior.mean.clone()))
}
