//! Replies token by token: many conversations in lock-step, each with its own past.

mod draw;

use std::sync::{Mutex, PoisonError};

use ndarray::{Array2, Axis};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::tokenizer::Special;
use super::{BEFORE, TextModel};
use crate::model::transformer::{Past, Portion, Prepared, Reader};
use crate::numeric::parallel::over;
use crate::{Error, Result};
use draw::Drawer;

/// Conversations that a task holds in lock-step: few, so that their pasts stay in the cache from token to token.
const STREAMS_PER_TASK: usize = 4;

/// Tokens of a prompt that are read at once.
const TOKENS_AT_ONCE: usize = 64;

/// How tokens are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// Logits are divided by it; 0 takes the likeliest token.
    pub temperature: f64,
    /// Only the likeliest tokens are drawn, as few as have this probability together (Holtzman et al. 2020); 1 for all.
    pub top_p: f64,
    /// Most tokens of a reply.
    pub max_tokens: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_p: 1.0, max_tokens: 128 }
    }
}

impl Sampling {
    /// Checks every field.
    ///
    /// # Errors
    /// A temperature that is negative or infinite, a `top_p` outside (0, 1], no token.
    pub fn check(&self) -> Result<()> {
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            return Err(Error::parameter("temperature", self.temperature, "a finite number >= 0"));
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return Err(Error::parameter("top_p", self.top_p, "a number in (0, 1]"));
        }
        if self.max_tokens == 0 {
            return Err(Error::parameter("max_tokens", 0, "at least 1"));
        }
        Ok(())
    }
}

/// What has been read of one conversation. It may wait, be continued or be thrown away at any time.
#[derive(Clone, Debug)]
pub struct Stream {
    tokens: Vec<u32>,
    past: Past<f32>,
}

impl Stream {
    /// Nothing read yet.
    #[must_use]
    pub fn new(model: &TextModel) -> Self {
        Self { tokens: Vec::new(), past: Past::new(&model.transformer) }
    }

    /// The tokens read so far.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The two tokens read last, the nearer one first, or what stands before a conversation.
    fn last(&self) -> [u32; 2] {
        let mut last = self.tokens.iter().rev().copied().chain(BEFORE);
        BEFORE.map(|before| last.next().unwrap_or(before))
    }

    /// Forgets what `prompt` does not begin with, and its last token, after which something is to be said; returns how much
    /// of the prompt is left to know.
    fn keep(&mut self, prompt: &[u32]) -> usize {
        let same = self.tokens.iter().zip(prompt).take_while(|(own, other)| own == other).count();
        let kept = same.min(prompt.len() - 1);
        self.tokens.truncate(kept);
        self.past.rewind(kept);
        kept
    }
}

/// A reply that is asked for.
#[derive(Debug)]
pub struct Order<'a> {
    /// What was read of the conversation before: whatever the prompt begins with is not read again.
    pub stream: &'a mut Stream,
    /// The conversation up to the end of the question.
    pub prompt: &'a [u32],
    /// What the draws come from: the same seed, the same reply.
    pub seed: u64,
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model ended its turn.
    Stop,
    /// It had no more tokens.
    Length,
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The tokens, without the one that ends the turn.
    pub tokens: Vec<u32>,
    /// Why there are no more.
    pub finish: Finish,
}

/// A model that is asked for replies.
#[derive(Debug)]
pub struct Generator<'a> {
    model: &'a TextModel,
    prepared: Prepared<'a, f32>,
    /// Those that nobody works at.
    desks: Mutex<Vec<Desk>>,
}

/// Where a task is worked on.
#[derive(Debug)]
struct Desk {
    reader: Reader<f32>,
    drawer: Drawer,
}

