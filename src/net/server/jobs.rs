//! Fine-tuning jobs. A job is named after everything it is made of, and its model after the job: whoever asks for the same
//! twice, or after a restart, gets the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use hyper::StatusCode;
use serde_json::json;

use super::reply::{Attempt, Refusal};
use super::shelf::Shelf;
use super::{Counters, add, locked};
use crate::model::text::TextModel;
use crate::net::finetune::tuning;
use crate::net::trl::read_chat_lines;
use crate::net::wire::{Job, JobError, JobRequest, JobStatus, MethodKind};
use crate::net::{digest, now};
use crate::train::supervised::StepReport;
use crate::train::text::Tuning;
use crate::{Error, Result};

/// Most steps of a job.
const MOST_STEPS: usize = 1_000_000;

/// What a job does.
struct Task {
    id: String,
    base: Arc<TextModel>,
    content: Arc<[u8]>,
    tuning: Tuning,
    seed: u64,
    name: String,
}

/// All jobs, and the thread that does them one after the other.
pub struct Jobs {
    most: usize,
    shelf: Arc<Shelf>,
    jobs: Arc<Mutex<BTreeMap<String, Job>>>,
    /// Taken away only at the end, like the thread.
    tasks: Option<SyncSender<Task>>,
    thread: Option<JoinHandle<()>>,
    stopping: Arc<AtomicBool>,
}

impl Jobs {
    pub fn start(shelf: Arc<Shelf>, most: usize, counters: Arc<Counters>) -> Result<Self> {
        let (tasks, waiting) = sync_channel(most);
        let jobs = Arc::<Mutex<BTreeMap<String, Job>>>::default();
        let stopping = Arc::<AtomicBool>::default();
        let trainer = Trainer {
            shelf: shelf.clone(),
            jobs: jobs.clone(),
            counters,
            stopping: stopping.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("training".to_owned())
            .spawn(move || trainer.work(&waiting))
            .map_err(|reason| Error::service("server", reason.to_string()))?;
        Ok(Self { most, shelf, jobs, tasks: Some(tasks), thread: Some(thread), stopping })
    }

    /// Begins a job over the content of a file; the one that is there if it is the same.
    pub fn create(&self, request: &JobRequest, content: Arc<[u8]>) -> Attempt<Job> {
        let Some(base) = self.shelf.get(&request.model) else {
            return Err(Refusal::not_found("model", &request.model));
        };
        if request.method.is_some_and(|method| method.kind != MethodKind::Supervised) {
            return Err(Refusal::bad("method", "expected supervised"));
        }
        let suffix = request.suffix.as_deref().unwrap_or("");
        if suffix.len() > 64
            || !suffix.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        {
            return Err(Refusal::bad("suffix", "expected up to 64 letters, digits, hyphens, dots"));
        }
        let given = request.hyperparameters();
        let tuning =
            tuning(&given).map_err(|error| Refusal::bad("hyperparameters", error.to_string()))?;
        let lines = content.split(|byte| *byte == b'\n').count();
        if tuning.passes.saturating_mul(lines.div_ceil(tuning.batch)) > MOST_STEPS {
            let message = format!("n_epochs: expected at most {MOST_STEPS} steps in all");
            return Err(Refusal::bad("hyperparameters", message));
        }
        let seed = request.seed.unwrap_or(0);
        // Not the name alone: another server may have other weights under it.
        let wanted = json!([request.model, base.digest, tuning, seed, suffix]).to_string();
        let hash = digest(&[b"job 1", wanted.as_bytes(), &content]);
        let id = format!("ftjob-{}", &hash[..24]);
        // An ft: model's own base names its offspring, too.
        let root = request.model.split(':').nth(1).unwrap_or(&request.model);
        let name = format!("ft:{root}:{suffix}:{}", &hash[..12]);
        let mut jobs = locked(&self.jobs);
        if let Some(job) = jobs.get(&id).filter(|job| !job.is_gone()) {
            return Ok(job.clone());
        }
        if jobs.len() >= self.most {
            // The oldest that is over makes room.
            let over = jobs.values().filter(|job| job.status.is_over());
            let Some(oldest) = over.min_by_key(|job| job.created_at).map(|job| job.id.clone())
            else {
                return Err(Refusal::busy("too many jobs wait"));
            };
            jobs.remove(&oldest);
        }
        let mut job = Job {
            id: id.clone(),
            object: "fine_tuning.job".to_owned(),
            created_at: now(),
            finished_at: None,
            model: request.model.clone(),
            fine_tuned_model: None,
            status: JobStatus::Queued,
            training_file: request.training_file.clone(),
            hyperparameters: Some(json!({
                "n_epochs": tuning.passes,
                "batch_size": tuning.batch,
                "learning_rate_multiplier": tuning.learning_rate / Tuning::default().learning_rate,
            })),
            seed: Some(seed),
            trained_tokens: None,
            error: None,
            result_files: Vec::new(),
        };
        if self.shelf.get(&name).is_some() {
            // It was trained before the last start.
            job.status = JobStatus::Succeeded;
            job.finished_at = Some(now());
            job.fine_tuned_model = Some(name);
            jobs.insert(id, job.clone());
            return Ok(job);
        }
        // Those that wait will need room, too.
        let waiting = jobs.values().filter(|job| !job.status.is_over()).count();
        if !self.shelf.has_room(waiting + 1) {
            let message = "no room for another model: start a server with larger bounds";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "full", message));
        }
        let task = Task { id: id.clone(), base: base.model, content, tuning, seed, name };
        if self.tasks.as_ref().is_none_or(|tasks| tasks.try_send(task).is_err()) {
            return Err(Refusal::busy("too many jobs wait"));
        }
        jobs.insert(id, job.clone());
        Ok(job)
    }

    pub fn get(&self, id: &str) -> Attempt<Job> {
        locked(&self.jobs).get(id).cloned().ok_or_else(|| Refusal::not_found("job", id))
    }

    /// All jobs, the newest first.
    pub fn list(&self) -> Vec<Job> {
        let mut jobs: Vec<Job> = locked(&self.jobs).values().cloned().collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.created_at));
        jobs
    }

    /// Stops a job: one that waits is not begun, of one that is at work nothing is kept.
    pub fn cancel(&self, id: &str) -> Attempt<Job> {
        let mut jobs = locked(&self.jobs);
        let job = jobs.get_mut(id).ok_or_else(|| Refusal::not_found("job", id))?;
        if job.status.is_over() {
            return Err(Refusal::bad("job", "it has ended"));
        }
        job.status = JobStatus::Cancelled;
        job.finished_at = Some(now());
        Ok(job.clone())
    }
}

