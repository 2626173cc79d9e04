//! Tests of [`super`], run on whichever backend is chosen; with `lapack` also on the two against each other.

use approx::assert_abs_diff_eq;
use ndarray::{Array2, array};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::*;

fn gaussian(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(rng))
}

fn is_singular<T>(outcome: Result<T>) -> bool {
    matches!(outcome, Err(Error::Singular { .. }))
}

fn is_parameter<T>(outcome: Result<T>) -> bool {
    matches!(outcome, Err(Error::Parameter { .. }))
}

#[test]
fn solves_a_system_written_by_hand() {
    // Needs a row exchange; x = (1, 2, 3) and its negative.
    let a = array![[0.0, 2.0, 1.0], [1.0, -2.0, -3.0], [-1.0, 1.0, 2.0]];
    let b = array![[7.0, -7.0], [-12.0, 12.0], [7.0, -7.0]];
    let x = solve(a.view(), b.view()).unwrap();
    assert_abs_diff_eq!(x, array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]], epsilon = 1e-14);
}

#[test]
fn random_systems_have_no_residual() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for n in 1..=40 {
        let a = gaussian(n, n, &mut rng);
        let b = gaussian(n, 1 + n % 3, &mut rng);
        let x = solve(a.view(), b.view()).unwrap();
        assert_abs_diff_eq!(a.dot(&x), b, epsilon = 1e-10);

        let spd = a.dot(&a.t()) + Array2::<f64>::eye(n);
        let x = cholesky_solve(spd.view(), b.view()).unwrap();
        assert_abs_diff_eq!(spd.dot(&x), b, epsilon = 1e-10);

        let tall = gaussian(2 * n, n, &mut rng);
        let b = gaussian(2 * n, 1 + n % 3, &mut rng);
        let x = least_squares(tall.view(), b.view()).unwrap();
        let gradient = tall.t().dot(&(tall.dot(&x) - b));
        assert_abs_diff_eq!(gradient, Array2::zeros(gradient.raw_dim()), epsilon = 1e-10);
    }
}

#[test]
fn the_layout_of_the_input_does_not_matter() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let a = gaussian(12, 12, &mut rng);
    let b = gaussian(12, 2, &mut rng);
    let expected = solve(a.view(), b.view()).unwrap();
    let transposed = a.t().as_standard_layout().into_owned();
    assert_eq!(solve(transposed.t(), b.view()).unwrap(), expected);
}

#[test]
fn least_squares_fits_a_line() {
    let a = array![[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]];
    let b = array![[1.0], [2.0], [2.0], [4.0]];
    let x = least_squares(a.view(), b.view()).unwrap();
    assert_abs_diff_eq!(x, array![[0.9], [0.9]], epsilon = 1e-14);
}

#[test]
fn eigenvalues_ascend_and_vectors_diagonalise() {
    let a = array![[2.0, 1.0], [1.0, 2.0]];
    let (values, _) = symmetric_eigen(a.view()).unwrap();
    assert_abs_diff_eq!(values, array![1.0, 3.0], epsilon = 1e-14);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for n in 1..=40 {
        let a = gaussian(n, n, &mut rng);
        let a = &a + &a.t();
        let (values, vectors) = symmetric_eigen(a.view()).unwrap();
        assert!(values.windows(2).into_iter().all(|w| w[0] <= w[1]));
        assert_abs_diff_eq!(a.dot(&vectors), &vectors * &values, epsilon = 1e-10);
        assert_abs_diff_eq!(vectors.t().dot(&vectors), Array2::eye(n), epsilon = 1e-12);
    }
}

