//! Who may ask for what, and who answers it.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Method, Request, StatusCode};
use serde_json::json;

use super::chat::{self, stopped};
use super::files::uploaded;
use super::reply::{Attempt, Refusal, Reply, ok};
use super::{House, add};
use crate::model::text::generate::Finish;
use crate::net::wire::{Choice, Completion, JobRequest, List, Said};
use crate::net::{is_own, now};

/// Largest body of a request that is no upload.
const MOST_BYTES: usize = 1 << 22;

/// Answers a request.
pub async fn answer(house: &Arc<House>, request: Request<Incoming>) -> Reply {
    add(&house.counters.requests, 1);
    answered(house, request).await.unwrap_or_else(Refusal::reply)
}

async fn answered(house: &Arc<House>, request: Request<Incoming>) -> Attempt<Reply> {
    let (head, body) = request.into_parts();
    admit(house, &head.headers)?;
    let path = head.uri.path().trim_matches('/').to_owned();
    let path: Vec<&str> = path.split('/').collect();
    let upload = matches!(path[..], ["v1", "files"]);
    // Few large bodies at the same time; who comes too late is told so.
    let _place = match upload {
        true => Some(
            house
                .uploads
                .try_acquire()
                .map_err(|_| Refusal::busy("other uploads are under way"))?,
        ),
        false => None,
    };
    let most = if upload { house.bounds.body } else { house.bounds.body.min(MOST_BYTES) };
    let read = Limited::new(body, most).collect();
    let body = match tokio::time::timeout(house.bounds.reading, read).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("more than {most} bytes");
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message));
        }
        Ok(Err(_)) => return Err(Refusal::bad("body", "it ends too early")),
        Err(_) => {
            let message = "the request took too long to arrive";
            return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", message));
        }
    };
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    route(house, &head.method, &path, kind, body).await
}

/// Refuses who brings no key; where there is none, web pages and names that only look like this machine.
fn admit(house: &House, headers: &HeaderMap) -> Attempt<()> {
    if let Some(key) = &house.key {
        let given = headers.get(AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
        if key.opens(given) {
            return Ok(());
        }
        let message = "a key is needed: Authorization: Bearer KEY";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message));
    }
    let own = headers.get(HOST).is_none_or(|host| {
        let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        host.is_some_and(|host| is_own(host.host()))
    });
    if own && !headers.contains_key(ORIGIN) {
        return Ok(());
    }
    let message = "without a key only programs of this machine are served, no web pages";
    Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", message))
}

async fn route(
    house: &Arc<House>,
    method: &Method,
    path: &[&str],
    kind: Option<&str>,
    body: Bytes,
) -> Attempt<Reply> {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    match path {
        ["v1", "models"] if *method == get => Ok(ok(&list(house.shelf.list()))),
        // Names of models may hold slashes.
        ["v1", "models", name @ ..] if *method == get && !name.is_empty() => {
            let name = decoded(&name.join("/"));
            let models = house.shelf.list();
            let model = models.iter().find(|model| model.id == name);
            model.map(ok).ok_or_else(|| Refusal::not_found("model", &name))
        }
        ["v1", "chat", "completions"] if *method == post => complete(house, &body).await,
        ["v1", "files"] if *method == post => {
            let (name, content) = uploaded(kind, body).await?;
            // Large files take long to read: others are answered meanwhile.
            let house = house.clone();
            let put = move || house.files.put(&name, &content);
            match tokio::task::spawn_blocking(put).await {
                Ok(file) => file.map(|file| ok(&file)),
                Err(_) => Err(Refusal::bad("file", "it could not be read")),
            }
        }
        ["v1", "files"] if *method == get => Ok(ok(&list(house.files.list()))),
        ["v1", "files", id] if *method == get => house.files.get(id).map(|(file, _)| ok(&file)),
        ["v1", "files", id] if *method == delete => {
            house.files.delete(id)?;
            Ok(ok(&json!({ "id": id, "object": "file", "deleted": true })))
        }
        ["v1", "fine_tuning", "jobs"] if *method == post => {
            let request: JobRequest = serde_json::from_slice(&body).map_err(|error| {
                Refusal::bad("body", format!("expected a fine-tuning job ({error})"))
            })?;
            let (_, content) = house.files.get(&request.training_file)?;
            house.jobs.create(&request, content).map(|job| ok(&job))
        }
        ["v1", "fine_tuning", "jobs"] if *method == get => Ok(ok(&list(house.jobs.list()))),
        ["v1", "fine_tuning", "jobs", id] if *method == get => {
            house.jobs.get(id).map(|job| ok(&job))
        }
        ["v1", "fine_tuning", "jobs", id, "cancel"] if *method == post => {
            house.jobs.cancel(id).map(|job| ok(&job))
        }
        _ => {
            let message =
                "there are /v1/models, /v1/chat/completions, /v1/files and /v1/fine_tuning/jobs";
            Err(Refusal::new(StatusCode::NOT_FOUND, "not_found", message))
        }
    }
}

fn list<T>(data: Vec<T>) -> List<T> {
    List { object: "list".to_owned(), data, has_more: false }
}

/// A part of a path without its percent signs.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = bytes.get(i + 1..i + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code.filter(|_| bytes[i] == b'%') {
            Some(byte) => {
                plain.push(byte);
                i += 3;
            }
            None => {
                plain.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

async fn complete(house: &Arc<House>, body: &[u8]) -> Attempt<Reply> {
    let asked = chat::read(body, &house.shelf, &house.bounds)?;
    let model = asked.name.clone();
    let id = crate::net::digest(&[b"completion", body, &asked.seed.to_le_bytes()]);
    let answer = house.desk.hand_in(asked)?;
    let answered = match tokio::time::timeout(house.bounds.answering, answer).await {
        Ok(Ok(answered)) => answered?,
        Ok(Err(_)) => return Err(stopped()),
        Err(_) => {
            let message = "no answer in time: ask for fewer tokens, or fewer at once";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message));
        }
    };
    let reason = match answered.finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
    };
    let message = Said { role: "assistant".to_owned(), content: Some(answered.content) };
    Ok(ok(&Completion {
        id: format!("chatcmpl-{}", &id[..24]),
        object: "chat.completion".to_owned(),
        created: now(),
        model,
        choices: vec![Choice { index: 0, message, finish_reason: Some(reason.to_owned()) }],
        usage: Some(answered.usage),
    }))
}
