//! Chat completions: what a request asks for, and the thread that lets models reply.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

use hyper::StatusCode;
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::memory::Memory;
use super::reply::{Attempt, Refusal, shortened};
use super::shelf::{Entry, Shelf};
use super::{Bounds, Counters, add};
use crate::learner::text::turns;
use crate::model::text::generate::{self, Finish, Generator, Sampling, Stream};
use crate::net::wire::Usage;
use crate::problem::verbal::message::{Message, Role};
use crate::{Error, Result};

/// Most requests that are answered together.
const MOST_TOGETHER: usize = 256;

/// What a request asks for.
pub struct Asked {
    pub name: String,
    pub entry: Entry,
    pub messages: Vec<Message>,
    pub sampling: Sampling,
    pub seed: u64,
}

/// What was said to it.
#[derive(Debug)]
pub struct Answered {
    pub content: String,
    pub finish: Finish,
    pub usage: Usage,
}

/// Where the answer to a request goes.
struct Ticket {
    asked: Asked,
    answer: oneshot::Sender<Attempt<Answered>>,
}

/// The thread that lets models reply.
pub struct Desk {
    tickets: SyncSender<Ticket>,
}

impl Desk {
    pub fn start(bounds: &Bounds, counters: Arc<Counters>) -> Result<Self> {
        let (tickets, waiting) = sync_channel(bounds.waiting);
        let mut clerk = Clerk { bounds: *bounds, memory: Memory::new(bounds.remembered), counters };
        std::thread::Builder::new()
            .name("replies".to_owned())
            .spawn(move || clerk.work(&waiting))
            .map_err(|reason| Error::service("server", reason.to_string()))?;
        Ok(Self { tickets })
    }

    /// Hands in a request.
    pub fn hand_in(&self, asked: Asked) -> Attempt<oneshot::Receiver<Attempt<Answered>>> {
        let (answer, receiver) = oneshot::channel();
        match self.tickets.try_send(Ticket { asked, answer }) {
            Ok(()) => Ok(receiver),
            Err(TrySendError::Full(_)) => Err(Refusal::busy("too many requests wait")),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }
}

/// Nobody replies any more.
pub fn stopped() -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "stopped", "the model does not reply any more")
}

struct Clerk {
    bounds: Bounds,
    memory: Memory,
    counters: Arc<Counters>,
}

impl Clerk {
    fn work(&mut self, waiting: &Receiver<Ticket>) {
        while let Ok(first) = waiting.recv() {
            let mut batch = vec![first];
            let end = Instant::now() + self.bounds.gathering;
            while batch.len() < MOST_TOGETHER {
                match waiting.recv_timeout(end.saturating_duration_since(Instant::now())) {
                    Ok(ticket) => batch.push(ticket),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
                }
            }
            // Those who have gone are not answered.
            batch.retain(|ticket| !ticket.answer.is_closed());
            while let Some(first) = batch.first() {
                let (number, sampling) = (first.asked.entry.number, first.asked.sampling);
                let alike = |ticket: &mut Ticket| {
                    ticket.asked.entry.number == number && ticket.asked.sampling == sampling
                };
                let group: Vec<Ticket> = batch.extract_if(.., alike).collect();
                self.reply(group, &sampling);
            }
        }
    }

    /// Answers requests to one model.
    fn reply(&mut self, group: Vec<Ticket>, sampling: &Sampling) {
        let Some(entry) = group.first().map(|ticket| ticket.asked.entry.clone()) else { return };
        let (model, room) = (&*entry.model, entry.model.room());
        let (mut tickets, mut prompts, mut streams) = (Vec::new(), Vec::new(), Vec::new());
        for ticket in group {
            let prompt = model.conversation(turns(&ticket.asked.messages));
            if prompt.len() >= room {
                let said = format!(
                    "messages: {} tokens, and the model has room for {room} with the answer",
                    prompt.len()
                );
                let code = "context_length_exceeded";
                let _ = ticket.answer.send(Err(Refusal::new(StatusCode::BAD_REQUEST, code, said)));
                continue;
            }
            let (stream, known) = self.memory.take(entry.number, model, &prompt);
            add(&self.counters.tokens_asked, prompt.len() as u64);
            add(&self.counters.tokens_known, known as u64);
            tickets.push(ticket);
            prompts.push(prompt);
            streams.push(stream);
        }
        let orders = streams.iter_mut().zip(&prompts).zip(&tickets);
        let order = |((stream, prompt), ticket): ((_, _), &Ticket)| generate::Order {
            stream,
            prompt,
            seed: ticket.asked.seed,
        };
        let orders =
            orders.map(|((stream, prompt), ticket): ((&mut Stream, &Vec<u32>), &Ticket)| {
                order(((stream, &prompt[..]), ticket))
            });
        let replies = Generator::new(model).replies(orders.collect(), sampling);
        let replies = match replies {
            Ok(replies) => replies,
            Err(error) => {
                for ticket in tickets {
                    let _ = ticket.answer.send(Err(Refusal::bad("request", error.to_string())));
                }
                return;
            }
        };
        add(&self.counters.batches, 1);
        let shape = model.transformer().config();
        let kept = 2 * shape.blocks * shape.width;
        for (((ticket, reply), prompt), stream) in
            tickets.into_iter().zip(replies).zip(&prompts).zip(streams)
        {
            let said = reply.tokens.len() + usize::from(reply.finish == Finish::Stop);
            add(&self.counters.completions, 1);
            add(&self.counters.tokens_said, said as u64);
            let usage = Usage {
                prompt_tokens: prompt.len() as u64,
                completion_tokens: said as u64,
                total_tokens: (prompt.len() + said) as u64,
            };
            let content = model.tokenizer().decode(&reply.tokens);
            let _ = ticket.answer.send(Ok(Answered { content, finish: reply.finish, usage }));
            self.memory.keep(entry.number, stream, kept);
        }
    }
}

