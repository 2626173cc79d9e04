//! Backend of [`super`] on nalgebra. Inputs are checked by the caller; `None` means that no factorisation exists.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2};

use super::Factored;

pub(super) fn solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Option<Factored> {
    let lu = to_nalgebra(a).lu();
    let solution = from_nalgebra(&lu.solve(&to_nalgebra(b))?);
    let pivots = lu.u().diagonal().iter().copied().collect();
    Some(Factored { solution, pivots })
}

pub(super) fn cholesky_solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Option<Factored> {
    let cholesky = to_nalgebra(a).cholesky()?;
    let solution = from_nalgebra(&cholesky.solve(&to_nalgebra(b)));
    let factor = cholesky.l_dirty();
    let pivots = factor.diagonal().iter().copied().collect();
    Some(Factored { solution, pivots })
}

pub(super) fn least_squares(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Option<Factored> {
    let qr = to_nalgebra(a).qr();
    let mut projected = to_nalgebra(b);
    qr.q_tr_mul(&mut projected);
    let r = qr.unpack_r();
    let solution = r.solve_upper_triangular(&projected.rows(0, a.ncols()))?;
    Some(Factored {
        solution: from_nalgebra(&solution),
        pivots: r.diagonal().iter().copied().collect(),
    })
}

pub(super) fn symmetric_eigen(a: ArrayView2<'_, f64>) -> Option<(Array1<f64>, Array2<f64>)> {
    let n = a.nrows();
    // Two or three sweeps an eigenvalue are usual; the limit only keeps the iteration finite.
    let eigen = SymmetricEigen::try_new(to_nalgebra(a), f64::EPSILON, 1000 + 100 * n)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| eigen.eigenvalues[i].total_cmp(&eigen.eigenvalues[j]));
    let values = order.iter().map(|&i| eigen.eigenvalues[i]).collect();
    let vectors = Array2::from_shape_fn((n, n), |(row, i)| eigen.eigenvectors[(row, order[i])]);
    Some((values, vectors))
}

fn to_nalgebra(a: ArrayView2<'_, f64>) -> DMatrix<f64> {
    DMatrix::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]])
}

fn from_nalgebra(a: &DMatrix<f64>) -> Array2<f64> {
    Array2::from_shape_fn(a.shape(), |index| a[index])
}
