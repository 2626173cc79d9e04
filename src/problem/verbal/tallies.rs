//! What the rounds so far have shown, in numbers.

use super::phrase::Phrase;
use super::telling::{Shape, Telling};
use super::template::Slot;

/// What a round has shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown<'a> {
    /// The arm or action; `None` where probabilities were all that was decided (full information).
    pub arm: Option<usize>,
    /// What was earned.
    pub earned: f64,
    /// Full information: what every arm would have paid.
    pub rewards: Option<&'a [f64]>,
    /// A process: the state that follows, or what is observed.
    pub seen: Option<usize>,
}

impl Shown<'_> {
    /// Whether the reward counts as a success where successes are told.
    pub(super) fn won(&self) -> bool {
        self.earned > 0.5
    }
}

/// Tries and total rewards of every arm, and what was earned.
#[derive(Clone, Debug, PartialEq)]
pub struct Tallies {
    tries: Vec<usize>,
    sums: Vec<f64>,
    earned: f64,
}

impl Tallies {
    /// Nothing yet, for `arms` arms.
    #[must_use]
    pub fn new(arms: usize) -> Self {
        Self { tries: vec![0; arms], sums: vec![0.0; arms], earned: 0.0 }
    }

    /// Takes in a round. Where outcomes are told, 1 and 0 are what counts; where all rewards are told, every arm has had a try.
    ///
    /// # Panics
    /// If there is no such arm.
    pub fn enter(&mut self, shape: &Shape, shown: &Shown) {
        let told = if shape.tells_outcomes() { f64::from(shown.won()) } else { shown.earned };
        self.earned += told;
        let mut add = |arm: usize, reward: f64| {
            self.tries[arm] += 1;
            self.sums[arm] += reward;
        };
        match (shown.rewards, shown.arm) {
            (Some(rewards), _) => rewards.iter().enumerate().for_each(|(arm, r)| add(arm, *r)),
            (None, Some(arm)) => add(arm, told),
            (None, None) => {}
        }
    }

    /// Puts down other numbers for an arm.
    ///
    /// # Panics
    /// If there is no such arm, as in all that follow.
    pub fn set(&mut self, arm: usize, tries: usize, sum: f64) {
        (self.tries[arm], self.sums[arm]) = (tries, sum);
    }

    /// How often an arm was tried.
    #[must_use]
    pub fn tries(&self, arm: usize) -> usize {
        self.tries[arm]
    }

    /// What an arm has paid in all.
    #[must_use]
    pub fn sum(&self, arm: usize) -> f64 {
        self.sums[arm]
    }

    /// What an arm has paid on average, if it was tried.
    #[must_use]
    pub fn mean(&self, arm: usize) -> Option<f64> {
        (self.tries[arm] > 0).then(|| self.sums[arm] / self.tries[arm] as f64)
    }

    /// What was earned in all.
    pub(super) fn total(&self, telling: &Telling) -> String {
        if telling.shape().tells_outcomes() {
            let (_, wins) = telling.tries_and_wins(0, self.earned as usize);
            let values = [(Slot::Wins, &*wins), (Slot::Rounds, &*telling.rounds())];
            return telling.say(Phrase::TotalWins, &values);
        }
        let total = telling.scale().total(self.earned, telling.shape().rounds);
        telling.say(Phrase::TotalAmount, &[(Slot::Value, &total)])
    }
}
