//! Bayes-optimal play of two Bernoulli arms, by backward induction over posteriors.

use std::sync::Arc;

use rand::{Rng, RngExt};

use super::BanditLearner;
use super::arms::ArmRecords;
use super::gittins::outcomes;
use crate::{Error, Result};

/// Longest horizon that is solved: 4.4 million states.
pub const LONGEST_HORIZON: usize = 100;

/// Differences of value below this are ties.
const TIE: f64 = 1e-12;

/// Value and optimal policy of `horizon` rounds with two Bernoulli arms under independent uniform priors; made once, then
/// shared.
///
/// The posterior of an arm with s successes in n plays is Beta(s + 1, n - s + 1), with mean `m = (s + 1) / (n + 2)`.
/// Backward induction (Bradt, Johnson and Karlin 1956; Berry and Fristedt 1985): with t rounds played,
/// `V_t(state) = max over arms of m_a (1 + V_{t+1}(success of a)) + (1 - m_a) V_{t+1}(failure of a)`, `V_T = 0`.
#[derive(Clone, Debug)]
pub struct TwoArmPlan {
    horizon: usize,
    value: f64,
    /// The best arm of every state, rounds in order.
    policy: Vec<Choice>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Choice {
    First,
    Second,
    Either,
}

/// A posterior after t plays: n of them of the first arm, with s successes; r successes of the second.
#[derive(Clone, Copy)]
struct State {
    t: usize,
    n: usize,
    s: usize,
    r: usize,
}

impl State {
    /// Position among the states of the same t: the sum of (m + 1)(t - m + 1) over m < n, then rows by s.
    fn position(self) -> usize {
        let Self { t, n, s, r } = self;
        let before = if n == 0 {
            0
        } else {
            n * (t + 1) + t * n * (n - 1) / 2 - (n - 1) * n * (2 * n - 1) / 6
        };
        before + s * (t - n + 1) + r
    }

    /// Number of states with fewer than `t` plays, t (t + 1) (t + 2) (t + 3) / 24.
    fn before(t: usize) -> usize {
        t * (t + 1) * (t + 2) * (t + 3) / 24
    }

    /// Number of states with `t` plays.
    fn count(t: usize) -> usize {
        (t + 1) * (t + 2) * (t + 3) / 6
    }
}

impl TwoArmPlan {
    /// Solves `horizon` rounds.
    ///
    /// # Errors
    /// A horizon outside 1..=100.
    pub fn new(horizon: usize) -> Result<Self> {
        if !(1..=LONGEST_HORIZON).contains(&horizon) {
            let expected = "1 to 100 rounds for Bayes-optimal play";
            return Err(Error::parameter("horizon", horizon, expected));
        }
        let mut policy = vec![Choice::Either; State::before(horizon)];
        let mut later = vec![0.0; State::count(horizon)];
        for t in (0..horizon).rev() {
            let choices = &mut policy[State::before(t)..State::before(t + 1)];
            let mut values = vec![0.0; choices.len()];
            let mut position = 0;
            for n in 0..=t {
                for s in 0..=n {
                    for r in 0..=t - n {
                        let next = |n, s, r| later[State { t: t + 1, n, s, r }.position()];
                        let first = (s + 1) as f64 / (n + 2) as f64;
                        let second = (r + 1) as f64 / (t - n + 2) as f64;
                        let first = first * (1.0 + next(n + 1, s + 1, r))
                            + (1.0 - first) * next(n + 1, s, r);
                        let second =
                            second * (1.0 + next(n, s, r + 1)) + (1.0 - second) * next(n, s, r);
                        values[position] = first.max(second);
                        choices[position] = match first - second {
                            gap if gap > TIE => Choice::First,
                            gap if gap < -TIE => Choice::Second,
                            _ => Choice::Either,
                        };
                        position += 1;
                    }
                }
            }
            later = values;
        }
        Ok(Self { horizon, value: later[0], policy })
    }

    /// Expected total reward of optimal play.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Expected regret of optimal play against the better arm: the mean of the larger of two uniform means is 2/3.
    #[must_use]
    pub fn regret(&self) -> f64 {
        2.0 / 3.0 * self.horizon as f64 - self.value
    }
}

/// Plays a [`TwoArmPlan`], ties uniform.
///
/// For Bernoulli rewards. Others are cut to [0, 1] and the sum of an arm's rewards, rounded, counts as its successes.
#[derive(Clone, Debug)]
pub struct BayesOptimal {
    plan: Arc<TwoArmPlan>,
    records: ArmRecords,
}

impl BayesOptimal {
    /// A learner of two arms for games of the plan's horizon; rounds beyond it are played by posterior means.
    ///
    /// # Errors
    /// Another number of arms than two.
    pub fn new(arms: usize, plan: Arc<TwoArmPlan>) -> Result<Self> {
        match arms {
            2 => Ok(Self { plan, records: ArmRecords::new(arms)? }),
            _ => Err(Error::parameter("arms", arms, "2 arms for Bayes-optimal play")),
        }
    }
}

impl BanditLearner for BayesOptimal {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let t = self.records.rounds() as usize;
        if t >= self.plan.horizon {
            return self.records.best(rng, |record| (record.sum + 1.0) / (record.pulls + 2.0));
        }
        let ((s, f), (r, _)) = (outcomes(self.records.of(0)), outcomes(self.records.of(1)));
        let state = State { t, n: s + f, s, r };
        match self.plan.policy[State::before(t) + state.position()] {
            Choice::First => 0,
            Choice::Second => 1,
            Choice::Either => rng.random_range(0..2),
        }
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward.clamp(0.0, 1.0));
    }
}

#[cfg(test)]
mod tests;
