//! Closed forms against each other, against numbers measured elsewhere, and against simulation where nothing else is exact.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use ndarray::{Array1, array};

use super::bound::{published_bound, sharper_bound, vacuous_below};
use super::descent::{descent_rate, initial_scale, stability_limit};
use super::error::{best_training_length, spectral_error, test_error};
use super::optimum::{gaussian_optimum, in_coordinates, optimum};
use super::policy::{fast_rate_constant, shrinkage_anisotropy};
use super::simulation::mean_over_prompts;
use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::regression::{FeatureLaw, LinearRegression, Prompts};

fn conditioned(d: usize, condition: f64) -> LinearRegression {
    LinearRegression::isotropic(FeatureLaw::conditioned(d, condition).unwrap())
}

fn spectrum(task: &LinearRegression) -> Vec<f64> {
    task.features().second().diag().to_vec()
}

/// Nothing commutes, the prior is not the identity, labels are noisy.
fn general() -> LinearRegression {
    let law = FeatureLaw::gaussian(array![[2.0, 0.6, 0.1], [0.6, 1.0, -0.3], [0.1, -0.3, 0.5]]);
    let prior = array![[1.0, 0.3, 0.0], [0.3, 0.7, 0.1], [0.0, 0.1, 0.4]];
    LinearRegression::new(law.unwrap(), prior, 0.7).unwrap()
}

/// Features on a simplex: their mean is not 0 and their covariance is singular.
fn simplex(noise: f64) -> LinearRegression {
    let points = array![[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.0, 0.5]];
    let law = FeatureLaw::finite(points, vec![0.3, 0.3, 0.2, 0.2]).unwrap();
    let prior = array![[1.0, 0.3, 0.0], [0.3, 0.7, 0.1], [0.0, 0.1, 0.4]];
    LinearRegression::new(law, prior, noise).unwrap()
}

#[test]
fn the_general_optimum_is_the_gaussian_one_for_gaussian_features() {
    for task in [general(), conditioned(4, 30.0)] {
        for n in [1, 7, 100_000] {
            let (general, gaussian) =
                (optimum(&task, n).unwrap(), gaussian_optimum(&task, n).unwrap());
            assert_relative_eq!(general, gaussian, max_relative = 1e-9, epsilon = 1e-12);
        }
    }
    let one = optimum(&conditioned(5, 1.0), 20).unwrap();
    assert_abs_diff_eq!(one, Array2::eye(5) / 1.3, epsilon = 1e-14);
}

/// Errors of a table measured elsewhere (d, kappa, N, M; in-context part, training-length part).
#[test]
fn errors_are_those_measured_elsewhere() {
    for (d, kappa, n, m, in_context, training_length) in [
        (5, 1.0, 20, 20, 0.888, 0.266),
        (5, 10.0, 20, 40, 0.391, 0.280),
        (8, 30.0, 64, 128, 0.354, 0.165),
        (10, 100.0, 50, 200, 0.258, 0.355),
    ] {
        let task = conditioned(d, kappa);
        let error = test_error(&task, optimum(&task, n).unwrap().view(), m).unwrap();
        assert_abs_diff_eq!(error.in_context, in_context, epsilon = 6e-4);
        assert_abs_diff_eq!(error.training_length, training_length, epsilon = 6e-4);
        let spectral = spectral_error(&spectrum(&task), n, m).unwrap();
        assert_relative_eq!(spectral.in_context, error.in_context, max_relative = 1e-12);
        assert_relative_eq!(spectral.training_length, error.training_length, max_relative = 1e-10);
    }
}

/// The optimum is a minimum: no small change of any entry lowers the error at M = N, for any law and statistic.
#[test]
fn the_optimum_minimises_the_exact_error() {
    type Optimum = fn(&LinearRegression, usize) -> Result<Array2<f64>>;
    type Test = fn(&LinearRegression, ndarray::ArrayView2<f64>, usize) -> Result<TestError>;
    for (optimum, test_error) in [
        (optimum as Optimum, test_error as Test),
        (centred::optimum as Optimum, centred::test_error as Test),
    ] {
        for task in [general(), simplex(0.0), simplex(0.4)] {
            let best = optimum(&task, 9).unwrap();
            let least = test_error(&task, best.view(), 9).unwrap().total();
            for place in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
                for step in [-0.01, 0.01] {
                    let mut other = best.clone();
                    other[place] += step;
                    let error = test_error(&task, other.view(), 9).unwrap().total();
                    // Along the null direction of a simplex nothing changes.
                    assert!(error > least - 1e-12, "{place:?}: {error} < {least}");
                }
            }
        }
    }
}

