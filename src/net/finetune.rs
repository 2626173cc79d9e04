//! Fine-tuning by a service: upload, job, waiting, name of the new model. What was reached is written down, so that a rerun
//! waits for the job that is there and starts no second one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::trl::chat_lines;
use super::wire::{Hyperparameters, Job, JobMethod, JobRequest, JobStatus, MethodKind, Supervised};
use crate::files::{json_bytes, read_at_most, write_atomic};
use crate::problem::verbal::message::Message;
use crate::train::text::{Imitated, Tuning};
use crate::{Error, Result};

/// Largest file of a state.
const MAX_BYTES: u64 = 1 << 20;

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

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Order<'a> {
    /// The model that is trained further.
    pub model: &'a str,
    /// The conversations.
    pub conversations: &'a [Vec<Message>],
    /// How; what is not given is the service's choice.
    pub hyperparameters: Hyperparameters,
    /// What the order of the conversations is drawn from.
    pub seed: u64,
    /// Part of the name of the new model.
    pub suffix: Option<&'a str>,
}

/// How far one is, as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Digest of everything that was asked for.
    pub order: String,
    /// The uploaded file.
    pub file: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// The new model.
    pub model: Option<String>,
}

/// What is told while one waits.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// The file is there.
    Uploaded(&'a str),
    /// The job is there; `true` if it was from an earlier run.
    Job(&'a str, bool),
    /// How far the job is.
    Status(JobStatus),
}

/// The hyper-parameters of a service that fits as `tuning` says. The learning rate is a multiple of the service's own, which is
/// [`Tuning::default`]'s for the server of this crate; [`tuning`] is the way back.
///
/// # Errors
/// Services imitate all that the assistant says: [`Imitated::LastLines`] is refused.
pub fn hyperparameters(tuning: &Tuning) -> Result<Hyperparameters> {
    if tuning.imitated != Imitated::Answers {
        let expected = "answers: services imitate all that the assistant says";
        return Err(Error::parameter("imitated", "last_lines", expected));
    }
    let own = Tuning::default().learning_rate;
    let quotient = tuning.learning_rate / own;
    // Of the numbers around the quotient the one that leads back to the same learning rate, if there is one.
    let around = [quotient, quotient.next_up(), quotient.next_down()];
    let exact = around.into_iter().find(|multiplier| multiplier * own == tuning.learning_rate);
    Ok(Hyperparameters {
        n_epochs: Some(tuning.passes),
        batch_size: Some(tuning.batch),
        learning_rate_multiplier: Some(exact.unwrap_or(quotient)),
    })
}

/// How the server of this crate fits: what is not given is [`Tuning::default`]'s.
///
/// # Errors
/// Those of [`Tuning::check`].
pub fn tuning(given: &Hyperparameters) -> Result<Tuning> {
    let own = Tuning::default();
    let tuning = Tuning {
        passes: given.n_epochs.unwrap_or(own.passes),
        batch: given.batch_size.unwrap_or(own.batch),
        learning_rate: given
            .learning_rate_multiplier
            .map_or(own.learning_rate, |multiplier| multiplier * own.learning_rate),
        imitated: Imitated::Answers,
    };
    tuning.check()?;
    Ok(tuning)
}

/// Where a state is kept.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    state: State,
}

impl Kept {
    /// The state of this order: a new one if there is none, or one of another order.
    fn open(path: &Path, order: String) -> Result<Self> {
        let found: State = if path.exists() {
            let bytes = read_at_most(path, MAX_BYTES)?;
            serde_json::from_slice(&bytes).map_err(|e| Error::content(path, e.to_string()))?
        } else {
            State::default()
        };
        let state = if found.order == order { found } else { State { order, ..State::default() } };
        Ok(Self { path: path.to_owned(), state })
    }

    fn write(&self) -> Result<()> {
        write_atomic(&self.path, &json_bytes(&self.path, &self.state)?)
    }
}

/// Has a model fine-tuned and returns the name of the new one. `state` is a file of what was reached: with it a rerun of the
/// same order goes on where the last one was, and returns at once if that had come to its end. Interrupted, the job goes on at
/// the service.
///
/// # Errors
/// Those of the client; a job that failed or was cancelled (a rerun starts another); no end in time (a rerun waits on).
pub fn fine_tune(
    client: &Client,
    order: &Order,
    waiting: &Waiting,
    state: &Path,
    mut observe: impl FnMut(Event),
) -> Result<String> {
    waiting.check()?;
    if order.conversations.is_empty() {
        return Err(Error::parameter("conversations", 0, "at least 1"));
    }
    let lines = chat_lines(order.conversations);
    let mut request = JobRequest {
        model: order.model.to_owned(),
        training_file: String::new(),
        suffix: order.suffix.map(str::to_owned),
        seed: Some(order.seed),
        method: Some(JobMethod {
            kind: MethodKind::Supervised,
            supervised: Some(Supervised { hyperparameters: Some(order.hyperparameters) }),
        }),
        hyperparameters: None,
    };
    let wanted = serde_json::to_vec(&request).unwrap_or_default();
    let digest = super::digest(&[b"job 1", client.url().as_bytes(), &wanted, &lines]);
    let mut kept = Kept::open(state, digest)?;
    if let Some(model) = kept.state.model {
        return Ok(model);
    }
    let known = match &kept.state.job {
        Some(id) => client
            .job(id)?
            .filter(|job| job.status != JobStatus::Failed && job.status != JobStatus::Cancelled),
        None => None,
    };
    let resumed = known.is_some();
    let job = match known {
        Some(job) => job,
        None => {
            // A file may have gone, too: it is uploaded again.
            let name = format!("lowregret-{}.jsonl", &kept.state.order[..16]);
            let file = client.upload(&name, &lines)?.id;
            observe(Event::Uploaded(&file));
            kept.state.file = Some(file.clone());
            kept.write()?;
            request.training_file = file;
            client.create_job(&request)?
        }
    };
    observe(Event::Job(&job.id, resumed));
    kept.state.job = Some(job.id.clone());
    kept.write()?;
    let model = wait(client, job, waiting, observe)?;
    kept.state.model = Some(model.clone());
    kept.write()?;
    Ok(model)
}

/// Stops the job of a state; its name. A rerun starts another.
///
/// # Errors
/// A file without a job; those of the client.
pub fn cancel(client: &Client, state: &Path) -> Result<String> {
    let bytes = read_at_most(state, MAX_BYTES)?;
    let found: State =
        serde_json::from_slice(&bytes).map_err(|e| Error::content(state, e.to_string()))?;
    let job = found.job.ok_or_else(|| Error::content(state, "no job was created"))?;
    client.cancel_job(&job)?;
    Ok(job)
}

/// Waits for the end of a job; the name of the new model.
fn wait(
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
            (JobStatus::Succeeded, Some(model)) => return Ok(model),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperparameters_lead_back_to_the_same_learning_rate() {
        for learning_rate in [1e-3, 3e-4, 2e-3, 1.7e-3, 5e-5, 0.123_456_789] {
            let own = Tuning { passes: 3, batch: 5, learning_rate, imitated: Imitated::Answers };
            assert_eq!(tuning(&hyperparameters(&own).unwrap()).unwrap(), own);
        }
        assert_eq!(tuning(&Hyperparameters::default()).unwrap(), Tuning::default());
        let last = Tuning { imitated: Imitated::LastLines, ..Tuning::default() };
        assert!(hyperparameters(&last).is_err());
        let none = Hyperparameters { n_epochs: Some(0), ..Hyperparameters::default() };
        assert!(tuning(&none).is_err());
    }
}
