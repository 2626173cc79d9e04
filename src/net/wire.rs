//! What goes over the wire: OpenAI's protocol, as far as it is used here. Requests are written exactly; answers are read
//! tolerantly, since every engine leaves something out or adds something.

mod jobs;

use serde::{Deserialize, Deserializer, Serialize};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Only the likeliest tokens are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
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
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// `chat.completion`.
    #[serde(default, deserialize_with = "or_default")]
    pub object: String,
    /// When, in seconds since 1970.
    #[serde(default, deserialize_with = "or_default")]
    pub created: u64,
    /// Who has answered.
    #[serde(default, deserialize_with = "or_default")]
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
    #[serde(default, deserialize_with = "or_default")]
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
    #[serde(default, deserialize_with = "or_default")]
    pub role: String,
    /// The text; none where the engine refuses to speak. Of an answer in parts those of type text; what an engine tells apart
    /// as reasoning is not read.
    #[serde(default, deserialize_with = "text")]
    pub content: Option<String>,
}

/// Tokens that were read and said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Those of the messages.
    #[serde(default, deserialize_with = "or_default")]
    pub prompt_tokens: u64,
    /// Those of the answer.
    #[serde(default, deserialize_with = "or_default")]
    pub completion_tokens: u64,
    /// Both.
    #[serde(default, deserialize_with = "or_default")]
    pub total_tokens: u64,
}

/// A list, as all lists come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct List<T> {
    /// `list`.
    #[serde(default, deserialize_with = "or_default")]
    pub object: String,
    /// What it holds.
    pub data: Vec<T>,
    /// Whether there is more.
    #[serde(default, deserialize_with = "or_default")]
    pub has_more: bool,
}

/// A model that can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelObject {
    /// Its name.
    pub id: String,
    /// `model`.
    #[serde(default, deserialize_with = "or_default")]
    pub object: String,
    /// Since when, in seconds since 1970.
    #[serde(default, deserialize_with = "or_default")]
    pub created: u64,
    /// Whose it is.
    #[serde(default, deserialize_with = "or_default")]
    pub owned_by: String,
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileObject {
    /// Its name at the service.
    pub id: String,
    /// `file`.
    #[serde(default, deserialize_with = "or_default")]
    pub object: String,
    /// Its size.
    #[serde(default, deserialize_with = "or_default")]
    pub bytes: u64,
    /// When, in seconds since 1970.
    #[serde(default, deserialize_with = "or_default")]
    pub created_at: u64,
    /// Its name at the client.
    #[serde(default, deserialize_with = "or_default")]
    pub filename: String,
    /// `fine-tune`.
    #[serde(default, deserialize_with = "or_default")]
    pub purpose: String,
}

/// A value; `null` is as good as none.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A text, or the parts of one.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Part {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        text: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Whole(String),
        Parts(Vec<Part>),
    }
    let content = Option::<Content>::deserialize(deserializer)?;
    Ok(content.map(|content| match content {
        Content::Whole(text) => text,
        Content::Parts(parts) => {
            let texts = parts.into_iter().filter(|part| part.kind == "text");
            texts.filter_map(|part| part.text).collect()
        }
    }))
}

/// What a service says when it refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// In words.
    pub message: String,
    /// A word for it, or empty.
    pub code: String,
}

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
        let message = message.trim().to_owned();
        let code = [&error["code"], &error["type"]].into_iter().find_map(|code| code.as_str());
        Self { message, code: code.unwrap_or_default().to_owned() }
    }
}

#[cfg(test)]
mod tests;
