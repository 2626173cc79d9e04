//! Secrets: keys of endpoints. A key is never printed, written or logged; what others say is cleared of it.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Error, Result};

/// A key, as it is sent in `Authorization: Bearer ..`.
///
/// ```
/// use lowregret::net::key::Key;
///
/// let key = Key::new("sk-123")?;
/// assert_eq!(format!("{key:?}"), "Key(..)");
/// assert_eq!(key.cleared("wrong key sk-123, try again"), "wrong key [key], try again");
/// # Ok::<(), lowregret::Error>(())
/// ```
#[derive(Clone)]
pub struct Key(String);

impl Key {
    /// A key.
    ///
    /// # Errors
    /// [`Error::Parameter`], without the text, for an empty one or one with characters that no header holds.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::parameter("key", "(not shown)", "printable ASCII without blanks"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The key in an environment variable.
    ///
    /// # Errors
    /// A variable that is not set or holds no key; the error names the variable only.
    pub fn of_variable(name: &str) -> Result<Self> {
        let refuse = |value: &str| {
            let expected = format!("a key in the environment: export {name}=...");
            Error::parameter(format!("environment variable {name}"), value, expected)
        };
        match std::env::var(name) {
            Ok(text) => Self::new(&text).map_err(|_| refuse("no key")),
            Err(_) => Err(refuse("not set")),
        }
    }

    /// The value of the header.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// `text` without the key.
    #[must_use]
    pub fn cleared(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }

    /// Whether the value of a header is this key's, in a time that does not tell how much of it is right.
    #[must_use]
    pub fn opens(&self, header: &[u8]) -> bool {
        let of = |bytes: &[u8]| Sha256::digest(bytes);
        of(self.header().as_bytes()).ct_eq(&of(header)).into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_open_what_they_should_and_are_not_shown() {
        let key = Key::new(" secret-1 \n").unwrap();
        assert!(key.opens(b"Bearer secret-1"));
        for other in [&b"Bearer secret-2"[..], b"Bearer secret-11", b"secret-1", b""] {
            assert!(!key.opens(other));
        }
        for bad in ["", "  ", "a b", "ké", "a\nb"] {
            let error = Key::new(bad).unwrap_err().to_string();
            assert!(error.contains("not shown"), "{error}");
        }
        let error = Key::of_variable("LOWREGRET_NO_SUCH_KEY").unwrap_err().to_string();
        assert!(error.contains("export LOWREGRET_NO_SUCH_KEY"), "{error}");
    }
}
