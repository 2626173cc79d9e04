//! Fine-tuning by a service: upload, job, waiting, name of the new model. What was reached is written down, so that a rerun
//! waits for the job that is there and starts no second one.

mod waiting;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::trl::chat_lines;
use super::wire::{Hyperparameters, Job, JobMethod, JobRequest, JobStatus, MethodKind, Supervised};
use crate::files::{json_bytes, read_at_most, write_atomic};
use crate::problem::verbal::message::Message;
use crate::train::text::Tuning;
use crate::{Error, Result};
pub use waiting::Waiting;
use waiting::wait;

/// Largest file of a state.
const MAX_BYTES: u64 = 1 << 20;

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

impl State {
    fn read(path: &Path) -> Result<Self> {
        let bytes = read_at_most(path, MAX_BYTES)?;
        serde_json::from_slice(&bytes).map_err(|e| Error::content(path, e.to_string()))
    }
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

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Uploaded(file) => write!(f, "uploaded as {file}"),
            Self::Job(job, true) => write!(f, "waits for job {job} of an earlier run"),
            Self::Job(job, false) => write!(f, "job {job}"),
            Self::Status(status) => write!(f, "the job is {status:?}"),
        }
    }
}

/// The hyper-parameters of a service that fits as `tuning` says. The learning rate is a multiple of the service's own, which is
/// [`Tuning::default`]'s for the server of this crate; [`tuning`] is the way back.
#[must_use]
pub fn hyperparameters(tuning: &Tuning) -> Hyperparameters {
    let own = Tuning::default().learning_rate;
    let quotient = tuning.learning_rate / own;
    // Of the numbers around the quotient the one that leads back to the same learning rate, if there is one.
    let around = [quotient, quotient.next_up(), quotient.next_down()];
    let exact = around.into_iter().find(|multiplier| multiplier * own == tuning.learning_rate);
    Hyperparameters {
        n_epochs: Some(tuning.passes),
        batch_size: Some(tuning.batch),
        learning_rate_multiplier: Some(exact.unwrap_or(quotient)),
    }
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
    /// The state of this order: a new one if there is none, or one of another order whose job is over.
    fn open(path: &Path, order: String, client: &Client) -> Result<Self> {
        let found = if path.exists() { State::read(path)? } else { State::default() };
        let path = path.to_owned();
        if found.order == order {
            return Ok(Self { path, state: found });
        }
        // Nothing else knows of that job, and it has to be paid.
        if let (Some(id), None) = (&found.job, &found.model)
            && client.job(id)?.is_some_and(|job| !job.status.is_over())
        {
            let message = format!(
                "job {id} of another order may be under way: wait for it with its own order, stop it with --cancel, \
                 or name another --state"
            );
            return Err(Error::content(path, message));
        }
        Ok(Self { path, state: State { order, ..State::default() } })
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
/// Those of the client; a job that failed or was cancelled (a rerun starts another); no end in time (a rerun waits on); a
/// `state` of another order whose job is not over.
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
    let mut kept = Kept::open(state, digest, client)?;
    if let Some(model) = kept.state.model {
        return Ok(model);
    }
    let (job, resumed) = match job_before(client, &mut request, &kept.state)? {
        Some(job) => (job, true),
        None => {
            let known = match &kept.state.file {
                Some(file) => client.file(file)?,
                None => None,
            };
            let file = match known {
                Some(file) => file.id,
                None => {
                    let name = format!("lowregret-{}.jsonl", &kept.state.order[..16]);
                    let file = client.upload(&name, &lines)?.id;
                    observe(Event::Uploaded(&file));
                    file
                }
            };
            kept.state.file = Some(file.clone());
            // A job that is gone hides no other: if the answer to the next request is lost, the rerun looks for its job.
            kept.state.job = None;
            kept.write()?;
            request.training_file = file;
            (client.create_job(&request)?, false)
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

/// The job of an earlier run, if it has not failed: the one that was written down, or, where the run ended before it could
/// do that, the one over its file.
fn job_before(client: &Client, request: &mut JobRequest, state: &State) -> Result<Option<Job>> {
    if let Some(id) = &state.job {
        return Ok(client.job(id)?.filter(|job| !job.is_gone()));
    }
    let Some(file) = &state.file else { return Ok(None) };
    request.training_file.clone_from(file);
    client.find_job(request)
}

/// Stops the job of a state; its name. A rerun starts another.
///
/// # Errors
/// A file without a job; those of the client.
pub fn cancel(client: &Client, state: &Path) -> Result<String> {
    let job = State::read(state)?.job;
    let job = job.ok_or_else(|| Error::content(state, "no job was created"))?;
    client.cancel_job(&job)?;
    Ok(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperparameters_lead_back_to_the_same_learning_rate() {
        for learning_rate in [1e-3, 3e-4, 2e-3, 1.7e-3, 5e-5, 0.123_456_789] {
            let own = Tuning { passes: 3, batch: 5, learning_rate };
            assert_eq!(tuning(&hyperparameters(&own)).unwrap(), own);
        }
        assert_eq!(tuning(&Hyperparameters::default()).unwrap(), Tuning::default());
        let none = Hyperparameters { n_epochs: Some(0), ..Hyperparameters::default() };
        assert!(tuning(&none).is_err());
    }
}
