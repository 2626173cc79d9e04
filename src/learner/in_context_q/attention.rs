//! A trained layer of linear attention for each step, or one for all steps (Q-D6).
//!
//! On the tokens (x_i, y_i) of one step the layer outputs `<x, A h>` with `h = (1/M) sum_i y_i x_i`: one gradient step of
//! least squares from 0, preconditioned by the trained matrix A. What goes in as x and y decides how well that works.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::{Demonstration, QLearner, StepMeans, check_finite};
use crate::{Error, Result};

/// What is subtracted before the layer sees a token, and added to what it says.
#[derive(Clone, Debug, PartialEq)]
pub enum Centring {
    /// Nothing.
    Raw,
    /// The label that tasks have on average, `<phi, wbar_h>`; holds wbar, steps x factors.
    Prior(Array2<f64>),
    /// Means of features and labels over the samples of the step: the layer estimates advantages, and the level of the
    /// labels, which no policy depends on, cannot disturb them.
    Context,
}

/// The trained matrices A.
#[derive(Clone, Debug, PartialEq)]
pub enum Maps {
    /// One a step, factors x factors each.
    PerStep(Vec<Array2<f64>>),
    /// One for all, (steps factors) x (steps factors): the layer reads the samples of all steps at once, with the feature
    /// vector of a sample in the block of its step and 0 elsewhere. The average is over samples of all steps.
    Shared(Array2<f64>),
}

/// Estimates Q-functions as trained layers of linear attention do.
#[derive(Clone, Debug)]
pub struct AttentionQ {
    features: Array2<f64>,
    maps: Maps,
    centring: Centring,
}

impl AttentionQ {
    /// The learner with the trained `maps`; `features` are those of all pairs, pairs x factors.
    ///
    /// # Errors
    /// [`Error::Parameter`] for maps or prior means that do not fit the features or each other, are empty or not
    /// finite.
    pub fn new(features: ArrayView2<'_, f64>, maps: Maps, centring: Centring) -> Result<Self> {
        check_finite("features", features)?;
        let d = features.ncols();
        let matrices: &[Array2<f64>] = match &maps {
            Maps::PerStep(maps) => maps,
            Maps::Shared(map) => std::slice::from_ref(map),
        };
        matrices.iter().try_for_each(|map| check_finite("maps", map.view()))?;
        if let Centring::Prior(mean) = &centring {
            check_finite("centring", mean.view())?;
        }
        let steps = match &maps {
            Maps::PerStep(maps) if maps.iter().all(|map| map.dim() == (d, d)) => maps.len(),
            Maps::Shared(map) if map.is_square() && map.nrows().is_multiple_of(d) => {
                map.nrows() / d
            }
            _ => {
                let expected = format!("square matrices, {d} rows a step");
                return Err(Error::parameter("maps", "matrices of other shapes", expected));
            }
        };
        match &centring {
            Centring::Prior(mean) if mean.dim() != (steps, d) => {
                let given = format!("{} x {} prior means", mean.nrows(), mean.ncols());
                Err(Error::parameter("centring", given, format!("{steps} x {d}")))
            }
            _ => Ok(Self { features: features.to_owned(), maps, centring }),
        }
    }

    /// What the layer reads of a demonstration, h of every step (steps x factors): the statistic that A multiplies.
    ///
    /// # Panics
    /// If the demonstration has other pairs, or a prior mean has other steps.
    #[must_use]
    pub fn statistic(
        features: ArrayView2<'_, f64>,
        centring: &Centring,
        demonstration: &Demonstration<'_>,
    ) -> Array2<f64> {
        let mut statistic = Array2::zeros((demonstration.labels.nrows(), features.ncols()));
        for (step, means) in step_means(features, demonstration).enumerate() {
            statistic.row_mut(step).assign(&match centring {
                Centring::Raw => means.product,
                Centring::Prior(prior) => means.product - means.second.dot(&prior.row(step)),
                Centring::Context => means.covariance(),
            });
        }
        statistic
    }

    /// A h of every step, steps x factors.
    fn weights(&self, statistic: Array2<f64>) -> Array2<f64> {
        match &self.maps {
            Maps::PerStep(maps) => {
                let mut weights = Array2::zeros(statistic.dim());
                for (step, map) in maps.iter().enumerate() {
                    weights.row_mut(step).assign(&map.dot(&statistic.row(step)));
                }
                weights
            }
            Maps::Shared(map) => {
                let shape = statistic.dim();
                // A sample of one step is one of `steps` times as many.
                let all: Array1<f64> = statistic.iter().map(|h| h / shape.0 as f64).collect();
                let weights = map.dot(&all).into_shape_with_order(shape);
                weights.expect("a weight for every entry of the statistic")
            }
        }
    }
}

/// Averages over the samples of each step.
fn step_means<'a>(
    features: ArrayView2<'a, f64>,
    demonstration: &'a Demonstration<'_>,
) -> impl Iterator<Item = StepMeans> + 'a {
    let Demonstration { context, labels, .. } = demonstration;
    let steps = context.visits.axis_iter(Axis(0)).zip(labels.axis_iter(Axis(0)));
    steps.map(move |(visits, labels)| StepMeans::of(features, context.samples, visits, labels))
}

impl QLearner for AttentionQ {
    fn estimate(&self, demonstration: &Demonstration<'_>) -> Result<Array2<f64>> {
        let features = self.features.view();
        let statistic = Self::statistic(features, &self.centring, demonstration);
        let weights = self.weights(statistic);
        Ok(match &self.centring {
            Centring::Raw => weights.dot(&features.t()),
            Centring::Prior(prior) => (weights + prior).dot(&features.t()),
            Centring::Context => {
                let mut values = weights.dot(&features.t());
                for (step, means) in step_means(features, demonstration).enumerate() {
                    let level = means.label - means.feature.dot(&weights.row(step));
                    values.row_mut(step).mapv_inplace(|value| value + level);
                }
                values
            }
        })
    }
}
