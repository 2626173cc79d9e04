//! Waiting for a job.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Event;
use crate::net::client::Client;
use crate::net::wire::{Job, JobStatus};
use crate::{Error, Result};

/// How one waits for a job.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Seconds to the first look; the next pauses are half as long again each.
    pub first: f64,
    /// Seconds of the longest pause.
    pub longest: f64,
    /// Seconds after which waiting is given up; the job goes on, and a rerun waits for it again.
    pub patience: f64,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { first: 1.0, longest: 30.0, patience: 86_400.0 }
    }
}

impl Waiting {
    /// Checks every field.
    ///
    /// # Errors
    /// Times that are not in (0, 1e7].
    pub fn check(&self) -> Result<()> {
        for (field, value) in
            [("first", self.first), ("longest", self.longest), ("patience", self.patience)]
        {
            if !(value > 0.0 && value <= 1e7) {
                return Err(Error::parameter(field, value, "seconds, more than 0, at most 1e7"));
            }
        }
        Ok(())
    }
}

/// Waits for the end of a job; the name of the new model.
pub(super) fn wait(
    client: &Client,
    mut job: Job,
    waiting: &Waiting,
    mut observe: impl FnMut(Event),
) -> Result<String> {
    let refuse = |message: String| Err(Error::service(client.url(), client.cleared(&message)));
    let (start, mut pause) = (Instant::now(), waiting.first);
    loop {
        observe(Event::Status(job.status));
        let id = &job.id;
        match (job.status, job.fine_tuned_model) {
            (JobStatus::Succeeded, Some(model)) => {
                client.note(|account| account.trained(job.trained_tokens.unwrap_or(0)));
                return Ok(model);
            }
            (JobStatus::Succeeded, None) => {
                return refuse(format!("job {id} succeeded, but tells no model: look at it there"));
            }
            (JobStatus::Failed, _) => {
                let why = job.error.and_then(|error| error.message).unwrap_or_default();
                return refuse(format!("job {id} failed: {why}; a rerun starts another"));
            }
            (JobStatus::Cancelled, _) => {
                return refuse(format!("job {id} was cancelled; a rerun starts another"));
            }
            _ => {}
        }
        if start.elapsed().as_secs_f64() + pause > waiting.patience {
            return refuse(format!(
                "job {id} has not ended in time; a rerun goes on waiting for it"
            ));
        }
        std::thread::sleep(Duration::from_secs_f64(pause));
        pause = (1.5 * pause).min(waiting.longest);
        job = match client.job(id)? {
            Some(job) => job,
            None => {
                return refuse(format!("job {id} is not known any more; a rerun starts another"));
            }
        };
    }
}
