//! What is said, by whom.

use serde::{Deserialize, Serialize};

/// Who speaks, as in the chat format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Who tells the setting.
    System,
    /// Who asks.
    User,
    /// Who decides.
    Assistant,
}

/// One turn of a conversation, as in the `messages` of [`trajectory_file`](crate::problem::trajectory_file).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// A turn.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// What somebody has before them when they are to speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conversation<'a> {
    /// Which of the conversations that are held together: the same number from the first round to the last.
    pub id: usize,
    /// The turns so far; the last one asks.
    pub messages: Vec<&'a Message>,
}
