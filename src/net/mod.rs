//! Language models that are elsewhere, and ours for others: OpenAI's protocol of chat completions and fine-tuning.
//!
//! | part | what it does |
//! |---|---|
//! | [`trl`] | data and command for fine-tuning open weights with TRL; no network, always there |
//! | `wire` | requests and answers: written exactly, read tolerantly |
//! | `key` | a secret that is never shown |
//! | `client` | requests with time limits, retries, rate limits; tokens and their price |
//! | `cache` | answers that were given once: nothing is asked twice |
//! | `speaker` | a model behind an endpoint as a [`Speaker`](crate::learner::verbal::Speaker) |
//! | `finetune` | upload, job, waiting, name of the new model; can be resumed |
//! | `endpoint` | a fine-tunable endpoint as a [`Student`](crate::train::text::Student) |
//! | `open_weights` | open weights behind an engine that only answers as a student: what TRL needs is written |
//! | `server` | the text model of this crate behind the same protocol |
//!
//! All but [`trl`] need the feature `net`. It needs no C compiler: TLS is done by graviola, so that the feature can only be built
//! for x86-64 and AArch64. A processor that lacks what graviola calls on (AVX2, AES, BMI2, ADX, PCLMULQDQ; NEON, AES, PMULL,
//! SHA-2) is told at once for `https`, and speaks plain HTTP. Certificates are those of Mozilla's list; private authorities
//! are not trusted, and cannot be added.

pub mod trl;

#[cfg(feature = "net")]
pub mod cache;
#[cfg(feature = "net")]
pub mod client;
#[cfg(feature = "net")]
pub mod endpoint;
#[cfg(feature = "net")]
pub mod finetune;
#[cfg(feature = "net")]
pub mod key;
#[cfg(feature = "net")]
pub mod open_weights;
#[cfg(feature = "net")]
pub mod server;
#[cfg(feature = "net")]
pub mod speaker;
#[cfg(feature = "net")]
pub mod wire;

/// SHA-256 as 64 hexadecimal digits.
#[cfg(feature = "net")]
fn digest(parts: &[&[u8]]) -> String {
    use sha2::{Digest, Sha256};

    let mut hash = Sha256::new();
    for part in parts {
        // Lengths keep the parts apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a host, as it stands in a URL, is this machine. Names that only begin like its address are not.
#[cfg(feature = "net")]
fn is_own(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Seconds since 1970.
#[cfg(feature = "net")]
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
