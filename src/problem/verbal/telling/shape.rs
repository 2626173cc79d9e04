//! What is told about, and how.

use serde::{Deserialize, Serialize};

use crate::problem::verbal::answer::Form;
use crate::problem::verbal::labels::LabelStyle;

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Only the chosen arm's reward is told.
    Bandit,
    /// The same, and that things may change.
    DriftingBandit,
    /// All arms' rewards are told.
    FullInformation,
    /// The state is told.
    Mdp {
        /// Number of states.
        states: usize,
    },
    /// An observation is told after each action; rewards are told only in the end, since they could tell of the state.
    Pomdp {
        /// Number of states.
        states: usize,
        /// Number of observations.
        observations: usize,
    },
}

/// How rewards of a bandit are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rewards {
    /// 1 as a success, 0 as a failure; anything above 1/2 counts as 1.
    ZeroOne,
    /// As an amount with its unit. Full information and processes always tell amounts.
    Amount,
}

/// What is told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// What is played.
    pub kind: Kind,
    /// Number of arms or actions.
    pub arms: usize,
    /// Number of rounds or steps.
    pub rounds: usize,
    /// How rewards are told.
    pub rewards: Rewards,
}

/// What is said of earlier rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// The conversation grows by a turn a round.
    Raw,
    /// Each question carries a summary; earlier turns are dropped.
    Summarised,
}

/// Where the form of the answer is said, and how questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// In every question: for speakers who have not been trained on it.
    Always,
    /// In the setting; questions are a few words, and what successes and failures are worth is told as a number: for
    /// speakers to whom words are dear.
    Once,
}

/// How it is told; by default a raw history, labels by a coin, a choice, and its form in every question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// What is said of earlier rounds.
    pub history: History,
    /// How arms are labelled; drawn by a coin if not given.
    pub labels: Option<LabelStyle>,
    /// What answers give.
    pub form: Form,
    /// Where that is said.
    pub asking: Asking,
}

impl Default for Style {
    fn default() -> Self {
        Self { history: History::Raw, labels: None, form: Form::Choice, asking: Asking::Always }
    }
}

impl Shape {
    /// Whether it is a decision process.
    #[must_use]
    pub fn is_process(&self) -> bool {
        matches!(self.kind, Kind::Mdp { .. } | Kind::Pomdp { .. })
    }

    /// Whether rewards are told as successes and failures.
    #[must_use]
    pub fn tells_outcomes(&self) -> bool {
        let bandit = matches!(self.kind, Kind::Bandit | Kind::DriftingBandit);
        bandit && self.rewards == Rewards::ZeroOne
    }
}
