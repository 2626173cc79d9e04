//! One request: how it is sent, and what became of it.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::tls::RootCerts;
use ureq::{Agent, Proxy};

use super::fault::{Fault, MOST_BYTES, retry_after};
use super::{Limits, tls};
use crate::net::is_own;
use crate::net::key::Key;
use crate::net::wire::Complaint;
use crate::{Error, Result};

/// Most characters that are repeated of what a service says.
const MOST_REPEATED: usize = 300;

/// Methods that are used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Method {
    Get,
    Post,
}

/// What is sent.
#[derive(Debug)]
pub(super) enum Body {
    None,
    Some { kind: String, bytes: Vec<u8> },
}

impl Body {
    /// JSON.
    pub fn of_json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let bytes = serde_json::to_vec(value)
            .map_err(|reason| Error::parameter("request", "none", format!("JSON: {reason}")))?;
        Ok(Self::Some { kind: "application/json".to_owned(), bytes })
    }

    /// A form with a file of JSON lines for fine-tuning.
    pub fn of_file(name: &str, lines: &[u8]) -> Self {
        // A boundary that does not occur: the digest of what stands between.
        let boundary = crate::net::digest(&[lines]);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/jsonl\r\n\r\n"
        );
        let bytes = [head.as_bytes(), lines, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        Self::Some { kind: format!("multipart/form-data; boundary={boundary}"), bytes }
    }
}

/// Where requests go in.
pub(super) struct Door {
    agent: Agent,
    url: String,
    key: Option<Key>,
    answer: Duration,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Door").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Door {
    /// A door to those that Mozilla's list of certificates knows, or, without TLS, to anybody.
    pub fn new(url: &str, key: Option<Key>, limits: &Limits) -> Result<Self> {
        Self::trusting(RootCerts::WebPki, url, key, limits)
    }

    fn trusting(roots: RootCerts, url: &str, key: Option<Key>, limits: &Limits) -> Result<Self> {
        let url = url.trim_end_matches('/');
        // Before anything of it is repeated.
        if url.contains(['@', '?', '#']) {
            let expected = "no user, password, query or fragment in the URL: name a key variable";
            return Err(Error::parameter("url", "(not shown)", expected));
        }
        let refuse = |expected: &str| Err(Error::parameter("url", url, expected));
        let Ok(uri) = url.parse::<ureq::http::Uri>() else {
            return refuse("a URL, e.g. https://api.openai.com/v1");
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let tls = match uri.scheme_str() {
            Some("http") if !authority.is_empty() => None,
            Some("https") if !authority.is_empty() => Some(tls::config(roots)?),
            _ => return refuse("http:// or https://, a host and a path such as /v1"),
        };
        let seconds = |s: f64| Some(Duration::from_secs_f64(s));
        let host = uri.host().unwrap_or_default();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // A key is not carried to where somebody else points.
            .max_redirects(0)
            .proxy(if is_own(host) { None } else { Proxy::try_from_env() })
            .max_idle_connections(limits.concurrent)
            .max_idle_connections_per_host(limits.concurrent)
            .timeout_connect(seconds(limits.connect))
            .timeout_per_read(seconds(limits.silence))
            .timeout_per_write(seconds(limits.silence))
            .user_agent(concat!("lowregret/", env!("CARGO_PKG_VERSION")));
        if let Some(tls) = tls {
            config = config.tls_config(tls);
        }
        let answer = Duration::from_secs_f64(limits.answer);
        Ok(Self { agent: config.build().new_agent(), url: url.to_owned(), key, answer })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request and reads the answer, within `patience`.
    pub fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Body,
        patience: Duration,
    ) -> std::result::Result<T, Fault> {
        let url = format!("{}/{path}", self.url);
        let time = Some(self.answer.min(patience));
        let key = self.key.as_ref().map(Key::header);
        let sent = match method {
            Method::Get => {
                let mut request = self.agent.get(&url).config().timeout_global(time).build();
                if let Some(key) = &key {
                    request = request.header("authorization", key);
                }
                request.call()
            }
            Method::Post => {
                let mut request = self.agent.post(&url).config().timeout_global(time).build();
                if let Some(key) = &key {
                    request = request.header("authorization", key);
                }
                match body {
                    Body::Some { kind, bytes } => {
                        request.header("content-type", kind).send(&bytes[..])
                    }
                    Body::None => request.send_empty(),
                }
            }
        };
        let outcome = sent.map_err(|error| Fault::of(&error)).and_then(|answer| self.read(answer));
        outcome.map_err(|fault| fault.retold(|said| self.clear(said)))
    }

    fn read<T: DeserializeOwned>(
        &self,
        mut answer: Response<ureq::Body>,
    ) -> std::result::Result<T, Fault> {
        let status = answer.status().as_u16();
        let after = retry_after(answer.headers());
        let body = answer.body_mut().with_config().limit(MOST_BYTES).read_to_vec();
        let body = match body {
            Ok(body) => body,
            // A refusal is one even if its reasons were lost.
            Err(_) if status >= 300 => Vec::new(),
            Err(error) => return Err(Fault::of(&error)),
        };
        if !(200..300).contains(&status) {
            let complaint = Complaint::read(&body);
            let said = self.repeated(&complaint.message);
            return Err(Fault::refused(status, &complaint, &said, after, self.key.is_some()));
        }
        serde_json::from_slice(&body).map_err(|error| {
            // The reason may repeat what was said, too.
            let reason = self.repeated(&error.to_string());
            let said = self.repeated(&String::from_utf8_lossy(&body));
            let why = format!("the answer is not what was expected ({reason}): {said}");
            match error.is_data() {
                // Nothing is wrong with the way it took: the next one would be the same.
                true => Fault::Final(format!("{why}; check the URL and the model")),
                false => Fault::passing(why),
            }
        })
    }

    /// What is repeated of what a service has said. Cut only once the key is out: half of one would not be found.
    pub fn repeated(&self, said: &str) -> String {
        self.clear(said).chars().take(MOST_REPEATED).collect()
    }

    /// A text without the key, in one line.
    pub fn clear(&self, said: &str) -> String {
        let said = self.key.as_ref().map_or_else(|| said.to_owned(), |key| key.cleared(said));
        said.replace(char::is_control, " ")
    }
}

#[cfg(test)]
mod tests;
