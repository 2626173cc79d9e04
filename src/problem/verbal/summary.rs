//! What a summary keeps of the rounds so far.

use super::narration::Shown;
use super::phrase::Phrase;
use super::telling::{Kind, Telling};
use super::template::Slot;

/// Tries and total rewards of every arm, and what was earned.
#[derive(Clone, Debug)]
pub(super) struct SoFar {
    tries: Vec<usize>,
    sums: Vec<f64>,
    earned: f64,
}

impl SoFar {
    /// Nothing yet, for `arms` arms.
    pub fn new(arms: usize) -> Self {
        Self { tries: vec![0; arms], sums: vec![0.0; arms], earned: 0.0 }
    }

    /// Takes in a round.
    pub fn enter(&mut self, telling: &Telling, shown: &Shown) {
        // Where outcomes are told, they are what counts.
        let told =
            if telling.shape().tells_outcomes() { f64::from(shown.won()) } else { shown.earned };
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

    /// The summary: a line an arm, in the order of the list.
    pub fn told(&self, telling: &Telling) -> String {
        let labels = telling.labels();
        let lines = labels.order().iter().map(|arm| {
            let (arm, count) = (*arm, self.tries[*arm]);
            let name = labels.full(arm);
            if count == 0 {
                return telling.say(Phrase::ItemUntried, &[(Slot::Arm, &name)]);
            }
            let (tries, wins) = telling.tries_and_wins(count, self.sums[arm] as usize);
            let named = [(Slot::Arm, &*name), (Slot::Tries, &*tries)];
            match telling.shape().kind {
                Kind::Pomdp { .. } => telling.say(Phrase::ItemTries, &named),
                _ if telling.shape().tells_outcomes() => {
                    telling.say(Phrase::ItemWins, &[&named[..], &[(Slot::Wins, &wins)]].concat())
                }
                _ => {
                    let mean = telling.scale().told(self.sums[arm] / count as f64);
                    telling.say(Phrase::ItemMean, &[&named[..], &[(Slot::Value, &mean)]].concat())
                }
            }
        });
        let intro = telling.say(Phrase::SoFar, &[]);
        std::iter::once(intro).chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// What was earned in all.
    pub fn total(&self, telling: &Telling) -> String {
        if telling.shape().tells_outcomes() {
            let (_, wins) = telling.tries_and_wins(0, self.earned as usize);
            let values = [(Slot::Wins, &*wins), (Slot::Rounds, &*telling.rounds())];
            return telling.say(Phrase::TotalWins, &values);
        }
        let total = telling.scale().total(self.earned, telling.shape().rounds);
        telling.say(Phrase::TotalAmount, &[(Slot::Value, &total)])
    }
}
