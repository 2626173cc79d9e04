//! The exact error of the optimum against simulation: in settings, and along test and training length.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, largest};
use lowregret::numeric::rng::{Purpose, Streams, fill_standard_normal};
use lowregret::problem::regression::{FeatureLaw, LinearRegression};
use lowregret::report::Experiment;
use lowregret::theory::in_context::error::test_error;
use lowregret::theory::in_context::optimum::{gaussian_optimum, optimum};
use lowregret::theory::in_context::simulation::{fitted_optimum, simulated_error};
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use serde::Serialize;

use super::sizes::Sizes;

/// Number of features, condition number, training length, test length.
const SETTINGS: [(usize, f64, usize, usize); 6] = [
    (5, 1.0, 20, 20),
    (5, 10.0, 20, 40),
    (8, 30.0, 64, 128),
    (10, 100.0, 50, 200),
    (3, 3.0, 10, 10),
    (5, 10.0, 32, 1000),
];

/// The error in one setting, simulated and exact.
#[derive(Serialize)]
pub struct SettingRow {
    pub setting: String,
    pub d: usize,
    pub condition: Option<f64>,
    pub training: usize,
    pub test: usize,
    pub prompts: usize,
    pub simulated: f64,
    pub low: f64,
    pub high: f64,
    pub in_context: f64,
    pub training_length: f64,
    pub exact: f64,
    /// Deviation of the simulation from the exact error, in standard errors.
    pub z: f64,
}

/// Gaussian features with `w ~ N(0, I)` and exact labels.
pub fn conditioned(d: usize, condition: f64) -> Result<LinearRegression> {
    Ok(LinearRegression::isotropic(FeatureLaw::conditioned(d, condition)?))
}

/// What a simulation belongs to.
#[derive(Clone, Copy)]
pub enum Part {
    Setting,
    Curve,
    Play,
    Fit,
}

/// Streams of one simulation alone, so that no two of them see the same prompts.
pub fn own_streams(experiment: &Experiment, part: Part, number: usize) -> Streams {
    let seeds = Streams::new(experiment.seed());
    Streams::new(seeds.stream(Purpose::Theory, usize::MAX, number, part as usize).next_u64())
}

fn normal(rows: usize, columns: usize, streams: &Streams, number: usize) -> Array2<f64> {
    let mut matrix = Array2::zeros((rows, columns));
    let mut rng = streams.stream(Purpose::Theory, 0, number, 0);
    for mut row in matrix.rows_mut() {
        fill_standard_normal(&mut rng, row.as_slice_mut().unwrap_or_default());
    }
    matrix
}

fn positive(d: usize, streams: &Streams, number: usize) -> Array2<f64> {
    let factor = normal(d, d, streams, number);
    factor.dot(&factor.t()) / d as f64 + Array2::<f64>::eye(d) * 0.2
}

