//! Answers that were given once, in a file: a rerun asks for nothing that was answered, and gets the same to the byte.
//!
//! The file has one JSON object a line, appended when an answer is there: the digest of everything the answer depends on
//! (URL, model, messages, sampling, the number it is drawn from; never the key), and the answer. A last line that
//! was torn when a process was killed is dropped at the next start; a file with anything else in it is refused and left as it
//! is. One process at a time may use a file.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::wire::{ChatRequest, Usage};
use crate::{Error, Result};

/// Longest line, with its end.
const MOST_BYTES: u64 = 1 << 24;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was said; empty where the service refused to speak.
    pub content: String,
    /// Why it ended.
    pub finish: Option<String>,
    /// What it took.
    pub usage: Usage,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    answer: Answer,
}

/// The answers in a file.
///
/// ```
/// use lowregret::net::cache::{Answer, Cache};
/// use lowregret::net::wire::Usage;
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("answers.jsonl");
/// let answer = Answer { content: "Choice: A".into(), finish: None, usage: Usage::default() };
/// Cache::open(&path)?.put("a digest", &answer)?;
/// assert_eq!(Cache::open(&path)?.get("a digest"), Some(answer));
/// # Ok::<(), lowregret::Error>(())
/// ```
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    held: Mutex<Held>,
    torn: bool,
}

#[derive(Debug)]
struct Held {
    /// Locked as long as it is open.
    file: File,
    answers: HashMap<String, Answer>,
}

impl Cache {
    /// Opens a file, or begins one.
    ///
    /// # Errors
    /// A file that cannot be read or written, is used by another process, or holds anything but answers and a torn end.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(Error::file(folder, "create the folder"))?;
        }
        // Not for appending: on Windows such a file cannot be cut.
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.map_err(Error::file(path, "open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = "another process uses it: wait for that to end, or name another file";
                return Err(Error::content(path, message));
            }
            Err(TryLockError::Error(reason)) => return Err(Error::file(path, "lock")(reason)),
        }
        let (answers, good) = read(&file, path)?;
        let torn = file.metadata().map_err(Error::file(path, "read"))?.len() > good;
        if torn {
            file.set_len(good).map_err(Error::file(path, "write"))?;
        }
        file.seek(SeekFrom::Start(good)).map_err(Error::file(path, "write"))?;
        Ok(Self { path: path.to_owned(), held: Mutex::new(Held { file, answers }), torn })
    }

    /// Whether the end of the file was torn, and has been dropped.
    #[must_use]
    pub fn was_torn(&self) -> bool {
        self.torn
    }

    /// Number of answers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.locked().answers.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The answer to what has this digest.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Answer> {
        self.locked().answers.get(key).cloned()
    }

    /// Keeps an answer: when this returns, the system has it, and a killed process loses nothing.
    ///
    /// # Errors
    /// A file that cannot be written; an answer so long that it could not be read again (16 MiB with its key).
    pub fn put(&self, key: &str, answer: &Answer) -> Result<()> {
        let entry = Entry { key: key.to_owned(), answer: answer.clone() };
        let mut line = serde_json::to_vec(&entry)
            .map_err(|reason| Error::content(&self.path, format!("no JSON form: {reason}")))?;
        line.push(b'\n');
        let size = line.len();
        if size as u64 > MOST_BYTES {
            let message = format!(
                "an answer of {size} bytes: expected at most {MOST_BYTES}; lower --max-tokens"
            );
            return Err(Error::content(&self.path, message));
        }
        let mut held = self.locked();
        let refusal = || Error::file(&self.path, "write");
        let length = held.file.metadata().map_err(refusal())?.len();
        if let Err(reason) = held.file.write_all(&line) {
            // A full disk leaves no half line.
            let _ = held.file.set_len(length);
            let _ = held.file.seek(SeekFrom::Start(length));
            return Err(refusal()(reason));
        }
        held.answers.insert(entry.key, entry.answer);
        Ok(())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an answer depends on, as 64 digits: where it is asked for, the request, and the number that tells draws apart even
/// where the service is not told.
#[must_use]
pub fn key(url: &str, request: &ChatRequest, draw: u64) -> String {
    let request = serde_json::to_vec(request).unwrap_or_default();
    super::digest(&[b"chat 1", url.as_bytes(), &request, &draw.to_le_bytes()])
}

/// What every line begins with.
const BEGIN: &[u8] = b"{\"key\":\"";

/// Whether a last line without its end is what a killed process or a power cut leaves of an entry: whole, cut off, or zeros.
fn is_torn(line: &[u8]) -> bool {
    let zeros = line.iter().rev().take_while(|byte| **byte == 0).count();
    let text = &line[..line.len() - zeros];
    text.iter().zip(BEGIN).all(|(own, begin)| own == begin)
        && serde_json::from_slice::<Entry>(text).map_or_else(|error| error.is_eof(), |_| true)
}

/// The entries of a file, and the number of bytes that hold whole ones. Only a torn last line is passed over: anything else
/// is no answer, and nobody may lose it.
fn read(file: &File, path: &Path) -> Result<(HashMap<String, Answer>, u64)> {
    let (mut file, mut line) = (BufReader::new(file), Vec::new());
    let (mut answers, mut good) = (HashMap::new(), 0);
    for number in 1.. {
        line.clear();
        let limited = file.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line);
        let size = limited.map_err(Error::file(path, "read"))? as u64;
        let whole = line.ends_with(b"\n");
        if !whole && size < MOST_BYTES && is_torn(&line) {
            break;
        }
        if whole && line.trim_ascii().is_empty() {
            good += size;
            continue;
        }
        match serde_json::from_slice::<Entry>(&line) {
            Ok(entry) if whole => {
                good += size;
                answers.insert(entry.key, entry.answer);
            }
            _ => {
                let message = format!(
                    "line {number} is no answer: name a file that is only a cache, or remove the line"
                );
                return Err(Error::content(path, message));
            }
        }
    }
    Ok((answers, good))
}

#[cfg(test)]
mod tests;
