//! A Transformer practising full-information online learning on the simplex: it draws arms from its policy, and imitates
//! the draws of lowest regret.
//!
//! Rewards do not depend on decisions, so one forward pass a scenario serves all L trajectories. They share their history,
//! so imitating the kept ones is imitating, in each round, the distribution of the arms that they drew.

pub mod lessons;
pub mod run;

use ndarray::{Array2, Axis};
use rand::RngExt;
use rayon::prelude::*;

use super::config::RmftConfig;
use super::contiguous::{slice, slice_mut};
use super::practice::{Practice, RolloutReport, Round};
use super::rmft::{self, Iteration};
use super::sequence_fit::{SequenceFitter, check_memory};
use crate::learner::play::regret_curves;
use crate::learner::transformer::{TransformerLearner, draw};
use crate::model::tokens::Tokens;
use crate::model::transformer::{Cache, Transformer};
use crate::nn::loss::{entropy, softmax_in_place};
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::decision_set::DecisionSet;
use crate::problem::full_information::FullInformation;
use crate::{Error, Result};

/// Scenarios a task works on together. Fixed, so that results do not depend on the number of threads.
const SCENARIOS_PER_TASK: usize = 16;

/// Number of validation scenarios.
const VALIDATION: usize = 256;

/// Trains `model` in place; `observe` sees every iteration's report and the model after it.
///
/// # Errors
/// A bad problem or configuration, rewards that are not shared (RMFT-R5), a model that does not fit the problem, and those
/// of [`rmft::train`].
pub fn train<S: Scalar>(
    model: &mut Transformer<S>,
    problem: &FullInformation,
    config: &RmftConfig,
    streams: Streams,
    observe: impl FnMut(&Iteration, &Transformer<S>),
) -> Result<()> {
    let mut practice = FullInformationPractice::new(model, problem, config, streams)?;
    rmft::train(model, &mut practice, streams, observe)
}

/// A Transformer's practice in full information, with all buffers.
pub struct FullInformationPractice<'a, S> {
    problem: &'a FullInformation,
    config: &'a RmftConfig,
    streams: Streams,
    desks: Vec<Desk<S>>,
    fitter: SequenceFitter<S>,
}

/// The buffers of one task, and what it keeps.
struct Desk<S> {
    tokens: Tokens,
    cache: Cache<S>,
    inputs: Array2<S>,
    policies: Array2<S>,
    /// Distributions to imitate, (scenarios * rounds) x arms.
    targets: Array2<S>,
    /// Arms drawn in one scenario, rollouts x rounds.
    actions: Vec<usize>,
    regrets: Vec<f64>,
    report: RolloutReport,
}

impl<'a, S: Scalar> FullInformationPractice<'a, S> {
    /// Buffers for models like `model`.
    ///
    /// # Errors
    /// See [`train`].
    pub fn new(
        model: &Transformer<S>,
        problem: &'a FullInformation,
        config: &'a RmftConfig,
        streams: Streams,
    ) -> Result<Self> {
        problem.check()?;
        config.check()?;
        let shape = model.config();
        let tokens = Tokens::of(shape)?;
        for (field, value, expected, name) in [
            ("dimension", problem.dimension, shape.outputs, "outputs"),
            ("horizon", problem.horizon, shape.rounds, "rounds"),
        ] {
            if value != expected {
                return Err(Error::parameter(
                    field,
                    value,
                    format!("the model's {expected} {name}"),
                ));
            }
        }
        if problem.set != DecisionSet::Simplex {
            let expected = "the simplex, in which a policy lies";
            return Err(Error::parameter("set", format!("{:?}", problem.set), expected));
        }
        if !config.shared_rewards {
            let expected = "true: in full information trajectories must share their rewards";
            return Err(Error::parameter("shared_rewards", false, expected));
        }
        config.check_categorical(problem.horizon)?;
        let batch = config.batch.unwrap_or(config.scenarios).min(config.scenarios);
        check_memory(shape, config.scenarios, batch.max(config.scenarios))?;
        let desk = |task: usize| {
            let scenarios = SCENARIOS_PER_TASK.min(config.scenarios - task * SCENARIOS_PER_TASK);
            let rows = scenarios * problem.horizon;
            Desk {
                tokens,
                cache: Cache::new(scenarios, model),
                inputs: Array2::zeros((rows, shape.inputs)),
                policies: Array2::zeros((rows, shape.outputs)),
                targets: Array2::zeros((rows, shape.outputs)),
                actions: vec![0; config.rollouts * problem.horizon],
                regrets: vec![0.0; config.rollouts],
                report: RolloutReport::default(),
            }
        };
        Ok(Self {
            problem,
            config,
            streams,
            desks: (0..config.scenarios.div_ceil(SCENARIOS_PER_TASK)).map(desk).collect(),
            fitter: SequenceFitter::new(model, batch),
        })
    }
}

