//! The rest point of Iterative RMFT by simulating selection itself (RMFT-P3), at finite exploration noise.

use ndarray::Array2;

use super::rest_point::{self, through_projection};
use super::selection::{selection_intensity, sums_before};
use crate::numeric::order::lowest_k;
use crate::numeric::parallel;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::problem::decision_set::DecisionSet;
use crate::{Error, Result};

/// How trajectories are drawn and kept.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// Trajectories L per scenario.
    pub rollouts: usize,
    /// Trajectories k kept.
    pub keep: usize,
    /// Exploration noise sigma.
    pub sigma: f64,
}

/// A rest point found by simulation.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedRestPoint {
    /// The step size eta at which one selection, on average, changes nothing.
    pub eta: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// The root of the simulated force near `center`: `points` step sizes (0.75 to 1.25 times 1 / center, in 1 / eta) share out
/// the `scenarios` (each rounds x d), and the root is that of the regression line of the force on 1 / eta. The first-order
/// force serves as control variate: scenarios differ more among each other than the simulation from the formula.
///
/// # Errors
/// Fewer than 3 points or scenarios than points, a `center` that is not positive, `keep` > `rollouts`.
pub fn simulated_rest_point(
    set: DecisionSet,
    scenarios: &[Array2<f64>],
    selection: Selection,
    streams: &Streams,
    center: f64,
    points: usize,
) -> Result<SimulatedRestPoint> {
    if points < 3 || scenarios.len() < points {
        let expected = format!("3 to the number of scenarios ({})", scenarios.len());
        return Err(Error::parameter("points", points, expected));
    }
    if !(center > 0.0 && center.is_finite()) {
        return Err(Error::parameter("center", center, "a positive finite number"));
    }
    let n = points as f64;
    let xs: Vec<f64> = (0..points).map(|i| (0.75 + 0.5 * i as f64 / (n - 1.0)) / center).collect();
    let share = scenarios.len() / points;
    let intensity = selection_intensity(selection.keep, selection.rollouts)?;
    let first_order = |eta: f64, own: &[Array2<f64>]| intensity * rest_point::force(set, eta, own);
    let ys = xs
        .iter()
        .zip(scenarios.chunks_exact(share))
        .enumerate()
        .map(|(point, (x, own))| {
            let eta = 1.0 / x;
            // What the formula misses on the point's own scenarios, added to the formula on all of them.
            let missed = force(set, eta, own, selection, streams, point)? - first_order(eta, own);
            Ok(missed + first_order(eta, scenarios))
        })
        .collect::<Result<Vec<f64>>>()?;
    let (mean_x, mean_y) = (xs.iter().sum::<f64>() / n, ys.iter().sum::<f64>() / n);
    let spread: f64 = xs.iter().map(|x| (x - mean_x).powi(2)).sum();
    let slope = xs.iter().zip(&ys).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
    let root = mean_x - mean_y / slope;
    let residual = |(x, y): (&f64, &f64)| (y - mean_y - slope * (x - mean_x)).powi(2);
    let variance = xs.iter().zip(&ys).map(residual).sum::<f64>() / (n - 2.0);
    let root_error = (variance * (1.0 / n + (root - mean_x).powi(2) / spread)).sqrt() / slope.abs();
    Ok(SimulatedRestPoint { eta: 1.0 / root, standard_error: root_error / (root * root) })
}

/// The mean over `scenarios` of `sum_t <mean kept xi_t, S_{t-1}>` at FTRL(eta); `point` keys the noise.
///
/// # Errors
/// `keep` > `rollouts`, or a reward that is not a number.
pub fn force(
    set: DecisionSet,
    eta: f64,
    scenarios: &[Array2<f64>],
    selection: Selection,
    streams: &Streams,
    point: usize,
) -> Result<f64> {
    let forces = parallel::try_over(scenarios.len(), |index| {
        let rewards = &scenarios[index];
        let mut noise = Array2::zeros((selection.rollouts, rewards.len()));
        for (rollout, mut row) in noise.rows_mut().into_iter().enumerate() {
            let mut rng = streams.stream(Purpose::Theory, point, index, rollout);
            fill_standard_normal(&mut rng, row.as_slice_mut().unwrap_or_default());
        }
        scenario_force(set, eta, rewards, selection, noise)
    })?;
    Ok(forces.iter().sum::<f64>() / forces.len().max(1) as f64)
}

