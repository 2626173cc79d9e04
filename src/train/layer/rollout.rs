//! Exploration and selection: L noisy trajectories per scenario, of which the k of lowest regret are kept (RMFT-R2, R3).
//!
//! Rewards do not depend on decisions, so one forward pass per reward sequence serves all L trajectories: trajectory j
//! plays the projection of `x = g + sigma * xi_j`. What maximum likelihood needs of the kept trajectories is their raw
//! decisions x; when they share their rewards their mean is enough, since the gradients of `sum_j |g - x_j|^2` and of
//! `k |g - mean x|^2` are the same.
//!
//! Noise and projections are most of the work, so sixteen trajectories are played side by side in vector registers: their
//! noise lies side by side, and only that is kept of them, since x follows from it.

use ndarray::{Array2, Axis, Slice};
use rayon::prelude::*;

use super::{sequences_drawn, sequences_kept};
use crate::Result;
use crate::model::linear_attention::{Cache, LinearAttention};
use crate::numeric::bulk_normal::fill_bulk_normal;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::decision_set::DecisionSet;
use crate::problem::full_information::FullInformation;
use crate::train::config::RmftConfig;
use crate::train::contiguous::slice;
use crate::train::practice::{RolloutReport, Round};

/// Scenarios a task rolls out one after the other. Fixed, so that results do not depend on the number of threads.
pub(super) const SCENARIOS_PER_TASK: usize = 16;

/// Trajectories played side by side.
pub(super) const LANES: usize = 16;

/// The kept trajectories of one iteration as a training set of stacked sequences.
#[derive(Clone, Debug)]
pub struct Kept<S> {
    /// Rewards, (sequences * T) x d.
    pub rewards: Array2<S>,
    /// Raw decisions to imitate, (sequences * T) x d.
    pub targets: Array2<S>,
    /// Weight of every sequence in the loss; their mean is 1.
    pub weights: Vec<f64>,
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
        let sequences = config.scenarios * sequences_kept(config, config.largest_keep());
        let empty = || Array2::zeros((sequences * problem.horizon, problem.dimension));
        let tasks = config.scenarios.div_ceil(SCENARIOS_PER_TASK);
        Self {
            problem,
            config,
            streams,
            kept: Kept { rewards: empty(), targets: empty(), weights: Vec::new() },
            desks: (0..tasks).map(|_| Desk::new(problem, config)).collect(),
        }
    }

    /// The training set of the last [`run`](Self::run).
    pub fn kept(&self) -> &Kept<S> {
        &self.kept
    }

    /// Rolls out `layer` on the scenarios of `round` and selects.
    ///
    /// # Errors
    /// A regret that is not a number.
    pub fn run(&mut self, layer: &LinearAttention<S>, round: Round) -> Result<RolloutReport> {
        let (problem, config, streams) = (self.problem, self.config, self.streams);
        let sequences = sequences_kept(config, round.keep);
        let block = sequences * problem.horizon * problem.dimension;
        self.kept.weights.clear();
        self.kept.weights.resize(config.scenarios * sequences, 1.0);
        let rewards = self.kept.rewards.as_slice_mut().expect("owned arrays are contiguous");
        let targets = self.kept.targets.as_slice_mut().expect("owned arrays are contiguous");
        self.desks
            .par_iter_mut()
            .zip(rewards.par_chunks_mut(SCENARIOS_PER_TASK * block))
            .zip(targets.par_chunks_mut(SCENARIOS_PER_TASK * block))
            .zip(self.kept.weights.par_chunks_mut(SCENARIOS_PER_TASK * sequences))
            .enumerate()
            .try_for_each(|(task, (((desk, rewards), targets), weights))| {
                desk.regret = RolloutReport::default();
                let blocks = rewards.chunks_exact_mut(block).zip(targets.chunks_exact_mut(block));
                let blocks = blocks.zip(weights.chunks_exact_mut(sequences));
                for (i, ((rewards, targets), weights)) in blocks.enumerate() {
                    let scenario = task * SCENARIOS_PER_TASK + i;
                    for copy in 0..sequences_drawn(config) {
                        let place = (round.index, scenario, copy);
                        let (drawn, sums) = (&mut desk.drawn, &mut desk.sums);
                        problem.scenario_into(&streams, Purpose::Training, place, drawn, sums);
                        desk.take_rewards(copy);
                    }
                    let mut rng = streams.wide(Purpose::Exploration, round.index, scenario, 0);
                    fill_bulk_normal(&mut rng, desk.noise.as_flattened_mut());
                    desk.explore(layer, round.exploration);
                    desk.keep(config, round, rewards, targets, weights)?;
                }
                Ok(())
            })?;
        let (scenarios, rollouts) = (config.scenarios as f64, config.rollouts as f64);
        // Summed in task order, whatever thread did the work.
        Ok(self.desks.iter().fold(RolloutReport::default(), |total, desk| RolloutReport {
            regret: total.regret + desk.regret.regret / (scenarios * rollouts),
            kept_regret: total.kept_regret + desk.regret.kept_regret / scenarios,
            ..total
        }))
    }
}

