//! A mean over scenarios, round by round, with its 95 % interval.

use ndarray::ArrayView2;
use serde::Serialize;

use super::interval::Estimate;
use crate::Result;

/// One point of a mean curve.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CurvePoint {
    /// Round t, from 1.
    pub round: usize,
    /// Mean over scenarios.
    pub mean: f64,
    /// Lower end of the 95 % interval of the mean; the mean itself when there is only one scenario.
    pub low: f64,
    /// Upper end of the 95 % interval of the mean; the mean itself when there is only one scenario.
    pub high: f64,
}

/// The mean of every column of `curves` (scenario x round) with its interval.
///
/// # Errors
/// No scenario, or a regret that is not finite.
pub fn mean_curve(curves: ArrayView2<f64>) -> Result<Vec<CurvePoint>> {
    curves
        .columns()
        .into_iter()
        .enumerate()
        .map(|(t, column)| {
            let Estimate { mean, low, high, .. } = Estimate::of(&column.to_vec())?;
            let (low, high) = (low.unwrap_or(mean), high.unwrap_or(mean));
            Ok(CurvePoint { round: t + 1, mean, low, high })
        })
        .collect()
}

/// The final regret of every scenario: the last column of `curves` (scenario x round).
pub fn final_regret(curves: ArrayView2<f64>) -> Vec<f64> {
    curves.columns().into_iter().next_back().map_or_else(Vec::new, |column| column.to_vec())
}
