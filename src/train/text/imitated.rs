//! What is imitated of a conversation.

use serde::{Deserialize, Serialize};

use crate::problem::verbal::message::{Message, Role};

/// What is imitated of a conversation (TEXT-R3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Imitated {
    /// All that the assistant said.
    #[default]
    Answers,
    /// The last line of each of its answers, where the decision stands: the reasoning before it is taken out of the
    /// conversation, so that whoever imitates it decides without.
    LastLines,
}

impl Imitated {
    /// What is left of a conversation.
    #[must_use]
    pub fn of(self, mut conversation: Vec<Message>) -> Vec<Message> {
        if self == Self::LastLines {
            let answers = conversation.iter_mut().filter(|one| one.role == Role::Assistant);
            for answer in answers {
                let last = answer.content.trim_end().lines().next_back().unwrap_or_default();
                answer.content = last.to_owned();
            }
        }
        conversation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_answers_the_last_line_is_left() {
        let said = |role, text: &str| Message::new(role, text);
        let whole = vec![
            said(Role::System, "Two buttons.\nPush."),
            said(Role::User, "Round 1.\nWhich?"),
            said(Role::Assistant, "All none. Try A.\nChoice: A\n "),
            said(Role::User, "Which?"),
            said(Role::Assistant, "Choice: B"),
            said(Role::Assistant, ""),
        ];
        assert_eq!(Imitated::Answers.of(whole.clone()), whole);
        let mut left = whole.clone();
        left[2].content = "Choice: A".to_owned();
        assert_eq!(Imitated::LastLines.of(whole), left);
    }
}
