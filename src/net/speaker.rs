//! A model behind an endpoint as a speaker.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::cache::{self, Answer, Cache};
use super::client::Client;
use super::wire::ChatRequest;
use crate::learner::text::seed;
use crate::learner::verbal::Speaker;
use crate::model::text::generate::Sampling;
use crate::numeric::rng::Streams;
use crate::problem::verbal::message::Conversation;
use crate::{Error, Result};

/// In which engines differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// Whether requests carry the number that the answer is drawn from. Without it answers repeat only from the cache.
    pub seeds: bool,
    /// Whether the longest answer is given as `max_completion_tokens` (newer models of OpenAI) instead of `max_tokens`.
    pub completion_tokens: bool,
    /// Whether requests carry the temperature. Some models refuse it; theirs is 1 then.
    pub temperature: bool,
    /// Whether requests carry `top_p`. Some models refuse it, or refuse it beside a temperature; theirs is 1 then.
    pub top_p: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { seeds: true, completion_tokens: false, temperature: true, top_p: true }
    }
}

impl Dialect {
    /// Checks that nothing is wanted which is not sent.
    ///
    /// # Errors
    /// A temperature or `top_p` other than 1 that requests do not carry.
    pub fn check(&self, sampling: &Sampling) -> Result<()> {
        for (field, value, sent) in [
            ("temperature", sampling.temperature, self.temperature),
            ("top_p", sampling.top_p, self.top_p),
        ] {
            if !sent && value != 1.0 {
                let expected =
                    format!("1, since it is not sent: leave --{field} or --no-{field} out");
                return Err(Error::parameter(field, value, expected.replace('_', "-")));
            }
        }
        Ok(())
    }
}

/// How a model behind an endpoint is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// Through whom.
    pub client: &'a Client,
    /// Where answers are kept.
    pub cache: Option<&'a Cache>,
    /// How answers are drawn.
    pub sampling: Sampling,
    /// In which form.
    pub dialect: Dialect,
}

/// A model behind an endpoint. The conversations of a round are asked about at the same time, as many as the client may;
/// replies come in order. The n-th reply to conversation `id` is drawn from [`seed`], so that the text model of this crate
/// says behind an endpoint what it says in the process. What a service tells apart as reasoning is neither read nor imitated:
/// of a model that thinks first only what it says then.
#[derive(Debug)]
pub struct ChatSpeaker<'a> {
    asking: Asking<'a>,
    model: String,
    streams: Streams,
    iteration: usize,
    /// Replies given to the conversations that are being held.
    replies: HashMap<usize, usize>,
}

impl<'a> ChatSpeaker<'a> {
    /// The model of this name, whose draws in iteration `iteration` come from `streams`.
    ///
    /// # Errors
    /// Those of [`Sampling::check`] and [`Dialect::check`].
    pub fn new(
        asking: Asking<'a>,
        model: impl Into<String>,
        streams: Streams,
        iteration: usize,
    ) -> Result<Self> {
        asking.sampling.check()?;
        asking.dialect.check(&asking.sampling)?;
        Ok(Self { asking, model: model.into(), streams, iteration, replies: HashMap::new() })
    }

    fn ask(&self, conversation: &Conversation, draw: u64) -> Result<String> {
        let Asking { client, cache, sampling, dialect } = self.asking;
        let most = Some(sampling.max_tokens);
        let request = ChatRequest {
            model: &self.model,
            messages: &conversation.messages,
            temperature: Some(sampling.temperature).filter(|_| dialect.temperature),
            top_p: Some(sampling.top_p).filter(|_| dialect.top_p),
            max_tokens: most.filter(|_| !dialect.completion_tokens),
            max_completion_tokens: most.filter(|_| dialect.completion_tokens),
            seed: Some(draw).filter(|_| dialect.seeds),
        };
        let key = cache::key(client.url(), &request, draw);
        let known = cache.and_then(|cache| cache.get(&key));
        let remembered = known.is_some();
        let answer = match known {
            Some(answer) => answer,
            None => {
                let answer =
                    answer(client, &request).map_err(|error| advised(error, client, cache))?;
                cache.map_or(Ok(()), |cache| cache.put(&key, &answer))?;
                answer
            }
        };
        client.note(|account| {
            account.remembered += u64::from(remembered);
            account.cut_off += u64::from(answer.finish.as_deref() == Some("length"));
            account.empty += u64::from(answer.content.trim().is_empty());
        });
        Ok(answer.content)
    }
}

/// With what becomes of the answers before.
fn advised(error: Error, client: &Client, cache: Option<&Cache>) -> Error {
    match error {
        Error::Service { service, message } if client.account().answers > 0 => {
            let rest = match cache.map(Cache::len) {
                // What came may have been no answer.
                Some(0) => String::new(),
                Some(count) => format!("; answers in the cache, not asked for again: {count}"),
                None => "; what was answered is lost: give a cache (--cache FILE)".to_owned(),
            };
            Error::service(service, message + &rest)
        }
        other => other,
    }
}

fn answer(client: &Client, request: &ChatRequest) -> Result<Answer> {
    let completion = client.chat(request)?;
    let usage = completion.usage.unwrap_or_default();
    let Some(choice) = completion.choices.into_iter().next() else {
        return Err(Error::service(client.url(), "an answer without choices: is it a chat model?"));
    };
    let content = choice.message.content.unwrap_or_default();
    Ok(Answer { content, finish: choice.finish_reason, usage })
}

impl Speaker for ChatSpeaker<'_> {
    /// # Errors
    /// The first one in the order of the conversations of those that came; what was answered is in the cache all the same.
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
        let mut earlier = std::mem::take(&mut self.replies);
        let mut draws = Vec::with_capacity(conversations.len());
        for conversation in conversations {
            let reply = earlier.remove(&conversation.id).unwrap_or(0);
            draws.push(seed(&self.streams, self.iteration, conversation.id, reply));
            self.replies.insert(conversation.id, reply + 1);
        }
        let slots: Vec<Mutex<Option<Result<String>>>> =
            conversations.iter().map(|_| Mutex::new(None)).collect();
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let threads = self.asking.client.limits().concurrent.min(conversations.len());
        let work = || {
            while !failed.load(Ordering::Relaxed) {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(conversation) = conversations.get(i) else { return };
                let reply = self.ask(conversation, draws[i]);
                failed.fetch_or(reply.is_err(), Ordering::Relaxed);
                *slots[i].lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(reply);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        let results = slots.into_iter().filter_map(|slot| {
            slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
        });
        // Those that were not asked come behind one that failed.
        results.collect()
    }
}
