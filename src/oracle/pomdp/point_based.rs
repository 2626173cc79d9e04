//! Discounted processes without end: a policy, and bounds on the optimal value from both sides (QP-R4).
//!
//! Heuristic search value iteration (Smith and Simmons 2005): alpha vectors bound the value from below, a sawtooth
//! ([Hauskrecht 2000]; it starts at the fast informed bound) from above. A trial walks from the start law, by the
//! action that the upper bound prefers, to the observation with the largest share of the gap, until the gap matters no
//! more at the start; then both bounds are backed up along the way. Bounds are bounds wherever the search stops: the
//! lower one is what the returned policy earns at least, the upper one what no policy exceeds, both up to the rounding
//! of double precision.
//!
//! [Hauskrecht 2000]: super::bounds

use serde::{Deserialize, Serialize};

use super::alpha_vectors::{AlphaVector, AlphaVectors, best};
use super::backup::point_backup;
use super::bounds::{blind_while, fast_informed_while};
use super::sawtooth::Sawtooth;
use crate::problem::pomdp::Pomdp;
use crate::{Error, Result};

/// Improvements below this share of a value are rounding.
const ROUNDING: f64 = 1e-14;
/// Longest walk of a trial.
const MAX_DEPTH: usize = 10_000;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// Stop when upper and lower bound at the start are no further apart than this.
    pub gap: f64,
    /// Stop after this many backups at a belief.
    pub backups: usize,
}

/// The bounds after some backups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// Backups at a belief so far.
    pub backups: usize,
    /// Alpha vectors of the lower bound.
    pub vectors: usize,
    /// Beliefs of the upper bound.
    pub points: usize,
    /// Lower bound at the start.
    pub lower: f64,
    /// Upper bound at the start.
    pub upper: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The policy, whose value is at least that of these vectors at every belief.
    pub policy: AlphaVectors,
    /// Value at the start that the policy reaches or exceeds.
    pub lower: f64,
    /// Value at the start that no policy exceeds.
    pub upper: f64,
    /// The bounds after every trial, from before the first one on.
    pub trials: Vec<Progress>,
}

impl Solution {
    /// How far the policy may be from the best at the start.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.upper - self.lower
    }
}

/// Solves a discounted process from the law of its first state.
///
/// # Errors
/// [`Error::Parameter`] for a process that does not discount, or a gap that is not positive.
pub fn solve(pomdp: &Pomdp, stop: Stop) -> Result<Solution> {
    search(pomdp, stop.backups, |_| stop.gap, &|| true)
}

/// [`solve`] for as long as `go_on` says so, which is asked all the time, until the bounds are as close as `gap` says
/// when it is shown the first ones.
///
/// # Errors
/// Those of [`solve`].
pub fn solve_while(
    pomdp: &Pomdp,
    gap: impl FnOnce(&Progress) -> f64,
    go_on: &dyn Fn() -> bool,
) -> Result<Solution> {
    search(pomdp, usize::MAX, gap, go_on)
}

fn search(
    pomdp: &Pomdp,
    backups: usize,
    gap: impl FnOnce(&Progress) -> f64,
    go_on: &dyn Fn() -> bool,
) -> Result<Solution> {
    let mut search = Search {
        pomdp,
        gap: f64::INFINITY,
        go_on,
        lower: blind_while(pomdp, go_on)?.vectors().to_vec(),
        upper: Sawtooth::new(fast_informed_while(pomdp, go_on)?),
        backups: 0,
        pruned: (1, 1),
    };
    let mut trials = vec![search.progress()];
    search.gap = gap(&trials[0]);
    if search.gap.is_nan() || search.gap <= 0.0 {
        return Err(Error::parameter("gap", search.gap, "a positive number"));
    }
    loop {
        let last = trials[trials.len() - 1];
        let enough = last.upper - last.lower <= search.gap || search.backups >= backups;
        if enough || !go_on() {
            break;
        }
        // Rounding may leave a trial nothing to improve.
        let improved = search.trial();
        search.prune();
        trials.push(search.progress());
        if !improved {
            break;
        }
    }
    let Progress { lower, upper, .. } = trials[trials.len() - 1];
    Ok(Solution { policy: AlphaVectors::new(search.lower)?, lower, upper, trials })
}

struct Search<'a> {
    pomdp: &'a Pomdp,
    gap: f64,
    go_on: &'a dyn Fn() -> bool,
    lower: Vec<AlphaVector>,
    upper: Sawtooth,
    backups: usize,
    /// Numbers of vectors and points after the last pruning.
    pruned: (usize, usize),
}

