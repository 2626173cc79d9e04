//! A conversation that is being held: the setting, a question, an answer, what came of it and the next question, and so on
//! (VERB-D3).

use super::message::{Message, Role};
use super::phrase::Phrase;
use super::reading::Count;
pub use super::tallies::Shown;
use super::tallies::Tallies;
use super::telling::{Asking, History, Kind, Telling};
use super::template::Slot;

/// A conversation up to a question, or to its end.
#[derive(Clone, Debug)]
pub struct Narration<'a> {
    telling: &'a Telling<'a>,
    messages: Vec<Message>,
    tallies: Tallies,
    round: usize,
    closing: String,
}

impl<'a> Narration<'a> {
    /// The setting and the first question; `state` is the first state of a process that shows it.
    ///
    /// # Panics
    /// If there is no such state, as for arms and observations in [`Self::enter`].
    #[must_use]
    pub fn begin(telling: &'a Telling, state: Option<usize>) -> Self {
        let messages = vec![
            Message::new(Role::System, telling.setting()),
            Message::new(Role::User, telling.question(0, state)),
        ];
        let tallies = Tallies::new(telling.labels().count());
        Self { telling, messages, tallies, round: 0, closing: String::new() }
    }

    /// Takes in the answer to the last question and what came of it, and asks the next question if there is one.
    ///
    /// # Panics
    /// If the conversation is over.
    pub fn enter(&mut self, reply: String, shown: &Shown) {
        assert!(!self.is_over(), "nobody has been asked");
        self.messages.push(Message::new(Role::Assistant, reply));
        self.tallies.enter(self.telling.shape(), shown);
        self.round += 1;
        let outcome = self.outcome(shown);
        if self.is_over() {
            let total = self.tallies.total(self.telling);
            self.closing = [outcome, self.telling.say(Phrase::End, &[]), total].join(" ");
            return;
        }
        let question = self.telling.question(self.round, shown.seen);
        let asked = match self.telling.history() {
            History::Raw => format!("{outcome} {question}"),
            History::Summarised => {
                format!("{}\n{outcome} {question}", self.summary())
            }
        };
        self.messages.push(Message::new(Role::User, asked));
    }

    /// Whether all rounds have been played.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.round == self.telling.shape().rounds
    }

    /// What is before who is asked: everything said, or the setting and the last question.
    #[must_use]
    pub fn prompt(&self) -> Vec<&Message> {
        prompt(self.telling.history(), &self.messages)
    }

    /// Everything said, the last answer last.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Tries and rewards of the rounds so far.
    #[must_use]
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The last words, after the last answer: what came of it, and the total. Empty before that.
    #[must_use]
    pub fn closing(&self) -> &str {
        &self.closing
    }

    /// The summary: a line an arm, in the order of the list.
    fn summary(&self) -> String {
        let telling = self.telling;
        let labels = telling.labels();
        let lines = labels.order().iter().map(|arm| {
            let name = labels.full(*arm);
            let count = Count::of(telling, &self.tallies, *arm);
            let wins = if let Count::Wins { wins, .. } = count { wins } else { 0 };
            let (tries, wins) = telling.tries_and_wins(self.tallies.tries(*arm), wins);
            let named = [(Slot::Arm, &*name), (Slot::Tries, &*tries)];
            match count {
                Count::Tries(0) => telling.say(Phrase::ItemUntried, &named[..1]),
                Count::Tries(_) => telling.say(Phrase::ItemTries, &named),
                Count::Wins { .. } => {
                    telling.say(Phrase::ItemWins, &[&named[..], &[(Slot::Wins, &wins)]].concat())
                }
                Count::Mean { amount, .. } => {
                    let mean = telling.scale().with_unit(amount);
                    telling.say(Phrase::ItemMean, &[&named[..], &[(Slot::Value, &mean)]].concat())
                }
            }
        });
        let intro = telling.say(Phrase::SoFar, &[]);
        std::iter::once(intro).chain(lines).collect::<Vec<_>>().join("\n")
    }

    fn outcome(&self, shown: &Shown) -> String {
        let telling = self.telling;
        if let Some(rewards) = shown.rewards {
            return telling.all_rewards(rewards);
        }
        let value = telling.scale().told(shown.earned);
        let name = shown.arm.map_or("", |arm| telling.labels().name(arm));
        match (telling.shape().kind, shown.seen) {
            (Kind::Pomdp { .. }, Some(seen)) => {
                let seen = telling.observation(seen);
                telling.say(Phrase::Seen, &[(Slot::Action, name), (Slot::Observation, seen)])
            }
            _ if telling.shape().is_process() => {
                telling.say(Phrase::Earned, &[(Slot::Action, name), (Slot::Value, &value)])
            }
            _ if !telling.shape().tells_outcomes() => {
                telling.say(Phrase::Amount, &[(Slot::Arm, name), (Slot::Value, &value)])
            }
            _ => {
                let phrase = if shown.won() { Phrase::Success } else { Phrase::Failure };
                let said = telling.say(phrase, &[(Slot::Arm, name)]);
                if telling.asking() == Asking::Always {
                    return said;
                }
                let value = if shown.won() { "1" } else { "0" };
                format!("{said} {}", telling.say(Phrase::Reward, &[(Slot::Value, value)]))
            }
        }
    }
}

/// What stood before somebody who has said or will say the message behind `messages`: with a summarised history the first
/// and the last of them. So the prompts of a whole conversation can be told from its messages.
#[must_use]
pub fn prompt(history: History, messages: &[Message]) -> Vec<&Message> {
    match (history, messages) {
        (History::Summarised, [first, .., last]) => vec![first, last],
        _ => messages.iter().collect(),
    }
}
