//! Learners on one table of rewards, side by side: what they earned, three regrets, how regret grows, and what may be said
//! of it.
//!
//! A single table is a single trajectory: a fit of its regret curve has no error of its own, since rounds are not
//! independent. The interval of the growth exponent and its p-value therefore come from replaying the learner on tables
//! made of blocks of consecutive rounds of this one (circular block bootstrap, Politis and Romano 1992): they keep how
//! rewards hang together within a block, and lose what drifts over the whole table.

use ndarray::{Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::curve::{CurvePoint, final_regret, mean_curve};
use super::growth::{Growth, growth_exponent};
use super::interval::Estimate;
use crate::numeric::parallel;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::comparator::{clairvoyant_earnings, fixed_earnings, switching_earnings};
use crate::problem::decision_set::DecisionSet;
use crate::{Error, Result};

mod replay;
mod verdict;

pub use replay::Replayed;
pub use verdict::Verdict;

/// Fewest batches, and rounds of a batch, of an interval over batches of rounds.
const FEWEST_BATCHES: usize = 5;
const MOST_BATCHES: usize = 20;
/// Largest number of entries (rounds x runs) of the curves of a learner.
const MAX_ENTRIES: usize = 1 << 27;

/// How learners are played.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rules {
    /// Set of decisions.
    pub set: DecisionSet,
    /// Regret is also measured against the best sequence of arms with so many changes.
    pub switches: Option<usize>,
    /// Runs of a learner that draws at random.
    pub runs: usize,
    /// Tables that the growth exponent's interval is made of; 0 for no interval.
    pub tables: usize,
    /// Rounds of a block of those tables.
    pub block: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl Rules {
    /// Probability vectors, 10 runs, 200 tables made of blocks of about the cube root of the number of rounds, seed 0.
    #[must_use]
    pub fn new(rounds: usize) -> Self {
        let block = (rounds as f64).cbrt().ceil() as usize;
        let set = DecisionSet::Simplex;
        Self { set, switches: None, runs: 10, tables: 200, block: block.max(1), seed: 0 }
    }

    fn check(&self, rounds: usize) -> Result<()> {
        self.set.check()?;
        if !(1..=10_000).contains(&self.runs) {
            return Err(Error::parameter("seeds", self.runs, "1 to 10000"));
        }
        if self.tables != 0 && !(40..=100_000).contains(&self.tables) {
            return Err(Error::parameter("resamples", self.tables, "0 or 40 to 100000"));
        }
        if !(1..=rounds).contains(&self.block) {
            return Err(Error::parameter("block", self.block, format!("1 to {rounds} rounds")));
        }
        if self.switches.is_some() && self.set != DecisionSet::Simplex {
            let expected = "the simplex: sequences of arms";
            return Err(Error::parameter("switches", "on a ball", expected));
        }
        Ok(())
    }
}

/// The records of any number of learners on one table.
#[derive(Clone, Debug)]
pub struct TablePlay {
    rules: Rules,
    rewards: Array2<f64>,
    fixed: Vec<f64>,
    clairvoyant: Vec<f64>,
    switching: Option<Vec<f64>>,
    entries: Vec<TableEntry>,
}

/// One learner's record, in the units of the rewards it was played on.
#[derive(Clone, Debug, Serialize)]
pub struct TableEntry {
    /// Name of the learner.
    pub learner: String,
    /// Runs: 1 for a learner that does not draw.
    pub runs: usize,
    /// What it earned in all rounds together.
    pub earned: Estimate,
    /// Static regret: against the best fixed decision.
    pub regret: Estimate,
    /// Regret against the best sequence of arms with the stated number of changes.
    pub switching_regret: Option<Estimate>,
    /// Dynamic regret: against the best decision of each round.
    pub dynamic_regret: Estimate,
    /// What it earned more than the decision that favours nothing, with an interval over batches of consecutive rounds;
    /// `None` for fewer than 25 rounds.
    pub gain: Option<Estimate>,
    /// Mean static regret after each round, with its interval over runs.
    #[serde(skip)]
    pub curve: Vec<CurvePoint>,
    /// How the mean curve grows.
    pub growth: Growth,
    /// How it grows on tables made of blocks of this one.
    pub replayed: Option<Replayed>,
}

impl TablePlay {
    /// Nobody yet, on `rewards` (rounds x arms).
    ///
    /// # Errors
    /// No round or no arm, a reward that is not finite, a rule that makes no sense here.
    pub fn new(rewards: Array2<f64>, rules: Rules) -> Result<Self> {
        if rewards.is_empty() {
            let shape = format!("{} rounds x {} arms", rewards.nrows(), rewards.ncols());
            return Err(Error::parameter("rewards", shape, "at least one round and one arm"));
        }
        if let Some(value) = rewards.iter().find(|r| !r.is_finite()) {
            return Err(Error::parameter("reward", value, "finite numbers"));
        }
        rules.check(rewards.nrows())?;
        if rules.runs.saturating_mul(rewards.nrows()) > MAX_ENTRIES {
            let expected = format!("at most {} here", MAX_ENTRIES / rewards.nrows());
            return Err(Error::parameter("seeds", rules.runs, expected));
        }
        let switching =
            rules.switches.map(|n| switching_earnings(rewards.view(), n)).transpose()?;
        Ok(Self {
            fixed: fixed_earnings(rules.set, rewards.view()),
            clairvoyant: clairvoyant_earnings(rules.set, rewards.view()),
            switching,
            rules,
            rewards,
            entries: Vec::new(),
        })
    }

    /// Lets a learner play. `player` plays a whole table (rounds x arms, of this shape) with a generator for what it draws,
    /// and returns what it earned in each round; `random` says whether it draws at all. A fresh learner plays every table.
    ///
    /// # Errors
    /// The first error of `player`; regret that is not finite.
    pub fn add(
        &mut self,
        learner: &str,
        random: bool,
        player: impl Fn(ArrayView2<f64>, &mut ChaCha8Rng) -> Result<Vec<f64>> + Sync,
    ) -> Result<()> {
        let runs = if random { self.rules.runs } else { 1 };
        let streams = Streams::new(self.rules.seed);
        let play = |rewards: ArrayView2<f64>, run: usize| {
            player(rewards, &mut streams.stream(Purpose::Evaluation, 0, 0, run))
        };
        let earned = parallel::try_over(runs, |run| play(self.rewards.view(), run))?;
        let curves = self.against(&self.fixed, &earned);
        let curve = mean_curve(curves.view())?;
        let last = |comparator: &[f64]| {
            Estimate::of(&final_regret(self.against(comparator, &earned).view()))
        };
        let means: Vec<f64> = curve.iter().map(|point| point.mean).collect();
        let totals: Vec<f64> = earned.iter().map(|earned| earned.iter().sum()).collect();
        self.entries.push(TableEntry {
            learner: learner.to_owned(),
            runs,
            earned: Estimate::of(&totals)?,
            regret: Estimate::of(&final_regret(curves.view()))?,
            switching_regret: self.switching.as_deref().map(last).transpose()?,
            dynamic_regret: last(&self.clairvoyant)?,
            gain: self.gain(&earned)?,
            growth: growth_exponent(&means)?,
            curve,
            replayed: match self.rules.tables {
                0 => None,
                _ => Some(replay::replay(self.rewards.view(), &self.rules, runs, play)?),
            },
        });
        Ok(())
    }

    /// Regret curves (run x round) against a comparator's earnings.
    fn against(&self, comparator: &[f64], earned: &[Vec<f64>]) -> Array2<f64> {
        let mut curves = Array2::zeros((earned.len(), comparator.len()));
        for (mut curve, earned) in curves.outer_iter_mut().zip(earned) {
            let mut sum = 0.0;
            for ((regret, best), now) in curve.iter_mut().zip(comparator).zip(earned) {
                sum += now;
                *regret = best - sum;
            }
        }
        curves
    }

    /// Earnings, meaned over runs, beyond those of the centre of the set.
    fn gain(&self, earned: &[Vec<f64>]) -> Result<Option<Estimate>> {
        let (rounds, arms) = self.rewards.dim();
        let batches = (rounds / FEWEST_BATCHES).min(MOST_BATCHES);
        if batches < FEWEST_BATCHES {
            return Ok(None);
        }
        let mut center = vec![0.0; arms];
        self.rules.set.center(&mut center);
        let beyond = |t: usize| {
            let mean = earned.iter().map(|earned| earned[t]).sum::<f64>() / earned.len() as f64;
            mean - self.rewards.row(t).iter().zip(&center).map(|(r, c)| r * c).sum::<f64>()
        };
        // Every batch stands for the whole table.
        let batch = |i: usize| {
            let sum: f64 = (rounds * i / batches..rounds * (i + 1) / batches).map(beyond).sum();
            sum * batches as f64
        };
        Estimate::of(&(0..batches).map(batch).collect::<Vec<_>>()).map(Some)
    }

    /// All records, in the order in which they were added.
    #[must_use]
    pub fn entries(&self) -> &[TableEntry] {
        &self.entries
    }

    /// Number of rounds.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.rewards.nrows()
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

#[cfg(test)]
mod tests;
