//! Why there is no answer, and what to do about it.

use std::time::Duration;

use ureq::http::HeaderMap;

use crate::net::wire::Complaint;

/// Longest answer, in bytes.
pub(super) const MOST_BYTES: u64 = 1 << 26;

/// How lookups of names fail on Unix; the standard library has no kind of error for it.
const LOOKUP: &str = "failed to lookup address information";

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
    pub fn passing(why: impl Into<String>) -> Self {
        Self::Passing { why: why.into(), after: None }
    }

    /// A refusal. `said` is what is repeated of the complaint, `with_key` whether a key was sent.
    pub fn refused(
        status: u16,
        complaint: &Complaint,
        said: &str,
        after: Option<Duration>,
        with_key: bool,
    ) -> Self {
        let said = match said {
            "" => format!("status {status}"),
            message => format!("status {status}: {message}"),
        };
        let advice = match status {
            429 if complaint.code == "insufficient_quota" => {
                "the account has no credit left: see to its billing"
            }
            408 | 409 | 425 | 429 | 500..=599 => return Self::Passing { why: said, after },
            300..=399 => "the address has moved: give the URL it has moved to",
            400 | 413 | 422 => {
                "the service does not take the request: see what it says about model, options or length"
            }
            401 if with_key => {
                "the key is not accepted: check the environment variable that holds it"
            }
            401 => "a key is needed: name the environment variable that holds it",
            403 => "the key may not do this: check its rights, project and region",
            404 => {
                return Self::Missing(format!(
                    "{said}; check the URL (most end in /v1) and the name of the model"
                ));
            }
            _ => "the service refuses",
        };
        Self::Final(format!("{said}; {advice}"))
    }

    /// What a request that found no answer is told as.
    pub fn of(error: &ureq::Error) -> Self {
        let said = error.to_string();
        match error {
            ureq::Error::HostNotFound => Self::Final(unknown(&said)),
            // The name server itself may be away.
            ureq::Error::Io(_) if said.contains("Temporary failure in name resolution") => {
                Self::passing(unknown(&said))
            }
            ureq::Error::Io(_) if said.contains(LOOKUP) => Self::Final(unknown(&said)),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
                Self::Final(format!("{said}; check the URL"))
            }
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
                Self::Final(format!("no secure connection: {said}; check the URL and the clock"))
            }
            ureq::Error::BodyExceedsLimit(_) => {
                Self::Final(format!("an answer of more than {MOST_BYTES} bytes; check the URL"))
            }
            // What the other side sends is no TLS, or its certificate is not trusted.
            ureq::Error::Io(reason) if reason.kind() == std::io::ErrorKind::InvalidData => {
                Self::Final(format!("no secure connection: {reason}; check the URL and the clock"))
            }
            ureq::Error::Timeout(which) => Self::passing(format!("no answer in time ({which})")),
            ureq::Error::Io(reason) => Self::passing(match reason.kind() {
                std::io::ErrorKind::ConnectionRefused => {
                    "nobody listens there: is the server up?".to_owned()
                }
                _ => format!("the connection was lost: {reason}"),
            }),
            _ => Self::passing(said),
        }
    }

    /// The same in other words.
    pub fn retold(self, tell: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Passing { why, after } => Self::Passing { why: tell(&why), after },
            Self::Missing(said) => Self::Missing(tell(&said)),
            Self::Final(said) => Self::Final(tell(&said)),
        }
    }
}

fn unknown(said: &str) -> String {
    format!("the host is not known ({said}): check the URL and the network")
}

/// How long one is asked to wait, as a number of seconds; dates are not read.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let milliseconds = number("retry-after-ms").map(|ms| ms / 1e3);
    let seconds = milliseconds.or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}
