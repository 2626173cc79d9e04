//! Moments against sampling, changes of coordinates, prompts, and what is refused.

use approx::assert_abs_diff_eq;
use ndarray::{Array1, array};

use super::*;
use crate::numeric::rng::{Purpose, Streams};

fn skewed() -> FeatureLaw {
    let points = array![[1.0, 0.2, -0.4], [-0.5, 1.5, 0.3], [0.1, -0.7, 2.0], [0.9, 0.9, 0.0]];
    FeatureLaw::finite(points, vec![0.4, 0.3, 0.1, 0.2]).unwrap()
}

fn correlated() -> FeatureLaw {
    FeatureLaw::gaussian(array![[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]]).unwrap()
}

fn prior() -> Array2<f64> {
    array![[1.0, 0.3, 0.0], [0.3, 0.7, 0.1], [0.0, 0.1, 0.4]]
}

/// First, second and fourth moments within 4 standard errors of 2e5 draws, entry by entry.
#[test]
fn moments_match_the_draws() {
    const DRAWS: usize = 200_000;
    for law in [skewed(), correlated(), skewed().centred()] {
        let mut rng = Streams::new(3).stream(Purpose::Theory, 0, 0, 0);
        let mut x = Array1::zeros(3);
        // Sum and sum of squares of every entry of x, x x^T, (x^T S x) x x^T.
        let mut sums = [[0.0; 2]; 3 + 9 + 9];
        for _ in 0..DRAWS {
            law.fill(x.view_mut(), &mut rng);
            let form = x.dot(&prior().dot(&x));
            let mut entries = x.to_vec();
            for i in 0..9 {
                entries.push(x[i / 3] * x[i % 3]);
            }
            for i in 0..9 {
                entries.push(form * x[i / 3] * x[i % 3]);
            }
            for (sum, v) in sums.iter_mut().zip(entries) {
                *sum = [sum[0] + v, sum[1] + v * v];
            }
        }
        let exact = law.mean().into_iter().chain(law.second()).chain(law.fourth(prior().view()));
        for (i, (sum, exact)) in sums.iter().zip(exact).enumerate() {
            let mean = sum[0] / DRAWS as f64;
            let error = ((sum[1] / DRAWS as f64 - mean * mean) / DRAWS as f64).sqrt();
            assert!((mean - exact).abs() < 4.0 * error, "{i}: {mean} +- {error}, exact {exact}");
        }
    }
}

#[test]
fn conditioned_features_have_trace_and_condition() {
    let second = FeatureLaw::conditioned(5, 10.0).unwrap().second();
    let eigenvalues = second.diag();
    assert_abs_diff_eq!(eigenvalues.sum(), 5.0, epsilon = 1e-12);
    assert_abs_diff_eq!(eigenvalues[4] / eigenvalues[0], 10.0, epsilon = 1e-12);
    assert_abs_diff_eq!(eigenvalues[1] / eigenvalues[0], 10f64.powf(0.25), epsilon = 1e-12);
    assert_eq!(FeatureLaw::conditioned(1, 7.0).unwrap().second(), array![[1.0]]);
}

#[test]
fn centring_takes_the_mean_away() {
    let law = skewed().centred();
    assert_abs_diff_eq!(law.mean(), Array1::zeros(3), epsilon = 1e-15);
    let mean = skewed().mean();
    let outer = Array2::from_shape_fn((3, 3), |(i, j)| mean[i] * mean[j]);
    assert_abs_diff_eq!(law.second(), skewed().second() - outer, epsilon = 1e-15);
}

/// New coordinates change neither labels nor predictions: `<T^-T w, T x> = <w, x>`, in law.
#[test]
fn mapped_tasks_have_mapped_moments() {
    let map = array![[1.0, 0.5, 0.0], [0.0, 2.0, -1.0], [0.3, 0.0, 0.7]];
    for law in [skewed(), correlated()] {
        let task = LinearRegression::new(law.clone(), prior(), 0.3).unwrap();
        let mapped = task.mapped(map.view()).unwrap();
        let second = map.dot(&law.second()).dot(&map.t());
        assert_abs_diff_eq!(mapped.features().second(), second, epsilon = 1e-12);
        // The variance of an exact label is tr(S L) in any coordinates.
        let variance = |task: &LinearRegression| (&task.prior() * &task.features().second()).sum();
        assert_abs_diff_eq!(variance(&mapped), variance(&task), epsilon = 1e-12);
        assert_abs_diff_eq!(map.t().dot(&mapped.prior()).dot(&map), prior(), epsilon = 1e-12);
    }
}

