//! A Transformer practising bandits: it draws arms from its own policy, sees the rewards of the arms it chose, and
//! imitates the trajectories that rank best.

mod rollout;
pub mod run;

pub use rollout::Teacher;

use rayon::prelude::*;

use self::rollout::{Desk, KeptPlace};
use super::config::RmftConfig;
use super::practice::{Practice, RolloutReport, Round};
use super::ranking::{Credit, Ranking};
use super::rmft::{self, Iteration};
use super::sequence_fit::{SequenceFitter, check_memory};
use crate::learner::bandit::play::play_groups;
use crate::learner::transformer::bandit_player;
use crate::model::tokens::Tokens;
use crate::model::transformer::Transformer;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::bandit::Bandit;
use crate::{Error, Result};

/// Trajectories that are rolled out in lock-step, about. Fixed, so that results do not depend on the number of threads.
const TRAJECTORIES_PER_TASK: usize = 64;

/// Number of validation scenarios.
const VALIDATION: usize = 512;

/// What bandit training is about, beside the hyper-parameters.
#[derive(Clone, Copy)]
pub struct BanditTask<'a> {
    /// The problem.
    pub problem: &'a Bandit,
    /// What trajectories are ranked by.
    pub ranking: Ranking,
    /// What is kept: trajectories or decisions.
    pub credit: Credit,
    /// Somebody else who plays the trajectories; the model itself when absent.
    pub teacher: Option<Teacher<'a>>,
}

impl<'a> BanditTask<'a> {
    /// The model's own trajectories on `problem`, ranked by the problem's regret.
    pub fn new(problem: &'a Bandit) -> Self {
        Self {
            problem,
            ranking: Ranking::Regret(problem.regret()),
            credit: Credit::Trajectory,
            teacher: None,
        }
    }
}

/// Trains `model` in place; `observe` sees every iteration's report and the model after it.
///
/// # Errors
/// A bad problem, ranking or configuration, a model that does not fit the problem, and those of [`rmft::train`].
pub fn train<S: Scalar>(
    model: &mut Transformer<S>,
    task: BanditTask,
    config: &RmftConfig,
    streams: Streams,
    observe: impl FnMut(&Iteration, &Transformer<S>),
) -> Result<()> {
    let mut practice = BanditPractice::new(model, task, config, streams)?;
    rmft::train(model, &mut practice, streams, observe)
}

/// The training set of an iteration: `rounds` entries a sequence.
#[derive(Clone, Debug, Default)]
struct Kept<S> {
    actions: Vec<usize>,
    rewards: Vec<S>,
    /// What to imitate in each round: the action, or the best arm.
    labels: Vec<usize>,
    /// How much each decision counts; 1 on average.
    weights: Vec<S>,
    /// Number of arms present, one entry a sequence.
    present: Vec<usize>,
}

/// A Transformer's practice in bandits, with all buffers.
pub struct BanditPractice<'a, S> {
    task: BanditTask<'a>,
    config: &'a RmftConfig,
    streams: Streams,
    tokens: Tokens,
    desks: Vec<Desk<S>>,
    kept: Kept<S>,
    sequences: usize,
    fitter: SequenceFitter<S>,
}

impl<'a, S: Scalar> BanditPractice<'a, S> {
    /// Buffers for models like `model`.
    ///
    /// # Errors
    /// A bad problem, ranking or configuration; a model of other arms, rounds or tokens than the problem's.
    pub fn new(
        model: &Transformer<S>,
        task: BanditTask<'a>,
        config: &'a RmftConfig,
        streams: Streams,
    ) -> Result<Self> {
        let problem = task.problem;
        problem.check()?;
        task.ranking.check()?;
        config.check()?;
        let tokens = Tokens::of(model.config())?;
        if model.config().outputs != problem.arms {
            let expected = format!("the model's {} outputs", model.config().outputs);
            return Err(Error::parameter("arms", problem.arms, expected));
        }
        if model.config().rounds != problem.horizon {
            let expected = format!("the model's {} rounds", model.config().rounds);
            return Err(Error::parameter("horizon", problem.horizon, expected));
        }
        config.check_categorical(problem.horizon)?;
        let per_scenario = task.credit.sequences(config.largest_keep(), config.rollouts);
        let sequences = config.scenarios * per_scenario;
        let batch = config.batch.unwrap_or(sequences).min(sequences);
        check_memory(model.config(), config.scenarios * config.rollouts, batch)?;
        let per_desk = scenarios_per_task(config);
        let desks = (0..config.scenarios.div_ceil(per_desk)).map(|task_index| {
            let scenarios = per_desk.min(config.scenarios - task_index * per_desk);
            Desk::new(model, problem, config, scenarios)
        });
        Ok(Self {
            task,
            config,
            streams,
            tokens,
            desks: desks.collect::<Result<_>>()?,
            kept: Kept {
                actions: vec![0; sequences * problem.horizon],
                rewards: vec![S::zero(); sequences * problem.horizon],
                labels: vec![0; sequences * problem.horizon],
                weights: vec![S::zero(); sequences * problem.horizon],
                present: vec![0; sequences],
            },
            sequences: 0,
            fitter: SequenceFitter::new(model, batch),
        })
    }
}

