//! Uploaded files: conversations to imitate. A file is named after its content: the same bytes are the same file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyDataStream, Full};
use hyper::StatusCode;

use super::locked;
use super::reply::{Attempt, Refusal};
use crate::net::trl::read_chat_lines;
use crate::net::wire::FileObject;
use crate::net::{digest, now};

/// A file with its content.
type Stored = (FileObject, Arc<[u8]>);

/// All files.
pub struct Files {
    most: usize,
    most_bytes: usize,
    files: Mutex<BTreeMap<String, Stored>>,
}

impl Files {
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self { most, most_bytes, files: Mutex::default() }
    }

    /// Takes a file; what is no chat data is refused at once.
    pub fn put(&self, name: &str, content: &[u8]) -> Attempt<FileObject> {
        match read_chat_lines(content) {
            Ok(conversations) if conversations.is_empty() => {
                return Err(Refusal::bad(
                    "file",
                    "no conversation: expected JSON lines with \"messages\"",
                ));
            }
            Ok(_) => {}
            Err(message) => return Err(Refusal::bad("file", message)),
        }
        let id = format!("file-{}", &digest(&[content])[..24]);
        let mut files = locked(&self.files);
        if let Some((file, _)) = files.get(&id) {
            return Ok(file.clone());
        }
        let bytes: usize = files.values().map(|(_, content)| content.len()).sum();
        if files.len() >= self.most || bytes + content.len() > self.most_bytes {
            let message = "no room for another file: delete some (DELETE /v1/files/ID)";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "full", message));
        }
        let file = FileObject {
            id: id.clone(),
            object: "file".to_owned(),
            bytes: content.len() as u64,
            created_at: now(),
            filename: name.chars().take(200).collect(),
            purpose: "fine-tune".to_owned(),
        };
        files.insert(id, (file.clone(), content.into()));
        Ok(file)
    }

    pub fn get(&self, id: &str) -> Attempt<Stored> {
        locked(&self.files).get(id).cloned().ok_or_else(|| Refusal::not_found("file", id))
    }

    pub fn list(&self) -> Vec<FileObject> {
        locked(&self.files).values().map(|(file, _)| file.clone()).collect()
    }

    pub fn delete(&self, id: &str) -> Attempt<()> {
        let gone = locked(&self.files).remove(id);
        gone.map(drop).ok_or_else(|| Refusal::not_found("file", id))
    }
}

/// Name and content of an upload: a form with a field `file`, or the bare lines.
pub async fn uploaded(kind: Option<&str>, body: Bytes) -> Attempt<(String, Bytes)> {
    let Some(boundary) = kind.and_then(|kind| multer::parse_boundary(kind).ok()) else {
        return Ok(("lines.jsonl".to_owned(), body));
    };
    let refuse =
        |error: multer::Error| Refusal::bad("body", format!("a form that is none: {error}"));
    let mut form = multer::Multipart::new(BodyDataStream::new(Full::new(body)), boundary);
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(refuse)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().unwrap_or("lines.jsonl").to_owned();
        let content = field.bytes().await.map_err(refuse)?;
        match name.as_str() {
            "purpose" if content.trim_ascii() != b"fine-tune" => {
                return Err(Refusal::bad("purpose", "expected fine-tune"));
            }
            "file" => file = Some((file_name, content)),
            _ => {}
        }
    }
    file.ok_or_else(|| Refusal::bad("file", "expected a field with a file of JSON lines"))
}