/// The buffers of one task, for one scenario at a time.
struct Desk<S> {
    cache: Cache<S>,
    /// The reward sequence that was drawn last, T x d, and the sums of its columns (scratch of drawing before).
    drawn: Array2<f64>,
    sums: Vec<f64>,
    /// Reward sequences of the scenario: one, or one per trajectory; (copies * T) x d.
    rewards: Array2<S>,
    /// max over fixed decisions of their total reward, per reward sequence.
    comparators: Vec<f64>,
    outputs: Array2<S>,
    /// Noise xi of the trajectories: of the first [`LANES`] of them, T * d rows, then of the next.
    noise: Vec<[f32; LANES]>,
    regrets: Vec<f64>,
    /// The trajectories kept and their weights.
    selected: Vec<(usize, f64)>,
    regret: RolloutReport,
    set: DecisionSet,
    rounds: usize,
    d: usize,
}

impl<S: Scalar> Desk<S> {
    fn new(problem: &FullInformation, config: &RmftConfig) -> Self {
        let (rounds, d) = (problem.horizon, problem.dimension);
        let rows = sequences_drawn(config) * rounds;
        Self {
            cache: Cache::new(rows, d),
            drawn: Array2::zeros((rounds, d)),
            sums: Vec::with_capacity(2 * d),
            rewards: Array2::zeros((rows, d)),
            comparators: vec![0.0; sequences_drawn(config)],
            outputs: Array2::zeros((rows, d)),
            noise: vec![[0.0; LANES]; config.rollouts.div_ceil(LANES) * rounds * d],
            regrets: vec![0.0; config.rollouts],
            selected: Vec::with_capacity(config.rollouts),
            regret: RolloutReport::default(),
            set: problem.set,
            rounds,
            d,
        }
    }

    /// Makes the rewards just drawn those of `copy`.
    fn take_rewards(&mut self, copy: usize) {
        let rows = Slice::from(copy * self.rounds..(copy + 1) * self.rounds);
        let mut own = self.rewards.slice_axis_mut(Axis(0), rows);
        own.zip_mut_with(&self.drawn, |out, &r| *out = S::of(r));
        self.sums.clear();
        self.sums.resize(self.drawn.ncols(), 0.0);
        for rewards in self.drawn.outer_iter() {
            self.sums.iter_mut().zip(rewards).for_each(|(sum, r)| *sum += r);
        }
        self.comparators[copy] = self.set.support(&self.sums);
    }