/// Pooled mean of a statistic's outer product against its closed form, entry by entry, within 4 standard errors.
fn check_second_moment(
    task: &LinearRegression,
    samples: usize,
    seed: u64,
    statistic: fn(&crate::problem::regression::Prompt) -> Array1<f64>,
    exact: &Array2<f64>,
) {
    const PROMPTS: usize = 60_000;
    let mut rng = Streams::new(seed).stream(Purpose::Theory, 0, 0, 0);
    let mut prompt = task.prompt(samples, &mut rng).unwrap();
    let mut sums = [[0.0; 2]; 9];
    for _ in 0..PROMPTS {
        task.fill(&mut prompt, &mut rng);
        let h = statistic(&prompt);
        for (i, sum) in sums.iter_mut().enumerate() {
            let v = h[i / 3] * h[i % 3];
            *sum = [sum[0] + v, sum[1] + v * v];
        }
    }
    for (sum, &exact) in sums.iter().zip(exact) {
        let mean = sum[0] / PROMPTS as f64;
        let error = ((sum[1] / PROMPTS as f64 - mean * mean) / PROMPTS as f64).sqrt();
        assert!((mean - exact).abs() < 4.0 * error, "{mean} +- {error}, exact {exact}");
    }
}

#[test]
fn second_moments_of_both_statistics_match_simulation() {
    for (seed, task) in [general(), simplex(0.0), simplex(0.4)].iter().enumerate() {
        for samples in [2, 3, 12] {
            let plain = optimum::statistic_second_moment(task, samples).unwrap();
            check_second_moment(task, samples, seed as u64, |p| p.statistic(), &plain);
            let centred = centred::statistic_second_moment(task, samples).unwrap();
            check_second_moment(task, samples, seed as u64, |p| p.centred_statistic(), &centred);
        }
    }
}

/// On a simplex the level of the weights is invisible to the centred statistic, and its optimum ignores it.
#[test]
fn the_centred_optimum_lives_on_differences() {
    let task = simplex(0.0);
    let matrix = centred::optimum(&task, 10).unwrap();
    assert_abs_diff_eq!(matrix.dot(&Array1::ones(3)), Array1::zeros(3), epsilon = 1e-9);
    let mut lifted = task.prior().to_owned();
    lifted += 50.0;
    let lifted = LinearRegression::new(task.features().clone(), lifted, 0.0).unwrap();
    let error = |task: &LinearRegression| {
        let matrix = centred::optimum(task, 10).unwrap();
        centred::test_error(task, matrix.view(), 10).unwrap().total()
    };
    assert_relative_eq!(error(&lifted), error(&task), max_relative = 1e-9);
    // While the plain statistic pays for it.
    let plain = |task: &LinearRegression| {
        let matrix = optimum(task, 10).unwrap();
        test_error(task, matrix.view(), 10).unwrap().total()
    };
    assert!(plain(&lifted) > 2.0 * plain(&task));
}

/// Nothing is left of the error when training and test prompts grow together.
#[test]
fn long_prompts_leave_no_error() {
    for task in [general(), simplex(0.4)] {
        let matrix = optimum(&task, 100_000_000).unwrap();
        assert!(test_error(&task, matrix.view(), 100_000_000).unwrap().total() < 1e-6);
        let matrix = centred::optimum(&task, 100_000_000).unwrap();
        assert!(centred::test_error(&task, matrix.view(), 100_000_000).unwrap().total() < 1e-6);
    }
}

