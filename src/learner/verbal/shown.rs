//! Plays of a scenario one after the other in one conversation: a player who has demonstrations before them (TEXT-D4).

use super::Speaker;
use super::record::Trajectory;
use crate::Result;
use crate::problem::verbal::message::{Conversation, Message, Role};

/// Plays of one scenario as one conversation: the setting once, then play after play, each with its closing words.
#[must_use]
pub fn in_a_row(plays: &[Trajectory]) -> Vec<Message> {
    let setting = plays.iter().take(1).flat_map(|play| play.messages.first());
    let play = |play: &Trajectory| -> Vec<Message> {
        let closing = Message::new(Role::User, play.closing.clone());
        play.messages.iter().skip(1).cloned().chain([closing]).collect()
    };
    setting.cloned().chain(plays.iter().flat_map(play)).collect()
}

/// A speaker who has something before every conversation.
#[derive(Debug)]
pub struct Shown<S> {
    speaker: S,
    before: Vec<Vec<Message>>,
}

impl<S> Shown<S> {
    /// `before` has an entry a conversation, by its id, which stands in the place of its setting ([`in_a_row`]); an empty one
    /// leaves it as it is.
    #[must_use]
    pub fn new(speaker: S, before: Vec<Vec<Message>>) -> Self {
        Self { speaker, before }
    }
}

impl<S: Speaker> Speaker for Shown<S> {
    /// # Panics
    /// If a conversation has an id without an entry.
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
        let before = &self.before;
        let conversations: Vec<Conversation> = conversations
            .iter()
            .map(|own| {
                let before = &before[own.id];
                let setting = usize::from(!before.is_empty());
                let rest = own.messages.iter().skip(setting).copied();
                Conversation { id: own.id, messages: before.iter().chain(rest).collect() }
            })
            .collect();
        self.speaker.reply(&conversations)
    }
}