/// All settings, and the distance of a least-squares fit to the closed form. The last two settings are Gaussian features
/// with random Lambda, prior and noise, and finitely many feature vectors with a mean.
pub fn settings(experiment: &Experiment, sizes: &Sizes) -> Result<(Vec<SettingRow>, f64)> {
    let draws = Streams::new(experiment.seed()).branch(Purpose::Theory);
    let mut tasks = SETTINGS
        .iter()
        .map(|&(d, condition, training, test)| {
            Ok((
                format!("κ = {condition}"),
                conditioned(d, condition)?,
                Some(condition),
                training,
                test,
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    let gaussian = FeatureLaw::gaussian(positive(4, &draws, 0))?;
    let gaussian = LinearRegression::new(gaussian, positive(4, &draws, 1), 0.7)?;
    let points = normal(12, 4, &draws, 2) * 0.7 + 0.3;
    let finite = FeatureLaw::finite(points, vec![1.0 / 12.0; 12])?;
    let finite = LinearRegression::new(finite, positive(4, &draws, 3), 0.7)?;
    tasks.push(("random Λ, S, noise".into(), gaussian.clone(), None, 12, 30));
    tasks.push(("finite features".into(), finite, None, 12, 30));
    let progress = experiment.progress("simulated errors", tasks.len() as u64 + 1).unit("settings");
    let mut rows = Vec::new();
    for (number, (name, task, condition, training, test)) in tasks.into_iter().enumerate() {
        let own = own_streams(experiment, Part::Setting, number);
        let matrix = optimum(&task, training)?;
        let exact = test_error(&task, matrix.view(), test)?;
        let simulated = simulated_error(&task, matrix.view(), test, sizes.prompts, &own)?;
        rows.push(SettingRow {
            setting: format!("{name}, d = {}, N = {training}, M = {test}", task.dimension()),
            d: task.dimension(),
            condition,
            training,
            test,
            prompts: sizes.prompts,
            simulated: simulated.mean,
            low: simulated.low.unwrap_or(f64::NAN),
            high: simulated.high.unwrap_or(f64::NAN),
            in_context: exact.in_context,
            training_length: exact.training_length,
            exact: exact.total(),
            z: (simulated.mean - exact.total()) / standard_error(&simulated),
        });
        progress.advance(1);
    }
    let own = own_streams(experiment, Part::Fit, 0);
    let fitted = fitted_optimum(&gaussian, 12, sizes.fit_prompts, &own)?;
    let fit = relative_distance(fitted.view(), gaussian_optimum(&gaussian, 12)?.view());
    progress.finish();
    Ok((rows, fit))
}

fn standard_error(estimate: &Estimate) -> f64 {
    estimate.half_width().unwrap_or(f64::NAN) / 1.96
}

fn relative_distance(a: ArrayView2<f64>, b: ArrayView2<f64>) -> f64 {
    let square = |m: Array2<f64>| m.iter().map(|v| v * v).sum::<f64>();
    (square(&a - &b) / square(b.to_owned())).sqrt()
}

/// Largest relative deviation from `eps = tr L - tr(L^2 Gamma^-1)` at M = N, over the Gaussian settings and both lengths.
pub fn identity() -> Result<f64> {
    let mut deviations = Vec::new();
    for (d, condition, training, test) in SETTINGS {
        let task = conditioned(d, condition)?;
        let second = task.features().second();
        for n in [training, test] {
            let matrix = gaussian_optimum(&task, n)?;
            let error = test_error(&task, matrix.view(), n)?.total();
            let trace = second.diag().sum();
            let short = trace - second.dot(&second).dot(&matrix).diag().sum();
            deviations.push((error - short).abs() / trace);
        }
    }
    Ok(largest(deviations))
}

/// One point of an error curve.
#[derive(Serialize)]
pub struct CurveRow {
    /// Which length is varied: "test" or "training".
    pub axis: &'static str,
    pub condition: f64,
    pub training: usize,
    pub test: usize,
    pub in_context: f64,
    pub training_length: f64,
    pub exact: f64,
    pub simulated: f64,
    pub low: f64,
    pub high: f64,
}

/// Training length while the test length is varied, and the other way round.
pub const FIXED: usize = 40;

/// The error at d = 5, kappa = 10 along both lengths.
pub fn curves(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<CurveRow>> {
    let condition = 10.0;
    let task = conditioned(5, condition)?;
    let lengths = [5, 10, 20, 40, 80, 160, 320, 640];
    let progress = experiment.progress("error curves", 2 * lengths.len() as u64).unit("points");
    let mut rows = Vec::new();
    for (axis, varied) in [("test", true), ("training", false)] {
        for length in lengths {
            let (training, test) = if varied { (FIXED, length) } else { (length, FIXED) };
            let matrix = optimum(&task, training)?;
            let exact = test_error(&task, matrix.view(), test)?;
            let own = own_streams(experiment, Part::Curve, rows.len());
            let simulated = simulated_error(&task, matrix.view(), test, sizes.curve_prompts, &own)?;
            rows.push(CurveRow {
                axis,
                condition,
                training,
                test,
                in_context: exact.in_context,
                training_length: exact.training_length,
                exact: exact.total(),
                simulated: simulated.mean,
                low: simulated.low.unwrap_or(f64::NAN),
                high: simulated.high.unwrap_or(f64::NAN),
            });
            progress.advance(1);
        }
    }
    progress.finish();
    Ok(rows)
}
