//! Prompts made of samples of decision tasks with an oracle's labels: what an attention layer is fine-tuned on to become an
//! in-context estimator of the optimal Q-function of one step (Q-D6).

use ndarray::{Array1, Array2, ArrayView1, Axis};
use rand::{Rng, RngExt};

use crate::learner::in_context_q::attention::Centring;
use crate::model::in_context::InContextAttention;
use crate::numeric::linalg::{pseudo_inverse, semidefinite_root};
use crate::oracle::linear::Solved;
use crate::problem::linear_mdp::Family;
use crate::problem::regression::{Prompt, Prompts};
use crate::{Error, Result};

/// Directions of the features with less than this share of the largest variance count as empty.
const CUT_OFF: f64 = 1e-10;

/// Samples of one step of labelled tasks, in coordinates in which training is fast: features are whitened and labels have
/// variance 1.
#[derive(Clone, Debug)]
pub struct LabelledStep<'a> {
    tasks: &'a [Solved],
    step: usize,
    centring: Centring,
    /// T, symmetric; whitened features are T phi.
    whitening: Array2<f64>,
    /// T^+.
    back: Array2<f64>,
    /// T phi of every pair (for context-centring minus its mean), pairs x factors.
    features: Array2<f64>,
    /// Labels are divided by this.
    scale: f64,
}

impl<'a> LabelledStep<'a> {
    /// Prompts of step `step` of `tasks` (of `family`), with what `centring` says subtracted.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no tasks, a step beyond their horizon, labels that do not vary, tasks of another horizon or
    /// family, a prior mean of another shape than the tasks' weights. Features that are all alike leave labels that do not vary.
    pub fn new(
        family: &Family,
        tasks: &'a [Solved],
        step: usize,
        centring: Centring,
    ) -> Result<Self> {
        let Some(first) = tasks.first() else {
            return Err(Error::parameter("tasks", "none", "at least one"));
        };
        let (steps, factors) = first.weights.dim();
        if step >= steps {
            return Err(Error::parameter("step", step, format!("below the horizon {steps}")));
        }
        let expected = (steps, family.features().ncols());
        if let Some(index) = tasks.iter().position(|solved| solved.weights.dim() != expected) {
            let given = format!("weights of shape {:?}", tasks[index].weights.dim());
            return Err(Error::parameter(
                format!("tasks[{index}]"),
                given,
                format!("shape {expected:?}, as the first task and the family"),
            ));
        }
        if let Centring::Prior(mean) = &centring
            && mean.dim() != (steps, factors)
        {
            let given = format!("{} x {} prior means", mean.nrows(), mean.ncols());
            return Err(Error::parameter("centring", given, format!("{steps} x {factors}")));
        }
        let mut features = family.features().to_owned();
        if centring == Centring::Context {
            let mean = features.sum_axis(Axis(0)) / features.nrows() as f64;
            features -= &mean;
        }
        let second = features.t().dot(&features) / features.nrows() as f64;
        let inverse = pseudo_inverse(second.view(), CUT_OFF)?;
        let whitening = semidefinite_root("features", inverse.view())?;
        let back = second.dot(&whitening);
        let features = features.dot(&whitening);
        let mut lessons = Self { tasks, step, centring, whitening, back, features, scale: 1.0 };
        let square = |solved: &Solved| {
            let labels = lessons.features.dot(&lessons.weights(solved));
            labels.dot(&labels) / labels.len() as f64
        };
        let variance = tasks.iter().map(square).sum::<f64>() / tasks.len() as f64;
        if !(variance > 0.0 && variance.is_finite()) {
            return Err(Error::parameter(
                "labels",
                format!("of variance {variance}"),
                "labels that vary",
            ));
        }
        lessons.scale = variance.sqrt();
        Ok(lessons)
    }

    /// The matrix that reads plain samples as `layer` reads whitened ones: T A T.
    ///
    /// # Panics
    /// If the layer has another dimension.
    #[must_use]
    pub fn map(&self, layer: &InContextAttention<f64>) -> Array2<f64> {
        self.whitening.dot(&layer.product()).dot(&self.whitening)
    }

    /// The matrix of a layer of whitened samples that reads as `map` reads plain ones: the other way round.
    ///
    /// # Panics
    /// If `map` has another dimension.
    #[must_use]
    pub fn whitened(&self, map: &Array2<f64>) -> Array2<f64> {
        self.back.t().dot(map).dot(&self.back)
    }

    /// Weights of a task in whitened coordinates, of labels as they are subtracted from and scaled.
    fn weights(&self, solved: &Solved) -> Array1<f64> {
        let own = solved.weights.row(self.step);
        let weights = match &self.centring {
            Centring::Prior(mean) => &own - &mean.row(self.step),
            Centring::Raw | Centring::Context => own.to_owned(),
        };
        self.back.t().dot(&weights) / self.scale
    }

    fn feature(&self, rng: &mut impl Rng) -> ArrayView1<'_, f64> {
        self.features.row(rng.random_range(0..self.features.nrows()))
    }
}

impl Prompts for LabelledStep<'_> {
    fn dimension(&self) -> usize {
        self.features.ncols()
    }

    fn fill(&self, prompt: &mut Prompt, rng: &mut impl Rng) {
        let solved = &self.tasks[rng.random_range(0..self.tasks.len())];
        prompt.w.assign(&self.weights(solved));
        for mut x in prompt.x.rows_mut() {
            x.assign(&self.feature(rng));
        }
        if self.centring == Centring::Context {
            let mean = prompt.x.sum_axis(Axis(0)) / prompt.x.nrows() as f64;
            prompt.x -= &mean;
        }
        // Labels minus their mean over the context are linear in features minus theirs.
        prompt.y.assign(&prompt.x.dot(&prompt.w));
        prompt.query.assign(&self.feature(rng));
    }
}

#[cfg(test)]
mod tests;
