//! A tabular policy practising Bernoulli bandits: the same loop as a Transformer's, without a network.
//!
//! It draws arms from its table, and imitates the trajectories (or decisions) that rank best: the likelihood of every kept
//! action moves the logits of the history that it followed, and no others.

use rand::RngExt;

use super::config::RmftConfig;
use super::practice::{Practice, RolloutReport, Round};
use super::ranking::{Credit, Ranking, Scratch};
use super::rmft::{self, Iteration};
use crate::learner::bandit::play::{one_by_one, play_groups};
use crate::learner::tabular::TabularLearner;
use crate::learner::transformer::draw;
use crate::metrics::exploration::suffix_failure;
use crate::model::Model;
use crate::model::tabular::TabularPolicy;
use crate::nn::loss::entropy;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::{Bandit, RewardLaw};
use crate::{Error, Result};

/// Number of validation scenarios.
const VALIDATION: usize = 2048;

/// Trains `table` in place; `observe` sees every iteration's report and the table after it.
///
/// # Errors
/// A bad problem, ranking or configuration, a table that does not fit the problem, and those of [`rmft::train`].
pub fn train(
    table: &mut TabularPolicy,
    problem: &Bandit,
    (ranking, credit): (Ranking, Credit),
    config: &RmftConfig,
    streams: Streams,
    observe: impl FnMut(&Iteration, &TabularPolicy),
) -> Result<()> {
    let mut practice = TabularPractice::new(table, problem, (ranking, credit), config, streams)?;
    rmft::train(table, &mut practice, streams, observe)
}

/// What was decided after one history.
#[derive(Clone, Copy, Debug)]
struct Decision {
    node: usize,
    arm: usize,
}

/// A table's practice in bandits, with all buffers.
pub struct TabularPractice<'a> {
    problem: &'a Bandit,
    ranking: Ranking,
    credit: Credit,
    config: &'a RmftConfig,
    streams: Streams,
    /// The training set, `horizon` entries a sequence.
    kept: Vec<Decision>,
    /// How much each decision counts; 1 on average.
    weights: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'a> TabularPractice<'a> {
    /// Buffers for tables like `table`.
    ///
    /// # Errors
    /// A bad problem, ranking or configuration; rewards that are not Bernoulli, or arms that may be absent; a table of
    /// other arms or rounds than the problem's.
    pub fn new(
        table: &TabularPolicy,
        problem: &'a Bandit,
        (ranking, credit): (Ranking, Credit),
        config: &'a RmftConfig,
        streams: Streams,
    ) -> Result<Self> {
        problem.check()?;
        ranking.check()?;
        config.check()?;
        if problem.rewards != RewardLaw::Bernoulli {
            let value = format!("{:?}", problem.rewards);
            return Err(Error::parameter("rewards", value, "Bernoulli, for a table"));
        }
        if let Some(fewest) = problem.fewest {
            return Err(Error::parameter("fewest", fewest, "none: a table plays all its arms"));
        }
        for (field, value, own) in
            [("arms", problem.arms, table.arms()), ("horizon", problem.horizon, table.horizon())]
        {
            if value != own {
                return Err(Error::parameter(field, value, format!("the table's {own}")));
            }
        }
        config.check_categorical(problem.horizon)?;
        let gradient = vec![0.0; table.parameters().len()];
        let (kept, weights) = (Vec::new(), Vec::new());
        Ok(Self { problem, ranking, credit, config, streams, kept, weights, gradient })
    }
}

