//! Players of a bandit problem side by side: all on the same scenarios, so that differences are paired.

use serde::Serialize;

use super::bandit_outcome::{BanditOutcome, evaluate};
use super::growth::{PowerFit, growth_exponent};
use super::interval::Estimate;
use crate::learner::bandit::play::one_by_one;
use crate::learner::bandit::spec::{BanditSpec, Knowledge};
use crate::learner::transformer::bandit_player;
use crate::model::transformer::Transformer;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::bandit::{Bandit, BanditScenario};
use crate::{Error, Result};

/// The records of any number of players on scenarios `0..count` of [`Purpose::Evaluation`].
#[derive(Clone, Debug)]
pub struct Comparison {
    problem: Bandit,
    streams: Streams,
    count: usize,
    entries: Vec<Entry>,
}

/// One player's record.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of the player.
    pub player: String,
    /// Training seed of a model.
    pub seed: Option<u64>,
    /// What it achieved.
    pub outcome: BanditOutcome,
}

/// One player's record as a row of a table.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonRow {
    /// Name of the problem.
    pub problem: String,
    /// Name of the player.
    pub player: String,
    /// Training seed of a model.
    pub seed: Option<u64>,
    /// Mean final regret: pseudo-regret on stationary problems, else dynamic regret.
    pub regret: f64,
    /// Lower end of its 95 % interval over scenarios.
    pub regret_low: Option<f64>,
    /// Upper end.
    pub regret_high: Option<f64>,
    /// Share of runs that never choose the best arm in the second half.
    pub suffix_failure: f64,
    /// K times the share of rounds of the least chosen arm.
    pub scaled_min_fraction: f64,
    /// Share of rounds that play an arm of highest empirical mean.
    pub greedy_fraction: f64,
    /// Median over runs of the rescaled mean reward.
    pub median_reward: Option<f64>,
    /// Fitted exponent of growth of the mean regret curve.
    pub growth_exponent: Option<f64>,
    /// p-value of "the exponent is 1 or more".
    pub growth_p_value: Option<f64>,
    /// Number of scenarios.
    pub scenarios: usize,
}

impl Comparison {
    /// Nobody yet, on the first `count` evaluation scenarios of `seed`.
    ///
    /// # Errors
    /// A bad problem, or no scenario.
    pub fn new(problem: &Bandit, seed: u64, count: usize) -> Result<Self> {
        problem.check()?;
        if count == 0 {
            return Err(Error::parameter("scenarios", count, "at least 1"));
        }
        let (problem, streams) = (problem.clone(), Streams::new(seed));
        Ok(Self { problem, streams, count, entries: Vec::new() })
    }

    /// Lets the classical learner play, each scenario with a fresh one.
    ///
    /// # Errors
    /// A learner that cannot play the problem.
    pub fn add_learner(&mut self, player: &str, learner: &BanditSpec) -> Result<()> {
        let prepared = learner.prepare(Knowledge::of(&self.problem))?;
        let build = |scenario: &BanditScenario| prepared.build(scenario.present());
        let build = one_by_one(self.streams, Purpose::Evaluation, build);
        self.add(player, None, build)
    }

    /// Tunes each learner on the first `tuning` tuning scenarios and lets it play under its name; returns the learners as
    /// tuned.
    ///
    /// # Errors
    /// A learner that cannot play the problem.
    pub fn add_tuned(&mut self, learners: &[BanditSpec], tuning: usize) -> Result<Vec<BanditSpec>> {
        learners
            .iter()
            .map(|learner| {
                let tuned = learner.tuned_on(&self.problem, &self.streams, tuning)?;
                self.add_learner(learner.name(), &tuned)?;
                Ok(tuned)
            })
            .collect()
    }

    /// Lets the model play, drawing from its policy.
    ///
    /// # Errors
    /// A model of other arms, rounds or tokens than the problem's.
    pub fn add_model<S: Scalar>(
        &mut self,
        player: &str,
        seed: u64,
        model: &Transformer<S>,
    ) -> Result<()> {
        self.add(player, Some(seed), bandit_player(model, self.streams, Purpose::Evaluation))
    }

    fn add(
        &mut self,
        player: &str,
        seed: Option<u64>,
        play: impl Fn(&[BanditScenario], usize) -> Result<Vec<Vec<usize>>> + Sync,
    ) -> Result<()> {
        let scenario = |i| self.problem.scenario(&self.streams, Purpose::Evaluation, 0, i, 0);
        let outcome = evaluate(self.count, scenario, play)?;
        self.entries.push(Entry { player: player.to_owned(), seed, outcome });
        Ok(())
    }

    /// The problem.
    pub fn problem(&self) -> &Bandit {
        &self.problem
    }

    /// Number of scenarios.
    pub fn count(&self) -> usize {
        self.count
    }

    /// All records, in the order in which they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The records of `player`: one a training seed.
    pub fn of<'a>(&'a self, player: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.player == player)
    }

    /// Final regrets of a record, one a scenario.
    pub fn finals<'a>(&self, entry: &'a Entry) -> &'a [f64] {
        &entry.outcome.regret(self.problem.regret()).finals
    }

    /// Mean final regret of a record, with its interval over scenarios.
    ///
    /// # Errors
    /// Regret that is not finite.
    pub fn regret(&self, entry: &Entry) -> Result<Estimate> {
        Estimate::of(self.finals(entry))
    }

    /// Mean over scenarios of `entry`'s final regret minus that of `player` (its first record), paired.
    ///
    /// # Errors
    /// An unknown player, or regret that is not finite.
    pub fn difference(&self, entry: &Entry, player: &str) -> Result<Estimate> {
        let Some(other) = self.of(player).next() else {
            return Err(Error::parameter("player", player, "one that has played"));
        };
        Estimate::difference(self.finals(entry), self.finals(other))
    }

    /// How the mean regret of a record grows with the round; `None` where it is not positive often enough for a fit.
    ///
    /// # Errors
    /// Regret that is not finite.
    pub fn growth(&self, entry: &Entry) -> Result<Option<PowerFit>> {
        let curve = entry.outcome.regret(self.problem.regret()).mean_curve();
        Ok(growth_exponent(&curve)?.fit)
    }

    /// All records as rows; `problem` names the problem in them.
    ///
    /// # Errors
    /// Regret that is not finite.
    pub fn rows(&self, problem: &str) -> Result<Vec<ComparisonRow>> {
        self.entries
            .iter()
            .map(|entry| {
                let regret = self.regret(entry)?;
                let fit = self.growth(entry)?;
                let exploration = &entry.outcome.exploration;
                Ok(ComparisonRow {
                    problem: problem.to_owned(),
                    player: entry.player.clone(),
                    seed: entry.seed,
                    regret: regret.mean,
                    regret_low: regret.low,
                    regret_high: regret.high,
                    suffix_failure: exploration.suffix_failure.mean,
                    scaled_min_fraction: exploration.scaled_min_fraction.mean,
                    greedy_fraction: exploration.greedy_fraction.mean,
                    median_reward: exploration.median_reward,
                    growth_exponent: fit.as_ref().map(|fit| fit.exponent),
                    growth_p_value: fit.as_ref().map(|fit| fit.p_value),
                    scenarios: self.count,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
