//! A proxy that does to requests what a script says: one step a request, in the order in which they come.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Step {
    /// It is passed on, and the answer back.
    Pass,
    /// The connection is closed at once.
    Hang,
    /// It is passed on; the answer comes after a while.
    Slow(Duration),
    /// It is passed on; of the answer only so much comes: in percent.
    Cut(usize),
    /// It is not passed on; this is the answer.
    Say(&'static str),
    /// It is passed on; the answer announces so many bytes more or less than it has.
    Length(i64),
}

/// Bodies of requests, and how often a whole answer of status 200 was sent to each.
pub type Whole = Arc<Mutex<HashMap<Vec<u8>, usize>>>;

pub struct Proxy {
    pub address: SocketAddr,
    pub whole: Whole,
}

impl Proxy {
    /// Once the script is at its end, everything passes.
    pub fn start(to: SocketAddr, script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let whole = Whole::default();
        let (script, counts) = (Arc::new(Mutex::new(script.into_iter())), whole.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, counts) = (script.clone(), counts.clone());
                std::thread::spawn(move || {
                    let Some(request) = read_request(&stream) else { return };
                    let step = script.lock().unwrap().next().unwrap_or(Step::Pass);
                    serve(stream, to, &request, &step, &counts);
                });
            }
        });
        Self { address, whole }
    }
}

/// Where the head of a request or an answer ends.
pub fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4)
}

/// A request with its body.
pub fn read_request(mut stream: &TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = head_end(&bytes) {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length =
                head.split("content-length: ").nth(1).and_then(|l| l.lines().next()?.parse().ok());
            if bytes.len() >= end + length.unwrap_or(0usize) {
                return Some(bytes);
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}

fn serve(mut stream: TcpStream, to: SocketAddr, request: &[u8], step: &Step, whole: &Whole) {
    match step {
        Step::Hang => return,
        Step::Say(answer) => {
            let _ = stream.write_all(answer.as_bytes());
            return;
        }
        _ => {}
    }
    // One request a connection.
    let end = head_end(request).unwrap();
    let head =
        String::from_utf8_lossy(&request[..end - 2]).into_owned() + "connection: close\r\n\r\n";
    let mut server = TcpStream::connect(to).unwrap();
    let _ = server.write_all(&[head.as_bytes(), &request[end..]].concat());
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    match step {
        Step::Slow(pause) => std::thread::sleep(*pause),
        Step::Cut(percent) => answer.truncate(answer.len() * percent / 100),
        Step::Length(by) => {
            let text = String::from_utf8(answer).unwrap();
            let length = text.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            let false_length = length.parse::<i64>().unwrap() + by;
            let (old, new) =
                (format!("content-length: {length}"), format!("content-length: {false_length}"));
            answer = text.replace(&old, &new).into_bytes();
        }
        _ => {}
    }
    let good = answer.starts_with(b"HTTP/1.1 200") && matches!(step, Step::Pass | Step::Slow(_));
    // Before it is sent: whoever has the answer finds it counted.
    if good {
        *whole.lock().unwrap().entry(request[end..].to_vec()).or_default() += 1;
    }
    let _ = stream.write_all(&answer);
}