impl Practice for TabularPractice<'_> {
    type Model = TabularPolicy;

    fn config(&self) -> &RmftConfig {
        self.config
    }

    fn roll_out(&mut self, table: &TabularPolicy, round: Round) -> Result<RolloutReport> {
        let (problem, config, streams) = (self.problem, self.config, &self.streams);
        let (rounds, rollouts) = (problem.horizon, config.rollouts);
        let mut scenario = problem.empty_scenario();
        let mut decisions = vec![Decision { node: 0, arm: 0 }; rollouts * rounds];
        let mut losses = vec![0.0; rollouts * rounds];
        let mut shares = vec![0.0; rollouts * rounds];
        let (mut actions, mut rewards) = (vec![0; rounds], vec![0.0; rounds]);
        let (mut policy, mut regrets) = (vec![0.0; problem.arms], vec![0.0; rollouts]);
        let mut scratch = Scratch::default();
        let sequences = self.credit.sequences(round.keep, rollouts) as f64;
        let mut report = RolloutReport::default();
        let (mut entropies, mut failures) = (0.0, 0_usize);
        self.kept.clear();
        self.weights.clear();
        for index in 0..config.scenarios {
            // 1. Play and rank.
            let trajectories =
                decisions.chunks_exact_mut(rounds).zip(losses.chunks_exact_mut(rounds));
            for (l, (decisions, losses)) in trajectories.enumerate() {
                if l == 0 || !config.shared_rewards {
                    let purpose = Purpose::Training;
                    problem.scenario_into(streams, purpose, round.index, index, l, &mut scenario);
                }
                let mut rng = streams.stream(Purpose::Exploration, round.index, index, l);
                let mut node = TabularPolicy::START;
                for (t, decision) in decisions.iter_mut().enumerate() {
                    table.policy(node, round.exploration, &mut policy);
                    entropies += entropy(&policy);
                    let arm = draw(&policy, rng.random::<f64>());
                    *decision = Decision { node, arm };
                    (actions[t], rewards[t]) = (arm, scenario.reward(t, arm));
                    node = table.next(node, arm, rewards[t] >= 0.5);
                }
                self.ranking.losses(&scenario, &actions, &rewards, losses, &mut scratch);
                regrets[l] = problem.regret().total(&scenario, &actions);
                report.regret += regrets[l];
                failures += usize::from(suffix_failure(&scenario, &actions, rounds / 2));
            }
            // 2. Keep.
            let (keep, weighting) = (round.keep, config.weighting);
            self.credit.share(&mut losses, rounds, keep, weighting, &mut shares, &mut scratch)?;
            for (l, shares) in shares.chunks_exact(rounds).enumerate() {
                let share = shares.iter().sum::<f64>() / rounds as f64;
                report.kept_regret += share * regrets[l];
                if self.credit == Credit::Decision || share > 0.0 {
                    self.kept.extend_from_slice(&decisions[l * rounds..][..rounds]);
                    self.weights.extend(shares.iter().map(|share| share * sequences));
                }
            }
        }
        let trajectories = (config.scenarios * rollouts) as f64;
        Ok(RolloutReport {
            regret: report.regret / trajectories,
            kept_regret: report.kept_regret / config.scenarios as f64,
            entropy: Some(entropies / (trajectories * rounds as f64)),
            suffix_failure: Some(failures as f64 / trajectories),
        })
    }

    fn sequences(&self) -> usize {
        self.kept.len() / self.problem.horizon
    }

    fn loss_and_gradient(&mut self, table: &TabularPolicy, batch: &[usize]) -> (f64, &mut [f64]) {
        let (rounds, arms) = (self.problem.horizon, self.problem.arms);
        let scale = 1.0 / (batch.len() * rounds) as f64;
        let mut policy = vec![0.0; arms];
        let mut loss = 0.0;
        self.gradient.fill(0.0);
        for &sequence in batch {
            let here = sequence * rounds..(sequence + 1) * rounds;
            for (decision, weight) in self.kept[here.clone()].iter().zip(&self.weights[here]) {
                if *weight == 0.0 {
                    continue;
                }
                let weight = weight * scale;
                table.policy(decision.node, 1.0, &mut policy);
                loss -= weight * policy[decision.arm].ln();
                // The gradient of -log p_arm by the logits is p - 1_arm.
                policy[decision.arm] -= 1.0;
                let gradient = &mut self.gradient[decision.node * arms..][..arms];
                gradient.iter_mut().zip(&policy).for_each(|(sum, p)| *sum += weight * p);
            }
        }
        (loss, &mut self.gradient)
    }

    fn validation_regret(&self, table: &TabularPolicy) -> f64 {
        let (problem, streams) = (self.problem, self.streams);
        let scenario = |i| problem.scenario(&streams, Purpose::Validation, 0, i, 0);
        let player = one_by_one(streams, Purpose::Validation, |_| Ok(TabularLearner::new(table)));
        let regret = problem.regret();
        let totals = play_groups(VALIDATION, scenario, player, |s, arms| regret.total(s, arms));
        let totals = totals.expect("a table plays what the practice was made for");
        totals.iter().sum::<f64>() / VALIDATION as f64
    }
}

#[cfg(test)]
mod tests;
