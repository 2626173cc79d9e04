//! Services that a test makes up: whatever they say, and one that trains for money.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::proxy::{head_end, read_request};

/// A service: `answer` tells status and body of the answer to the first line and the body of a request, or nothing where the
/// connection is to be closed.
pub fn service(
    mut answer: impl FnMut(&str, &[u8]) -> Option<(u16, String)> + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Some(request) = read_request(&stream) else { continue };
            let (head, body) = request.split_at(head_end(&request).unwrap());
            let line = String::from_utf8_lossy(head).lines().next().unwrap().to_owned();
            let Some((status, text)) = answer(&line, body) else { continue };
            let length = text.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} So\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{text}"
            );
        }
    });
    address
}

/// A completion.
pub fn completion(content: &str, finish: &str) -> String {
    json!({
        "choices": [{"message": {"content": content}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    })
    .to_string()
}

/// Tokens of every job.
pub const TRAINED: u64 = 500;

/// What a vendor has.
#[derive(Default)]
pub struct Books {
    pub files: Vec<String>,
    /// What was uploaded, forms and all.
    pub uploads: Vec<String>,
    /// The newest last; each with the request for it.
    pub jobs: Vec<Value>,
    /// Answers to requests for jobs that get lost: the next so many.
    pub lost: usize,
}

/// A service whose jobs are done at once. It tells models by dated names, gives files other names each time, and shows its jobs
/// one a page.
pub fn vendor(lost: usize) -> (SocketAddr, Arc<Mutex<Books>>) {
    let books = Arc::new(Mutex::new(Books { lost, ..Books::default() }));
    let own = books.clone();
    let address = service(move |line, body| {
        let mut books = own.lock().unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let path = words[1].strip_prefix("/v1/").unwrap();
        let found = |value: Option<Value>| match value {
            Some(value) => Some((200, value.to_string())),
            None => Some((404, "{}".to_owned())),
        };
        let parts: Vec<&str> = path.split(['/', '?', '&']).collect();
        match (words[0], &parts[..]) {
            ("POST", ["chat", "completions"]) => {
                Some((200, completion("Why not.\nChoice: A", "stop")))
            }
            ("POST", ["files"]) => {
                let id = format!("file-{}", books.files.len());
                books.files.push(id.clone());
                books.uploads.push(String::from_utf8(body.to_vec()).unwrap());
                found(Some(json!({ "id": id })))
            }
            ("GET", ["files", id]) => {
                found(books.files.iter().find(|file| file == id).map(|id| json!({ "id": id })))
            }
            ("POST", ["fine_tuning", "jobs"]) => {
                let request: Value = serde_json::from_slice(body).unwrap();
                let number = books.jobs.len();
                let job = json!({
                    "id": format!("ftjob-{number}"), "status": "succeeded", "fine_tuned_model": format!("ft:{number}"),
                    "model": format!("{}-2024-07-18", request["model"].as_str().unwrap()),
                    "training_file": request["training_file"], "seed": request["seed"], "request": request,
                    "trained_tokens": TRAINED,
                });
                books.jobs.push(job.clone());
                if books.lost > 0 {
                    books.lost -= 1;
                    return None;
                }
                found(Some(job))
            }
            ("GET", ["fine_tuning", "jobs", "limit=1"]) => found(Some(json!({ "data": [] }))),
            ("GET", ["fine_tuning", "jobs", "limit=100", after @ ..]) => {
                let newest = books.jobs.iter().rev();
                let mut rest: Vec<&Value> = newest.collect();
                if let Some(after) = after.first() {
                    let place =
                        rest.iter().position(|job| after.ends_with(job["id"].as_str().unwrap()));
                    rest.drain(..=place.unwrap());
                }
                let page = &rest[..rest.len().min(1)];
                found(Some(json!({ "data": page, "has_more": rest.len() > 1 })))
            }
            ("GET", ["fine_tuning", "jobs", id]) => {
                found(books.jobs.iter().find(|job| job["id"] == *id).cloned())
            }
            _ => found(None),
        }
    });
    (address, books)
}
