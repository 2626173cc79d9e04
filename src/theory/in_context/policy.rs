//! What the layer's error costs a policy that is greedy on its predictions (Q-A7).

use ndarray::{Array2, ArrayView2};

use super::optimum::check_matrix;
use crate::problem::regression::LinearRegression;
use crate::{Error, Result};

/// How far `A L` is from a positive multiple of the identity: `|A L - c I|_F / |A L|_F` with `c = tr(A L) / d` (Q-A7 (a)).
///
/// In an infinite prompt the layer predicts `<x, A L w>`. If this is 0 and c > 0 it ranks actions as `w` does, so that its
/// shrinkage costs a greedy policy nothing, however large the error of its values. A `matrix` with `A L = 0` gives 1.
///
/// # Errors
/// A `matrix` of another shape or not finite.
pub fn shrinkage_anisotropy(task: &LinearRegression, matrix: ArrayView2<'_, f64>) -> Result<f64> {
    check_matrix(matrix, task.dimension())?;
    let product = matrix.dot(&task.features().second());
    let c = product.diag().sum() / task.dimension() as f64;
    let size = product.iter().map(|v| v * v).sum::<f64>().sqrt();
    let off = &product - &(Array2::<f64>::eye(task.dimension()) * c);
    let distance = off.iter().map(|v| v * v).sum::<f64>().sqrt();
    Ok(if size > 0.0 { distance / size } else { 1.0 })
}

/// M times the expected loss of the greedy choice between two actions with features `N(0, I)`, `w ~ N(0, I)`, after long
/// training prompts, as M grows (Q-A7 (b)): `(d - 1) E|w| / (2 sqrt pi)`.
///
/// # Errors
/// `d` of 0.
pub fn fast_rate_constant(d: usize) -> Result<f64> {
    if d == 0 {
        return Err(Error::parameter("d", 0, "at least 1"));
    }
    Ok((d as f64 - 1.0) * mean_normal_length(d) / (2.0 * std::f64::consts::PI.sqrt()))
}

/// `E|w|` for `w ~ N(0, I)` in d dimensions: `sqrt 2 Gamma((d + 1) / 2) / Gamma(d / 2)`.
fn mean_normal_length(d: usize) -> f64 {
    use statrs::function::gamma::ln_gamma;
    let half = d as f64 / 2.0;
    (ln_gamma(half + 0.5) - ln_gamma(half)).exp() * std::f64::consts::SQRT_2
}
