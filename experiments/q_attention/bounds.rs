//! What the bounds are worth: over a grid, in the limit of long training prompts, and as advice on the training length.

use lowregret::Result;
use lowregret::problem::regression::FeatureLaw;
use lowregret::theory::in_context::bound::{published_bound, sharper_bound};
use lowregret::theory::in_context::error::{best_training_length, spectral_error};
use serde::Serialize;

use super::errors::conditioned;

/// Eigenvalues of Lambda: geometric, with trace d.
pub fn spectrum(d: usize, condition: f64) -> Result<Vec<f64>> {
    Ok(FeatureLaw::conditioned(d, condition)?.second().diag().to_vec())
}

/// A local slope of the exact error: between `at` and `2 at`.
#[derive(Clone, Copy, Serialize)]
pub struct SlopeRow {
    /// "test": of the whole error in M at N = 10^6; "training": of the training-length part in N.
    pub axis: &'static str,
    pub d: usize,
    pub condition: f64,
    pub at: usize,
    pub slope: f64,
    /// tr(Lambda) over the smallest eigenvalue.
    pub ratio: f64,
}

pub const SPECTRA: [(usize, f64); 3] = [(5, 1.0), (5, 10.0), (10, 100.0)];

/// A training length that counts as infinite.
pub const LONG: usize = 1_000_000;

/// Slopes at powers of two, and from 25 tr(Lambda) / l_min and 29 (1 + tr(Lambda) / l_min) on.
pub fn slopes() -> Result<Vec<SlopeRow>> {
    let mut rows = Vec::new();
    for (d, condition) in SPECTRA {
        let l = spectrum(d, condition)?;
        let ratio = d as f64 / l[0];
        let between = |f: &dyn Fn(usize) -> Result<f64>, at: usize| -> Result<f64> {
            Ok((f(2 * at)? / f(at)?).log2())
        };
        let row = |axis, at, slope| SlopeRow { axis, d, condition, at, slope, ratio };
        for power in 3..=12 {
            let slope = between(&|m| Ok(spectral_error(&l, LONG, m)?.total()), 1 << power)?;
            rows.push(row("test", 1 << power, slope));
        }
        let lengths = (3..=16).map(|power| 1 << power);
        for at in lengths.chain([suggested(ratio), proved(ratio)]) {
            let slope = between(&|n| Ok(spectral_error(&l, n, 1)?.training_length), at)?;
            rows.push(row("training", at, slope));
        }
    }
    Ok(rows)
}

/// `25 tr(Lambda) / l_min`: from here on the slope was said to be within 0.05 of -2.
pub fn suggested(ratio: f64) -> usize {
    (25.0 * ratio).ceil() as usize
}

/// `29 (1 + tr(Lambda) / l_min)`: from here on it is (Q-A5 (b)).
pub fn proved(ratio: f64) -> usize {
    (29.0 * (1.0 + ratio)).ceil() as usize
}

/// The exact error and both bounds at one point.
#[derive(Clone, Copy, Serialize)]
pub struct GridRow {
    /// "grid", or "limit" for the tightness along N.
    pub part: &'static str,
    pub d: usize,
    pub condition: f64,
    pub training: usize,
    pub test: usize,
    pub trace: f64,
    pub exact: f64,
    pub published: f64,
    pub sharper: f64,
    /// Published bound on the training-length part over that part, and the sharper one's.
    pub published_training_ratio: f64,
    pub sharper_training_ratio: f64,
}

fn at(
    part: &'static str,
    d: usize,
    condition: f64,
    training: usize,
    test: usize,
) -> Result<GridRow> {
    let l = spectrum(d, condition)?;
    let exact = spectral_error(&l, training, test)?;
    let published = published_bound(&l, training, test)?;
    let sharper = sharper_bound(&l, 0.0, training, test)?;
    Ok(GridRow {
        part,
        d,
        condition,
        training,
        test,
        trace: l.iter().sum(),
        exact: exact.total(),
        published: published.total(),
        sharper: sharper.total(),
        published_training_ratio: published.training_length / exact.training_length,
        sharper_training_ratio: sharper.training_length / exact.training_length,
    })
}

/// The grid of 400 points, then the tightness along N at d = 5.
pub fn grid() -> Result<Vec<GridRow>> {
    let mut rows = Vec::new();
    let lengths = [8, 32, 128, 512, 4096];
    for d in [2, 5, 10, 20] {
        for condition in [1.0, 3.0, 10.0, 100.0] {
            for training in lengths {
                for test in lengths {
                    rows.push(at("grid", d, condition, training, test)?);
                }
            }
        }
    }
    for condition in [1.0, 10.0, 100.0] {
        for power in 0..=12 {
            let training = (10f64.powf(power as f64 / 2.0)).round() as usize;
            rows.push(at("limit", 5, condition, training, 40)?);
        }
    }
    Ok(rows)
}

/// The error against training length at one test length.
#[derive(Clone, Copy, Serialize)]
pub struct LengthRow {
    pub test: usize,
    pub training: usize,
    pub exact: f64,
    pub published: f64,
    /// Whether no candidate (1 to 400 and twelve longer ones) has a smaller exact error.
    pub best: bool,
}

/// Test lengths at which the best training length is sought.
pub const TEST_LENGTHS: [usize; 3] = [10, 40, 100];

/// Errors at d = 5, kappa = 10 for all candidates.
pub fn lengths() -> Result<Vec<LengthRow>> {
    let (task, l) = (conditioned(5, 10.0)?, spectrum(5, 10.0)?);
    let longer = (1..=11).map(|power| 400 << power);
    let candidates: Vec<usize> = (1..=400).chain(longer).chain([LONG]).collect();
    let mut rows = Vec::new();
    for test in TEST_LENGTHS {
        let (best, _) = best_training_length(&task, &candidates, test)?;
        for &training in &candidates {
            rows.push(LengthRow {
                test,
                training,
                exact: spectral_error(&l, training, test)?.total(),
                published: published_bound(&l, training, test)?.total(),
                best: training == best,
            });
        }
    }
    Ok(rows)
}