#[test]
fn the_published_bound_is_what_was_published() {
    // d = 2, l = (1, 3): (3 * 4) / M + (1 + 4 + 4 * 3) * 4 / N^2.
    let bound = published_bound(&[1.0, 3.0], 10, 5).unwrap();
    assert_relative_eq!(bound.in_context, 2.4, max_relative = 1e-14);
    assert_relative_eq!(bound.training_length, 0.68, max_relative = 1e-14);
    // tr L tr L^-1 = 16 / 3 instead of 12.
    let sharper = sharper_bound(&[1.0, 3.0], 0.0, 10, 5).unwrap();
    assert_relative_eq!(sharper.in_context, 2.4, max_relative = 1e-14);
    assert_relative_eq!(sharper.training_length, (5.0 + 16.0 / 3.0) * 0.04, max_relative = 1e-14);
    let vacuous = vacuous_below(&[1.0, 3.0]).unwrap();
    assert_eq!((vacuous.test, vacuous.training), (3.0, 17f64.sqrt()));
}

/// Below the lengths of [`vacuous_below`] the bound is worse than predicting 0, whose error is tr L.
#[test]
fn the_bound_is_vacuous_where_it_says() {
    let spectrum = spectrum(&conditioned(5, 10.0));
    let limit = vacuous_below(&spectrum).unwrap();
    let at = |n: f64, m: f64| published_bound(&spectrum, n as usize, m as usize).unwrap().total();
    assert!(at(1e9, limit.test - 1.0) > 5.0 && at(1e9, limit.test + 1.0) < 5.0);
    let (below, above) = (limit.training.floor(), limit.training.ceil());
    assert!(at(below, 1e9) > 5.0 && at(above, 1e9) < 5.0);
}

#[test]
fn the_noisy_bound_holds_and_tightens() {
    let law = FeatureLaw::conditioned(5, 10.0).unwrap();
    for noise in [0.0, 0.5, 3.0] {
        let task = LinearRegression::new(law.clone(), Array2::eye(5), noise).unwrap();
        for (n, m) in [(8, 8), (64, 512), (1_000_000, 16), (1_000_000, 1_000_000)] {
            let exact = test_error(&task, optimum(&task, n).unwrap().view(), m).unwrap();
            let bound = sharper_bound(&spectrum(&task), noise, n, m).unwrap();
            assert!(bound.in_context >= exact.in_context * (1.0 - 1e-12));
            assert!(bound.training_length >= exact.training_length * (1.0 - 1e-9));
            if n == 1_000_000 {
                assert_relative_eq!(bound.total(), exact.total(), max_relative = 2e-3);
            }
        }
    }
}

#[test]
fn isotropic_shrinkage_is_told_from_the_other_kind() {
    let (round, long) = (conditioned(5, 1.0), conditioned(5, 10.0));
    let anisotropy = |task: &LinearRegression, n| {
        shrinkage_anisotropy(task, optimum(task, n).unwrap().view()).unwrap()
    };
    assert!(anisotropy(&round, 3) < 1e-14);
    assert!(anisotropy(&long, 16) > 0.1);
    let stretch = array![[1.0, 0.0], [0.0, 2.0]];
    let off = shrinkage_anisotropy(&conditioned(2, 1.0), stretch.view()).unwrap();
    assert_relative_eq!(off, 0.1f64.sqrt(), max_relative = 1e-12);
    assert!(anisotropy(&long, 1_000_000) < 1e-4);
    assert_eq!(shrinkage_anisotropy(&round, Array2::zeros((5, 5)).view()).unwrap(), 1.0);
}

#[test]
fn constants_have_their_values() {
    // E|w| = 2.1277 in five dimensions, sqrt(pi / 2) in two; one dimension has no direction to err in.
    assert_abs_diff_eq!(fast_rate_constant(5).unwrap(), 2.4009, epsilon = 1e-4);
    assert_abs_diff_eq!(fast_rate_constant(2).unwrap(), 0.125f64.sqrt(), epsilon = 1e-14);
    assert_eq!(fast_rate_constant(1).unwrap(), 0.0);
    let scale = initial_scale(&conditioned(5, 1.0), 20).unwrap();
    assert_relative_eq!(scale * scale * 1.3 * 5f64.sqrt(), 1.0, max_relative = 1e-12);
    // u^2 = sqrt 5 / 1.3, l = 1, h = 1.05 + 0.25.
    let rate = descent_rate(&conditioned(5, 1.0), 20).unwrap();
    assert_relative_eq!(1.0 / rate, 4.0 * 5f64.sqrt(), max_relative = 1e-12);
}

