//! One request: how it is sent, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, Response};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy};

use super::Limits;
use crate::net::key::Key;
use crate::net::wire::Complaint;
use crate::{Error, Result};

/// Longest answer, in bytes.
const MOST_BYTES: u64 = 1 << 26;

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

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Fault {
    /// It may come if one asks again, perhaps after a stated time.
    Passing { why: String, after: Option<Duration> },
    /// What was asked about is not there.
    Missing(String),
    /// It will not come; what to do.
    Final(String),
}

impl Fault {
    fn passing(why: impl Into<String>) -> Self {
        Self::Passing { why: why.into(), after: None }
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
    pub fn new(url: &str, key: Option<Key>, limits: &Limits) -> Result<Self> {
        let url = url.trim_end_matches('/');
        let refuse = |expected: &str| Err(Error::parameter("url", url, expected));
        let Ok(uri) = url.parse::<ureq::http::Uri>() else {
            return refuse("a URL, e.g. https://api.openai.com/v1");
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(Error::parameter(
                "url",
                "(not shown)",
                "no user or password in the URL: name a key variable",
            ));
        }
        let tls = match uri.scheme_str() {
            Some("http") if !authority.is_empty() => None,
            Some("https") if !authority.is_empty() => Some(tls()?),
            _ => return refuse("http:// or https://, a host and a path such as /v1"),
        };
        let seconds = |s: f64| Some(Duration::from_secs_f64(s));
        let host = uri.host().unwrap_or_default();
        let own = host == "localhost" || host.starts_with("127.") || host == "[::1]";
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // A key is not carried to where somebody else points.
            .max_redirects(0)
            .proxy(if own { None } else { Proxy::try_from_env() })
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
        let outcome = sent.map_err(|error| trouble(&error)).and_then(|answer| self.read(answer));
        outcome.map_err(|fault| self.cleared(fault))
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
            Err(error) => return Err(trouble(&error)),
        };
        if (200..300).contains(&status) {
            return serde_json::from_slice(&body).map_err(|error| {
                Fault::passing(format!("the answer is not what was expected: {error}"))
            });
        }
        Err(self.refused(status, &Complaint::read(&body), after))
    }

    fn refused(&self, status: u16, complaint: &Complaint, after: Option<Duration>) -> Fault {
        let said = match complaint.message.as_str() {
            "" => format!("status {status}"),
            message => format!("status {status}: {message}"),
        };
        let advice = match status {
            429 if complaint.code == "insufficient_quota" => {
                "the account has no credit left: see to its billing"
            }
            408 | 409 | 425 | 429 | 500..=599 => return Fault::Passing { why: said, after },
            300..=399 => "the address has moved: give the URL it has moved to",
            400 | 413 | 422 => {
                "the service does not take the request: see what it says about model, options or length"
            }
            401 if self.key.is_some() => {
                "the key is not accepted: check the environment variable that holds it"
            }
            401 => "a key is needed: name the environment variable that holds it",
            403 => "the key may not do this: check its rights, project and region",
            404 => {
                return Fault::Missing(format!(
                    "{said}; check the URL (most end in /v1) and the name of the model"
                ));
            }
            _ => "the service refuses",
        };
        Fault::Final(format!("{said}; {advice}"))
    }

    /// Whatever services and libraries repeat: without the key, in one line.
    fn cleared(&self, fault: Fault) -> Fault {
        let clear = |said: String| self.clear(&said);
        match fault {
            Fault::Passing { why, after } => Fault::Passing { why: clear(why), after },
            Fault::Missing(said) => Fault::Missing(clear(said)),
            Fault::Final(said) => Fault::Final(clear(said)),
        }
    }

    /// A text without the key, in one line.
    pub fn clear(&self, said: &str) -> String {
        let said = self.key.as_ref().map_or_else(|| said.to_owned(), |key| key.cleared(said));
        said.replace(char::is_control, " ")
    }
}

/// What a request that found no answer is told as.
fn trouble(error: &ureq::Error) -> Fault {
    let said = error.to_string();
    match error {
        ureq::Error::HostNotFound => {
            Fault::Final("the host is not known: check the URL and the network".into())
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
            Fault::Final(format!("{said}; check the URL"))
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            Fault::Final(format!("no secure connection: {said}; check the URL and the clock"))
        }
        ureq::Error::BodyExceedsLimit(_) => {
            Fault::Final(format!("an answer of more than {MOST_BYTES} bytes; check the URL"))
        }
        // What the other side sends is no TLS, or its certificate is not trusted.
        ureq::Error::Io(reason) if reason.kind() == std::io::ErrorKind::InvalidData => {
            Fault::Final(format!("no secure connection: {reason}; check the URL and the clock"))
        }
        ureq::Error::Timeout(which) => Fault::passing(format!("no answer in time ({which})")),
        ureq::Error::Io(reason) => Fault::passing(match reason.kind() {
            std::io::ErrorKind::ConnectionRefused => {
                "nobody listens there: is the server up?".to_owned()
            }
            _ => format!("the connection was lost: {reason}"),
        }),
        _ => Fault::passing(said),
    }
}

/// Certificates of Mozilla's list, cryptography by graviola.
fn tls() -> Result<TlsConfig> {
    #[cfg(target_arch = "x86_64")]
    if !(is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("adx")
        && is_x86_feature_detected!("pclmulqdq"))
    {
        return Err(Error::parameter(
            "url",
            "https",
            "http: this processor lacks AVX2, AES, BMI2 or ADX, which TLS needs here",
        ));
    }
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::WebPki)
        .unversioned_rustls_crypto_provider(Arc::new(rustls_graviola::default_provider()))
        .build())
}

/// How long one is asked to wait, as a number of seconds; dates are not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let milliseconds = number("retry-after-ms").map(|ms| ms / 1e3);
    let seconds = milliseconds.or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}
