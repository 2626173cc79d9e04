//! Rolling out and ranking: the trajectories of some scenarios in lock-step, of which the best are kept.

use rand_chacha::ChaCha8Rng;

use crate::Result;
use crate::learner::bandit::BanditLearner;
use crate::learner::transformer::GroupPlayer;
use crate::metrics::exploration::suffix_failure;
use crate::model::transformer::Transformer;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::bandit::{Bandit, BanditScenario};
use crate::train::bandit::BanditTask;
use crate::train::config::RmftConfig;
use crate::train::practice::{RolloutReport, Round};
use crate::train::ranking::{Credit, Scratch};

/// Makes a learner for a number of arms.
pub type BuildLearner<'a> = &'a (dyn Fn(usize) -> Result<Box<dyn BanditLearner + Send>> + Sync);

/// Somebody who plays trajectories for the model to imitate.
#[derive(Clone, Copy)]
pub struct Teacher<'a> {
    /// Makes the learner that plays, for a number of arms.
    pub learner: BuildLearner<'a>,
    /// Whether the model is to choose the best arm of each round after the teacher's history, rather than the teacher's.
    pub label_best_arm: bool,
}

/// The buffers of one task.
pub(super) struct Desk<S> {
    player: GroupPlayer<S>,
    /// One scenario, or one per trajectory when rewards are not shared.
    scenarios: Vec<BanditScenario>,
    rngs: Vec<ChaCha8Rng>,
    /// Losses of the trajectories of one scenario in the sense of the ranking, rollouts x rounds.
    losses: Vec<f64>,
    /// How much each decision counts, rollouts x rounds; sums to 1 over the trajectories in every round.
    shares: Vec<f64>,
    regrets: Vec<f64>,
    received: Vec<f64>,
    scratch: Scratch,
    report: Sums,
}

/// Sums over the trajectories of a task.
#[derive(Clone, Copy, Default)]
struct Sums {
    regret: f64,
    kept_regret: f64,
    surprise: Option<f64>,
    suffix_failures: usize,
}

/// The places of a task's kept sequences in the training set.
pub(super) struct KeptPlace<'a, S> {
    pub actions: &'a mut [usize],
    pub rewards: &'a mut [S],
    pub labels: &'a mut [usize],
    pub present: &'a mut [usize],
    pub weights: &'a mut [S],
}

impl<S: Scalar> Desk<S> {
    /// Buffers for the trajectories of `scenarios` scenarios.
    pub fn new(
        model: &Transformer<S>,
        problem: &Bandit,
        config: &RmftConfig,
        scenarios: usize,
    ) -> Result<Self> {
        let drawn = if config.shared_rewards { scenarios } else { scenarios * config.rollouts };
        Ok(Self {
            player: GroupPlayer::new(scenarios * config.rollouts, model)?,
            scenarios: vec![problem.empty_scenario(); drawn],
            rngs: Vec::with_capacity(scenarios * config.rollouts),
            losses: vec![0.0; config.rollouts * problem.horizon],
            shares: vec![0.0; config.rollouts * problem.horizon],
            regrets: vec![0.0; config.rollouts],
            received: Vec::with_capacity(problem.horizon),
            scratch: Scratch::default(),
            report: Sums::default(),
        })
    }