/// One scenario with the given noise (L x T d) and with its mirror image.
///
/// To first order the score of a trajectory is its noise along n = PR / |PR|. The mirror image keeps that component and
/// turns all others round: it is standard normal as well, selects nearly the same trajectories, and cancels nearly all of
/// the noise that has nothing to do with selection.
fn scenario_force(
    set: DecisionSet,
    eta: f64,
    rewards: &Array2<f64>,
    selection: Selection,
    mut noise: Array2<f64>,
) -> Result<f64> {
    let before = sums_before(rewards);
    let output = &before * eta;
    let mut direction: Vec<f64> = output
        .outer_iter()
        .zip(rewards.outer_iter())
        .flat_map(|(x, reward)| through_projection(set, &x.to_vec(), reward))
        .collect();
    let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
    if length > 0.0 {
        direction.iter_mut().for_each(|v| *v /= length);
    }
    let direction = ndarray::Array1::from(direction);
    let mut total = 0.0;
    for mirror in [false, true] {
        if mirror {
            for mut row in noise.rows_mut() {
                let along = row.dot(&direction);
                row.zip_mut_with(&direction, |xi, n| *xi = 2.0 * along * n - *xi);
            }
        }
        total += kept_pull(set, &output, &before, rewards, selection, &noise)? / 2.0;
    }
    Ok(total)
}

/// `sum_t <mean kept xi_t, S_{t-1}>` for the trajectories of one noise matrix.
fn kept_pull(
    set: DecisionSet,
    output: &Array2<f64>,
    before: &Array2<f64>,
    rewards: &Array2<f64>,
    selection: Selection,
    noise: &Array2<f64>,
) -> Result<f64> {
    let d = rewards.ncols();
    let rewards: Vec<f64> = rewards.iter().copied().collect();
    let mut raw = vec![0.0; rewards.len()];
    // Rewards are shared, so the lowest regret is the highest reward.
    let losses: Vec<f64> = noise
        .outer_iter()
        .map(|xi| {
            for ((x, g), xi) in raw.iter_mut().zip(output).zip(xi) {
                *x = g + selection.sigma * xi;
            }
            let rounds = raw.chunks_exact(d).zip(rewards.chunks_exact(d));
            -rounds.map(|(x, reward)| set.reward_of_projection(x, reward)).sum::<f64>()
        })
        .collect();
    let kept = lowest_k(&losses, selection.keep)?;
    let pull = |&j: &usize| noise.row(j).iter().zip(before).map(|(xi, s)| xi * s).sum::<f64>();
    Ok(kept.iter().map(pull).sum::<f64>() / selection.keep as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::full_information::FullInformation;
    use crate::theory::rest_point::{force as first_order, rest_point};
    use crate::theory::selection::selection_intensity;

    const SELECTION: Selection = Selection { rollouts: 16, keep: 2, sigma: 0.01 };

    /// At vanishing noise the simulated force is lambda times the formula's (RMFT-L2'): their difference on the same
    /// scenarios is 0 within 4.5 standard errors, and the mirror images keep that error small.
    #[test]
    fn small_noise_gives_the_formula() {
        let problem = FullInformation::balanced(2, 10);
        let streams = Streams::new(4);
        let scenarios = problem.scenarios(&streams, Purpose::Theory, 3000);
        let lambda = selection_intensity(2, 16).unwrap();
        for eta in [0.1, 0.3, 0.6] {
            let batch = |(point, own): (usize, &[Array2<f64>])| {
                let simulated = force(problem.set, eta, own, SELECTION, &streams, point).unwrap();
                simulated - lambda * first_order(problem.set, eta, own)
            };
            let missed: Vec<f64> = scenarios.chunks_exact(300).enumerate().map(batch).collect();
            let estimate = crate::metrics::interval::Estimate::of(&missed).unwrap();
            // 2.26 standard errors are half the 95 % interval of ten batches.
            let error = estimate.half_width().unwrap() / 2.26;
            assert!(estimate.mean.abs() < 4.5 * error, "{eta}: {} +- {error}", estimate.mean);
            assert!(error < 0.05, "{eta}: {error}");
        }
    }

    #[test]
    fn the_rest_point_is_near_the_formula_and_bad_input_is_refused() {
        let problem = FullInformation::balanced(2, 10);
        let streams = Streams::new(4);
        let scenarios = problem.scenarios(&streams, Purpose::Theory, 4000);
        let formula = rest_point(problem.set, &scenarios, 0.05, 0.95);
        let find = |selection, center, points| {
            simulated_rest_point(problem.set, &scenarios, selection, &streams, center, points)
        };
        let simulated = find(SELECTION, formula, 8).unwrap();
        assert!((simulated.eta - formula).abs() < 4.0 * simulated.standard_error + 0.02 * formula);
        assert!(find(SELECTION, formula, 2).is_err());
        assert!(find(SELECTION, -1.0, 8).is_err());
        assert!(find(Selection { keep: 17, ..SELECTION }, formula, 8).is_err());
    }
}
