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
    /// [`Error::Parameter`] for no tasks, a step beyond their horizon, labels that do not vary, a prior mean of another shape
    /// than the tasks' weights; [`Error::Singular`] for features that are all alike.
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
mod tests {
    use super::*;
    use crate::learner::in_context_q::{
        Demonstration, QLearner,
        attention::{AttentionQ, Maps},
    };
    use crate::model::in_context::InContextConfig;
    use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
    use crate::oracle::linear::WeightPrior;
    use crate::problem::linear_mdp::Context;

    fn tasks(family: &Family, count: usize) -> Vec<Solved> {
        let task = |i| family.task(&mut Streams::new(2).stream(Purpose::Training, 0, i, 0));
        (0..count).map(|i| Solved::new(task(i), 3).unwrap()).collect()
    }

    /// What a layer says about a prompt is what the learner with its map says about the same samples.
    #[test]
    fn layers_and_learners_say_the_same() {
        let family = Family::reference();
        let tasks = tasks(&family, 20);
        let prior = WeightPrior::of(tasks.iter().map(|solved| solved.weights.view())).unwrap();
        for centring in [Centring::Raw, Centring::Prior(prior.mean), Centring::Context] {
            let lessons = LabelledStep::new(&family, &tasks[..1], 1, centring.clone()).unwrap();
            let mut rng = Streams::new(2).stream(Purpose::Theory, 0, 0, 0);
            let mut key = Array2::zeros((6, 6));
            fill_standard_normal(&mut rng, key.as_slice_mut().unwrap());
            let config = InContextConfig { d: 6 };
            let layer = InContextAttention::block(config, 0.7, key.view()).unwrap();
            let mut prompt = Prompt::empty(30, 6).unwrap();
            lessons.fill(&mut prompt, &mut rng);
            // The same samples as counts: which pair a row is can be told from the differences of features.
            let mut visits = Array2::zeros((3, 24));
            let shift = &prompt.x.row(0) - &lessons.features.row(0);
            let pair_of = |x: ArrayView1<f64>, shift: &Array1<f64>| {
                lessons.features.rows().into_iter().position(|row| {
                    (&row + shift - x).iter().all(|difference| difference.abs() < 1e-9)
                })
            };
            let shifts = lessons.features.rows().into_iter().map(|row| &prompt.x.row(0) - &row);
            let shift = if centring == Centring::Context {
                let all = |shift: &Array1<f64>| {
                    prompt.x.rows().into_iter().all(|x| pair_of(x, shift).is_some())
                };
                shifts.into_iter().find(all).unwrap()
            } else {
                shift * 0.0
            };
            for x in prompt.x.rows() {
                visits[[1, pair_of(x, &shift).unwrap()]] += 1.0;
            }
            let context = Context { samples: 30, visits, arrivals: None };
            let labels = &tasks[0].optimal.pairs;
            let shown = Demonstration { context: &context, labels: labels.view(), rewards: &[] };
            let map = lessons.map(&layer);
            let learner = AttentionQ::new(
                family.features(),
                Maps::PerStep(vec![map.clone(); 3]),
                centring.clone(),
            );
            let values = learner.unwrap().estimate(&shown).unwrap();
            let said = prompt.query.dot(&layer.product().dot(&prompt.statistic())) * lessons.scale;
            let zero = Maps::PerStep(vec![Array2::zeros((6, 6)); 3]);
            let without = AttentionQ::new(family.features(), zero, centring.clone()).unwrap();
            let own = &values - &without.estimate(&shown).unwrap();
            let pair = pair_of(prompt.query.view(), &Array1::zeros(6)).unwrap();
            // Context-centring measures features from the context's mean, the prompt's query from the mean of all.
            let level =
                if centring == Centring::Context { own.row(1).mean().unwrap() } else { 0.0 };
            approx::assert_relative_eq!(own[[1, pair]] - level, said, epsilon = 1e-9);
            if centring != Centring::Context {
                approx::assert_relative_eq!(
                    lessons.whitened(&map),
                    layer.product(),
                    epsilon = 1e-8
                );
            }
        }
    }

    #[test]
    fn prompts_are_whitened_and_scaled() {
        let family = Family::reference();
        let tasks = tasks(&family, 200);
        let lessons = LabelledStep::new(&family, &tasks, 0, Centring::Context).unwrap();
        let (mut square, mut second) = (0.0, Array2::<f64>::zeros((6, 6)));
        let mut prompt = Prompt::empty(2, 6).unwrap();
        let count = 20_000;
        for index in 0..count {
            let mut rng = Streams::new(3).stream(Purpose::Theory, 0, index, 0);
            lessons.fill(&mut prompt, &mut rng);
            square += prompt.target().powi(2) / count as f64;
            let query = prompt.query.view().insert_axis(Axis(0));
            second += &(query.t().dot(&query) / count as f64);
        }
        assert!((square - 1.0).abs() < 0.05, "{square}");
        // Five directions of variance 1; nothing along the vector of ones.
        assert!((second.diag().sum() - 5.0).abs() < 0.1, "{second}");
        assert!(second.sum().abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_learned_from_is_refused() {
        let family = Family::reference();
        let tasks = tasks(&family, 2);
        let refused = |tasks: &[Solved], step, centring| {
            LabelledStep::new(&family, tasks, step, centring).unwrap_err().to_string()
        };
        assert!(refused(&[], 0, Centring::Raw).starts_with("tasks = none"));
        assert!(refused(&tasks, 3, Centring::Raw).starts_with("step = 3"));
        let prior = Centring::Prior(Array2::zeros((3, 5)));
        assert!(refused(&tasks, 0, prior).starts_with("centring = 3 x 5 prior means"));
    }
}
