//! A client of chat completions and fine-tuning: one request at a time from any number of threads.
//!
//! A request that cannot be answered now is repeated: the connection was refused or lost, time has run out, half an answer or
//! half JSON came, or the status is 408, 409, 425, 429 or 5xx. Pauses grow exponentially with full jitter, behind the seconds
//! of a `Retry-After` if there is one (dates are not read). What is wrong with the request itself (400, 401, 403, 404, ..), or
//! with the form of an answer that came whole, is an error at once that says what to do.

mod account;
mod attempt;
mod fault;
mod jobs;
mod limits;
mod pace;
mod tls;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::key::Key;
use super::wire::{ChatRequest, Completion, List, ModelObject, Usage};
use crate::{Error, Result};
pub use account::{Account, Prices};
use attempt::{Body, Door, Method};
use fault::Fault;
pub use limits::Limits;
use pace::Pace;

/// Where an endpoint is and how it is treated.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Base URL, e.g. `https://api.openai.com/v1` or `http://127.0.0.1:8000/v1`.
    pub url: String,
    /// The key, if it wants one.
    pub key: Option<Key>,
    /// Limits.
    pub limits: Limits,
    /// What tokens cost.
    pub prices: Prices,
}

/// A client of one endpoint.
#[derive(Debug)]
pub struct Client {
    door: Door,
    limits: Limits,
    prices: Prices,
    requests: Pace,
    tokens: Pace,
    account: Mutex<Account>,
    /// Draws pauses: nothing that is computed depends on them.
    jitter: Mutex<ChaCha8Rng>,
}

/// A poisoned lock is no danger: what it guards is only counted and drawn.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Client {
    /// A client that has not asked yet.
    ///
    /// # Errors
    /// Those of [`Limits::check`] and [`Prices::check`]; no URL.
    pub fn new(settings: Settings) -> Result<Self> {
        let Settings { url, key, limits, prices } = settings;
        limits.check()?;
        prices.check()?;
        let seed = super::now() ^ u64::from(std::process::id()).rotate_left(32);
        Ok(Self {
            door: Door::new(&url, key, &limits)?,
            requests: Pace::new(limits.requests_a_minute),
            tokens: Pace::new(limits.tokens_a_minute),
            limits,
            prices,
            account: Mutex::default(),
            jitter: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
        })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        self.door.url()
    }

    /// What a service has said, without the key and in one line.
    pub(super) fn cleared(&self, said: &str) -> String {
        self.door.clear(said)
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What was asked and answered so far.
    #[must_use]
    pub fn account(&self) -> Account {
        *locked(&self.account)
    }

    /// What that cost.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.account().cost(&self.prices)
    }

    /// Asks for a completion.
    ///
    /// # Errors
    /// A request that is refused, or not answered in time however often it is repeated.
    pub fn chat(&self, request: &ChatRequest) -> Result<Completion> {
        let letters: usize = request.messages.iter().map(|message| message.content.len()).sum();
        let most = request.max_tokens.or(request.max_completion_tokens).unwrap_or(0);
        // About four letters a token; what was used is told with the answer.
        let guessed = (letters / 4 + most) as f64;
        let body = Body::of_json(request)?;
        let path = "chat/completions";
        let answer: Value = self
            .persist(guessed, |patience, _| self.door.ask(Method::Post, path, &body, patience))?;
        // Whatever its form, it has to be paid.
        let usage = Usage::deserialize(&answer["usage"]).unwrap_or_default();
        let used = usage.prompt_tokens as f64 + usage.completion_tokens as f64;
        if used > 0.0 {
            self.tokens.correct(used - guessed);
        }
        locked(&self.account).answered(&usage);
        Completion::deserialize(&answer).map_err(|error| {
            // The reason may repeat what was said, too.
            let reason = self.door.repeated(&error.to_string());
            let said = self.door.repeated(&answer.to_string());
            let message =
                format!("the answer is no completion ({reason}): {said}; is it a chat model?");
            Error::service(self.url(), message)
        })
    }

    /// Counts what was noticed by those who ask through this client.
    pub(super) fn note(&self, change: impl FnOnce(&mut Account)) {
        change(&mut locked(&self.account));
    }

    /// The models that can be asked.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn models(&self) -> Result<Vec<ModelObject>> {
        let list: List<ModelObject> = self.ask(Method::Get, "models", &Body::None)?;
        Ok(list.data)
    }

    fn ask<T: DeserializeOwned>(&self, method: Method, path: &str, body: &Body) -> Result<T> {
        self.persist(0.0, |patience, _| self.door.ask(method, path, body, patience))
    }

    /// What is at `path`, if there is something.
    fn look_up<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        self.persist(0.0, |patience, _| {
            match self.door.ask(Method::Get, path, &Body::None, patience) {
                Err(Fault::Missing(_)) => Ok(None),
                other => other.map(Some),
            }
        })
    }

    /// Does `attempt` again and again, until it succeeds, fails for good, or time or tries have run out. It is told how much
    /// time is left and how often it was done before. Each time about `tokens` are read and said. Time in which the pace lets
    /// nothing through does not count.
    fn persist<T>(
        &self,
        tokens: f64,
        mut attempt: impl FnMut(Duration, u32) -> std::result::Result<T, Fault>,
    ) -> Result<T> {
        let patience = Duration::from_secs_f64(self.limits.patience);
        let (mut spent, mut tries) = (Duration::ZERO, 0);
        loop {
            if tokens > 0.0 {
                self.tokens.wait(tokens);
            }
            self.requests.wait(1.0);
            let start = Instant::now();
            locked(&self.account).requests += 1;
            let (why, after) = match attempt(patience - spent, tries) {
                Ok(answer) => return Ok(answer),
                Err(Fault::Final(message) | Fault::Missing(message)) => {
                    return Err(Error::service(self.url(), message));
                }
                Err(Fault::Passing { why, after }) => (why, after),
            };
            tries += 1;
            let pause = after.unwrap_or_default().saturating_add(self.pause(tries));
            spent += start.elapsed();
            let late = spent.saturating_add(pause) >= patience;
            if tries >= self.limits.tries || late {
                let message = format!(
                    "{why} (asked {tries} times in {:.1} s); try again later",
                    spent.as_secs_f64()
                );
                return Err(Error::service(self.url(), message));
            }
            locked(&self.account).repeated += 1;
            std::thread::sleep(pause);
            spent += pause;
        }
    }

    /// Full jitter: uniform up to a bound that doubles from try to try.
    fn pause(&self, tries: u32) -> Duration {
        let bound = self.limits.pause * f64::from(1u32 << tries.saturating_sub(1).min(20));
        let share: f64 = locked(&self.jitter).random();
        Duration::from_secs_f64(share * bound.min(self.limits.longest_pause))
    }
}
