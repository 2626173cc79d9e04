//! A statistic that ignores the level of labels and features (Q-A9): `h_c = (1/M) sum_i (y_i - mean y)(x_i - mean x)`, means
//! over the prompt.
//!
//! For exact labels it is `C w` with C the sample covariance (divided by M). With `z = x - E x`, `Cov = E[z z^T]`,
//! `T = E[(z^T S z) z z^T]`, n = M and `C' = n / (n - 1) C`,
//!
//! ```text
//! E[C' S C'] = Cov S Cov + (T - 2 Cov S Cov - tr(S Cov) Cov) / n + (Cov S Cov + tr(S Cov) Cov) / (n - 1)
//! ```
//!
//! and noise adds `s^2 (n - 1) / n^2 Cov` to `E[h_c h_c^T]`.

use ndarray::{Array2, ArrayView2};

use super::error::{TestError, limit_error, quadratic};
use super::optimum::check_matrix;
use super::{CUT_OFF, check_length, finite, trace_of_product};
use crate::Result;
use crate::numeric::linalg::pseudo_inverse;
use crate::problem::regression::LinearRegression;

/// The moments that the formulas are made of.
struct Moments {
    /// Cov, the covariance of the features.
    covariance: Array2<f64>,
    /// `(n - 1) / n Cov`, the mean of C.
    mean: Array2<f64>,
    /// `E[h_c h_c^T]`.
    second: Array2<f64>,
    /// `(n - 1)^2 / n^2 Cov S Cov`, what `E[h_c h_c^T]` would be if C were its mean and labels were exact.
    signal: Array2<f64>,
}

impl Moments {
    fn of(task: &LinearRegression, samples: usize) -> Result<Self> {
        let n = check_length("samples", samples, 2)?;
        let law = task.features().centred();
        let covariance = law.second();
        let square = covariance.dot(&task.prior()).dot(&covariance);
        let spread = &covariance * trace_of_product(&task.prior().to_owned(), &covariance);
        let kurtosis = law.fourth(task.prior()) - &square * 2.0 - &spread;
        let unbiased = &square + kurtosis / n + (&square + &spread) / (n - 1.0);
        let shrink = (n - 1.0) / n;
        let noise = &covariance * (task.noise().powi(2) * shrink / n);
        let second = finite("E[h_c h_c^T]", unbiased * shrink.powi(2) + noise)?;
        Ok(Self { mean: &covariance * shrink, signal: square * shrink.powi(2), covariance, second })
    }
}

/// `E[h_c h_c^T]` for prompts of `samples` features of any law (d x d).
///
/// # Errors
/// `samples` below 2; moments that overflow.
pub fn statistic_second_moment(task: &LinearRegression, samples: usize) -> Result<Array2<f64>> {
    Ok(Moments::of(task, samples)?.second)
}

/// The population optimum for the centred statistic of prompts of `samples` features:
/// `B = (n - 1) / n S Cov E[h_c h_c^T]^+` (d x d).
///
/// The pseudo-inverse matters: features on a simplex have a singular covariance.
///
/// # Errors
/// Those of [`statistic_second_moment`] and of the eigenvalue iteration.
pub fn optimum(task: &LinearRegression, samples: usize) -> Result<Array2<f64>> {
    let moments = Moments::of(task, samples)?;
    let inverse = pseudo_inverse(moments.second.view(), CUT_OFF)?;
    Ok(task.prior().dot(&moments.mean).dot(&inverse))
}

/// The exact advantage error `tr[Cov E (B h_c - w)(B h_c - w)^T]` of any `matrix` B (d x d) on prompts of `samples` features:
/// the mean squared error of `<x_q - E x, B h_c>`.
///
/// The term `training_length` is the error at the mean of the statistic, `(M - 1) / M Cov w`; it still depends on M a little.
///
/// # Errors
/// `samples` below 2; a `matrix` of another shape or not finite; an error that overflows.
pub fn test_error(
    task: &LinearRegression,
    matrix: ArrayView2<'_, f64>,
    samples: usize,
) -> Result<TestError> {
    let moments = Moments::of(task, samples)?;
    check_matrix(matrix, task.dimension())?;
    let fluctuation = &moments.second - &moments.signal;
    let error = TestError {
        in_context: quadratic(&moments.covariance, &matrix.to_owned(), &fluctuation),
        training_length: limit_error(task, matrix, &moments.covariance, &moments.mean),
    };
    error.finite()
}
