//! The finite-horizon Gittins index of Bernoulli arms with uniform priors.

use std::cell::Cell;
use std::sync::Arc;

use rand::Rng;

use super::BanditLearner;
use super::arms::{ArmRecord, ArmRecords};
use crate::numeric::parallel;
use crate::{Error, Result};

/// Longest horizon a table is made for: 1.3 million indices, 5 megabytes.
pub const LONGEST_HORIZON: usize = 200;

/// A price that moves by less is the index; single precision keeps 6e-8.
const TOLERANCE: f64 = 1e-8;

/// Indices of all states of an arm that a game of a given horizon can meet; made once, then shared.
///
/// The index of s successes and f failures with h rounds left is the largest mean reward per play that a stopping time
/// promises: `sup over 1 <= tau <= h of E[rewards of tau plays] / E[tau]` (Gittins 1979; Lattimore 2016 for the finite
/// horizon). Equivalently it is the price `lambda` a play at which the best stopping is just worth a first play: the root
/// of `W_h(s, f; lambda) = m - lambda + m V_{h-1}(s + 1, f) + (1 - m) V_{h-1}(s, f + 1)` with `V = max(W, 0)`, `V_0 = 0`,
/// `m = (s + 1) / (s + f + 2)`.
///
/// W is convex and piecewise linear in lambda, of slope `-E[tau]`, so Newton's iteration ends at its root: indices are
/// exact up to rounding to single precision (1e-7). Cost O(T^5) on all threads of the current pool; on two shared cores
/// 16 milliseconds for T = 50, a quarter of a second for T = 100, 6 seconds for T = 200.
#[derive(Clone, Debug)]
pub struct GittinsTable {
    horizon: usize,
    /// Blocks by rounds left, in them rows by plays, in them successes.
    indices: Vec<f32>,
    /// Where the block of h rounds left begins, by h - 1.
    blocks: Vec<usize>,
}

/// Entries of the rows of 0, 1, ..., rows - 1 plays.
fn triangle(rows: usize) -> usize {
    rows * (rows + 1) / 2
}

impl GittinsTable {
    /// The table of a game of `horizon` rounds.
    ///
    /// # Errors
    /// A horizon outside 1..=200.
    pub fn new(horizon: usize) -> Result<Self> {
        if !(1..=LONGEST_HORIZON).contains(&horizon) {
            return Err(Error::parameter(
                "horizon",
                horizon,
                "1 to 200 rounds for Gittins indices",
            ));
        }
        let mut length = 0;
        let blocks: Vec<usize> = (1..=horizon)
            .map(|left| {
                let start = length;
                length += triangle(horizon - left + 1);
                start
            })
            .collect();
        let mut indices = vec![0.0; length];
        let states: Vec<_> = (0..horizon).flat_map(|n| (0..=n).map(move |s| (n, s))).collect();
        let solved = parallel::each(&states, |&(n, s)| solve(n, s, horizon - n));
        for (&(plays, s), by_left) in states.iter().zip(solved) {
            for (block, index) in blocks.iter().zip(by_left) {
                indices[block + triangle(plays) + s] = index;
            }
        }
        Ok(Self { horizon, indices, blocks })
    }

    /// The horizon the table was made for.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// The index of an arm with `successes` and `failures` and `left` rounds to play; beyond the table, where no round
    /// is left to learn for, the posterior mean.
    #[must_use]
    pub fn index(&self, successes: usize, failures: usize, left: usize) -> f64 {
        let (plays, left) = (successes + failures, left.max(1));
        if plays + left > self.horizon {
            return (successes + 1) as f64 / (plays + 2) as f64;
        }
        f64::from(self.indices[self.blocks[left - 1] + triangle(plays) + successes])
    }
}

/// The indices of an arm with s successes in `plays` plays, by rounds left, from 1 to `longest`.
fn solve(plays: usize, s: usize, longest: usize) -> Vec<f32> {
    let mut tree = StoppingTree::new(plays, s, longest);
    let (mut price, mut last) = (0.0, 0.0);
    let index = |left| {
        // Indices grow with the rounds left, less and less.
        (price, last) = (price + 0.8 * (price - last), price);
        loop {
            // The first step may come from above the root, all others come from below.
            let step = tree.newton_step(left, price);
            price += step;
            if step.abs() < TOLERANCE {
                return price as f32;
            }
        }
    };
    (1..=longest).map(index).collect()
}