#[test]
fn singular_matrices_are_refused() {
    let b = array![[1.0], [1.0], [1.0]];
    let magic = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
    assert!(is_singular(solve(magic.view(), b.view())));
    assert!(is_singular(solve(Array2::zeros((3, 3)).view(), b.view())));
    assert!(is_singular(least_squares(magic.view(), b.view())));
    let twice = array![[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]];
    assert!(is_singular(least_squares(twice.view(), b.view())));
    let indefinite = array![[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    assert!(is_singular(cholesky_solve(indefinite.view(), b.view())));
    // Rank one and positive semi-definite; rounding leaves a tiny positive pivot.
    let v = array![[0.1], [0.2], [0.7]];
    assert!(is_singular(cholesky_solve(v.dot(&v.t()).view(), b.view())));
}

#[test]
fn bad_scaling_alone_is_not_singular() {
    let a = array![[1e-200, 0.0], [0.0, 1e200]];
    let b = array![[1e-200], [1e200]];
    let ones = array![[1.0], [1.0]];
    assert_abs_diff_eq!(solve(a.view(), b.view()).unwrap(), ones, epsilon = 1e-14);
    assert_abs_diff_eq!(cholesky_solve(a.view(), b.view()).unwrap(), ones, epsilon = 1e-14);
    let overflow = solve(array![[1e-300]].view(), array![[1e300]].view());
    assert!(is_singular(overflow));
}

#[test]
fn wrong_shapes_and_entries_are_named() {
    let a = array![[1.0, 0.0], [0.0, 1.0]];
    let b = array![[1.0], [1.0]];
    let wide = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let long = array![[1.0], [1.0], [1.0]];
    for f in [solve, cholesky_solve, least_squares] {
        assert!(is_parameter(f(wide.view(), b.view())));
        assert!(is_parameter(f(a.view(), long.view())));
        assert!(is_parameter(f(a.view(), Array2::zeros((2, 0)).view())));
        assert!(is_parameter(f(Array2::zeros((0, 0)).view(), b.view())));
        let message = f(array![[1.0, 0.0], [f64::NAN, 1.0]].view(), b.view()).unwrap_err();
        assert!(message.to_string().starts_with("a[1, 0] = NaN"), "{message}");
        assert!(is_parameter(f(a.view(), array![[1.0], [f64::INFINITY]].view())));
    }
    let skew = array![[1.0, 2.0], [-2.0, 1.0]];
    assert!(is_parameter(symmetric_eigen(skew.view())));
    assert!(is_parameter(cholesky_solve(skew.view(), b.view())));
    assert!(is_parameter(symmetric_eigen(wide.view())));
}

#[cfg(feature = "lapack")]
#[test]
fn the_two_backends_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for n in 1..=40 {
        let b = gaussian(n, 3, &mut rng);
        // A dominant diagonal keeps the condition, hence the admissible difference, small.
        let a = gaussian(n, n, &mut rng) + Array2::<f64>::eye(n) * (2.0 * n as f64);
        let (p, l) = (pure::solve(a.view(), b.view()), lapack::solve(a.view(), b.view()));
        assert_same(p, l);
        let spd = a.dot(&a.t());
        let p = pure::cholesky_solve(spd.view(), b.view());
        assert_same(p, lapack::cholesky_solve(spd.view(), b.view()));
        let tall = gaussian(3 * n, n, &mut rng);
        let b = gaussian(3 * n, 3, &mut rng);
        let p = pure::least_squares(tall.view(), b.view());
        assert_same(p, lapack::least_squares(tall.view(), b.view()));

        let a = &a + &a.t();
        let (pure_values, pure_vectors) = pure::symmetric_eigen(a.view()).unwrap();
        let (values, vectors) = lapack::symmetric_eigen(a.view()).unwrap();
        assert_abs_diff_eq!(pure_values, values, epsilon = 1e-9);
        let overlap = pure_vectors.t().dot(&vectors).mapv(f64::abs);
        assert_abs_diff_eq!(overlap, Array2::eye(n), epsilon = 1e-9);
    }
}

#[cfg(feature = "lapack")]
fn assert_same(p: Option<Factored>, l: Option<Factored>) {
    let (p, l) = (p.unwrap(), l.unwrap());
    assert_abs_diff_eq!(p.solution, l.solution, epsilon = 1e-10);
    for (p, l) in p.pivots.iter().zip(&l.pivots) {
        assert_abs_diff_eq!(p.abs(), l.abs(), epsilon = 1e-9);
    }
}
