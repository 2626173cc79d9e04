//! Exploration and selection: L noisy trajectories per scenario, of which the k of lowest regret are kept (RMFT-R2, R3).
//!
//! Rewards do not depend on decisions, so one forward pass per reward sequence serves all L trajectories: trajectory j
//! plays the projection of `x = g + sigma * xi_j`. What maximum likelihood needs of the kept trajectories is their raw
//! decisions x; when they share their rewards their mean is enough, since the gradients of `sum_j |g - x_j|^2` and of
//! `k |g - mean x|^2` are the same.

use ndarray::{Array2, Axis, Slice};
use rayon::prelude::*;

use super::config::{RmftConfig, SCENARIOS_PER_TASK};
use crate::Result;
use crate::model::linear_attention::{Cache, LinearAttention};
use crate::numeric::order::lowest_k;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::numeric::scalar::Scalar;
use crate::problem::decision_set::DecisionSet;
use crate::problem::full_information::FullInformation;

/// The kept trajectories of one iteration as a training set of stacked sequences.
#[derive(Clone, Debug)]
pub struct Kept<S> {
    /// Rewards, (sequences * T) x d.
    pub rewards: Array2<S>,
    /// Raw decisions to imitate, (sequences * T) x d.
    pub targets: Array2<S>,
}

/// Average regret of one iteration's trajectories.
#[derive(Clone, Copy, Debug, Default)]
pub struct RolloutRegret {
    /// Mean over all trajectories.
    pub all: f64,
    /// Mean over the kept ones.
    pub kept: f64,
}

/// Rolls out and selects; owns every large buffer, reused from iteration to iteration.
pub struct RolloutEngine<'a, S> {
    problem: &'a FullInformation,
    config: &'a RmftConfig,
    streams: Streams,
    kept: Kept<S>,
    desks: Vec<Desk<S>>,
}

impl<'a, S: Scalar> RolloutEngine<'a, S> {
    /// Buffers for `problem` and `config`, both already checked.
    pub fn new(problem: &'a FullInformation, config: &'a RmftConfig, streams: Streams) -> Self {
        let rows = config.scenarios * config.sequences_kept() * problem.horizon;
        let empty = || Array2::zeros((rows, problem.dimension));
        let tasks = config.scenarios.div_ceil(SCENARIOS_PER_TASK);
        Self {
            problem,
            config,
            streams,
            kept: Kept { rewards: empty(), targets: empty() },
            desks: (0..tasks).map(|_| Desk::new(problem, config)).collect(),
        }
    }

    /// The training set of the last [`run`](Self::run).
    pub fn kept(&self) -> &Kept<S> {
        &self.kept
    }

    /// Rolls out `layer` with exploration noise `sigma` on the scenarios of `iteration` and selects.
    ///
    /// # Errors
    /// A regret that is not a number.
    pub fn run(
        &mut self,
        layer: &LinearAttention<S>,
        iteration: usize,
        sigma: f64,
    ) -> Result<RolloutRegret> {
        let (problem, config, streams) = (self.problem, self.config, self.streams);
        let block = config.sequences_kept() * problem.horizon * problem.dimension;
        let per_task = SCENARIOS_PER_TASK * block;
        let rewards = self.kept.rewards.as_slice_mut().expect("owned arrays are contiguous");
        let targets = self.kept.targets.as_slice_mut().expect("owned arrays are contiguous");
        self.desks
            .par_iter_mut()
            .zip(rewards.par_chunks_mut(per_task))
            .zip(targets.par_chunks_mut(per_task))
            .enumerate()
            .try_for_each(|(task, ((desk, rewards), targets))| {
                desk.regret = RolloutRegret::default();
                let blocks = rewards.chunks_exact_mut(block).zip(targets.chunks_exact_mut(block));
                for (i, (rewards, targets)) in blocks.enumerate() {
                    let scenario = task * SCENARIOS_PER_TASK + i;
                    for copy in 0..config.sequences_drawn() {
                        let drawn = problem.scenario(
                            &streams,
                            Purpose::Training,
                            iteration,
                            scenario,
                            copy,
                        );
                        desk.take_rewards(copy, &drawn);
                    }
                    desk.explore(layer, problem, sigma, |rollout, noise| {
                        let mut rng =
                            streams.stream(Purpose::Exploration, iteration, scenario, rollout);
                        fill_standard_normal(&mut rng, noise);
                    });
                    desk.keep(config, rewards, targets)?;
                }
                Ok(())
            })?;
        let trajectories = (config.scenarios * config.rollouts) as f64;
        let kept = (config.scenarios * config.keep) as f64;
        // Summed in task order, whatever thread did the work.
        Ok(self.desks.iter().fold(RolloutRegret::default(), |total, desk| RolloutRegret {
            all: total.all + desk.regret.all / trajectories,
            kept: total.kept + desk.regret.kept / kept,
        }))
    }
}

