//! What decides how fast gradient descent gets to the optimum, and whether it stays in block form on the way (Q-A6).

use ndarray::ArrayView2;

use super::optimum::{gaussian_gamma, gaussian_optimum, statistic_second_moment};
use crate::Result;
use crate::numeric::linalg::symmetric_eigen;
use crate::problem::regression::LinearRegression;

/// The scale sigma of the standard initialisation (Q-D2): `sigma^2 |Gamma|_op sqrt d = 1`, half of what the
/// convergence theorem of Zhang, Frei and Bartlett admits.
///
/// # Errors
/// Those of [`gaussian_gamma`].
pub fn initial_scale(task: &LinearRegression, samples: usize) -> Result<f64> {
    let largest = largest_eigenvalue(gaussian_gamma(task, samples)?.view())?;
    Ok((largest * (task.dimension() as f64).sqrt()).sqrt().recip())
}

/// A step size for gradient descent on the exact error from the standard initialisation (Q-A6): the inverse of the bound
/// `4 u^2 l h` on the curvature at the balanced optimum, with `u^4 = tr(Gamma^-2)`, l and h the largest eigenvalues of Lambda
/// and of `E[h h^T]`.
///
/// # Errors
/// Those of [`gaussian_optimum`] and [`statistic_second_moment`].
pub fn descent_rate(task: &LinearRegression, samples: usize) -> Result<f64> {
    let optimum = gaussian_optimum(task, samples)?;
    let scale = optimum.iter().map(|v| v * v).sum::<f64>().sqrt();
    let second = task.features().second();
    let curvature = largest_eigenvalue(second.view())?
        * largest_eigenvalue(statistic_second_moment(task, samples)?.view())?;
    Ok(1.0 / (4.0 * scale * curvature))
}

/// The learning rate (on half the mean squared error) above which training on all parameters leaves the block form at the
/// balanced optimum, for Gaussian features (Q-A6 (c)): `2 / (u^2 E[c^2] l)` with `c = (1/N) sum_i y_i^2`, `u^4 = tr(Gamma^-2)`
/// and l the largest eigenvalue of Lambda.
///
/// The loss is quadratic in the entries k of W_KQ that pair labels with the query, with the curvature `u^2 E[c^2] L`; beyond
/// the limit their rounding errors grow geometrically. It is necessary for stability, not sufficient.
///
/// # Errors
/// Those of [`gaussian_optimum`].
pub fn stability_limit(task: &LinearRegression, samples: usize) -> Result<f64> {
    let optimum = gaussian_optimum(task, samples)?;
    let scale = optimum.iter().map(|v| v * v).sum::<f64>().sqrt();
    let second = task.features().second();
    let square = second.dot(&task.prior());
    // Given w, labels are N(0, v) with v = w^T L w + s^2, and E[c^2 | w] = v^2 (1 + 2/N).
    let mean = square.diag().sum() + task.noise().powi(2);
    let variance = 2.0 * square.dot(&square).diag().sum();
    let labels = (mean * mean + variance) * (1.0 + 2.0 / samples as f64);
    Ok(2.0 / (scale * labels * largest_eigenvalue(second.view())?))
}

/// Of a positive semidefinite matrix.
fn largest_eigenvalue(matrix: ArrayView2<'_, f64>) -> Result<f64> {
    let (values, _) = symmetric_eigen(matrix)?;
    Ok(values.iter().fold(0.0, |top, &v| top.max(v)))
}