/// Best stopping of an arm with s successes in some plays.
struct StoppingTree {
    plays: usize,
    /// s + 1, s + 2, ...
    wins: Vec<f64>,
    /// Expected reward less price, and expected number of plays, of the best stopping after some further plays, by
    /// successes among them; 0 where it is best to stop.
    worth: Vec<f64>,
    count: Vec<f64>,
}

impl StoppingTree {
    fn new(plays: usize, s: usize, longest: usize) -> Self {
        let wins = (0..=longest).map(|won| (s + won + 1) as f64).collect();
        Self { plays, wins, worth: vec![0.0; longest + 1], count: vec![0.0; longest + 1] }
    }

    /// `W / E[tau]` of the best stopping at `price` that plays at least once, with `left` rounds to go.
    fn newton_step(&mut self, left: usize, price: f64) -> f64 {
        self.worth[..=left].fill(0.0);
        self.count[..=left].fill(0.0);
        // Where fewer plays are won it is best to stop; a play less moves this border down by one at most.
        let mut border = 0_usize;
        for further in (1..left).rev() {
            let first = border.saturating_sub(1);
            let scale = 1.0 / (self.plays + further + 2) as f64;
            let wins = &self.wins[first..=further];
            let worth = Cell::from_mut(&mut self.worth[first..=further + 1]).as_slice_of_cells();
            let count = Cell::from_mut(&mut self.count[first..=further + 1]).as_slice_of_cells();
            // Forward, so that an entry is read before it is written.
            for ((wins, worth), count) in wins.iter().zip(worth.windows(2)).zip(count.windows(2)) {
                let mean = wins * scale;
                let later = worth[0].get() + mean * (worth[1].get() - worth[0].get());
                let plays = 1.0 + count[0].get() + mean * (count[1].get() - count[0].get());
                let value = mean - price + later;
                let goes_on = value > 0.0;
                worth[0].set(if goes_on { value } else { 0.0 });
                count[0].set(if goes_on { plays } else { 0.0 });
            }
            border = first + self.worth[first..=further].iter().take_while(|w| **w == 0.0).count();
        }
        let mean = self.wins[0] / (self.plays + 2) as f64;
        let worth = mean - price + self.worth[0] + mean * (self.worth[1] - self.worth[0]);
        let plays = 1.0 + self.count[0] + mean * (self.count[1] - self.count[0]);
        worth / plays
    }
}

/// Plays the arm with the largest finite-horizon Gittins index under independent Beta(1, 1) priors (Lattimore 2016;
/// Kaufmann 2018), ties uniform. Not optimal, unlike the index of the discounted game, but nearly.
///
/// For Bernoulli rewards. Others are cut to [0, 1] and the sum of an arm's rewards, rounded, counts as its successes.
#[derive(Clone, Debug)]
pub struct Gittins {
    table: Arc<GittinsTable>,
    records: ArmRecords,
}

impl Gittins {
    /// A learner for games of the table's horizon; rounds beyond it are played by posterior means.
    ///
    /// # Errors
    /// No arm.
    pub fn new(arms: usize, table: Arc<GittinsTable>) -> Result<Self> {
        Ok(Self { table, records: ArmRecords::new(arms)? })
    }
}

/// Successes and failures of an arm whose rewards lie in [0, 1].
pub(super) fn outcomes(record: ArmRecord) -> (usize, usize) {
    let successes = record.sum.round();
    (successes as usize, (record.pulls - successes) as usize)
}

impl BanditLearner for Gittins {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let left = self.table.horizon.saturating_sub(self.records.rounds() as usize);
        self.records.best(rng, |record| {
            let (successes, failures) = outcomes(record);
            self.table.index(successes, failures, left)
        })
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward.clamp(0.0, 1.0));
    }
}

#[cfg(test)]
mod tests;