#[test]
fn prompts_are_labelled_by_their_weights() {
    let task = LinearRegression::new(correlated(), prior(), 0.0).unwrap();
    let mut rng = Streams::new(4).stream(Purpose::Theory, 0, 0, 0);
    let mut prompt = task.prompt(7, &mut rng).unwrap();
    assert_abs_diff_eq!(prompt.y, prompt.x.dot(&prompt.w), epsilon = 1e-14);
    let h: Array1<f64> = (0..7)
        .map(|i| &prompt.x.row(i) * prompt.y[i] / 7.0)
        .fold(Array1::zeros(3), |sum, term| sum + term);
    assert_abs_diff_eq!(prompt.statistic(), h, epsilon = 1e-14);
    // Levels of labels and features are invisible to the centred statistic, and only to that.
    let centred = prompt.centred_statistic();
    prompt.y += 5.0;
    prompt.x += 3.0;
    assert_abs_diff_eq!(prompt.centred_statistic(), centred, epsilon = 1e-12);
    assert!((&prompt.statistic() - &h).mapv(f64::abs).sum() > 1.0);
    let noisy = LinearRegression::new(correlated(), prior(), 0.5).unwrap();
    let mut residuals = Vec::new();
    for _ in 0..2000 {
        noisy.fill(&mut prompt, &mut rng);
        residuals.extend(&prompt.y - &prompt.x.dot(&prompt.w));
    }
    let variance = residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len() as f64;
    assert_abs_diff_eq!(variance, 0.25, epsilon = 4.0 * 0.25 * (2.0 / 14_000f64).sqrt());
}

#[test]
fn bad_input_is_named() {
    fn message<T>(outcome: Result<T>) -> String {
        outcome.err().expect("refused").to_string()
    }
    let gaussian = |c: Array2<f64>| message(FeatureLaw::gaussian(c));
    assert!(gaussian(array![[1.0, f64::NAN], [0.0, 1.0]]).starts_with("covariance[0, 1] = NaN"));
    assert!(gaussian(array![[1.0, 0.5], [0.0, 1.0]]).starts_with("covariance[1, 0] = 0"));
    assert!(gaussian(array![[1.0, 2.0], [2.0, 1.0]]).starts_with("covariance = eigenvalue -1"));
    assert!(gaussian(array![[1.0, 2.0]]).starts_with("covariance = 1 x 2 matrix"));
    assert!(gaussian(Array2::zeros((0, 0))).starts_with("covariance"));
    for (d, condition) in [(0, 1.0), (1025, 1.0), (usize::MAX, 1.0)] {
        assert!(message(FeatureLaw::conditioned(d, condition)).starts_with("d = "));
    }
    for condition in [0.5, f64::NAN, f64::INFINITY] {
        assert!(message(FeatureLaw::conditioned(2, condition)).starts_with("condition = "));
    }
    let finite = |points, weights| message(FeatureLaw::finite(points, weights));
    let points = array![[1.0], [2.0]];
    assert!(finite(points.clone(), vec![0.5]).starts_with("weights = 1"));
    assert!(finite(points.clone(), vec![0.5, 0.6]).starts_with("sum of weights"));
    assert!(finite(points.clone(), vec![1.5, -0.5]).starts_with("weights[1] = -0.5"));
    assert!(finite(points, vec![f64::NAN, 1.0]).starts_with("weights[0] = NaN"));
    assert!(finite(array![[f64::INFINITY]], vec![1.0]).starts_with("points[0, 0]"));
    assert!(finite(Array2::zeros((0, 2)), vec![]).starts_with("points"));
    let task = |prior, noise| message(LinearRegression::new(correlated(), prior, noise));
    assert!(task(Array2::eye(2), 0.0).starts_with("prior = 2 x 2"));
    assert!(task(-prior(), 0.0).starts_with("prior = eigenvalue"));
    assert!(task(prior(), -1.0).starts_with("noise = -1"));
    assert!(task(prior(), f64::NAN).starts_with("noise = NaN"));
    let task = LinearRegression::isotropic(correlated());
    let mut rng = Streams::new(0).stream(Purpose::Theory, 0, 0, 0);
    assert!(message(task.prompt(0, &mut rng)).starts_with("samples = 0"));
    assert!(message(task.prompt(usize::MAX, &mut rng)).starts_with("d = 3"));
    assert!(message(Prompt::empty(4, 0)).starts_with("d = 0"));
    assert!(task.mapped(Array2::zeros((3, 3)).view()).is_err());
    assert!(task.mapped(Array2::eye(2).view()).is_err());
}