/// Reads a request.
pub fn read(body: &[u8], shelf: &Shelf, bounds: &Bounds) -> Attempt<Asked> {
    let object: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad("body", format!("expected a JSON object ({error})")))?;
    let given = |field: &str| object.get(field).filter(|value| !value.is_null());
    let Some(name) = given("model").and_then(Value::as_str) else {
        return Err(Refusal::bad("model", "expected the name of a model"));
    };
    let Some(entry) = shelf.get(name) else {
        let message = format!(
            "no model \"{}\"; ask /v1/models for all, e.g. {}",
            shortened(name),
            shelf.first()
        );
        return Err(Refusal::new(StatusCode::NOT_FOUND, "model_not_found", message));
    };
    // What would change the answer and is not done here.
    let off = |value: &Value| *value == Value::Bool(false);
    let empty = |value: &Value| {
        value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
    };
    let zero = |value: &Value| value.as_f64() == Some(0.0);
    let all = |value: &Value| zero(value) || value.as_f64() == Some(-1.0);
    let text = |value: &Value| value["type"] == "text";
    for (field, harmless, what) in [
        ("stream", given("stream").is_none_or(off), "answers come whole: false, or leave it out"),
        ("logprobs", given("logprobs").is_none_or(off), "false, or leave it out"),
        ("n", given("n").is_none_or(|value| *value == 1), "1: ask once more for another answer"),
        ("stop", given("stop").is_none_or(empty), "leave it out: the model ends its turns itself"),
        ("tools", given("tools").is_none_or(empty), "leave it out: there are none"),
        ("functions", given("functions").is_none_or(empty), "leave it out: there are none"),
        (
            "response_format",
            given("response_format").is_none_or(text),
            "type text: answers have no other form",
        ),
        ("frequency_penalty", given("frequency_penalty").is_none_or(zero), "0, or leave it out"),
        ("presence_penalty", given("presence_penalty").is_none_or(zero), "0, or leave it out"),
        ("logit_bias", given("logit_bias").is_none_or(empty), "leave it out: there is none"),
        ("top_k", given("top_k").is_none_or(all), "0 or -1 for all tokens: use top_p"),
        ("min_p", given("min_p").is_none_or(zero), "0: use top_p"),
    ] {
        if !harmless {
            return Err(Refusal::bad(field, format!("expected {what}")));
        }
    }
    let Some(messages) =
        given("messages").and_then(Value::as_array).filter(|list| !list.is_empty())
    else {
        return Err(Refusal::bad("messages", "expected a list of messages"));
    };
    let messages = messages.iter().map(message).collect::<Option<Vec<_>>>().ok_or_else(|| {
        let what = "expected \"role\" (system, developer, user or assistant) and \"content\" (a text, or parts of \
                    type text)";
        Refusal::bad("messages", what)
    })?;
    let number = |field: &'static str, low: f64, high: f64| match given(field) {
        None => Ok(1.0),
        Some(value) => value.as_f64().filter(|x| (low..=high).contains(x)).ok_or_else(|| {
            Refusal::bad(field, format!("expected a number between {low} and {high}"))
        }),
    };
    let temperature = number("temperature", 0.0, 100.0)?;
    let top_p = number("top_p", f64::MIN_POSITIVE, 1.0)?;
    let mut max_tokens = bounds.tokens;
    for field in ["max_tokens", "max_completion_tokens"] {
        let Some(value) = given(field) else { continue };
        let most = value.as_u64().filter(|most| *most > 0);
        let most =
            most.ok_or_else(|| Refusal::bad(field, "expected a whole number, at least 1"))?;
        max_tokens = max_tokens.min(usize::try_from(most).unwrap_or(usize::MAX));
    }
    let seed = match given("seed") {
        None => chance(),
        Some(value) => value
            .as_u64()
            .or_else(|| value.as_i64().map(i64::cast_unsigned))
            .ok_or_else(|| Refusal::bad("seed", "expected a whole number of 64 bits"))?,
    };
    let sampling = Sampling { temperature, top_p, max_tokens };
    Ok(Asked { name: name.to_owned(), entry, messages, sampling, seed })
}

/// A seed for those who give none.
fn chance() -> u64 {
    use std::hash::{BuildHasher, RandomState};

    // Every state has keys of its own.
    RandomState::new().hash_one(Instant::now())
}

fn message(value: &Value) -> Option<Message> {
    let role = match value["role"].as_str()? {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return None,
    };
    let part = |part: &Value| match part["type"].as_str() {
        Some("text") => part["text"].as_str().map(str::to_owned),
        _ => None,
    };
    let content = match &value["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(part).collect::<Option<String>>()?,
        _ => return None,
    };
    Some(Message::new(role, content))
}
