//! The matrix that a layer of linear attention should learn, and how it changes with the coordinates.

use ndarray::{Array2, ArrayView2};

use super::{CUT_OFF, check_length, finite};
use crate::numeric::linalg::{pseudo_inverse, solve};
use crate::problem::regression::LinearRegression;
use crate::{Error, Result};

/// E\[h h^T\] for prompts of `samples` features of any law (Q-A2):
/// `L S L + (E[(x^T S x) x x^T] - L S L + s^2 L) / N` (d x d).
///
/// # Errors
/// `samples` of 0; moments that overflow.
pub fn statistic_second_moment(task: &LinearRegression, samples: usize) -> Result<Array2<f64>> {
    let n = check_length("samples", samples, 1)?;
    finite("E[h h^T]", signal(task) + fluctuation(task) / n)
}

/// `L S L`, the second moment of `h` in an infinite prompt.
fn signal(task: &LinearRegression) -> Array2<f64> {
    let second = task.features().second();
    second.dot(&task.prior()).dot(&second)
}

/// N times what a prompt of N samples adds to the second moment of `h`: `E[(x^T S x) x x^T] - L S L + s^2 L`.
pub(super) fn fluctuation(task: &LinearRegression) -> Array2<f64> {
    let noise = task.features().second() * task.noise().powi(2);
    task.features().fourth(task.prior()) - signal(task) + noise
}

/// The population optimum for prompts of `samples` features of any law (Q-A2): `A = S L E[h h^T]^+` (d x d).
///
/// It minimises the mean squared error over all matrices; where `E[h h^T]` is singular it is the one of least norm. Directions
/// with less than 1e-13 of the largest moment count as empty: in features of condition beyond 1e6 or so, whiten first.
///
/// # Errors
/// Those of [`statistic_second_moment`] and of the eigenvalue iteration.
pub fn optimum(task: &LinearRegression, samples: usize) -> Result<Array2<f64>> {
    let moment = statistic_second_moment(task, samples)?;
    let inverse = pseudo_inverse(moment.view(), CUT_OFF)?;
    Ok(task.prior().dot(&task.features().second()).dot(&inverse))
}

/// `Gamma = (1 + 1/N) L + ((tr(S L) + s^2) / N) S^-1` (Q-A3); for Gaussian features its inverse is the population optimum.
///
/// For other laws it is what a user of the Gaussian formula would take, and in general not optimal.
///
/// # Errors
/// `samples` of 0; a prior that is singular; moments that overflow.
pub fn gaussian_gamma(task: &LinearRegression, samples: usize) -> Result<Array2<f64>> {
    let n = check_length("samples", samples, 1)?;
    let second = task.features().second();
    let inverse = solve(task.prior(), Array2::eye(task.dimension()).view())?;
    let scale = task.prior().dot(&second).diag().sum() + task.noise().powi(2);
    finite("Gamma", second * (1.0 + 1.0 / n) + inverse * (scale / n))
}

/// The optimum by the Gaussian closed form (Q-A3): the inverse of [`gaussian_gamma`].
///
/// # Errors
/// Those of [`gaussian_gamma`]; a Gamma that is singular.
pub fn gaussian_optimum(task: &LinearRegression, samples: usize) -> Result<Array2<f64>> {
    let gamma = gaussian_gamma(task, samples)?;
    solve(gamma.view(), Array2::eye(task.dimension()).view())
}

/// The matrix that predicts from `T x` what `matrix` predicts from `x` (Q-A8): `T^-T A T^-1`.
///
/// # Errors
/// A `map` that is not d x d, not finite or singular to rounding.
pub fn in_coordinates(
    matrix: ArrayView2<'_, f64>,
    map: ArrayView2<'_, f64>,
) -> Result<Array2<f64>> {
    check_matrix(matrix, map.ncols())?;
    let inverse = solve(map, Array2::eye(map.nrows()).view())?;
    Ok(inverse.t().dot(&matrix).dot(&inverse))
}

/// Checks that `matrix` is d x d and finite.
pub(super) fn check_matrix(matrix: ArrayView2<'_, f64>, d: usize) -> Result<()> {
    if matrix.dim() != (d, d) {
        let shape = format!("{} x {} matrix", matrix.nrows(), matrix.ncols());
        return Err(Error::parameter("matrix", shape, format!("{d} x {d}")));
    }
    match matrix.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((i, j), v)) => {
            Err(Error::parameter(format!("matrix[{i}, {j}]"), v, "a finite number"))
        }
        None => Ok(()),
    }
}
