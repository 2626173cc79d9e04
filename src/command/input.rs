//! Texts that are read line by line: a file, or standard input as "-".

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::Path;

use lowregret::{Error, Result};

const BUFFER: usize = 1 << 20;

/// Opens `path` for reading.
///
/// # Errors
/// A file that cannot be opened.
pub fn open(path: &Path) -> Result<impl BufRead + use<>> {
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(stdin())
    } else {
        Box::new(File::open(path).map_err(Error::file(path, "read"))?)
    };
    Ok(BufReader::with_capacity(BUFFER, input))
}