/// Scenarios whose trajectories are rolled out in lock-step.
fn scenarios_per_task(config: &RmftConfig) -> usize {
    (TRAJECTORIES_PER_TASK / config.rollouts).max(1)
}

impl<S: Scalar> Practice for BanditPractice<'_, S> {
    type Model = Transformer<S>;

    fn config(&self) -> &RmftConfig {
        self.config
    }

    fn roll_out(&mut self, model: &Transformer<S>, round: Round) -> Result<RolloutReport> {
        let (task, config, streams) = (&self.task, self.config, &self.streams);
        let rounds = task.problem.horizon;
        let per_task = scenarios_per_task(config);
        let per_scenario = task.credit.sequences(round.keep, config.rollouts);
        let sequences = per_task * per_scenario;
        self.sequences = config.scenarios * per_scenario;
        self.desks
            .par_iter_mut()
            .zip(self.kept.actions.par_chunks_mut(sequences * rounds))
            .zip(self.kept.rewards.par_chunks_mut(sequences * rounds))
            .zip(self.kept.labels.par_chunks_mut(sequences * rounds))
            .zip(self.kept.weights.par_chunks_mut(sequences * rounds))
            .zip(self.kept.present.par_chunks_mut(sequences))
            .enumerate()
            .try_for_each(|(i, (((((desk, actions), rewards), labels), weights), present))| {
                let place = KeptPlace { actions, rewards, labels, weights, present };
                desk.run(model, task, config, streams, (i * per_task, round), place)
            })?;
        Ok(Desk::report(&self.desks, config, rounds))
    }

    fn sequences(&self) -> usize {
        self.sequences
    }

    fn loss_and_gradient(&mut self, model: &Transformer<S>, batch: &[usize]) -> (f64, &mut [S]) {
        let (kept, tokens, rounds) = (&self.kept, self.tokens, self.task.problem.horizon);
        self.fitter.loss_and_gradient(model, batch, |i, place| {
            let present = kept.present[i];
            let here = i * rounds..(i + 1) * rounds;
            let history = kept.actions[here.clone()].iter().zip(&kept.rewards[here.clone()]);
            let mut tokens_out = place.inputs.chunks_exact_mut(tokens.width());
            if let Some(token) = tokens_out.next() {
                tokens.write_start(present, token);
            }
            for (token, (&arm, &reward)) in tokens_out.zip(history) {
                tokens.write_cell(arm, reward, present, token);
            }
            let targets = place.targets.chunks_exact_mut(tokens.arms());
            for (target, &label) in targets.zip(&kept.labels[here.clone()]) {
                target[label] = S::one();
            }
            place.weights.copy_from_slice(&kept.weights[here]);
            present
        })
    }

    fn validation_regret(&self, model: &Transformer<S>) -> f64 {
        let (problem, streams) = (self.task.problem, self.streams);
        let scenario = |i| problem.scenario(&streams, Purpose::Validation, 0, i, 0);
        let player = bandit_player(model, streams, Purpose::Validation);
        let regret = problem.regret();
        let totals = play_groups(VALIDATION, scenario, player, |s, arms| regret.total(s, arms));
        let totals = totals.expect("the model was checked when the practice was made");
        totals.iter().sum::<f64>() / VALIDATION as f64
    }
}

#[cfg(test)]
mod tests;
