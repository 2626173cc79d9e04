//! What keeping the best k of L does to exploration noise (RMFT-L1), and the parameter step that follows (RMFT-L2).

use ndarray::{Array2, Axis};

use crate::numeric::linalg;
use crate::numeric::order::expected_top_mean;
use crate::{Error, Result};

/// Selection intensity lambda(k, L): the mean of the k largest of L standard normal scores (RMFT-L1).
///
/// # Errors
/// `keep` of 0 or larger than `rollouts`.
pub fn selection_intensity(keep: usize, rollouts: usize) -> Result<f64> {
    expected_top_mean(keep, rollouts)
}

/// The step `W' - W` of the effective value matrix in one iteration of RMFT while no projection is active (RMFT-L2):
/// `sigma lambda E[sum_t R_t S_{t-1}^T / |R|_F] (E[sum_t S_{t-1} S_{t-1}^T])^{-1}`, with expectations over `scenarios`
/// (each rounds x d).
///
/// # Errors
/// No scenario, or scenarios whose reward sums do not span R^d.
pub fn one_step_update(
    scenarios: &[Array2<f64>],
    sigma: f64,
    intensity: f64,
) -> Result<Array2<f64>> {
    let Some(first) = scenarios.first() else {
        return Err(Error::parameter("scenarios", 0, "at least 1"));
    };
    let d = first.ncols();
    let (mut pull, mut spread) = (Array2::zeros((d, d)), Array2::zeros((d, d)));
    for rewards in scenarios {
        let before = sums_before(rewards);
        let length = rewards.iter().map(|r| r * r).sum::<f64>().sqrt();
        if length > 0.0 {
            pull.scaled_add(1.0 / length, &rewards.t().dot(&before));
        }
        spread += &before.t().dot(&before);
    }
    // W' - W = pull spread^-1, and spread is symmetric.
    let step = linalg::cholesky_solve(spread.view(), pull.t())?;
    Ok(step.t().mapv(|v| sigma * intensity * v))
}

/// S_{t-1}, the sum of the rewards before each round: rounds x d, first row 0.
pub fn sums_before(rewards: &Array2<f64>) -> Array2<f64> {
    let mut before = rewards.clone();
    before.accumulate_axis_inplace(Axis(0), |previous, sum| *sum += previous);
    before -= rewards;
    before
}
