//! The models that can be asked, by name; those that were trained are written down and found again.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::locked;
use crate::files::{json_bytes, read_at_most, write_atomic};
use crate::model::text::TextModel;
use crate::net::wire::ModelObject;
use crate::net::{digest, now};
use crate::{Error, Result};

/// The list of models in the folder.
const INDEX: &str = "models.json";
/// Locked by the server that has the folder.
const LOCK: &str = "models.lock";
/// Largest size of the list.
const MAX_BYTES: u64 = 1 << 22;

/// A model.
#[derive(Clone)]
pub struct Entry {
    pub model: Arc<TextModel>,
    /// Tells models apart, also those of one name.
    pub number: usize,
    /// Tells models apart, also those of another server.
    pub digest: String,
    created: u64,
}

/// A line of the list: a name, and the file that has the weights.
#[derive(Serialize, Deserialize)]
struct Written {
    id: String,
    file: String,
    created: u64,
}

/// All models.
pub struct Shelf {
    first: String,
    most: usize,
    out: Option<PathBuf>,
    /// Held as long as the folder is used.
    #[expect(dead_code, reason = "closing it is what counts")]
    lock: Option<File>,
    entered: AtomicUsize,
    entries: Mutex<BTreeMap<String, Entry>>,
}

impl Shelf {
    /// A shelf with one model, and those in the folder.
    pub fn open(name: &str, model: TextModel, out: Option<PathBuf>, most: usize) -> Result<Self> {
        if name.is_empty()
            || name.len() > 100
            || name.starts_with("ft:")
            || name.contains(char::is_whitespace)
        {
            return Err(Error::parameter(
                "name",
                name,
                "up to 100 letters without blanks that do not begin with ft:",
            ));
        }
        let shelf = Self {
            first: name.to_owned(),
            most,
            lock: out.as_deref().map(locked_folder).transpose()?,
            out,
            entered: AtomicUsize::new(0),
            entries: Mutex::default(),
        };
        shelf.enter(name, model, now())?;
        let Some(out) = &shelf.out else { return Ok(shelf) };
        let path = out.join(INDEX);
        if path.exists() {
            let bytes = read_at_most(&path, MAX_BYTES)?;
            let written: Vec<Written> =
                serde_json::from_slice(&bytes).map_err(|e| Error::content(&path, e.to_string()))?;
            for Written { id, file, created } in written {
                shelf.enter(&id, TextModel::load(out.join(file))?, created)?;
            }
        }
        Ok(shelf)
    }

    fn enter(&self, name: &str, model: TextModel, created: u64) -> Result<()> {
        let digest = digest(&[&model.to_bytes()?]);
        let number = self.entered.fetch_add(1, Ordering::Relaxed);
        let entry = Entry { model: Arc::new(model), number, digest, created };
        locked(&self.entries).insert(name.to_owned(), entry);
        Ok(())
    }

    /// The first model's name.
    pub fn first(&self) -> &str {
        &self.first
    }

    pub fn get(&self, name: &str) -> Option<Entry> {
        locked(&self.entries).get(name).cloned()
    }

    /// Whether so many more models have room.
    pub fn has_room(&self, more: usize) -> bool {
        locked(&self.entries).len() + more <= self.most
    }

    /// Puts a trained model on the shelf, and first into the folder and its list.
    pub fn put(&self, name: &str, model: TextModel) -> Result<()> {
        let created = now();
        if let Some(out) = &self.out {
            model.save(out.join(file_of(name)))?;
            let written =
                |id: &str, created| Written { id: id.to_owned(), file: file_of(id), created };
            let mut all: Vec<Written> = locked(&self.entries)
                .iter()
                .filter(|(id, _)| **id != self.first)
                .map(|(id, entry)| written(id, entry.created))
                .collect();
            all.push(written(name, created));
            write_atomic(out.join(INDEX), &json_bytes(out, &all)?)?;
        }
        self.enter(name, model, created)
    }

    /// All models, by name.
    pub fn list(&self) -> Vec<ModelObject> {
        let object = |(id, entry): (&String, &Entry)| ModelObject {
            id: id.clone(),
            object: "model".to_owned(),
            created: entry.created,
            owned_by: "lowregret".to_owned(),
        };
        locked(&self.entries).iter().map(object).collect()
    }
}

/// Keeps a folder from other servers, which would write over its list.
fn locked_folder(out: &Path) -> Result<File> {
    std::fs::create_dir_all(out).map_err(Error::file(out, "create the folder"))?;
    let path = out.join(LOCK);
    let file = File::create(&path).map_err(Error::file(&path, "write"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::content(out, "another server uses this folder: name another one"))
        }
        Err(TryLockError::Error(reason)) => Err(Error::file(&path, "lock")(reason)),
    }
}

/// Where a model's weights are: its name in letters that every file system takes.
fn file_of(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' };
    format!("{}.safetensors", name.chars().map(plain).collect::<String>())
}
