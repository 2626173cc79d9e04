//! Files and jobs of fine-tuning.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::Client;
use super::attempt::{Body, Method};
use super::fault::Fault;
use crate::Result;
use crate::net::wire::{FileObject, Job, JobRequest, List};

/// Where jobs are.
const JOBS: &str = "fine_tuning/jobs";
/// Pages of a list that are read at most.
const MOST_PAGES: usize = 20;

impl Client {
    /// Uploads JSON lines for fine-tuning under a name.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn upload(&self, name: &str, lines: &[u8]) -> Result<FileObject> {
        self.ask(Method::Post, "files", &Body::of_file(name, lines))
    }

    /// A file that was uploaded; `None` if the service does not know it.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn file(&self, id: &str) -> Result<Option<FileObject>> {
        self.look_up(&format!("files/{id}"))
    }

    /// Creates a fine-tuning job. If an answer was lost, the job may be there all the same: before asking again, the client
    /// looks for it as [`Self::find_job`] does, and takes that.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn create_job(&self, request: &JobRequest) -> Result<Job> {
        let body = Body::of_json(request)?;
        self.persist(0.0, |patience, tries| {
            if tries > 0
                && let Some(job) = self.listed(request, patience)?
            {
                return Ok(job);
            }
            self.door.ask(Method::Post, JOBS, &body, patience)
        })
    }

    /// A job of the same model, file, seed and hyper-parameters that has not failed ([`Job::answers`]).
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn find_job(&self, request: &JobRequest) -> Result<Option<Job>> {
        self.persist(0.0, |patience, _| self.listed(request, patience))
    }

    /// Looks through the list, page by page.
    fn listed(
        &self,
        request: &JobRequest,
        patience: Duration,
    ) -> std::result::Result<Option<Job>, Fault> {
        let mut path = format!("{JOBS}?limit=100");
        for _ in 0..MOST_PAGES {
            let page: List<Job> = self.door.ask(Method::Get, &path, &Body::None, patience)?;
            if let Some(job) = page.data.iter().find(|job| job.answers(request)) {
                return Ok(Some(job.clone()));
            }
            match page.data.last().filter(|_| page.has_more) {
                Some(last) => path = format!("{JOBS}?limit=100&after={}", last.id),
                None => break,
            }
        }
        Ok(None)
    }

    /// Whether the service has fine-tuning jobs at all: many engines only answer.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn has_jobs(&self) -> Result<bool> {
        Ok(self.look_up::<IgnoredAny>(&format!("{JOBS}?limit=1"))?.is_some())
    }

    /// How far a job is; `None` if the service does not know it.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn job(&self, id: &str) -> Result<Option<Job>> {
        self.look_up(&format!("{JOBS}/{id}"))
    }

    /// Stops a job.
    ///
    /// # Errors
    /// As for [`Self::chat`].
    pub fn cancel_job(&self, id: &str) -> Result<Job> {
        let path = format!("{JOBS}/{id}/cancel");
        self.ask(Method::Post, &path, &Body::of_json(&serde_json::json!({}))?)
    }
}
