//! The population map of Iterative RMFT, measured: one selection, then the exact least-squares fit of the effective
//! matrix (RMFT-P3, and the check of RMFT-L2).

use ndarray::{Array2, ArrayView2, Axis};

use super::check;
use super::rollout::{Kept, RolloutEngine};
use crate::Result;
use crate::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use crate::numeric::linalg;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::full_information::FullInformation;
use crate::theory::selection::sums_before;
use crate::train::config::RmftConfig;
use crate::train::practice::Round;

/// Sample moments of one selection at FTRL(eta): what the kept decisions add to the output, against S_{t-1}.
#[derive(Clone, Debug)]
pub struct Moments {
    /// `mean sum_t (x_t - eta S_{t-1}) S_{t-1}^T` over scenarios, d x d.
    pub pull: Array2<f64>,
    /// `mean sum_t S_{t-1} S_{t-1}^T` over scenarios, d x d.
    pub spread: Array2<f64>,
}

impl Moments {
    /// The least-squares step W' - W.
    ///
    /// # Errors
    /// Reward sums that do not span R^d.
    pub fn step(&self) -> Result<Array2<f64>> {
        Ok(linalg::cholesky_solve(self.spread.view(), self.pull.t())?.reversed_axes())
    }
}

/// Rolls out FTRL(eta) on `config.scenarios` fresh scenarios with noise `sigma`, keeps the best, and returns the moments.
///
/// The same `round` gives the same scenarios and noise for every eta, so differences between etas are not noise.
///
/// # Errors
/// A bad problem or configuration.
pub fn select_at(
    problem: &FullInformation,
    config: &RmftConfig,
    streams: Streams,
    eta: f64,
    sigma: f64,
    round: usize,
) -> Result<Moments> {
    check(config, problem)?;
    let shape = LinearAttentionConfig::new(problem.dimension, problem.horizon, problem.set);
    let layer = LinearAttention::<f64>::ftrl(shape, eta)?;
    let mut engine = RolloutEngine::new(problem, config, streams.branch(Purpose::Theory));
    engine.run(&layer, Round { index: round, exploration: sigma, keep: config.keep })?;
    Ok(moments(engine.kept(), problem.horizon, eta))
}

fn moments(kept: &Kept<f64>, rounds: usize, eta: f64) -> Moments {
    let d = kept.rewards.ncols();
    let mut sum = Moments { pull: Array2::zeros((d, d)), spread: Array2::zeros((d, d)) };
    let sequences = |all: &Array2<f64>| -> Vec<Array2<f64>> {
        all.axis_chunks_iter(Axis(0), rounds)
            .map(|chunk: ArrayView2<f64>| chunk.to_owned())
            .collect()
    };
    let count = kept.rewards.nrows() as f64 / rounds as f64;
    for (rewards, targets) in sequences(&kept.rewards).iter().zip(sequences(&kept.targets)) {
        let before = sums_before(rewards);
        let added = targets - &before * eta;
        sum.pull.scaled_add(1.0 / count, &added.t().dot(&before));
        sum.spread.scaled_add(1.0 / count, &before.t().dot(&before));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::rng::Purpose;
    use crate::problem::decision_set::DecisionSet;
    use crate::theory::selection::{one_step_update, selection_intensity};

    fn config() -> RmftConfig {
        RmftConfig { scenarios: 2000, rollouts: 16, keep: 2, ..RmftConfig::single_layer(20, 3) }
    }

    /// Means over `rounds` batches are within 4.5 standard errors of 0, entry by entry.
    fn assert_zero_mean(rounds: usize, batch: impl Fn(usize) -> Vec<f64>) {
        let batches: Vec<Vec<f64>> = (0..rounds).map(batch).collect();
        for entry in 0..batches[0].len() {
            let values: Vec<f64> = batches.iter().map(|b| b[entry]).collect();
            let n = rounds as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let z = mean / (variance / n).sqrt();
            assert!(z.abs() < 4.5, "entry {entry}: {z} standard errors, mean {mean}");
        }
    }

    /// RMFT-L2: with a ball that no output reaches, the measured step is the predicted one, within sampling error.
    #[test]
    fn one_selection_moves_the_layer_as_predicted() {
        let problem = FullInformation {
            set: DecisionSet::Ball { radius: 1e6 },
            ..FullInformation::balanced(3, 20)
        };
        let streams = Streams::new(11);
        let intensity = selection_intensity(2, 16).unwrap();
        let scenarios = problem.scenarios(&streams, Purpose::Evaluation, 20_000);
        let predicted = one_step_update(&scenarios, 0.1, intensity).unwrap();
        assert_zero_mean(16, |round| {
            let moments = select_at(&problem, &config(), streams, 0.02, 0.1, round).unwrap();
            (moments.step().unwrap() - &predicted).into_raw_vec_and_offset().0
        });
    }

    /// RMFT-P3: at FTRL the step is a multiple of the identity, within sampling error.
    #[test]
    fn ftrl_is_invariant() {
        let problem = FullInformation::balanced(2, 20);
        assert_zero_mean(16, |round| {
            let moments = select_at(&problem, &config(), Streams::new(3), 0.1, 0.3, round).unwrap();
            let step = moments.step().unwrap();
            vec![step[(0, 1)], step[(1, 0)], step[(0, 0)] - step[(1, 1)]]
        });
    }
}
