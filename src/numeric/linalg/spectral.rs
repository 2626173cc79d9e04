//! Functions of a symmetric matrix through its eigenvalues.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::{symmetric, symmetric_eigen};
use crate::{Error, Result};

/// Eigenvalues below minus this share of the largest one are negative, and not rounding.
const NEGATIVE: f64 = 1e-10;

/// The Moore-Penrose inverse of a symmetric matrix: eigenvalues are inverted, except that those of at most `cut_off` times
/// the largest absolute one count as zero and stay zero.
///
/// `a` is n x n; `a a^+` is the orthogonal projection onto the range of `a`.
///
/// ```
/// use ndarray::array;
/// let a = array![[4.0, 0.0], [0.0, 0.0]];
/// let inverse = lowregret::numeric::linalg::pseudo_inverse(a.view(), 1e-12)?;
/// assert!((inverse[[0, 0]] - 0.25).abs() < 1e-15 && inverse[[1, 1]] == 0.0);
/// # Ok::<(), lowregret::Error>(())
/// ```
///
/// # Errors
/// Those of [`symmetric_eigen`]; a `cut_off` outside [0, 1); an inverse that overflows.
pub fn pseudo_inverse(a: ArrayView2<'_, f64>, cut_off: f64) -> Result<Array2<f64>> {
    if !(0.0..1.0).contains(&cut_off) {
        return Err(Error::parameter("cut_off", cut_off, "a number in [0, 1)"));
    }
    let (values, vectors) = symmetric_eigen(a)?;
    let largest = values.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
    let inverted = values.mapv(|v| if v.abs() > cut_off * largest { 1.0 / v } else { 0.0 });
    let inverse = from_eigen(&inverted, &vectors);
    if inverse.iter().all(|v| v.is_finite()) {
        return Ok(inverse);
    }
    Err(Error::Singular { operation: "pseudo-inverse", reason: "the inverse overflows" })
}

/// The symmetric square root of a positive semidefinite matrix; `field` names the matrix in errors.
///
/// # Errors
/// [`Error::Parameter`] for a wrong shape, an entry that is not finite, a matrix that is not symmetric (to 1e-10 of its
/// largest entry) or has an eigenvalue below -1e-10 times its largest absolute one.
pub(crate) fn semidefinite_root(field: &str, a: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    symmetric(field, &a)?;
    let (values, vectors) = symmetric_eigen(a)?;
    let largest = values.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
    let lowest = values.first().copied().unwrap_or(0.0);
    if lowest < -NEGATIVE * largest {
        let expected = "a positive semidefinite matrix";
        return Err(Error::parameter(field, format!("eigenvalue {lowest}"), expected));
    }
    Ok(from_eigen(&values.mapv(|v| v.max(0.0).sqrt()), &vectors))
}

/// `V diag(values) V^T`.
fn from_eigen(values: &Array1<f64>, vectors: &Array2<f64>) -> Array2<f64> {
    let scaled = vectors * &values.view().insert_axis(Axis(0));
    scaled.dot(&vectors.t())
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    use super::*;
    use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};

    /// A random positive semidefinite n x n matrix of rank `rank`.
    fn semidefinite(n: usize, rank: usize, seed: u64) -> Array2<f64> {
        let mut values = vec![0.0; n * rank];
        let mut rng = Streams::new(seed).stream(Purpose::Theory, 0, 0, 0);
        fill_standard_normal(&mut rng, &mut values);
        let factor = Array2::from_shape_vec((n, rank), values).unwrap();
        factor.dot(&factor.t())
    }

    /// The four equations that define the Moore-Penrose inverse, for full and for lost rank.
    #[test]
    fn the_pseudo_inverse_obeys_its_definition() {
        for (n, rank) in [(1, 1), (4, 4), (4, 2), (9, 8), (9, 1)] {
            let a = semidefinite(n, rank, (10 * n + rank) as u64);
            let x = pseudo_inverse(a.view(), 1e-12).unwrap();
            let (ax, xa) = (a.dot(&x), x.dot(&a));
            assert_abs_diff_eq!(ax.dot(&a), a, epsilon = 1e-9);
            assert_abs_diff_eq!(xa.dot(&x), x, epsilon = 1e-9);
            assert_abs_diff_eq!(ax, ax.t().to_owned(), epsilon = 1e-9);
            assert_abs_diff_eq!(xa, xa.t().to_owned(), epsilon = 1e-9);
            assert_abs_diff_eq!(ax.diag().sum(), rank as f64, epsilon = 1e-9);
        }
    }

    #[test]
    fn the_cut_off_is_relative() {
        let a = array![[1e-20, 0.0], [0.0, 1e-26]];
        let kept = pseudo_inverse(a.view(), 1e-7).unwrap();
        assert_abs_diff_eq!(kept[[1, 1]] / 1e26, 1.0, epsilon = 1e-12);
        let cut = pseudo_inverse(a.view(), 1e-5).unwrap();
        assert_eq!(cut[[1, 1]], 0.0);
        assert_abs_diff_eq!(cut[[0, 0]] / 1e20, 1.0, epsilon = 1e-12);
        let zero = Array2::<f64>::zeros((2, 2));
        assert_eq!(pseudo_inverse(zero.view(), 0.0).unwrap(), zero);
    }

    #[test]
    fn the_square_root_squares_back() {
        for rank in [1, 3, 5] {
            let a = semidefinite(5, rank, rank as u64);
            let root = semidefinite_root("a", a.view()).unwrap();
            assert_abs_diff_eq!(root.dot(&root), a, epsilon = 1e-10);
            assert_abs_diff_eq!(root, root.t().to_owned(), epsilon = 1e-12);
        }
    }

    #[test]
    fn bad_matrices_are_named() {
        let refused =
            |a: Array2<f64>| semidefinite_root("prior", a.view()).unwrap_err().to_string();
        assert!(refused(array![[1.0, 0.0], [0.0, -1.0]]).starts_with("prior = eigenvalue -1"));
        assert!(refused(array![[1.0, 2.0], [0.0, 1.0]]).starts_with("prior[1, 0]"));
        assert!(refused(array![[f64::NAN]]).starts_with("prior[0, 0] = NaN"));
        let eye = Array2::<f64>::eye(2);
        for cut_off in [-1.0, 1.0, f64::NAN] {
            assert!(pseudo_inverse(eye.view(), cut_off).is_err());
        }
        assert!(pseudo_inverse(array![[1.0, 2.0], [0.0, 1.0]].view(), 0.0).is_err());
        let tiny = array![[1e-320]];
        assert!(matches!(pseudo_inverse(tiny.view(), 0.0), Err(Error::Singular { .. })));
    }
}
