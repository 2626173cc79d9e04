//! The text format `.POMDP` of the field's solvers and problem collections (QP-D4).
//!
//! ```text
//! discount: 0.95                        # comments run to the end of the line
//! values: reward                        # or cost, which negates all numbers of R
//! states: tiger-left tiger-right        # names, or how many there are
//! actions: listen open-left open-right
//! observations: 2
//! start: uniform                        # or a probability a state, or a state; start include: / start exclude: states
//!
//! T: listen                             # T: action : state : state' p           T: action : state row
//! identity                              # T: action matrix, or identity; also for rows: uniform, reset
//! O: listen : tiger-left : 0 0.85       # O: action : state' : observation p, action : state' row, action matrix
//! R: listen : * : * : * -1              # R: action : state : state' : observation number
//! ```
//!
//! `*` stands for all; names and numbers both name a thing; a later line overrides an earlier one; what is not
//! mentioned is 0; without a start all states are equally likely; `reset` is a row with the start law. A reward row
//! runs over observations, a reward matrix over state' x observations; rewards that depend on them are read as their
//! expectation r(s, a). Rows that add up to 1 within 1e-4 are normalised. Source: the format's description at pomdp.org
//! (A. R. Cassandra).

mod lexer;
mod preamble;
mod reader;
mod rewards;
mod tables;
mod writer;

pub use reader::parse;
pub use writer::text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Pomdp;
use crate::{Error, Result, files};

/// Largest file that is read.
const MAX_BYTES: u64 = 1 << 26;

/// Reads a file.
///
/// # Errors
/// A file that cannot be read or has more than 2^26 bytes; one that does not hold a process: the message has the line
/// and the column, or names the action, state and observation.
pub fn read(path: impl AsRef<Path>) -> Result<Pomdp> {
    let path = path.as_ref();
    read_from(File::open(path).map_err(Error::file(path, "read"))?, path)
}

/// Reads a process from a stream; `path` only names it in errors.
///
/// # Errors
/// Those of [`read`].
pub fn read_from(reader: impl Read, path: impl AsRef<Path>) -> Result<Pomdp> {
    let path = path.as_ref();
    let bytes = files::read_all(reader, path, MAX_BYTES)?;
    parse(&bytes).map_err(|message| Error::content(path, message))
}

/// Writes a file that [`read`] turns into an equal process.
///
/// # Errors
/// Those of [`text`]; a file that cannot be written.
pub fn write(path: impl AsRef<Path>, pomdp: &Pomdp) -> Result<()> {
    files::write_atomic(path, text(pomdp)?.as_bytes())
}

#[cfg(test)]
mod tests;