impl<S: Scalar> Practice for FullInformationPractice<'_, S> {
    type Model = Transformer<S>;

    fn config(&self) -> &RmftConfig {
        self.config
    }

    fn roll_out(&mut self, model: &Transformer<S>, round: Round) -> Result<RolloutReport> {
        let (problem, config, streams) = (self.problem, self.config, &self.streams);
        self.desks.par_iter_mut().enumerate().try_for_each(|(task, desk)| {
            desk.run(model, problem, config, streams, (task * SCENARIOS_PER_TASK, round))
        })?;
        let scenarios = config.scenarios as f64;
        let entropies = scenarios * problem.horizon as f64;
        // Summed in task order, whatever thread did the work.
        Ok(self.desks.iter().fold(RolloutReport::default(), |total, desk| RolloutReport {
            regret: total.regret + desk.report.regret / (scenarios * config.rollouts as f64),
            kept_regret: total.kept_regret + desk.report.kept_regret / scenarios,
            entropy: Some(
                total.entropy.unwrap_or(0.0) + desk.report.entropy.unwrap_or(0.0) / entropies,
            ),
            suffix_failure: None,
        }))
    }

    fn sequences(&self) -> usize {
        self.config.scenarios
    }

    fn loss_and_gradient(&mut self, model: &Transformer<S>, batch: &[usize]) -> (f64, &mut [S]) {
        let desks = &self.desks;
        let (present, rounds) = (self.problem.dimension, self.problem.horizon);
        self.fitter.loss_and_gradient(model, batch, |i, place| {
            let (desk, own) = (&desks[i / SCENARIOS_PER_TASK], i % SCENARIOS_PER_TASK);
            let copy = |from: &Array2<S>, to: &mut [S]| {
                let length = rounds * from.ncols();
                to.copy_from_slice(&slice(from)[own * length..][..length]);
            };
            copy(&desk.inputs, place.inputs);
            copy(&desk.targets, place.targets);
            present
        })
    }

    fn validation_regret(&self, model: &Transformer<S>) -> f64 {
        let scenarios = self.problem.scenarios(&self.streams, Purpose::Validation, VALIDATION);
        let curves = regret_curves(self.problem.set, &scenarios, |_| {
            TransformerLearner::new(model).expect("checked when the practice was made")
        });
        curves.columns().into_iter().next_back().and_then(|last| last.mean()).unwrap_or(f64::NAN)
    }
}

impl<S: Scalar> Desk<S> {
    fn run(
        &mut self,
        model: &Transformer<S>,
        problem: &FullInformation,
        config: &RmftConfig,
        streams: &Streams,
        (first, round): (usize, Round),
    ) -> Result<()> {
        let (rounds, arms) = (problem.horizon, problem.dimension);
        let scenarios: Vec<Array2<f64>> = (0..self.inputs.nrows() / rounds)
            .map(|own| problem.scenario(streams, Purpose::Training, round.index, first + own, 0))
            .collect();
        // 1. The policies of all rounds.
        let mut seen = vec![S::zero(); arms];
        let places = self.inputs.axis_chunks_iter_mut(Axis(0), rounds);
        for (mut inputs, rewards) in places.zip(&scenarios) {
            for (t, mut token) in inputs.rows_mut().into_iter().enumerate() {
                let token = token.as_slice_mut().expect("rows are contiguous");
                if t == 0 {
                    self.tokens.write_start(arms, token);
                } else {
                    seen.iter_mut().zip(rewards.row(t - 1)).for_each(|(s, &r)| *s = S::of(r));
                    self.tokens.write_row(&seen, token);
                }
            }
        }
        model.forward(self.inputs.view(), &mut self.cache, self.policies.view_mut());
        let colder = S::of(1.0 / round.exploration);
        self.report = RolloutReport { entropy: Some(0.0), ..RolloutReport::default() };
        for policy in slice_mut(&mut self.policies).chunks_exact_mut(arms) {
            policy.iter_mut().for_each(|z| *z *= colder);
            softmax_in_place(policy);
            *self.report.entropy.get_or_insert(0.0) += entropy(policy).as_f64();
        }
        // 2. Draws, regrets, selection.
        let policies = slice(&self.policies).chunks_exact(rounds * arms);
        let targets = self.targets.as_slice_mut().expect("owned arrays are contiguous");
        let places = policies.zip(targets.chunks_exact_mut(rounds * arms)).zip(&scenarios);
        for (own, ((policies, targets), rewards)) in places.enumerate() {
            let best = problem.set.support(&rewards.sum_axis(Axis(0)).to_vec());
            let trajectories = self.actions.chunks_exact_mut(rounds).zip(&mut self.regrets);
            for (rollout, (actions, regret)) in trajectories.enumerate() {
                let mut rng =
                    streams.stream(Purpose::Exploration, round.index, first + own, rollout);
                *regret = best;
                for (t, (action, policy)) in
                    actions.iter_mut().zip(policies.chunks_exact(arms)).enumerate()
                {
                    *action = draw(policy, S::of(rng.random::<f64>()));
                    *regret -= rewards[(t, *action)];
                }
            }
            self.report.regret += self.regrets.iter().sum::<f64>();
            targets.fill(S::zero());
            for (l, weight) in config.weighting.select(&self.regrets, round.keep)? {
                self.report.kept_regret += weight * self.regrets[l];
                let actions = &self.actions[l * rounds..][..rounds];
                for (target, &action) in targets.chunks_exact_mut(arms).zip(actions) {
                    target[action] += S::of(weight);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
