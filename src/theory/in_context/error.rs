//! The exact mean squared error of a block-form layer, split into what longer test prompts remove and what they do not.

use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::optimum::{check_matrix, fluctuation, optimum};
use super::{check_length, trace_of_product};
use crate::problem::regression::LinearRegression;
use crate::{Error, Result};

/// A mean squared prediction error (or a bound on one), in squared units of the label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TestError {
    /// The part that the randomness of the test prompt causes; it vanishes like 1 / M.
    pub in_context: f64,
    /// The part left in an infinite test prompt: the matrix was made for prompts of length N.
    pub training_length: f64,
}

impl TestError {
    /// The whole error.
    pub fn total(&self) -> f64 {
        self.in_context + self.training_length
    }

    /// Refuses an error that overflowed.
    pub(super) fn finite(self) -> Result<Self> {
        if self.total().is_finite() {
            return Ok(self);
        }
        Err(Error::Singular { operation: "test error", reason: "the moments overflow" })
    }
}

/// The exact error `E (<x_q, A h> - <x_q, w>)^2` of any `matrix` A (d x d) on prompts of `samples` = M features (Q-A4):
///
/// ```text
/// in_context      = (1/M) tr[L A (E[(x^T S x) x x^T] - L S L + s^2 L) A^T]
/// training_length = tr[L (A L - I) S (A L - I)^T]
/// ```
///
/// # Errors
/// `samples` of 0; a `matrix` of another shape or not finite; an error that overflows.
pub fn test_error(
    task: &LinearRegression,
    matrix: ArrayView2<'_, f64>,
    samples: usize,
) -> Result<TestError> {
    let m = check_length("samples", samples, 1)?;
    check_matrix(matrix, task.dimension())?;
    let second = task.features().second();
    let error = TestError {
        in_context: quadratic(&second, &matrix.to_owned(), &fluctuation(task)) / m,
        training_length: limit_error(task, matrix, &second, &second),
    };
    error.finite()
}

/// `tr[query (A mean - I) S (A mean - I)^T]`: the error at a statistic that is its mean, `mean w`.
pub(super) fn limit_error(
    task: &LinearRegression,
    matrix: ArrayView2<'_, f64>,
    query: &Array2<f64>,
    mean: &Array2<f64>,
) -> f64 {
    let deviation = matrix.dot(mean) - Array2::<f64>::eye(task.dimension());
    quadratic(query, &deviation, &task.prior().to_owned())
}

/// `tr[outer A inner A^T]`.
pub(super) fn quadratic(outer: &Array2<f64>, a: &Array2<f64>, inner: &Array2<f64>) -> f64 {
    trace_of_product(&outer.dot(a), &inner.dot(&a.t()))
}

/// The error in the eigenvalues of Lambda (Q-A5), for Gaussian features, S = I, exact labels, and the optimum for length N:
/// with `tau = sum l_i` and `g_i = (1 + 1/N) l_i + tau / N`,
///
/// ```text
/// in_context = (1/M) sum_i l_i^2 (l_i + tau) / g_i^2      training_length = (1/N^2) sum_i l_i (l_i + tau)^2 / g_i^2
/// ```
///
/// # Errors
/// No eigenvalue, one that is not positive and finite, a length of 0.
pub fn spectral_error(eigenvalues: &[f64], training: usize, test: usize) -> Result<TestError> {
    let (n, m) = (check_length("training", training, 1)?, check_length("test", test, 1)?);
    check_spectrum(eigenvalues)?;
    let tau: f64 = eigenvalues.iter().sum();
    let mut error = TestError { in_context: 0.0, training_length: 0.0 };
    for &l in eigenvalues {
        let g = (1.0 + 1.0 / n) * l + tau / n;
        error.in_context += l * l * (l + tau) / (g * g) / m;
        error.training_length += l * ((l + tau) / (n * g)).powi(2);
    }
    Ok(error)
}

/// The training length in `candidates` whose optimum has the smallest exact error on test prompts of `samples` features
/// (Q-B6 (e): `samples` itself, if it is a candidate), and that error.
///
/// # Errors
/// No candidate, a length of 0, and those of [`optimum`].
pub fn best_training_length(
    task: &LinearRegression,
    candidates: &[usize],
    samples: usize,
) -> Result<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    for &length in candidates {
        let error = test_error(task, optimum(task, length)?.view(), samples)?.total();
        if best.is_none_or(|(_, lowest)| error < lowest) {
            best = Some((length, error));
        }
    }
    best.ok_or_else(|| Error::parameter("candidates", "none", "at least one training length"))
}

/// Checks the eigenvalues of a Lambda.
pub(super) fn check_spectrum(eigenvalues: &[f64]) -> Result<()> {
    if eigenvalues.is_empty() {
        return Err(Error::parameter("eigenvalues", "none", "at least one"));
    }
    match eigenvalues.iter().position(|l| !(*l > 0.0 && l.is_finite())) {
        Some(i) => {
            let field = format!("eigenvalues[{i}]");
            Err(Error::parameter(field, eigenvalues[i], "a positive finite number"))
        }
        None => Ok(()),
    }
}
