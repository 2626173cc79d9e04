//! The one error type of the library: every variant names the field or file, the offending value and what was expected.

use std::path::{Path, PathBuf};

/// What can go wrong, in words that say what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter is outside its domain.
    #[error("{field} = {value}: expected {expected}")]
    Parameter {
        /// Name of the parameter as the user wrote it.
        field: String,
        /// The value that was given.
        value: String,
        /// The values that would have been accepted.
        expected: String,
    },
    /// A data or weight file was read but does not hold what it should.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong in it, with the line or tensor, and what was expected.
        message: String,
    },
    /// The operating system refused a file operation.
    #[error("{}: cannot {action}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted: "read", "write", "create the folder".
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Training met a NaN or an infinity; the model handed to the trainer holds the parameters before that iteration.
    #[error(
        "{what} is not finite at iteration {iteration}: lower the learning rate or the exploration noise"
    )]
    NotFinite {
        /// The quantity that overflowed.
        what: &'static str,
        /// Zero-based iteration of the failure.
        iteration: usize,
    },
    /// A service that was asked over the network does not do what it should, or a client asked for what is not served.
    #[error("{service}: {message}")]
    Service {
        /// Who was asked: the address, never with a key.
        service: String,
        /// What went wrong and what to do next.
        message: String,
    },
    /// A linear system has no (unique) solution.
    #[error("{operation}: {reason}")]
    Singular {
        /// The operation, e.g. "Cholesky solve".
        operation: &'static str,
        /// Why it failed.
        reason: &'static str,
    },
}

/// Result of every fallible function of the crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A parameter outside its domain.
    pub fn parameter(
        field: impl Into<String>,
        value: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        Self::Parameter { field: field.into(), value: value.to_string(), expected: expected.into() }
    }

    /// A file whose content is not what it should be.
    pub fn content(path: impl AsRef<Path>, message: impl Into<String>) -> Self {
        Self::Content { path: path.as_ref().to_owned(), message: message.into() }
    }

    /// A service that does not do what it should.
    pub fn service(service: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Service { service: service.into(), message: message.into() }
    }

    /// A refused file operation; for `map_err`.
    pub fn file(
        path: impl AsRef<Path>,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.as_ref().to_owned(), action, source }
    }
}
