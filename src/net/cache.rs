//! Answers that were given once, in a file: a rerun asks for nothing that was answered, and gets the same to the byte.
//!
//! The file has one JSON object a line, appended when an answer is there: the digest of everything the answer depends on
//! (URL, model, messages, sampling, the number it is drawn from; never the key), and the answer. A line that was torn when a
//! process was killed is dropped at the next start. One process at a time may use a file.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::wire::{ChatRequest, Usage};
use crate::lines::{Line, Lines};
use crate::{Error, Result};

/// Longest line.
const MOST_BYTES: usize = 1 << 24;

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
    /// A file that cannot be read or written, is used by another process, or is damaged elsewhere than at its end.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(Error::file(folder, "create the folder"))?;
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(path);
        let file = file.map_err(Error::file(path, "open"))?;
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
    /// A file that cannot be written.
    pub fn put(&self, key: &str, answer: &Answer) -> Result<()> {
        let entry = Entry { key: key.to_owned(), answer: answer.clone() };
        let mut line = serde_json::to_vec(&entry)
            .map_err(|reason| Error::content(&self.path, format!("no JSON form: {reason}")))?;
        line.push(b'\n');
        let mut held = self.locked();
        let refusal = || Error::file(&self.path, "write");
        let length = held.file.metadata().map_err(refusal())?.len();
        if let Err(reason) = held.file.write_all(&line) {
            // A full disk leaves no half line.
            let _ = held.file.set_len(length);
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

/// The entries of a file, and the number of bytes that hold whole ones.
fn read(file: &File, path: &Path) -> Result<(HashMap<String, Answer>, u64)> {
    let mut lines = Lines::new(BufReader::new(file), MOST_BYTES);
    let (mut answers, mut good) = (HashMap::new(), 0);
    let mut bad = None;
    let length = file.metadata().map_err(Error::file(path, "read"))?.len();
    loop {
        let entry: Option<(Entry, u64)> = match lines.read().map_err(Error::file(path, "read"))? {
            None => return Ok((answers, good)),
            Some(Line::Whole(text)) => {
                let size = text.len() as u64 + 1;
                serde_json::from_slice(text).ok().map(|entry| (entry, size))
            }
            Some(Line::TooLong) => None,
        };
        match (entry, bad) {
            // The last line counts only with its end.
            (Some((entry, size)), None) if good + size <= length => {
                good += size;
                answers.insert(entry.key, entry.answer);
            }
            (Some(_), Some(line)) => {
                let message =
                    format!("line {line} is damaged: remove it, and it is asked for again");
                return Err(Error::content(path, message));
            }
            _ => bad = bad.or(Some(lines.number())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::verbal::message::{Message, Role};

    fn answer(content: &str) -> Answer {
        let usage = Usage { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
        Answer { content: content.to_owned(), finish: Some("stop".to_owned()), usage }
    }

    #[test]
    fn torn_ends_are_dropped_wherever_they_are_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/answers.jsonl");
        for (key, content) in [("a", "one\ntwo"), ("b", "zwölf"), ("c", "")] {
            Cache::open(&path).unwrap().put(key, &answer(content)).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
        assert_eq!(ends.len(), 3);
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let cache = Cache::open(&path).unwrap();
            let entries = ends.iter().filter(|end| **end < length).count();
            assert_eq!(cache.len(), entries, "{length}");
            let at_end = length == 0 || whole[length - 1] == b'\n';
            assert_eq!(cache.was_torn(), !at_end);
            // What is put behind it is whole again.
            cache.put("d", &answer("new")).unwrap();
            drop(cache);
            let again = Cache::open(&path).unwrap();
            assert_eq!((again.len(), again.get("d")), (entries + 1, Some(answer("new"))));
            assert!(!again.was_torn());
        }
        std::fs::write(&path, [&whole[..ends[0] + 1], b"{\"key\": 1}\n\0\0", &[0; 9]].concat())
            .unwrap();
        assert_eq!(Cache::open(&path).unwrap().len(), 1);
        let inside = [&whole[..ends[0] + 1], b"nonsense\n", &whole[ends[0] + 1..]].concat();
        std::fs::write(&path, inside).unwrap();
        let error = Cache::open(&path).unwrap_err().to_string();
        assert!(error.contains("line 2 is damaged"), "{error}");
    }

    #[test]
    fn one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.jsonl");
        let first = Cache::open(&path).unwrap();
        let error = Cache::open(&path).unwrap_err().to_string();
        assert!(error.contains("another process"), "{error}");
        drop(first);
        assert!(Cache::open(&path).unwrap().is_empty());
    }

    #[test]
    fn everything_an_answer_depends_on_is_in_the_key() {
        let messages = [Message::new(Role::User, "Which?"), Message::new(Role::User, "Which")];
        let first = [&messages[0]];
        let request = ChatRequest {
            model: "m",
            messages: &first,
            temperature: 1.0,
            top_p: 1.0,
            max_tokens: Some(9),
            max_completion_tokens: None,
            seed: None,
        };
        let second = [&messages[1]];
        let keys = [
            key("u", &request, 0),
            key("v", &request, 0),
            key("u", &request, 1),
            key("u", &ChatRequest { model: "n", ..request.clone() }, 0),
            key("u", &ChatRequest { messages: &second, ..request.clone() }, 0),
            key("u", &ChatRequest { temperature: 0.5, ..request.clone() }, 0),
            key("u", &ChatRequest { top_p: 0.5, ..request.clone() }, 0),
            key("u", &ChatRequest { max_tokens: Some(8), ..request.clone() }, 0),
            key("u", &ChatRequest { seed: Some(1), ..request.clone() }, 0),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(key.len() == 64 && !keys[i + 1..].contains(key));
        }
    }
}
