//! What goes over the wire: OpenAI's protocol, as far as it is used here. Requests are written exactly; answers are read
//! tolerantly, since every engine leaves something out or adds something.

mod jobs;

use serde::{Deserialize, Serialize};

use crate::problem::verbal::message::Message;
pub use jobs::{
    Hyperparameters, Job, JobError, JobMethod, JobRequest, JobStatus, MethodKind, Supervised,
};

/// A request for a chat completion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChatRequest<'a> {
    /// Who is to answer.
    pub model: &'a str,
    /// What was said so far.
    pub messages: &'a [&'a Message],
    /// Logits are divided by it.
    pub temperature: f64,
    /// Only the likeliest tokens are drawn.
    pub top_p: f64,
    /// Most tokens of the answer, in the field that all engines but the vendor's newer models know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
    /// The same, in the vendor's newer field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<usize>,
    /// What the answer is drawn from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// An answer to a [`ChatRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// Its name.
    #[serde(default)]
    pub id: String,
    /// `chat.completion`.
    #[serde(default)]
    pub object: String,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub created: u64,
    /// Who has answered.
    #[serde(default)]
    pub model: String,
    /// What was said, one entry.
    pub choices: Vec<Choice>,
    /// What it took.
    #[serde(default)]
    pub usage: Option<Usage>,
}

/// One of the answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Its place.
    #[serde(default)]
    pub index: u64,
    /// What was said.
    pub message: Said,
    /// Why it ended: `stop`, `length`, ..
    #[serde(default)]
    pub finish_reason: Option<String>,
}

/// What was said in a [`Choice`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// `assistant`.
    #[serde(default)]
    pub role: String,
    /// The text; none where the engine refuses to speak.
    #[serde(default)]
    pub content: Option<String>,
}

/// Tokens that were read and said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Those of the messages.
    #[serde(default)]
    pub prompt_tokens: u64,
    /// Those of the answer.
    #[serde(default)]
    pub completion_tokens: u64,
    /// Both.
    #[serde(default)]
    pub total_tokens: u64,
}

/// A list, as all lists come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct List<T> {
    /// `list`.
    #[serde(default)]
    pub object: String,
    /// What it holds.
    pub data: Vec<T>,
    /// Whether there is more.
    #[serde(default)]
    pub has_more: bool,
}

/// A model that can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelObject {
    /// Its name.
    pub id: String,
    /// `model`.
    #[serde(default)]
    pub object: String,
    /// Since when, in seconds since 1970.
    #[serde(default)]
    pub created: u64,
    /// Whose it is.
    #[serde(default)]
    pub owned_by: String,
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileObject {
    /// Its name at the service.
    pub id: String,
    /// `file`.
    #[serde(default)]
    pub object: String,
    /// Its size.
    #[serde(default)]
    pub bytes: u64,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub created_at: u64,
    /// Its name at the client.
    #[serde(default)]
    pub filename: String,
    /// `fine-tune`.
    #[serde(default)]
    pub purpose: String,
}

/// What a service says when it refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// In words.
    pub message: String,
    /// A word for it, or empty.
    pub code: String,
}

/// Most characters of a complaint that are repeated.
const MOST_REPEATED: usize = 300;

impl Complaint {
    /// Reads the body of a refusal: OpenAI's `{"error": {"message", "code"}}`, vLLM's `{"message"}`, Ollama's
    /// `{"error": "text"}`, or any text.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let error = value.get("error").unwrap_or(&value);
        let texts = [&error["message"], error, &value["detail"]];
        let message = texts.into_iter().find_map(serde_json::Value::as_str);
        let message = message.map_or_else(|| String::from_utf8_lossy(body), Into::into);
        let message = message.trim().chars().take(MOST_REPEATED).collect();
        let code = [&error["code"], &error["type"]].into_iter().find_map(|code| code.as_str());
        Self { message, code: code.unwrap_or_default().to_owned() }
    }
}

#[cfg(test)]
mod tests;