/// What may follow an action at a belief, by the upper bound.
struct Outlook {
    value: f64,
    /// Unnormalised beliefs and their masses, one an observation.
    after: Vec<(Vec<f64>, f64)>,
}

impl Search<'_> {
    fn progress(&self) -> Progress {
        let start = self.pomdp.start();
        Progress {
            backups: self.backups,
            vectors: self.lower.len(),
            points: self.upper.points(),
            lower: best(&self.lower, start).1,
            upper: self.upper.value(start),
        }
    }

    /// One walk from the start and the backups on the way back; whether any of them improved a bound.
    fn trial(&mut self) -> bool {
        let mut belief = self.pomdp.start().to_vec();
        let mut walked = Vec::new();
        // A gap of this size at the current depth is one of `self.gap` at the start.
        let mut tolerated = self.gap;
        while walked.len() < MAX_DEPTH {
            if self.upper.value(&belief) - best(&self.lower, &belief).1 <= tolerated {
                break;
            }
            tolerated /= self.pomdp.discount();
            let Some(outlook) = self.outlook(&belief) else { break };
            let next =
                outlook.after.into_iter().filter(|(_, mass)| *mass > 0.0).map(|(after, mass)| {
                    let gap = self.upper.value(&after) - best(&self.lower, &after).1;
                    (gap - mass * tolerated, after, mass)
                });
            let next = next.max_by(|a, b| a.0.total_cmp(&b.0));
            walked.push(belief);
            let Some((excess, mut after, mass)) = next else { break };
            if excess <= 0.0 {
                break;
            }
            after.iter_mut().for_each(|b| *b /= mass);
            belief = after;
        }
        let improved = walked.iter().rev().filter_map(|belief| self.backup(belief));
        improved.filter(|improved| *improved).count() > 0
    }

    /// The action that the upper bound prefers, and what may follow it; `None` when the search is told to stop.
    fn outlook(&self, belief: &[f64]) -> Option<Outlook> {
        let pomdp = self.pomdp;
        let outlooks = (0..pomdp.actions()).map(|action| {
            if !(self.go_on)() {
                return None;
            }
            let predicted = pomdp.predict(belief, action);
            let mut value = pomdp.expected_reward(belief, action);
            let after = (0..pomdp.observations()).map(|observation| {
                let mut after = vec![0.0; pomdp.states()];
                let mass = pomdp.weigh_into(&predicted, action, observation, &mut after);
                if mass > 0.0 {
                    value += pomdp.discount() * self.upper.value(&after);
                }
                (after, mass)
            });
            let after = after.collect();
            Some(Outlook { value, after })
        });
        let first_best = |a: Outlook, b: Outlook| if b.value > a.value { b } else { a };
        outlooks
            .reduce(|a, b| a.zip(b).map(|(a, b)| first_best(a, b)))
            .expect("at least one action")
    }

    /// Improves both bounds at a belief; whether one of them was loose there, or `None` when the search is told to stop.
    fn backup(&mut self, belief: &[f64]) -> Option<bool> {
        let (value, before) = (self.outlook(belief)?.value, self.upper.value(belief));
        let vector = point_backup(self.pomdp, &self.lower, belief, self.go_on)?;
        self.backups += 1;
        let lowered = value < before - ROUNDING * before.abs();
        if lowered {
            self.upper.add(belief, value);
        }
        let before = best(&self.lower, belief).1;
        let raised = vector.at(belief) > before + ROUNDING * before.abs();
        if raised {
            self.lower.push(vector);
        }
        Some(lowered || raised)
    }

    /// Drops what is implied by the rest, when there is a third more than after the last time.
    fn prune(&mut self) {
        if self.lower.len() > self.pruned.0 + self.pruned.0 / 3 {
            let vectors = std::mem::take(&mut self.lower);
            for vector in vectors.into_iter().rev() {
                let reached = |other: &AlphaVector| {
                    other.values.iter().zip(&vector.values).all(|(x, y)| x >= y)
                };
                if !self.lower.iter().any(reached) {
                    self.lower.push(vector);
                }
            }
            self.pruned.0 = self.lower.len();
        }
        if self.upper.points() > self.pruned.1 + self.pruned.1 / 3 {
            self.upper.prune();
            self.pruned.1 = self.upper.points();
        }
    }
}
