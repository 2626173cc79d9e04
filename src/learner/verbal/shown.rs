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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::verbal::class::{Class, Process, Source, episodes};
    use crate::learner::verbal::habit::{self, Habit, Speech};
    use crate::learner::verbal::play::play;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::pomdp::family::Family;
    use crate::problem::verbal::answer::Reading;
    use crate::problem::verbal::context::{Library, Part};
    use crate::problem::verbal::telling::{Rewards, Style};

    const PURPOSE: Purpose = Purpose::Validation;

    /// Keeps what it is asked.
    struct Witness(Vec<(usize, Vec<Message>)>);

    impl Speaker for Witness {
        fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
            let own = |one: &Conversation| one.messages.iter().copied().cloned().collect();
            self.0.extend(conversations.iter().map(|one| (one.id, own(one))));
            Ok(vec!["Choice: option 1".to_owned(); conversations.len()])
        }
    }

    #[test]
    fn demonstrations_stand_before_ones_own_play() {
        let (library, streams) = (Library::bundled().unwrap(), Streams::new(2));
        let source = Source::Mdp(Process { family: Family::new(2, 2, 1, 1.0), horizon: 3 });
        let (rewards, style) = (Rewards::Amount, Style::default());
        let class = Class { source, rewards, style, part: Part::Training };
        let told = [class.draw(&library, &streams, PURPOSE, (0, 0)).unwrap()];
        let mut open = episodes(&told, 4, &streams, PURPOSE, 0).unwrap();
        let own = open.split_off(2);
        let speeches = [Speech::new(Habit::Oracle, 0, 0.0).unwrap(); 2];
        let plays = habit::play(&speeches, open, &streams, PURPOSE, Reading::Strict).unwrap();
        let shown = in_a_row(&plays);
        // A setting, three questions and answers a play, its closing words.
        assert_eq!(shown.len(), 1 + 2 * (2 * 3 + 1));
        assert_eq!(shown[..7], plays[0].messages);
        assert_eq!((shown[7].role, &shown[7].content), (Role::User, &plays[0].closing));
        assert_eq!(shown[8..14], plays[1].messages[1..]);
        assert_eq!(shown[14].content, plays[1].closing);
        assert!(in_a_row(&[]).is_empty());

        let mut witness = Shown::new(Witness(Vec::new()), vec![shown.clone(), Vec::new()]);
        let played = play(&mut witness, own, Reading::Lenient).unwrap();
        for (turn, (id, messages)) in witness.speaker.0.iter().enumerate() {
            let said = &played[*id].messages[..2 * (turn / 2 + 1)];
            match id {
                0 => assert_eq!(*messages, [&shown[..], &said[1..]].concat()),
                _ => assert_eq!(messages, said),
            }
        }
        assert_eq!(witness.speaker.0.len(), 6);
    }
}
