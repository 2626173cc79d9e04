//! What was played and said, as it is written.

use serde::Serialize;

use crate::problem::verbal::answer::Unparsed;
use crate::problem::verbal::labels::LabelStyle;
use crate::problem::verbal::message::{Message, Role};
use crate::problem::verbal::narration::Shown;
use crate::problem::verbal::reading::Agreement;
use crate::problem::verbal::tallies::Tallies;
use crate::problem::verbal::telling::{Asking, History, Shape, Telling};

/// A trajectory with its conversation: serialised to a line of JSON, a line of
/// [`trajectory_file`](crate::problem::trajectory_file).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trajectory {
    /// The scenario: iteration and index.
    pub scenario: String,
    /// Which of the plays of the scenario.
    pub trajectory: usize,
    /// The rounds.
    pub rounds: Vec<Round>,
    /// Means of the arms, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<Means>,
    /// The regret of the scene: dynamic where means move.
    pub regret: f64,
    /// Everything said, the last answer last. With a summarised history the speaker had only the first message and the one
    /// before each answer ([`prompt`](crate::problem::verbal::narration::prompt)).
    pub messages: Vec<Message>,
    /// What would have been said after the last answer.
    pub closing: String,
    /// Name of the context.
    pub context: String,
    /// Whether the context is held out.
    pub held_out: bool,
    /// What was told about.
    pub shape: Shape,
    /// What was said of earlier rounds.
    pub history: History,
    /// Where the form of the answer was said.
    pub asking: Asking,
    /// How arms were labelled.
    pub labels: LabelStyle,
    /// Answers that could not be read.
    pub unparsed: Unparsed,
}

impl Trajectory {
    /// How far the counts in the replies agree with what had happened when they were given; `telling` is that of the play.
    ///
    /// # Panics
    /// If the telling has fewer arms than the play.
    #[must_use]
    pub fn agreement(&self, telling: &Telling) -> Agreement {
        let replies = self.messages.iter().filter(|message| message.role == Role::Assistant);
        let mut tallies = Tallies::new(self.shape.arms);
        let mut agreement = Agreement::default();
        for (reply, round) in replies.zip(&self.rounds) {
            agreement.enter(&reply.content, telling, &tallies);
            tallies.enter(&self.shape, &round.shown());
        }
        agreement
    }
}

/// One round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Round {
    /// The arm or action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<usize>,
    /// The probabilities that were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Vec<f64>>,
    /// What was earned.
    pub reward: f64,
    /// What every arm would have paid, in full information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewards: Option<Vec<f64>>,
    /// The state that followed, or what was observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<usize>,
}

impl Round {
    /// What it has shown.
    pub(super) fn shown(&self) -> Shown<'_> {
        let rewards = self.rewards.as_deref();
        Shown { arm: self.action, earned: self.reward, rewards, seen: self.seen }
    }
}

/// Means of the arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Means {
    /// Of all rounds.
    Still(Vec<f64>),
    /// A row a round.
    Moving(Vec<Vec<f64>>),
}
