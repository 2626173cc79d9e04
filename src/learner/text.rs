//! The in-process text model as a speaker.

use std::collections::HashMap;

use rand::Rng;

use super::verbal::Speaker;
use crate::Result;
use crate::model::text::TextModel;
use crate::model::text::generate::{Generator, Order, Sampling, Stream};
use crate::model::text::tokenizer::Special;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::message::{Conversation, Message, Role};

/// The special token that ends a turn of `role`.
#[must_use]
pub fn end_of(role: Role) -> Special {
    match role {
        Role::System => Special::SystemEnd,
        Role::User => Special::UserEnd,
        Role::Assistant => Special::AssistantEnd,
    }
}

/// The turns of a conversation as a text model takes them.
pub fn turns<'a>(
    messages: impl IntoIterator<Item = &'a Message>,
) -> impl Iterator<Item = (Special, &'a str)> {
    messages.into_iter().map(|message| (end_of(message.role), &*message.content))
}

/// A text model that holds many conversations at once. What it has read of a conversation is kept until the next round; a
/// conversation that is asked about no longer is forgotten.
///
/// The n-th reply to conversation `id` is drawn from [`seed`], so it depends on nothing but the model, the messages and
/// these numbers.
#[derive(Debug)]
pub struct TextSpeaker<'a> {
    generator: Generator<'a>,
    sampling: Sampling,
    streams: Streams,
    iteration: usize,
    held: HashMap<usize, Held>,
}

/// A conversation that is being held.
#[derive(Debug)]
struct Held {
    stream: Stream,
    /// Replies given.
    replies: usize,
}

/// The seed of reply number `reply` to conversation `id`: the first 53 bits of the stream ([`Purpose::Exploration`],
/// iteration, id, reply), an integer that JSON holds exactly.
#[must_use]
pub fn seed(streams: &Streams, iteration: usize, id: usize, reply: usize) -> u64 {
    streams.stream(Purpose::Exploration, iteration, id, reply).next_u64() >> 11
}

/// The seed of the fine-tuning job of an iteration: as [`seed`], of the stream ([`Purpose::Batches`], iteration, 0, 0).
#[must_use]
pub fn job_seed(streams: &Streams, iteration: usize) -> u64 {
    streams.stream(Purpose::Batches, iteration, 0, 0).next_u64() >> 11
}

impl<'a> TextSpeaker<'a> {
    /// `model` as it stands, whose draws in iteration `iteration` come from `streams`.
    ///
    /// # Errors
    /// Those of [`Sampling::check`].
    pub fn new(
        model: &'a TextModel,
        sampling: Sampling,
        streams: Streams,
        iteration: usize,
    ) -> Result<Self> {
        sampling.check()?;
        let generator = Generator::new(model);
        Ok(Self { generator, sampling, streams, iteration, held: HashMap::new() })
    }
}