impl Drop for Jobs {
    /// Gives up what is under way; nothing is trained behind its back.
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Trainer {
    shelf: Arc<Shelf>,
    jobs: Arc<Mutex<BTreeMap<String, Job>>>,
    counters: Arc<Counters>,
    stopping: Arc<AtomicBool>,
}

impl Trainer {
    fn work(&self, tasks: &Receiver<Task>) {
        while let Ok(task) = tasks.recv() {
            if self.stopping.load(Ordering::Relaxed) {
                return;
            }
            let wanted = self.change(&task.id, |job| {
                job.status = JobStatus::Running;
            });
            if wanted {
                let outcome = self.train(&task);
                self.change(&task.id, |job| {
                    job.finished_at = Some(now());
                    match outcome {
                        Ok(()) => {
                            job.status = JobStatus::Succeeded;
                            job.fine_tuned_model = Some(task.name.clone());
                        }
                        Err(error) => {
                            let code = Some("training_failed".to_owned());
                            let message = Some(error.to_string());
                            job.status = JobStatus::Failed;
                            job.error = Some(JobError { code, message, param: None });
                        }
                    }
                });
            }
        }
    }

    /// Changes a job that nobody has cancelled; returns whether there is one.
    fn change(&self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        let mut jobs = locked(&self.jobs);
        let job = jobs.get_mut(id).filter(|job| !job.status.is_over());
        job.map(change).is_some()
    }

    fn train(&self, task: &Task) -> Result<()> {
        let mut model = TextModel::clone(&task.base);
        let conversations = read_chat_lines(&task.content)
            .map_err(|message| Error::parameter("training_file", &task.id, message))?;
        let watch = |_: &StepReport| {
            let wanted = !self.stopping.load(Ordering::Relaxed) && self.change(&task.id, |_| {});
            if wanted { Ok(()) } else { Err(Error::service("training", "it was given up")) }
        };
        task.tuning.fit(&mut model, &conversations, task.seed, watch)?;
        // Nothing is kept of a job that was cancelled meanwhile.
        if self.change(&task.id, |_| {}) {
            self.shelf.put(&task.name, model)?;
            add(&self.counters.trained, 1);
        }
        Ok(())
    }
}
