//! Upper confidence bounds that forget, for drifting arms: sliding-window UCB and discounted UCB.

use rand::Rng;

use super::BanditLearner;
use super::arms::ArmRecords;
use super::parameter::Domain;
use crate::Result;

/// Sliding-window UCB (Garivier and Moulines 2011): over the last `window` rounds, the arm with the largest
/// `mean + sqrt(xi ln(min(t, window)) / n)`, n the plays of the arm in the window and t the rounds played so far; an arm
/// that the window holds no play of comes first.
///
/// Rewards are taken to lie in [0, 1] (their B = 1); others are accepted, without the guarantee.
#[derive(Clone, Debug)]
pub struct SlidingWindowUcb {
    xi: f64,
    records: ArmRecords,
    /// The last `window` plays, a ring; entries past the rounds played are not yet in use.
    plays: Vec<(usize, f64)>,
    next: usize,
}

impl SlidingWindowUcb {
    /// A learner that remembers `window` rounds.
    ///
    /// # Errors
    /// No arm; `window` outside 1..=1 000 000; `xi` outside [0, 1e6].
    pub fn new(arms: usize, window: usize, xi: f64) -> Result<Self> {
        Domain::Count.check("window", window as f64)?;
        Ok(Self {
            xi: Domain::NonNegative.check("xi", xi)?,
            records: ArmRecords::new(arms)?,
            plays: vec![(0, 0.0); window],
            next: 0,
        })
    }

    /// The window for `changes` change points in `horizon` rounds, `2 sqrt(T ln T / changes)` rounded up, at most the
    /// horizon.
    #[must_use]
    pub fn balanced_window(horizon: usize, changes: f64) -> usize {
        let rounds = horizon.max(1) as f64;
        let window = 2.0 * (rounds * rounds.ln() / changes.max(1.0)).sqrt();
        (window.ceil() as usize).clamp(1, horizon.max(1))
    }
}

impl BanditLearner for SlidingWindowUcb {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let scale = self.xi * self.records.rounds().max(1.0).ln();
        self.records.optimistic(rng, |record| record.mean() + (scale / record.pulls).sqrt())
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        if self.records.rounds() >= self.plays.len() as f64 {
            let (old, forgotten) = self.plays[self.next];
            self.records.forget(old, forgotten);
        }
        self.records.observe(arm, reward);
        self.plays[self.next] = (arm, reward);
        self.next = (self.next + 1) % self.plays.len();
    }
}

/// Discounted UCB (Garivier and Moulines 2011; Kocsis and Szepesvari 2006): counts and sums fade by the
/// factor `discount` a round, and the arm with the largest `mean + 2 sqrt(xi ln(n) / n_a)` is played, n_a the discounted
/// number of plays of the arm and n their sum over arms.
///
/// Rewards are taken to lie in [0, 1] (their B = 1); others are accepted, without the guarantee.
#[derive(Clone, Debug)]
pub struct DiscountedUcb {
    discount: f64,
    xi: f64,
    records: ArmRecords,
}

impl DiscountedUcb {
    /// A learner that forgets at the rate `discount`.
    ///
    /// # Errors
    /// No arm; a `discount` outside (0, 1]; `xi` outside [0, 1e6].
    pub fn new(arms: usize, discount: f64, xi: f64) -> Result<Self> {
        Ok(Self {
            discount: Domain::Fraction.check("discount", discount)?,
            xi: Domain::NonNegative.check("xi", xi)?,
            records: ArmRecords::new(arms)?,
        })
    }

    /// The discount for `changes` change points in `horizon` rounds, `1 - sqrt(changes / T) / 4`.
    #[must_use]
    pub fn balanced_discount(horizon: usize, changes: f64) -> f64 {
        1.0 - 0.25 * (changes.max(1.0) / horizon.max(1) as f64).sqrt().min(1.0)
    }
}

impl BanditLearner for DiscountedUcb {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let scale = 4.0 * self.xi * self.records.rounds().max(1.0).ln();
        self.records.optimistic(rng, |record| record.mean() + (scale / record.pulls).sqrt())
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.discount(self.discount);
        self.records.observe(arm, reward);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::{choice_after, share, taught};

    /// Of the last 5 rounds: mean 3/4 from 4 plays against mean 0 from 1 play; sqrt(xi ln 5) (1 - 1/2) = 3/4.
    #[test]
    fn the_window_counts_what_the_formula_says() {
        let window = [(0, 1.0), (1, 0.0), (0, 1.0), (0, 0.0), (0, 1.0)];
        let mut history = vec![(1, 1.0); 7];
        history.extend(window);
        let xi = 2.25 / 5f64.ln();
        for history in [&window[..], &history] {
            let learner = |xi| SlidingWindowUcb::new(2, 5, xi).unwrap();
            assert_eq!(choice_after(learner(xi - 1e-9), history), 0);
            assert_eq!(choice_after(learner(xi + 1e-9), history), 1);
        }
    }

    #[test]
    fn an_arm_that_left_the_window_is_untried() {
        let history = [(0, -9.0), (1, 0.0), (2, 0.1), (1, 0.2), (2, 0.3)];
        let mut learner = taught(SlidingWindowUcb::new(3, 4, 0.0).unwrap(), &history);
        assert_eq!(share(&mut learner, 0), 1.0);
        let mut learner = taught(SlidingWindowUcb::new(3, 5, 0.0).unwrap(), &history);
        assert_eq!(share(&mut learner, 0), 0.0);
    }

    /// Discount 1/2 on (1, 0), (0, 1), (0, 0): n = (3/2, 1/4), sums (1/2, 0), means (1/3, 0).
    #[test]
    fn discounted_counts_follow_the_formula() {
        let history = [(1, 0.0), (0, 1.0), (0, 0.0)];
        let gap = (1.0 / 0.25f64).sqrt() - (1.0 / 1.5f64).sqrt();
        let xi = (1.0 / 3.0 / gap).powi(2) / (4.0 * 1.75f64.ln());
        let learner = |xi| DiscountedUcb::new(2, 0.5, xi).unwrap();
        assert_eq!(choice_after(learner(xi * (1.0 - 1e-9)), &history), 0);
        assert_eq!(choice_after(learner(xi * (1.0 + 1e-9)), &history), 1);
    }

    #[test]
    fn a_discount_of_one_is_ucb1() {
        use crate::learner::bandit::testing::generator;
        use crate::learner::bandit::ucb::Ucb;
        let (mut rng, mut twin) = (generator(), generator());
        // 4 xi = 2 c^2.
        let mut discounted = DiscountedUcb::new(3, 1.0, 0.5).unwrap();
        let mut ucb = Ucb::ucb1(3, 1.0).unwrap();
        for round in 0..200_u32 {
            let arm = ucb.choose(&mut twin);
            assert_eq!(discounted.choose(&mut rng), arm);
            let reward = f64::from(round * 7 + arm as u32 * 3).sin();
            ucb.observe(arm, reward);
            discounted.observe(arm, reward);
        }
    }

    /// 2 sqrt(100 ln 100 / 4) = 21.5 and 1 - sqrt(4 / 100) / 4.
    #[test]
    fn balanced_parameters_follow_their_formulas() {
        assert_eq!(SlidingWindowUcb::balanced_window(100, 4.0), 22);
        assert_eq!(SlidingWindowUcb::balanced_window(100, 0.0), 43);
        assert_eq!(DiscountedUcb::balanced_discount(100, 4.0), 0.95);
    }
}