    /// Plays all trajectories with the noise that was drawn: their regrets.
    fn explore(&mut self, layer: &LinearAttention<S>, sigma: f64) {
        layer.forward(self.rewards.view(), self.rounds, &mut self.cache, self.outputs.view_mut());
        let (set, d, length) = (self.set, self.d, self.rounds * self.d);
        let (outputs, rewards) = (slice(&self.outputs), slice(&self.rewards));
        let copies = self.comparators.len();
        let blocks = self.noise.chunks_exact(length).zip(self.regrets.chunks_mut(LANES));
        for (block, (noise, regrets)) in blocks.enumerate() {
            let first = block * LANES;
            let earned = if copies == 1 {
                let shared = |i: usize| ([outputs[i]; LANES], [rewards[i]; LANES]);
                earn(set, d, noise, sigma, shared)
            } else {
                // The lanes of the last block that are too many play anything.
                let starts: [usize; LANES] =
                    std::array::from_fn(|lane| (first + lane).min(copies - 1) * length);
                let own =
                    |i: usize| (starts.map(|s| outputs[s + i]), starts.map(|s| rewards[s + i]));
                earn(set, d, noise, sigma, own)
            };
            for (lane, (regret, earned)) in regrets.iter_mut().zip(earned).enumerate() {
                *regret = self.comparators[(first + lane) % copies] - earned.as_f64();
            }
        }
    }

    /// Writes the k trajectories of lowest regret as training sequences: their mean when they share rewards, else each.
    fn keep(
        &mut self,
        config: &RmftConfig,
        Round { exploration, keep, .. }: Round,
        rewards: &mut [S],
        targets: &mut [S],
        weights: &mut [f64],
    ) -> Result<()> {
        let kept = &mut self.selected;
        config.weighting.select_into(&self.regrets, keep, kept)?;
        self.regret.regret += self.regrets.iter().sum::<f64>();
        self.regret.kept_regret += kept.iter().map(|&(j, w)| w * self.regrets[j]).sum::<f64>();
        let (length, sigma) = (self.rounds * self.d, S::of(exploration));
        let (outputs, own) = (slice(&self.outputs), slice(&self.rewards));
        let noise = |j: usize| {
            let block = &self.noise[j / LANES * length..][..length];
            block.iter().map(move |row| sigma * S::of(f64::from(row[j % LANES])))
        };
        if config.shared_rewards {
            rewards.copy_from_slice(own);
            targets.fill(S::zero());
            for &(j, weight) in kept.iter() {
                let weight = S::of(weight);
                for ((target, &g), xi) in targets.iter_mut().zip(outputs).zip(noise(j)) {
                    *target += weight * (g + xi);
                }
            }
        } else {
            let places = rewards.chunks_exact_mut(length).zip(targets.chunks_exact_mut(length));
            for ((&(j, share), (rewards, targets)), weight) in kept.iter().zip(places).zip(weights)
            {
                rewards.copy_from_slice(&own[j * length..][..length]);
                for ((target, &g), xi) in
                    targets.iter_mut().zip(&outputs[j * length..]).zip(noise(j))
                {
                    *target = g + xi;
                }
                *weight = share * keep as f64;
            }
        }
        Ok(())
    }
}

/// What [`LANES`] trajectories earn in all rounds; `of(i)` are output and reward of each, `i` counting through the rounds and
/// their `d` coordinates as the rows of `noise` do.
#[inline(always)]
fn earn<S: Scalar>(
    set: DecisionSet,
    d: usize,
    noise: &[[f32; LANES]],
    sigma: f64,
    of: impl Fn(usize) -> ([S; LANES], [S; LANES]),
) -> [S; LANES] {
    let (sigma, mut total) = (S::of(sigma), [S::zero(); LANES]);
    for (t, noise) in noise.chunks_exact(d).enumerate() {
        let earned = set.rewards_of_projections(d, |i| {
            let (mut x, reward) = of(t * d + i);
            for lane in 0..LANES {
                x[lane] += sigma * S::of(f64::from(noise[i][lane]));
            }
            (x, reward)
        });
        for lane in 0..LANES {
            total[lane] += earned[lane];
        }
    }
    total
}

#[cfg(test)]
mod tests;