    /// Plays the scenarios from `first` on and writes the best trajectories into `place`.
    pub fn run(
        &mut self,
        model: &Transformer<S>,
        task: &BanditTask,
        config: &RmftConfig,
        streams: &Streams,
        (first, round): (usize, Round),
        place: KeptPlace<S>,
    ) -> Result<()> {
        let copies = if config.shared_rewards { 1 } else { config.rollouts };
        let index = round.index;
        for (i, scenario) in self.scenarios.iter_mut().enumerate() {
            let (own, copy) = (first + i / copies, i % copies);
            task.problem.scenario_into(streams, Purpose::Training, index, own, copy, scenario);
        }
        let trajectories = self.scenarios.len() / copies * config.rollouts;
        self.rngs.clear();
        self.rngs.extend((0..trajectories).map(|j| {
            let (scenario, rollout) = (first + j / config.rollouts, j % config.rollouts);
            streams.stream(Purpose::Exploration, index, scenario, rollout)
        }));
        let (scenarios, rollouts) = (&self.scenarios, config.rollouts);
        let scenario_of = |j: usize| &scenarios[if copies == 1 { j / rollouts } else { j }];
        let played = match task.teacher {
            None => self.player.play(model, round.exploration, &mut self.rngs, scenario_of),
            Some(teacher) => self.player.watch(teacher.learner, &mut self.rngs, scenario_of)?,
        };
        self.report = Sums { surprise: played.surprise, ..Sums::default() };
        let rounds = task.problem.horizon;
        let mut sequence = 0;
        for own in 0..trajectories / rollouts {
            let here = |l: usize| (own * rollouts + l) * rounds..(own * rollouts + l + 1) * rounds;
            // 1. Rank.
            for (l, losses) in self.losses.chunks_exact_mut(rounds).enumerate() {
                let (scenario, actions) =
                    (scenario_of(own * rollouts + l), &played.actions[here(l)]);
                let rewards = played.rewards[here(l)].iter().map(|r| r.as_f64());
                self.received.clear();
                self.received.extend(rewards);
                let (received, scratch) = (&self.received, &mut self.scratch);
                task.ranking.losses(scenario, actions, received, losses, scratch);
                self.regrets[l] = task.problem.regret().total(scenario, actions);
                self.report.regret += self.regrets[l];
                let failed = suffix_failure(scenario, actions, rounds / 2);
                self.report.suffix_failures += usize::from(failed);
            }
            let (losses, shares) = (&mut self.losses, &mut self.shares);
            let (keep, weighting) = (round.keep, config.weighting);
            task.credit.share(losses, rounds, keep, weighting, shares, &mut self.scratch)?;
            // 2. Keep.
            let sequences = task.credit.sequences(round.keep, rollouts);
            for (l, shares) in self.shares.chunks_exact(rounds).enumerate() {
                let share = shares.iter().sum::<f64>() / rounds as f64;
                self.report.kept_regret += share * self.regrets[l];
                if task.credit == Credit::Trajectory && share == 0.0 {
                    continue;
                }
                let scenario = scenario_of(own * rollouts + l);
                let place_here = sequence * rounds..(sequence + 1) * rounds;
                place.actions[place_here.clone()].copy_from_slice(&played.actions[here(l)]);
                place.rewards[place_here.clone()].copy_from_slice(&played.rewards[here(l)]);
                let weights = place.weights[place_here.clone()].iter_mut().zip(shares);
                weights.for_each(|(weight, share)| *weight = S::of(share * sequences as f64));
                let labels = &mut place.labels[place_here];
                if task.teacher.is_some_and(|teacher| teacher.label_best_arm) {
                    for (t, label) in labels.iter_mut().enumerate() {
                        let best = (0..scenario.present()).find(|&arm| scenario.is_best(t, arm));
                        *label = best.unwrap_or(0);
                    }
                } else {
                    labels.copy_from_slice(&played.actions[here(l)]);
                }
                place.present[sequence] = scenario.present();
                sequence += 1;
            }
        }
        // A vanishing weight can leave places over, whose old trajectories must not count.
        place.weights[sequence * rounds..].fill(S::zero());
        Ok(())
    }

    /// The averages over all tasks of an iteration, summed in task order.
    pub fn report(desks: &[Self], config: &RmftConfig, rounds: usize) -> RolloutReport {
        let sum = |part: fn(&Sums) -> f64| desks.iter().map(|desk| part(&desk.report)).sum::<f64>();
        let surprise: Option<f64> = desks.iter().map(|desk| desk.report.surprise).sum();
        let trajectories = (config.scenarios * config.rollouts) as f64;
        RolloutReport {
            regret: sum(|s| s.regret) / trajectories,
            kept_regret: sum(|s| s.kept_regret) / config.scenarios as f64,
            entropy: surprise.map(|sum| sum / (trajectories * rounds as f64)),
            suffix_failure: Some(sum(|s| s.suffix_failures as f64) / trajectories),
        }
    }
}
