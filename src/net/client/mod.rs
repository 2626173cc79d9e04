//! A client of chat completions and fine-tuning: one request at a time from any number of threads.
//!
//! A request that cannot be answered now is repeated: the connection was refused or lost, time has run out, half an answer or
//! bad JSON came, or the status is 408, 409, 425, 429 or 5xx. Pauses grow exponentially with full jitter; a `Retry-After` is
//! obeyed. What is wrong with the request itself (400, 401, 403, 404, ..) is an error at once that says what to do.

mod account;
mod attempt;
mod pace;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::wire::{ChatRequest, Completion, FileObject, Job, JobRequest, List, ModelObject};
use crate::{Error, Result};
pub use account::{Account, Prices};
use attempt::{Body, Door, Fault, Method};
use pace::Pace;

/// What a client keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Seconds until a connection stands.
    pub connect: f64,
    /// Seconds without a byte.
    pub silence: f64,
    /// Seconds until a whole answer is there.
    pub answer: f64,
    /// Seconds after which a request is given up, with all its repetitions.
    pub patience: f64,
    /// Times that a request is sent at most.
    pub tries: u32,
    /// Seconds of the first pause before a repetition; the next ones are twice as long each.
    pub pause: f64,
    /// Seconds of the longest pause.
    pub longest_pause: f64,
    /// Requests sent in a minute; 0 for as many as can be.
    pub requests_a_minute: f64,
    /// Tokens read and said in a minute; 0 for as many as can be.
    pub tokens_a_minute: f64,
    /// Requests that are under way at the same time.
    pub concurrent: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: 10.0,
            silence: 120.0,
            answer: 300.0,
            patience: 900.0,
            tries: 8,
            pause: 0.5,
            longest_pause: 60.0,
            requests_a_minute: 0.0,
            tokens_a_minute: 0.0,
            concurrent: 16,
        }
    }
}

/// Longest time limit, in seconds.
const LONGEST: f64 = 1e6;

impl Limits {
    /// Checks every field.
    ///
    /// # Errors
    /// Times that are not in (0, 1e6], rates that are negative, no try, nothing at a time.
    pub fn check(&self) -> Result<()> {
        let times = [
            ("connect", self.connect),
            ("silence", self.silence),
            ("answer", self.answer),
            ("patience", self.patience),
            ("pause", self.pause),
            ("longest_pause", self.longest_pause),
        ];
        for (field, seconds) in times {
            if !(seconds > 0.0 && seconds <= LONGEST) {
                return Err(Error::parameter(field, seconds, "seconds, more than 0, at most 1e6"));
            }
        }
        let rates = [
            ("requests_a_minute", self.requests_a_minute),
            ("tokens_a_minute", self.tokens_a_minute),
        ];
        for (field, rate) in rates {
            if !(rate >= 0.0 && rate.is_finite()) {
                return Err(Error::parameter(field, rate, "a number a minute, or 0 for no limit"));
            }
        }
        if self.tries == 0 {
            return Err(Error::parameter("tries", 0, "at least 1"));
        }
        if !(1..=1024).contains(&self.concurrent) {
            return Err(Error::parameter("concurrent", self.concurrent, "1 to 1024"));
        }
        Ok(())
    }
}

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
        self.tokens.wait(guessed);
        let answer: Completion =
            self.ask(Method::Post, "chat/completions", &Body::of_json(request)?)?;
        let usage = answer.usage.unwrap_or_default();
        let used = (usage.prompt_tokens + usage.completion_tokens) as f64;
        if used > 0.0 {
            self.tokens.correct(used - guessed);
        }
        locked(&self.account).answered(&usage);
        Ok(answer)
    }

    /// Counts an answer that did not have to be asked for.
    pub(super) fn remembered(&self) {
        locked(&self.account).remembered += 1;
    }

    /// The models that can be asked.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn models(&self) -> Result<Vec<ModelObject>> {
        let list: List<ModelObject> = self.ask(Method::Get, "models", &Body::None)?;
        Ok(list.data)
    }

    /// Uploads JSON lines for fine-tuning under a name.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn upload(&self, name: &str, lines: &[u8]) -> Result<FileObject> {
        self.ask(Method::Post, "files", &Body::of_file(name, lines))
    }

    /// Creates a fine-tuning job. If an answer was lost, the job may be there all the same: before asking again, the client
    /// looks for a job of the same model and file, and takes that.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn create_job(&self, request: &JobRequest) -> Result<Job> {
        let body = Body::of_json(request)?;
        let ours = |job: &Job| {
            let same = job.training_file == request.training_file && job.model == request.model;
            same && !matches!(
                job.status,
                super::wire::JobStatus::Failed | super::wire::JobStatus::Cancelled
            )
        };
        self.persist(|patience, tries| {
            if tries > 0 {
                let listed: List<Job> =
                    self.door.ask(Method::Get, "fine_tuning/jobs", &Body::None, patience)?;
                if let Some(job) = listed.data.into_iter().find(ours) {
                    return Ok(job);
                }
            }
            self.door.ask(Method::Post, "fine_tuning/jobs", &body, patience)
        })
    }

    /// How far a job is; `None` if the service does not know it.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn job(&self, id: &str) -> Result<Option<Job>> {
        let path = format!("fine_tuning/jobs/{id}");
        self.persist(|patience, _| match self.door.ask(Method::Get, &path, &Body::None, patience) {
            Err(Fault::Missing(_)) => Ok(None),
            other => other.map(Some),
        })
    }

    /// Stops a job.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn cancel_job(&self, id: &str) -> Result<Job> {
        let path = format!("fine_tuning/jobs/{id}/cancel");
        self.ask(Method::Post, &path, &Body::of_json(&serde_json::json!({}))?)
    }

    fn ask<T: DeserializeOwned>(&self, method: Method, path: &str, body: &Body) -> Result<T> {
        self.persist(|patience, _| self.door.ask(method, path, body, patience))
    }

    /// Does `attempt` again and again, until it succeeds, fails for good, or time or tries have run out. It is told how much
    /// time is left and how often it was done before.
    fn persist<T>(
        &self,
        mut attempt: impl FnMut(Duration, u32) -> std::result::Result<T, Fault>,
    ) -> Result<T> {
        let (start, patience) = (Instant::now(), Duration::from_secs_f64(self.limits.patience));
        let mut tries = 0;
        loop {
            self.requests.wait(1.0);
            let left = patience.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
            locked(&self.account).requests += 1;
            let (why, after) = match attempt(left, tries) {
                Ok(answer) => return Ok(answer),
                Err(Fault::Final(message) | Fault::Missing(message)) => {
                    return Err(Error::service(self.url(), message));
                }
                Err(Fault::Passing { why, after }) => (why, after),
            };
            tries += 1;
            let pause = after.unwrap_or_else(|| self.pause(tries));
            let late = start.elapsed() + pause >= patience;
            if tries >= self.limits.tries || late {
                let message = format!(
                    "{why} (asked {tries} times in {:.1} s); what was answered is kept, so try again later",
                    start.elapsed().as_secs_f64()
                );
                return Err(Error::service(self.url(), message));
            }
            locked(&self.account).repeated += 1;
            std::thread::sleep(pause);
        }
    }

    /// Full jitter: uniform up to a bound that doubles from try to try.
    fn pause(&self, tries: u32) -> Duration {
        let bound = self.limits.pause * f64::from(1u32 << tries.saturating_sub(1).min(20));
        let share: f64 = locked(&self.jitter).random();
        Duration::from_secs_f64(share * bound.min(self.limits.longest_pause))
    }
}
