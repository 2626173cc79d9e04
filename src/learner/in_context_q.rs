//! Learners that are shown samples of a task and estimate its optimal Q-functions: a trained attention layer, least squares,
//! value iteration without labels, the mean over tasks (Q-D5, Q-D6).

pub mod attention;
pub mod least_squares;
pub mod value_iteration;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::problem::linear_mdp::Context;
use crate::{Error, Result};

/// Samples of one task with what is known about them.
#[derive(Clone, Copy, Debug)]
pub struct Demonstration<'a> {
    /// Which pairs were seen, and where they led.
    pub context: &'a Context,
    /// The oracle's label of every pair, Q*_h(s, a), steps x pairs; the labels of pairs that were not seen are not looked at.
    pub labels: ArrayView2<'a, f64>,
    /// Reward of every pair.
    pub rewards: &'a [f64],
    /// Weight of what comes a step later.
    pub discount: f64,
}

/// Estimates Q-functions from a demonstration.
pub trait QLearner {
    /// The estimate of Q_h(s, a), steps x pairs.
    ///
    /// # Errors
    /// What the learner needs and the demonstration lacks.
    ///
    /// # Panics
    /// If the demonstration has other pairs or steps than the learner was made for.
    fn estimate(&self, demonstration: &Demonstration<'_>) -> Result<Array2<f64>>;
}

/// Averages over the samples of one step.
struct StepMeans {
    /// Mean of x.
    feature: Array1<f64>,
    /// Mean of y.
    label: f64,
    /// Mean of y x.
    product: Array1<f64>,
    /// Mean of x x^T.
    second: Array2<f64>,
}

impl StepMeans {
    /// Of the pairs with features `features` (pairs x factors) seen `visits` times out of `samples`, labelled `labels`.
    fn of(
        features: ArrayView2<'_, f64>,
        samples: usize,
        visits: ArrayView1<'_, f64>,
        labels: ArrayView1<'_, f64>,
    ) -> Self {
        let shares = &visits / samples as f64;
        let labelled = &shares * &labels;
        let weighted = &features * &shares.view().insert_axis(ndarray::Axis(1));
        Self {
            feature: features.t().dot(&shares),
            label: labelled.sum(),
            product: features.t().dot(&labelled),
            second: weighted.t().dot(&features),
        }
    }

    /// Mean of (y - mean y)(x - mean x).
    fn covariance(&self) -> Array1<f64> {
        &self.product - &(&self.feature * self.label)
    }
}

/// Refuses tables that are empty or hold an entry that is not finite.
fn check_finite(field: &str, table: ArrayView2<'_, f64>) -> Result<()> {
    if table.is_empty() {
        let size = format!("{} x {} table", table.nrows(), table.ncols());
        return Err(Error::parameter(field, size, "at least one row and one column"));
    }
    match table.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((i, j), v)) => {
            Err(Error::parameter(format!("{field}[{i}, {j}]"), v, "a finite number"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