impl Speaker for TextSpeaker<'_> {
    /// # Errors
    /// A conversation without messages, or longer than the model has room for.
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
        let model = self.generator.model();
        let mut earlier = std::mem::take(&mut self.held);
        let unheard = || Held { stream: Stream::new(model), replies: 0 };
        let mut held: Vec<Held> = conversations
            .iter()
            .map(|asked| earlier.remove(&asked.id).unwrap_or_else(unheard))
            .collect();
        drop(earlier);
        let prompts: Vec<Vec<u32>> = conversations
            .iter()
            .map(|asked| model.conversation(turns(asked.messages.iter().copied())))
            .collect();
        let orders = held.iter_mut().zip(&prompts).zip(conversations);
        let orders = orders.map(|((held, prompt), asked)| {
            let seed = seed(&self.streams, self.iteration, asked.id, held.replies);
            held.replies += 1;
            Order { stream: &mut held.stream, prompt, seed }
        });
        let replies = self.generator.replies(orders.collect(), &self.sampling)?;
        self.held = conversations.iter().map(|asked| asked.id).zip(held).collect();
        Ok(replies.iter().map(|reply| model.tokenizer().decode(&reply.tokens)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::text::TextConfig;
    use crate::model::text::tokenizer::Tokenizer;

    fn model() -> TextModel {
        let tokenizer = Tokenizer::train(&["Choice: A Choice: B button button"], 270).unwrap();
        let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
        let config = TextConfig { width: 16, heads: 2, blocks: 1, tokens: 300 };
        let mut model = TextModel::random(tokenizer, &config, &mut rng).unwrap();
        let parameters = model.transformer_mut().parameters_mut();
        parameters.iter_mut().enumerate().for_each(|(i, p)| *p += 0.1 * (i as f32).sin());
        model
    }

    const SAMPLING: Sampling = Sampling { temperature: 1.0, top_p: 1.0, max_tokens: 9 };

    fn opening(id: usize) -> Vec<Message> {
        let setting = Message::new(Role::System, "Two buttons. ".repeat(id + 1));
        vec![setting, Message::new(Role::User, "Which?")]
    }

    fn ask(speaker: &mut TextSpeaker, told: &[(usize, Vec<Message>)]) -> Vec<String> {
        let conversation = |(id, messages): &(usize, Vec<Message>)| (*id, messages.clone());
        let owned: Vec<_> = told.iter().map(conversation).collect();
        let asked: Vec<Conversation> = owned
            .iter()
            .map(|(id, messages)| Conversation { id: *id, messages: messages.iter().collect() })
            .collect();
        speaker.reply(&asked).unwrap()
    }

    fn speaker(model: &TextModel, iteration: usize) -> TextSpeaker<'_> {
        TextSpeaker::new(model, SAMPLING, Streams::new(7), iteration).unwrap()
    }

    /// Four rounds of three conversations, one of which ends early: all replies, by conversation.
    fn play(model: &TextModel, order: [usize; 3], iteration: usize) -> Vec<Vec<String>> {
        let mut speaker = speaker(model, iteration);
        let mut told: Vec<_> = order.map(|id| (id, opening(id))).into();
        let mut said = vec![Vec::new(); 3];
        for round in 0..4 {
            if round == 2 {
                told.retain(|(id, _)| *id != 1);
            }
            let replies = ask(&mut speaker, &told);
            assert_eq!(speaker.held.len(), told.len(), "those that are over are forgotten");
            for ((id, messages), reply) in told.iter_mut().zip(replies) {
                said[*id].push(reply.clone());
                messages.push(Message::new(Role::Assistant, reply));
                messages.push(Message::new(Role::User, "It won. Which?"));
            }
        }
        said
    }

    #[test]
    fn replies_depend_on_their_own_conversation() {
        let model = model();
        let said = play(&model, [0, 1, 2], 0);
        assert_eq!(said.iter().map(Vec::len).collect::<Vec<_>>(), [4, 2, 4]);
        assert_eq!(play(&model, [2, 0, 1], 0), said);
        assert_ne!(play(&model, [0, 1, 2], 1), said);
    }

    /// Replies come from the messages, whether they have been read before or not: longer, summarised, or all anew.
    #[test]
    fn what_was_read_is_used_but_leaves_no_trace() {
        let model = model();
        let mut speaker = speaker(&model, 0);
        let first = ask(&mut speaker, &[(4, opening(0))]).remove(0);
        let known = speaker.held[&4].stream.tokens().len();
        assert!(known >= model.conversation(turns(&opening(0))).len());
        for (messages, round) in [
            [
                opening(0),
                vec![Message::new(Role::Assistant, first), Message::new(Role::User, "Now?")],
            ]
            .concat(),
            vec![opening(0).remove(0), Message::new(Role::User, "Summary: A 1 of 1. Which?")],
            opening(3),
        ]
        .into_iter()
        .zip(1..)
        {
            let reply = ask(&mut speaker, &[(4, messages.clone())]).remove(0);
            let mut other = TextSpeaker::new(&model, SAMPLING, Streams::new(7), 0).unwrap();
            let replies = speaker.held[&4].replies - 1;
            assert_eq!(replies, round, "replies are counted from round to round");
            let held = Held { stream: Stream::new(&model), replies };
            other.held.insert(4, held);
            assert_eq!(ask(&mut other, &[(4, messages)]), [reply]);
        }
    }

    #[test]
    fn seeds_differ_and_fit_into_json() {
        let streams = Streams::new(7);
        let seeds = [
            seed(&streams, 0, 0, 0),
            seed(&streams, 1, 0, 0),
            seed(&streams, 0, 1, 0),
            seed(&streams, 0, 0, 1),
        ];
        for (i, seed) in seeds.iter().enumerate() {
            assert!(*seed < 1 << 53 && !seeds[i + 1..].contains(seed));
        }
    }

    #[test]
    fn what_cannot_be_answered_is_an_error() {
        let model = model();
        let mut speaker = speaker(&model, 0);
        let conversation = Conversation { id: 0, messages: Vec::new() };
        assert!(speaker.reply(&[conversation]).is_err());
        let bad = Sampling { top_p: 2.0, ..SAMPLING };
        assert!(TextSpeaker::new(&model, bad, Streams::new(7), 0).is_err());
    }
}
