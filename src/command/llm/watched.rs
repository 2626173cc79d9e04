//! Progress of those who speak.

use lowregret::Result;
use lowregret::learner::verbal::Speaker;
use lowregret::problem::verbal::message::{Conversation, Message};
use lowregret::report::Progress;
use lowregret::train::text::Student;

/// Somebody whose replies, or whose speakers' replies, are counted.
pub struct Watched<'p, S> {
    pub own: S,
    pub progress: &'p Progress,
}

impl<S: Speaker> Speaker for Watched<'_, S> {
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
        let replies = self.own.reply(conversations)?;
        self.progress.advance(replies.len() as u64);
        Ok(replies)
    }
}

impl<'p, S: Student> Student for Watched<'p, S> {
    type Speaker<'a>
        = Watched<'p, S::Speaker<'a>>
    where
        Self: 'a;

    fn speaker(&self, iteration: usize) -> Result<Self::Speaker<'_>> {
        Ok(Watched { own: self.own.speaker(iteration)?, progress: self.progress })
    }

    fn imitate(&mut self, conversations: &[Vec<Message>], iteration: usize) -> Result<()> {
        self.progress.message("learns");
        self.own.imitate(conversations, iteration)?;
        self.progress.message("");
        Ok(())
    }
}
