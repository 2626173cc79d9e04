//! Backend of [`super`] on LAPACK (ndarray-linalg). Inputs are checked by the caller; `None` means that LAPACK refused.
//!
//! Matrices cross as column-major slices, LAPACK's own order, so that no routine works on a transpose. Set
//! `OPENBLAS_NUM_THREADS=1`: the matrices are small and the callers run in parallel.

use ndarray::{Array1, Array2, ArrayView2, ShapeBuilder};
use ndarray_linalg::{Lapack, MatrixLayout, Transpose, UPLO};

use super::Factored;

pub(super) fn solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Option<Factored> {
    let layout = layout(a)?;
    let mut factor = column_major(a);
    let pivoting = f64::lu(layout, &mut factor).ok()?;
    let solution = by_column(b, |x| f64::solve(layout, Transpose::No, &factor, &pivoting, x).ok())?;
    let pivots = diagonal(&factor, a.nrows());
    Some(Factored { solution, pivots })
}

pub(super) fn cholesky_solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Option<Factored> {
    let layout = layout(a)?;
    let mut factor = column_major(a);
    f64::cholesky(layout, UPLO::Lower, &mut factor).ok()?;
    let solution = by_column(b, |x| f64::solve_cholesky(layout, UPLO::Lower, &factor, x).ok())?;
    let pivots = diagonal(&factor, a.nrows());
    Some(Factored { solution, pivots })
}

pub(super) fn least_squares(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Option<Factored> {
    let (rows, columns) = a.dim();
    let layout = layout(a)?;
    let mut factor = column_major(a);
    let tau = f64::householder(layout, &mut factor).ok()?;
    let mut q = factor.clone();
    f64::q(layout, &mut q, &tau).ok()?;
    let r = Array2::from_shape_vec((rows, columns).f(), factor).ok()?;
    let q = Array2::from_shape_vec((rows, columns).f(), q).ok()?;
    let mut x = q.t().dot(&b);
    for i in (0..columns).rev() {
        for mut column in x.columns_mut() {
            let known: f64 = (i + 1..columns).map(|j| r[[i, j]] * column[j]).sum();
            column[i] = (column[i] - known) / r[[i, i]];
        }
    }
    Some(Factored { solution: x, pivots: r.diag().to_vec() })
}

pub(super) fn symmetric_eigen(a: ArrayView2<'_, f64>) -> Option<(Array1<f64>, Array2<f64>)> {
    let mut vectors = column_major(a);
    let values = f64::eigh(true, layout(a)?, UPLO::Lower, &mut vectors).ok()?;
    let vectors = Array2::from_shape_vec(a.raw_dim().f(), vectors).ok()?;
    Some((values.into(), vectors.as_standard_layout().into_owned()))
}

fn layout(a: ArrayView2<'_, f64>) -> Option<MatrixLayout> {
    Some(MatrixLayout::F { col: a.ncols().try_into().ok()?, lda: a.nrows().try_into().ok()? })
}

fn column_major(a: ArrayView2<'_, f64>) -> Vec<f64> {
    a.t().iter().copied().collect()
}

fn diagonal(factor: &[f64], n: usize) -> Vec<f64> {
    factor.iter().step_by(n + 1).copied().collect()
}

/// Applies an in-place solver to a copy of every column of `b`.
fn by_column(
    b: ArrayView2<'_, f64>,
    mut solve: impl FnMut(&mut [f64]) -> Option<()>,
) -> Option<Array2<f64>> {
    let mut solution = b.to_owned();
    for mut column in solution.columns_mut() {
        let mut x = column.to_vec();
        solve(&mut x)?;
        column.assign(&Array1::from(x));
    }
    Some(solution)
}