/// The buffers of one task, for one scenario at a time.
struct Desk<S> {
    cache: Cache<S>,
    /// Reward sequences of the scenario: one, or one per trajectory; (copies * T) x d.
    rewards: Array2<S>,
    /// max over fixed decisions of their total reward, per reward sequence.
    comparators: Vec<f64>,
    outputs: Array2<S>,
    /// Raw decisions x of the L trajectories, L x (T * d).
    raw: Array2<S>,
    regrets: Vec<f64>,
    regret: RolloutRegret,
    set: DecisionSet,
    rounds: usize,
}

impl<S: Scalar> Desk<S> {
    fn new(problem: &FullInformation, config: &RmftConfig) -> Self {
        let (rounds, d) = (problem.horizon, problem.dimension);
        let rows = config.sequences_drawn() * rounds;
        Self {
            cache: Cache::new(rows, d),
            rewards: Array2::zeros((rows, d)),
            comparators: vec![0.0; config.sequences_drawn()],
            outputs: Array2::zeros((rows, d)),
            raw: Array2::zeros((config.rollouts, rounds * d)),
            regrets: vec![0.0; config.rollouts],
            regret: RolloutRegret::default(),
            set: problem.set,
            rounds,
        }
    }

    fn take_rewards(&mut self, copy: usize, drawn: &Array2<f64>) {
        let rows = Slice::from(copy * self.rounds..(copy + 1) * self.rounds);
        let mut own = self.rewards.slice_axis_mut(Axis(0), rows);
        own.zip_mut_with(drawn, |out, &r| *out = S::of(r));
        self.comparators[copy] = self.set.support(&drawn.sum_axis(Axis(0)).to_vec());
    }

    /// Plays all trajectories: raw decisions and regrets. `noise` fills a slice with the standard normals of a rollout.
    fn explore(
        &mut self,
        layer: &LinearAttention<S>,
        problem: &FullInformation,
        sigma: f64,
        noise: impl Fn(usize, &mut [S]),
    ) {
        layer.forward(self.rewards.view(), self.rounds, &mut self.cache, self.outputs.view_mut());
        let (d, length, sigma) = (problem.dimension, self.raw.ncols(), S::of(sigma));
        let rewards = self.rewards.as_slice().expect("owned arrays are contiguous");
        let outputs = self.outputs.as_slice().expect("owned arrays are contiguous");
        let copies = self.comparators.len();
        for (j, (mut raw, regret)) in
            self.raw.rows_mut().into_iter().zip(&mut self.regrets).enumerate()
        {
            let raw = raw.as_slice_mut().expect("rows are contiguous");
            noise(j, raw);
            let own = (j % copies) * length..(j % copies + 1) * length;
            let mut earned = S::zero();
            for ((x, g), r) in raw
                .chunks_exact_mut(d)
                .zip(outputs[own.clone()].chunks_exact(d))
                .zip(rewards[own].chunks_exact(d))
            {
                for (x, &g) in x.iter_mut().zip(g) {
                    *x = g + sigma * *x;
                }
                earned += self.set.reward_of_projection(x, r);
            }
            *regret = self.comparators[j % copies] - earned.as_f64();
        }
    }

    /// Writes the k trajectories of lowest regret as training sequences: their mean when they share rewards, else each.
    fn keep(&mut self, config: &RmftConfig, rewards: &mut [S], targets: &mut [S]) -> Result<()> {
        let kept = lowest_k(&self.regrets, config.keep)?;
        self.regret.all += self.regrets.iter().sum::<f64>();
        self.regret.kept += kept.iter().map(|&j| self.regrets[j]).sum::<f64>();
        let length = self.raw.ncols();
        let own = self.rewards.as_slice().expect("owned arrays are contiguous");
        let row = |j: usize| self.raw.row(j).to_slice().expect("rows are contiguous");
        if config.shared_rewards {
            rewards.copy_from_slice(own);
            targets.fill(S::zero());
            let share = S::of(1.0 / config.keep as f64);
            for &j in &kept {
                for (target, &x) in targets.iter_mut().zip(row(j)) {
                    *target += share * x;
                }
            }
        } else {
            let places = rewards.chunks_exact_mut(length).zip(targets.chunks_exact_mut(length));
            for (&j, (rewards, targets)) in kept.iter().zip(places) {
                rewards.copy_from_slice(&own[j * length..(j + 1) * length]);
                targets.copy_from_slice(row(j));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
