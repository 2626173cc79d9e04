//! Time limits, repetitions, rates.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

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
