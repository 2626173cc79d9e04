//! Reading an arm or probabilities out of free text (VERB-R2, VERB-R3), and what happens when there are none (VERB-R4).

mod action;
mod decision;
mod law;
pub mod mentions;

use std::collections::BTreeMap;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::labels::Labels;

pub(super) use action::announcement;

/// How far probabilities may be from 1 together; what ten of them lose when they are rounded to two decimals. Within it they
/// are divided by their sum.
pub const SLACK: f64 = 0.05;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One arm.
    Choice,
    /// A probability an arm.
    Probabilities,
}

/// How answers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The last line has the form asked for, to the letter.
    Strict,
    /// Whatever names an arm, or gives arms numbers that add up.
    Lenient,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// An arm.
    Action(usize),
    /// A probability an arm; they add up to 1.
    Policy(Vec<f64>),
}

/// Why a text is no answer.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing is said.
    #[error("nothing is said")]
    Empty,
    /// The last line does not have the form asked for.
    #[error("the last line does not have the form asked for")]
    Form,
    /// No arm is named where one is expected.
    #[error("no arm is named")]
    NothingNamed,
    /// Several arms are named where one is expected, or one several times.
    #[error("several arms are named")]
    SeveralNamed,
    /// The numbers are no probabilities of the arms.
    #[error("the numbers are no distribution over the arms")]
    NotADistribution,
}

impl Form {
    /// Reads an answer, in time linear in the length of the text.
    ///
    /// # Errors
    /// The reason why the text is no answer of this form.
    pub fn read(self, text: &str, labels: &Labels, reading: Reading) -> Result<Answer, Reason> {
        match (self, reading) {
            (Self::Choice, Reading::Strict) => action::strict(text, labels).map(Answer::Action),
            (Self::Choice, Reading::Lenient) => action::lenient(text, labels).map(Answer::Action),
            (Self::Probabilities, Reading::Strict) => law::strict(text, labels).map(Answer::Policy),
            (Self::Probabilities, Reading::Lenient) => {
                law::lenient(text, labels).map(Answer::Policy)
            }
        }
    }

    /// Reads an answer, and decides in the place of who gave none: an arm drawn uniformly, or the uniform probabilities
    /// (VERB-R4). Both are counted.
    pub fn settle(
        self,
        text: &str,
        labels: &Labels,
        reading: Reading,
        rng: &mut impl Rng,
        unparsed: &mut Unparsed,
    ) -> Answer {
        let answer = self.read(text, labels, reading);
        unparsed.count(answer.as_ref().err().copied());
        answer.unwrap_or_else(|_| match self {
            Self::Choice => Answer::Action(rng.random_range(0..labels.count())),
            Self::Probabilities => {
                Answer::Policy(vec![1.0 / labels.count() as f64; labels.count()])
            }
        })
    }
}

/// The last line of an answer that chooses an arm.
#[must_use]
pub fn write_choice(labels: &Labels, arm: usize) -> String {
    action::CHOICE.to_owned() + &labels.label(arm)
}

/// The last line of an answer in probabilities, with two decimals, in the order of the list.
///
/// # Panics
/// If there is another number of probabilities than of arms.
#[must_use]
pub fn write_probabilities(labels: &Labels, law: &[f64]) -> String {
    assert_eq!(law.len(), labels.count(), "a probability an arm");
    let entry = |arm: &usize| format!("{} {:.2}", labels.label(*arm), law[*arm]);
    let entries: Vec<String> = labels.order().iter().map(entry).collect();
    law::PROBABILITIES.to_owned() + &entries.join(", ")
}

/// How many answers could not be read, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unparsed {
    /// Number of answers, read or not.
    pub answers: u64,
    /// Number of those that could not be read, by reason.
    pub reasons: BTreeMap<Reason, u64>,
}

impl Unparsed {
    /// Counts an answer.
    pub fn count(&mut self, reason: Option<Reason>) {
        self.answers += 1;
        if let Some(reason) = reason {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    /// Counts the answers of another count: of all scenarios of an iteration, say.
    pub fn add(&mut self, other: &Self) {
        self.answers += other.answers;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(*reason).or_default() += count;
        }
    }

    /// Number of answers that could not be read.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.reasons.values().sum()
    }

    /// Share of the answers that could not be read; 0 where there are no answers.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.answers == 0 { 0.0 } else { self.total() as f64 / self.answers as f64 }
    }
}

/// The last line with something on it, without the blanks at its ends.
fn last_line(text: &str) -> Result<&str, Reason> {
    text.trim().lines().next_back().map(str::trim).ok_or(Reason::Empty)
}

#[cfg(test)]
mod tests;
