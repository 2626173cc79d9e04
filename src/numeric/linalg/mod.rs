//! Small dense linear algebra on `ndarray` matrices: linear systems, least squares, symmetric eigenproblems,
//! pseudo-inverses.
//!
//! Two backends give the same functions: nalgebra (default; nothing to install) and, with the feature `lapack`,
//! LAPACK through ndarray-linalg (needs the system library OpenBLAS). Shapes, finiteness and rank are checked here, so
//! both refuse the same inputs with the same errors. They agree to rounding, not bit for bit.

use ndarray::{Array1, Array2, ArrayView2};

use crate::{Error, Result};

#[cfg(feature = "lapack")]
mod lapack;
#[cfg(any(test, not(feature = "lapack")))]
mod pure;
mod spectral;
#[cfg(test)]
mod tests;

pub use spectral::pseudo_inverse;
pub(crate) use spectral::semidefinite_root;

#[cfg(feature = "lapack")]
use lapack as backend;
#[cfg(not(feature = "lapack"))]
use pure as backend;

/// A solved system with what is needed to judge whether its matrix was of full rank.
struct Factored {
    /// The solution, one column a right-hand side.
    solution: Array2<f64>,
    /// Diagonal of the triangular factor, one entry a column of the matrix.
    pivots: Vec<f64>,
}

/// Solves `a x = b` for a square `a` by LU factorisation with partial pivoting.
///
/// `a` is n x n, `b` is n x m (columns are right-hand sides), the result is n x m.
///
/// # Errors
/// [`Error::Parameter`] for a wrong shape or an entry that is not finite; [`Error::Singular`] when a pivot is below
/// n times the machine epsilon times the largest entry of its column, or when the solution overflows.
pub fn solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    square("a", &a)?;
    right_hand_side(&a, &b)?;
    let scales =
        a.columns().into_iter().map(|column| column.iter().fold(0.0_f64, |m, v| m.max(v.abs())));
    full_rank("LU solve", backend::solve(a, b), scales, a.nrows())
}

/// Solves `a x = b` for a symmetric positive definite `a` by Cholesky factorisation.
///
/// `a` is n x n, `b` is n x m (columns are right-hand sides), the result is n x m.
///
/// # Errors
/// [`Error::Parameter`] for a wrong shape, an entry that is not finite or a matrix that is not symmetric (to 1e-10 of
/// its largest entry); [`Error::Singular`] when `a` is not positive definite to rounding, or the solution overflows.
pub fn cholesky_solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    symmetric("a", &a)?;
    right_hand_side(&a, &b)?;
    let mut factored = backend::cholesky_solve(a, b);
    if let Some(f) = &mut factored {
        // The factor holds square roots: compare like with like.
        f.pivots.iter_mut().for_each(|p| *p *= *p);
    }
    full_rank("Cholesky solve", factored, a.diag().iter().copied(), a.nrows())
}

/// Minimises `|a x - b|` (Euclidean norm, column by column) by a QR factorisation of `a`.
///
/// `a` is m x n with m >= n and linearly independent columns, `b` is m x k, the result is n x k.
///
/// # Errors
/// [`Error::Parameter`] for a wrong shape or an entry that is not finite; [`Error::Singular`] when a column lies within
/// m times the machine epsilon (relative to its norm) of the span of those before it, or when the solution overflows.
pub fn least_squares(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    finite("a", &a)?;
    if a.nrows() < a.ncols() {
        return Err(Error::parameter("a", shape(&a), "at least as many rows as columns"));
    }
    right_hand_side(&a, &b)?;
    let scales = a.columns().into_iter().map(|column| column.dot(&column).sqrt());
    full_rank("least squares", backend::least_squares(a, b), scales, a.nrows())
}

/// Eigenvalues (ascending) and eigenvectors of a symmetric matrix: `a v[:, i] = lambda[i] v[:, i]`.
///
/// `a` is n x n; the eigenvectors are the orthonormal columns of the n x n matrix returned, each up to sign.
///
/// # Errors
/// [`Error::Parameter`] for a wrong shape, an entry that is not finite or a matrix that is not symmetric (to 1e-10 of
/// its largest entry); [`Error::Singular`] when the iteration does not converge.
pub fn symmetric_eigen(a: ArrayView2<'_, f64>) -> Result<(Array1<f64>, Array2<f64>)> {
    symmetric("a", &a)?;
    backend::symmetric_eigen(a)
        .filter(|(values, vectors)| values.iter().chain(vectors).all(|v| v.is_finite()))
        .ok_or(Error::Singular {
            operation: "symmetric eigenvalues",
            reason: "the iteration did not converge",
        })
}

fn shape(a: &ArrayView2<'_, f64>) -> String {
    format!("{} x {} matrix", a.nrows(), a.ncols())
}

fn finite(field: &str, a: &ArrayView2<'_, f64>) -> Result<()> {
    if a.is_empty() {
        return Err(Error::parameter(field, shape(a), "at least one row and one column"));
    }
    match a.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((i, j), v)) => {
            Err(Error::parameter(format!("{field}[{i}, {j}]"), v, "a finite number"))
        }
        None => Ok(()),
    }
}

fn square(field: &str, a: &ArrayView2<'_, f64>) -> Result<()> {
    finite(field, a)?;
    if a.is_square() {
        return Ok(());
    }
    Err(Error::parameter(field, shape(a), "a square matrix"))
}

fn symmetric(field: &str, a: &ArrayView2<'_, f64>) -> Result<()> {
    square(field, a)?;
    let largest = a.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    for ((i, j), &v) in a.indexed_iter().filter(|((i, j), _)| j < i) {
        if (v - a[[j, i]]).abs() > 1e-10 * largest {
            return Err(Error::parameter(
                format!("{field}[{i}, {j}]"),
                v,
                format!("{field}[{j}, {i}] = {} (a symmetric matrix)", a[[j, i]]),
            ));
        }
    }
    Ok(())
}

fn right_hand_side(a: &ArrayView2<'_, f64>, b: &ArrayView2<'_, f64>) -> Result<()> {
    finite("b", b)?;
    if a.nrows() == b.nrows() {
        return Ok(());
    }
    Err(Error::parameter("b", shape(b), format!("{} rows, as many as a", a.nrows())))
}

/// Refuses factors whose pivots vanish against the scale of their columns, and solutions that overflowed.
fn full_rank(
    operation: &'static str,
    factored: Option<Factored>,
    scales: impl Iterator<Item = f64>,
    rows: usize,
) -> Result<Array2<f64>> {
    let tolerance = rows as f64 * f64::EPSILON;
    let singular = |reason| Error::Singular { operation, reason };
    let factored = factored.ok_or(singular("the matrix has no such factorisation"))?;
    let pivots = factored.pivots.iter().zip(scales);
    // Written so that a NaN pivot is refused too.
    if !pivots.into_iter().all(|(p, s)| p.abs() > tolerance * s) {
        return Err(singular("the matrix is rank-deficient to rounding"));
    }
    if !factored.solution.iter().all(|v| v.is_finite()) {
        return Err(singular("the solution overflows"));
    }
    Ok(factored.solution)
}