impl<'a> Generator<'a> {
    /// Makes `model` ready.
    #[must_use]
    pub fn new(model: &'a TextModel) -> Self {
        let prepared = Prepared::new(&model.transformer).expect("text models can be resumed");
        Self { model, prepared, desks: Mutex::default() }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a TextModel {
        self.model
    }

    /// Replies to all orders, in their order. A reply depends on its prompt and seed only: not on the others, on the threads
    /// of the current pool, or on what was read before.
    ///
    /// # Errors
    /// Those of [`Sampling::check`]; a prompt without tokens, with a token that is not in the vocabulary, or so long that
    /// no token fits after it.
    pub fn replies(&self, orders: Vec<Order>, sampling: &Sampling) -> Result<Vec<Reply>> {
        sampling.check()?;
        for order in &orders {
            self.check(order.prompt)?;
        }
        let mut tasks = Vec::with_capacity(orders.len().div_ceil(STREAMS_PER_TASK));
        let mut orders = orders.into_iter().peekable();
        while orders.peek().is_some() {
            let task: Vec<Order> = orders.by_ref().take(STREAMS_PER_TASK).collect();
            tasks.push(Mutex::new(task));
        }
        let replies = over(tasks.len(), |i| {
            let mut task = tasks[i].lock().unwrap_or_else(PoisonError::into_inner);
            let mut desk = self.free_desk();
            let replies = Task::new(self, sampling, &mut task, &mut desk).run();
            self.desks.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
            replies
        });
        Ok(replies.into_iter().flatten().collect())
    }

    /// A desk that nobody works at, a new one if there is none: as many are made as threads work at a time.
    fn free_desk(&self) -> Desk {
        let free = self.desks.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(|| Desk {
            reader: Reader::new(TOKENS_AT_ONCE.max(STREAMS_PER_TASK), &self.prepared),
            drawer: Drawer::new(self.model.tokenizer.size()),
        })
    }

    fn check(&self, prompt: &[u32]) -> Result<()> {
        let (room, vocabulary) = (self.model.room(), self.model.tokenizer.size());
        if prompt.is_empty() || prompt.len() >= room {
            let expected = format!("1 to {} tokens", room - 1);
            return Err(Error::parameter("tokens of the conversation", prompt.len(), expected));
        }
        match prompt.iter().find(|&&token| token as usize >= vocabulary) {
            Some(token) => Err(Error::parameter("token", token, format!("below {vocabulary}"))),
            None => Ok(()),
        }
    }
}

/// Orders that are worked on together.
struct Task<'t, 'o, 'm> {
    generator: &'t Generator<'m>,
    sampling: &'t Sampling,
    orders: &'t mut [Order<'o>],
    replies: Vec<Reply>,
    rngs: Vec<ChaCha8Rng>,
    /// The token that each order says next.
    said: Vec<u32>,
    desk: &'t mut Desk,
}

impl<'t, 'o, 'm> Task<'t, 'o, 'm> {
    fn new(
        generator: &'t Generator<'m>,
        sampling: &'t Sampling,
        orders: &'t mut [Order<'o>],
        desk: &'t mut Desk,
    ) -> Self {
        let reply = |_: &_| Reply { tokens: Vec::new(), finish: Finish::Length };
        Self {
            replies: orders.iter().map(reply).collect(),
            rngs: orders.iter().map(|order| ChaCha8Rng::seed_from_u64(order.seed)).collect(),
            said: vec![0; orders.len()],
            generator,
            sampling,
            orders,
            desk,
        }
    }

    fn run(mut self) -> Vec<Reply> {
        let mut outputs = Array2::zeros((self.orders.len(), self.desk.drawer.tokens()));
        // 1. Prompts, one after the other: their tokens are known and are read many at once.
        for i in 0..self.orders.len() {
            self.read_prompt(i, &mut outputs);
        }
        // 2. One token of every order that is not at its end, again and again.
        let mut open: Vec<usize> = (0..self.orders.len()).collect();
        loop {
            let mut row = 0;
            open.retain(|&i| {
                let logits = outputs.row_mut(row).into_slice().expect("contiguous");
                row += 1;
                self.say(i, logits)
            });
            if open.is_empty() {
                return self.replies;
            }
            let mut portions = Vec::with_capacity(open.len());
            let mut at_work = open.iter().copied().peekable();
            for (i, order) in self.orders.iter_mut().enumerate() {
                if at_work.next_if_eq(&i).is_some() {
                    let (before, words) =
                        (order.stream.last(), std::slice::from_ref(&self.said[i]));
                    order.stream.tokens.push(self.said[i]);
                    portions.push(Portion { past: &mut order.stream.past, before, words });
                }
            }
            let outputs = outputs.view_mut().split_at(Axis(0), open.len()).0;
            self.desk.reader.read(&self.generator.prepared, &mut portions, outputs);
        }
    }

    /// Reads what order `i` has not read of its prompt; row `i` of `outputs` is what follows it.
    fn read_prompt(&mut self, i: usize, outputs: &mut Array2<f32>) {
        let Order { stream, prompt, .. } = &mut self.orders[i];
        let kept = stream.keep(prompt);
        for words in prompt[kept..].chunks(TOKENS_AT_ONCE) {
            let before = stream.last();
            let portion = Portion { past: &mut stream.past, before, words };
            let row = outputs.view_mut().split_at(Axis(0), i).1.split_at(Axis(0), 1).0;
            self.desk.reader.read(&self.generator.prepared, &mut [portion], row);
            stream.tokens.extend_from_slice(words);
        }
    }

    /// Draws the next token of order `i`; returns whether the order goes on.
    fn say(&mut self, i: usize, logits: &mut [f32]) -> bool {
        let token = self.desk.drawer.draw(logits, self.sampling, &mut self.rngs[i]);
        let reply = &mut self.replies[i];
        if Special::of(token).is_some() {
            reply.finish = Finish::Stop;
            return false;
        }
        reply.tokens.push(token);
        self.said[i] = token;
        let length = self.orders[i].stream.tokens.len() + 1;
        reply.tokens.len() < self.sampling.max_tokens && length < self.generator.model.room()
    }
}

#[cfg(test)]
mod tests;
