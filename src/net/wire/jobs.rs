//! Fine-tuning jobs.

use serde::{Deserialize, Serialize};

/// A request for a fine-tuning job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRequest {
    /// The model that is trained further.
    pub model: String,
    /// A file of conversations.
    pub training_file: String,
    /// Part of the name of the new model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// What the order of the conversations is drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How it is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<JobMethod>,
    /// An older place of the hyper-parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hyperparameters: Option<Hyperparameters>,
}

impl JobRequest {
    /// The hyper-parameters, wherever they stand.
    #[must_use]
    pub fn hyperparameters(&self) -> Hyperparameters {
        let supervised = self.method.and_then(|method| method.supervised);
        let nested = supervised.and_then(|supervised| supervised.hyperparameters);
        nested.or(self.hyperparameters).unwrap_or_default()
    }
}

/// How a model is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobMethod {
    /// Which of the methods.
    #[serde(rename = "type")]
    pub kind: MethodKind,
    /// What belongs to the supervised one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervised: Option<Supervised>,
}

/// The methods of fine-tuning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodKind {
    /// What the assistant has said is imitated.
    Supervised,
    /// Another one.
    #[serde(other)]
    Other,
}

/// Supervised fine-tuning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Supervised {
    /// Its hyper-parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hyperparameters: Option<Hyperparameters>,
}

/// Hyper-parameters of a job; the service chooses what is `"auto"` or not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hyperparameters {
    /// Conversations of a step.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "auto")]
    pub batch_size: Option<usize>,
    /// The learning rate, in multiples of the service's own.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "auto")]
    pub learning_rate_multiplier: Option<f64>,
    /// How often every conversation is seen.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "auto")]
    pub n_epochs: Option<usize>,
}

/// A number; `"auto"` and `null` are none.
fn auto<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given<T> {
        Number(T),
        Word(String),
        Nothing(()),
    }
    match Given::deserialize(deserializer)? {
        Given::Number(number) => Ok(Some(number)),
        Given::Word(word) if word == "auto" => Ok(None),
        Given::Nothing(()) => Ok(None),
        Given::Word(_) => Err(serde::de::Error::custom("expected a number or \"auto\"")),
    }
}

/// A fine-tuning job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub id: String,
    /// `fine_tuning.job`.
    #[serde(default, deserialize_with = "super::or_default")]
    pub object: String,
    /// When it was created, in seconds since 1970.
    #[serde(default, deserialize_with = "super::or_default")]
    pub created_at: u64,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<u64>,
    /// The model that is trained further.
    #[serde(default, deserialize_with = "super::or_default")]
    pub model: String,
    /// The new model, once there is one.
    #[serde(default)]
    pub fine_tuned_model: Option<String>,
    /// How far it is.
    pub status: JobStatus,
    /// The conversations.
    #[serde(default, deserialize_with = "super::or_default")]
    pub training_file: String,
    /// How it is trained.
    #[serde(default)]
    pub hyperparameters: Option<serde_json::Value>,
    /// What the order of the conversations is drawn from.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Tokens that were read in training.
    #[serde(default)]
    pub trained_tokens: Option<u64>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<JobError>,
    /// Files with what was measured; always empty here.
    #[serde(default, deserialize_with = "super::or_default")]
    pub result_files: Vec<String>,
}

impl Job {
    /// Whether it failed or was cancelled.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self.status, JobStatus::Failed | JobStatus::Cancelled)
    }

    /// Whether it is what was asked for, and neither failed nor cancelled. Services may tell the dated name of a model:
    /// `gpt-4o-mini-2024-07-18` where `gpt-4o-mini` was asked for.
    #[must_use]
    pub fn answers(&self, request: &JobRequest) -> bool {
        let same =
            self.training_file == request.training_file && is_dated(&self.model, &request.model);
        // What the service does not tell, or has chosen itself, does not count.
        let seed = self.seed.is_none() || request.seed.is_none() || self.seed == request.seed;
        let wanted = request.hyperparameters();
        let told = |field: &str| self.hyperparameters.as_ref()?.get(field)?.as_f64();
        let fits = |field: &str, wanted: Option<f64>| {
            wanted.zip(told(field)).is_none_or(|(wanted, told)| wanted == told)
        };
        let count = |number: Option<usize>| number.map(|number| number as f64);
        same && !self.is_gone()
            && seed
            && fits("n_epochs", count(wanted.n_epochs))
            && fits("batch_size", count(wanted.batch_size))
            && fits("learning_rate_multiplier", wanted.learning_rate_multiplier)
    }
}

/// Whether `full` is the model `name`, perhaps with a date or version behind it.
fn is_dated(full: &str, name: &str) -> bool {
    let rest = full.strip_prefix(name.trim_end_matches("-latest"));
    let version = |rest: &str| {
        rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    full == name || rest.is_some_and(version)
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// The conversations are being checked.
    ValidatingFiles,
    /// Others are before it.
    Queued,
    /// It is at work.
    Running,
    /// There is a new model.
    Succeeded,
    /// There is none.
    Failed,
    /// Somebody has stopped it.
    Cancelled,
    /// Something else, e.g. `paused`.
    #[serde(other)]
    Other,
}

impl JobStatus {
    /// Whether nothing more will come of it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Why a job failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// A word for it.
    #[serde(default)]
    pub code: Option<String>,
    /// In words.
    #[serde(default)]
    pub message: Option<String>,
    /// The field that is to blame.
    #[serde(default)]
    pub param: Option<String>,
}
