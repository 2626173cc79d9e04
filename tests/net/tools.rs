//! Small models, quick clients, bare requests.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use lowregret::learner::verbal::class::{Class, Source};
use lowregret::model::text::generate::Sampling;
use lowregret::net::client::{Client, Limits, Prices, Settings};
use lowregret::net::key::Key;
use lowregret::net::server::{self, Server};
use lowregret::problem::bandit::Bandit;
use lowregret::problem::verbal::context::Part;
use lowregret::problem::verbal::telling::{Asking, History, Rewards, Style};
use serde_json::Value;

use crate::text_model::model;

pub const SAMPLING: Sampling = Sampling { temperature: 1.0, top_p: 1.0, max_tokens: 8 };

/// Bandits of two arms.
pub fn class(rounds: usize, history: History) -> Class {
    Class {
        source: Source::Bandit(Bandit::bernoulli(2, rounds)),
        rewards: Rewards::ZeroOne,
        style: Style { history, asking: Asking::Once, ..Style::default() },
        part: Part::Training,
    }
}

pub fn start(settings: server::Settings) -> Server {
    Server::start("base", model(), settings).unwrap()
}

/// Limits under which tests are quick.
pub fn limits() -> Limits {
    Limits {
        connect: 10.0,
        silence: 20.0,
        answer: 20.0,
        patience: 60.0,
        pause: 0.01,
        longest_pause: 0.05,
        ..Limits::default()
    }
}

pub fn client_of(address: SocketAddr, key: Option<&str>, limits: Limits) -> Client {
    let key = key.map(|key| Key::new(key).unwrap());
    let prices = Prices { read: 1.0, said: 2.0, trained: 0.0 };
    Client::new(Settings { url: format!("http://{address}/v1"), key, limits, prices }).unwrap()
}

/// Status and body of the answer to bare bytes.
pub fn send(address: SocketAddr, request: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    (status, answer[body..].to_vec())
}

/// Status and JSON of the answer to a request.
pub fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> (u16, Value) {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    let (status, body) = send(address, &[head.as_bytes(), body].concat());
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub fn post(address: SocketAddr, path: &str, body: &Value) -> (u16, Value) {
    ask(address, "POST", path, "Content-Type: application/json\r\n", body.to_string().as_bytes())
}

pub fn get(address: SocketAddr, path: &str) -> (u16, Value) {
    ask(address, "GET", path, "", b"")
}