/// The curvature behind the limit, `E[c^2]` with `c = (1/N) sum y^2`, against simulation; and its value where all is round.
#[test]
fn the_stability_limit_rests_on_the_labels_fourth_moment() {
    let task = general();
    let square =
        |p: &crate::problem::regression::Prompt| (p.y.dot(&p.y) / p.y.len() as f64).powi(2);
    let streams = Streams::new(8);
    let simulated =
        mean_over_prompts(&task, 6, 200_000, &streams, Purpose::Theory, square).unwrap();
    let second = task.features().second();
    let (values, _) = crate::numeric::linalg::symmetric_eigen(second.view()).unwrap();
    let matrix = gaussian_optimum(&task, 6).unwrap();
    let scale = matrix.iter().map(|v| v * v).sum::<f64>().sqrt();
    let implied = 2.0 / (stability_limit(&task, 6).unwrap() * scale * values[2]);
    let error = simulated.half_width().unwrap() / 1.96;
    assert!((simulated.mean - implied).abs() < 4.0 * error, "{simulated:?}, implied {implied}");
    // d = 5, N = 20: u^2 = sqrt 5 / 1.3, E[c^2] = 35 * 1.1.
    let limit = stability_limit(&conditioned(5, 1.0), 20).unwrap();
    assert_relative_eq!(2.0 / limit, 5f64.sqrt() / 1.3 * 38.5, max_relative = 1e-12);
}

#[test]
fn the_best_training_length_is_the_test_length() {
    let task = conditioned(5, 10.0);
    let all: Vec<usize> = (1..=60).collect();
    assert_eq!(best_training_length(&task, &all, 10).unwrap().0, 10);
    assert_eq!(best_training_length(&general(), &all, 33).unwrap().0, 33);
    assert!(best_training_length(&task, &[], 10).is_err());
}

#[test]
fn bad_input_is_refused() {
    let task = general();
    let eye = Array2::<f64>::eye(3);
    assert!(optimum(&task, 0).is_err());
    assert!(gaussian_optimum(&task, 0).is_err());
    assert!(centred::optimum(&task, 1).is_err());
    assert!(centred::test_error(&task, eye.view(), 1).is_err());
    assert!(test_error(&task, eye.view(), 0).is_err());
    assert!(test_error(&task, Array2::eye(2).view(), 5).is_err());
    assert!(test_error(&task, (&eye * f64::NAN).view(), 5).is_err());
    assert!(shrinkage_anisotropy(&task, Array2::eye(2).view()).is_err());
    assert!(in_coordinates(eye.view(), Array2::zeros((3, 3)).view()).is_err());
    assert!(in_coordinates(eye.view(), Array2::eye(2).view()).is_err());
    for eigenvalues in [&[][..], &[0.0], &[1.0, -1.0], &[f64::NAN], &[f64::INFINITY]] {
        assert!(spectral_error(eigenvalues, 1, 1).is_err());
        assert!(published_bound(eigenvalues, 1, 1).is_err());
        assert!(sharper_bound(eigenvalues, 0.0, 1, 1).is_err());
        assert!(vacuous_below(eigenvalues).is_err());
    }
    assert!(spectral_error(&[1.0], 0, 1).is_err() && published_bound(&[1.0], 1, 0).is_err());
    assert!(sharper_bound(&[1.0], -1.0, 1, 1).is_err() && fast_rate_constant(0).is_err());
    // A singular prior has no Gaussian closed form, but it has an optimum.
    let flat = LinearRegression::new(task.features().clone(), Array2::zeros((3, 3)), 0.1).unwrap();
    assert!(gaussian_optimum(&flat, 5).is_err());
    assert_eq!(optimum(&flat, 5).unwrap(), Array2::<f64>::zeros((3, 3)));
    // Fourth moments of huge features overflow.
    let huge = FeatureLaw::gaussian(Array2::eye(2) * 1e200).unwrap();
    let huge = LinearRegression::isotropic(huge);
    assert!(optimum(&huge, 5).is_err());
    assert!(test_error(&huge, Array2::eye(2).view(), 5).is_err());
}
