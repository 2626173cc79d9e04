//! Gradient descent on the exact error, in block form (Q-A6).
//!
//! With `H = E[h h^T]` at length N, the layer's error on prompts of that length is, in A = u K^T,
//!
//! ```text
//! eps(A) = tr[L A H A^T] - 2 tr[A L S L] + tr[L S]         G = d eps / dA = 2 L (A H - S L)
//! du = <G, K^T>                                            dK^T = u G
//! ```
//!
//! The gradients of the entries outside the block form are odd in the weights w, so they are 0 there and stay 0.

use ndarray::Array2;
use ndarray::linalg::general_mat_mul;

use super::Step;
use super::log::{off_block, relative_error};
use crate::model::Model;
use crate::model::in_context::InContextAttention;
use crate::problem::regression::LinearRegression;
use crate::theory::in_context::optimum::{optimum, statistic_second_moment};
use crate::{Error, Result};

/// How to descend.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PopulationConfig {
    /// N, the length of training prompts.
    pub samples: usize,
    /// Step size, on the mean squared error itself (not on half of it).
    pub learning_rate: f64,
    /// Largest number of steps.
    pub steps: usize,
    /// Stops once `|A - A*|_F / |A*|_F` is at most this; 0 for never.
    pub tolerance: f64,
}

impl PopulationConfig {
    fn check(&self) -> Result<()> {
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            let expected = "a positive finite number";
            return Err(Error::parameter("learning_rate", self.learning_rate, expected));
        }
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            return Err(Error::parameter("tolerance", self.tolerance, "a finite number >= 0"));
        }
        Ok(())
    }
}

/// Trains `layer` in place; `observe` sees every step and the layer after it. Returns the number of steps taken.
///
/// # Errors
/// A bad configuration; a layer of another dimension than the task's, or not in block form; [`Error::NotFinite`] when the
/// error overflows, with the parameters before that step in `layer`; those of [`optimum`].
pub fn train(
    layer: &mut InContextAttention<f64>,
    task: &LinearRegression,
    config: &PopulationConfig,
    mut observe: impl FnMut(&Step, &InContextAttention<f64>),
) -> Result<usize> {
    config.check()?;
    let d = task.dimension();
    if layer.config().d != d {
        return Err(Error::parameter("layer.d", layer.config().d, format!("the task's {d}")));
    }
    if off_block(layer) != 0.0 {
        return Err(Error::parameter("layer", "entries outside the block form", "zeros there"));
    }
    let target = optimum(task, config.samples)?;
    let mut descent = Descent::new(task, config.samples)?;
    for index in 0..config.steps {
        let loss = descent.look(layer);
        if !loss.is_finite() {
            return Err(Error::NotFinite { what: "loss", iteration: index });
        }
        descent.step(layer, config.learning_rate);
        if !layer.parameters().iter().all(|p| p.is_finite()) {
            descent.undo(layer);
            return Err(Error::NotFinite { what: "gradient", iteration: index });
        }
        observe(&Step { index, learning_rate: config.learning_rate, loss }, layer);
        if config.tolerance > 0.0 && relative_error(layer, target.view()) <= config.tolerance {
            return Ok(index + 1);
        }
    }
    Ok(config.steps)
}

/// Moments and buffers of one run.
struct Descent {
    second: Array2<f64>,
    statistic: Array2<f64>,
    /// L S L.
    cross: Array2<f64>,
    /// tr(L S), the error of predicting 0.
    nothing: f64,
    product: Array2<f64>,
    answered: Array2<f64>,
    /// G / 2.
    gradient: Array2<f64>,
    last_good: Vec<f64>,
}

impl Descent {
    fn new(task: &LinearRegression, samples: usize) -> Result<Self> {
        let second = task.features().second();
        let square = || Array2::zeros(second.dim());
        Ok(Self {
            statistic: statistic_second_moment(task, samples)?,
            cross: second.dot(&task.prior()).dot(&second),
            nothing: (&second * &task.prior()).sum(),
            product: square(),
            answered: square(),
            gradient: square(),
            last_good: Vec::new(),
            second,
        })
    }

    /// The error of the layer; G / 2 is kept.
    fn look(&mut self, layer: &InContextAttention<f64>) -> f64 {
        self.product.assign(&layer.key().t());
        self.product *= layer.scale();
        general_mat_mul(1.0, &self.product, &self.statistic, 0.0, &mut self.answered);
        general_mat_mul(1.0, &self.second, &self.answered, 0.0, &mut self.gradient);
        self.gradient -= &self.cross;
        inner(&self.gradient, &self.product) - inner(&self.cross, &self.product) + self.nothing
    }

    fn step(&mut self, layer: &mut InContextAttention<f64>, rate: f64) {
        self.last_good.clear();
        self.last_good.extend_from_slice(layer.parameters());
        let u = layer.scale();
        let along: f64 = self.gradient.iter().zip(layer.key().t()).map(|(g, k)| g * k).sum();
        layer.key_mut().scaled_add(-2.0 * rate * u, &self.gradient.t());
        *layer.scale_mut() -= 2.0 * rate * along;
    }

    fn undo(&self, layer: &mut InContextAttention<f64>) {
        layer.parameters_mut().copy_from_slice(&self.last_good);
    }
}

fn inner(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
