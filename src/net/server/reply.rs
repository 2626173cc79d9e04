//! Answers of the server: JSON, and refusals in OpenAI's form.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

/// An answer.
pub type Reply = Response<Full<Bytes>>;

/// Why there is none.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    /// The field that is to blame.
    pub param: Option<&'static str>,
    pub code: &'static str,
    pub message: String,
}

/// Something, or why it is refused.
pub type Attempt<T> = std::result::Result<T, Refusal>;

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, param: None, code, message: message.into() }
    }

    /// A field is not what it should be.
    pub fn bad(param: &'static str, message: impl Into<String>) -> Self {
        let message = format!("{param}: {}", message.into());
        Self { param: Some(param), ..Self::new(StatusCode::BAD_REQUEST, "invalid_value", message) }
    }

    pub fn not_found(what: &str, name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("no {what} \"{}\"", shortened(name)))
    }

    /// There is too much to do.
    pub fn busy(message: &str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
    }

    pub fn reply(self) -> Reply {
        let Self { status, param, code, message } = self;
        let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
        let body =
            json!({ "error": { "message": message, "type": kind, "param": param, "code": code } });
        let mut reply = json_reply(status, &body);
        if status == StatusCode::TOO_MANY_REQUESTS {
            reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        reply
    }
}

/// A name as it is repeated in a refusal.
pub fn shortened(name: &str) -> String {
    name.chars().take(100).collect()
}

/// JSON with a status.
pub fn json_reply<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Reply {
    let (status, body) = match serde_json::to_vec(value) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, b"{}".to_vec()),
    };
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// JSON.
pub fn ok<T: Serialize + ?Sized>(value: &T) -> Reply {
    json_reply(StatusCode::OK, value)
}
