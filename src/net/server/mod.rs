//! The text model of this crate behind OpenAI's protocol: chat completions, files, fine-tuning jobs, models.
//!
//! One thread speaks HTTP, one lets the model reply, one trains. Requests that come together are answered in lock-step in one
//! batch; what was read of recent conversations is kept, so that a conversation of many rounds is read once. Neither changes
//! a reply: it depends on model, messages, sampling and seed only. Memory is bounded ([`Bounds`]), and so are the size and
//! the time of a request and the number of them. What was begun is finished, also where the client has gone meanwhile: a batch
//! lasts as long as its longest answer. Without a key only this machine is served, and no web page in its browsers.

mod chat;
mod files;
mod http;
mod jobs;
mod memory;
mod reply;
mod route;
mod shelf;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;

use super::key::Key;
use crate::model::text::TextModel;
use crate::{Error, Result};
use chat::Desk;
use files::Files;
use jobs::Jobs;
use shelf::Shelf;

/// Uploads at the same time.
const UPLOADS: usize = 4;

/// What a server keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Largest body of an upload, in bytes; other requests have at most 4 MiB.
    pub body: usize,
    /// Time in which the head, and then the body of a request must be there.
    pub reading: Duration,
    /// Time in which an answer must be there.
    pub answering: Duration,
    /// Connections at the same time.
    pub connections: usize,
    /// Requests for completions that wait at the same time.
    pub waiting: usize,
    /// Most tokens of an answer.
    pub tokens: usize,
    /// How long others are waited for that can be answered together.
    pub gathering: Duration,
    /// Numbers that are remembered of conversations: keys and values, in single precision.
    pub remembered: usize,
    /// Models, with the first.
    pub models: usize,
    /// Files, and as many jobs.
    pub files: usize,
    /// Bytes of all files together; at least those of the largest upload.
    pub file_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body: 1 << 26,
            reading: Duration::from_secs(30),
            answering: Duration::from_secs(300),
            connections: 256,
            waiting: 1024,
            tokens: 4096,
            gathering: Duration::from_millis(2),
            remembered: 1 << 27,
            models: 64,
            files: 256,
            file_bytes: 1 << 28,
        }
    }
}

/// Where and for whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address; port 0 for any that is free.
    pub address: SocketAddr,
    /// What callers must bring; needed for addresses beyond this machine.
    pub key: Option<Key>,
    /// Where new models are written, and found again at the next start.
    pub out: Option<PathBuf>,
    /// Bounds.
    pub bounds: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self { address, key: None, out: None, bounds: Bounds::default() }
    }
}

/// What a server has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests that came.
    pub requests: u64,
    /// Completions given.
    pub completions: u64,
    /// Batches they were answered in.
    pub batches: u64,
    /// Tokens of prompts.
    pub tokens_asked: u64,
    /// Those of them that had been read before.
    pub tokens_known: u64,
    /// Tokens said.
    pub tokens_said: u64,
    /// Models trained.
    pub trained: u64,
}

/// [`Counts`] while they are made.
#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    completions: AtomicU64,
    batches: AtomicU64,
    tokens_asked: AtomicU64,
    tokens_known: AtomicU64,
    tokens_said: AtomicU64,
    trained: AtomicU64,
}

fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

/// What all requests share.
struct House {
    key: Option<Key>,
    bounds: Bounds,
    /// Lets uploads in.
    uploads: tokio::sync::Semaphore,
    counters: Arc<Counters>,
    shelf: Arc<Shelf>,
    files: Files,
    jobs: Jobs,
    desk: Desk,
}

/// A running server.
///
/// ```
/// use lowregret::model::text::{TextConfig, TextModel, tokenizer::Tokenizer};
/// use lowregret::net::client::{Client, Limits, Prices, Settings};
/// use lowregret::net::server;
/// use lowregret::numeric::rng::{Purpose, Streams};
///
/// let tokenizer = Tokenizer::train(&["Choice: A Choice: B"], 270)?;
/// let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
/// let model = TextModel::random(tokenizer, &TextConfig { width: 16, heads: 2, blocks: 1, tokens: 64 }, &mut rng)?;
/// let server = server::Server::start("base", model, server::Settings::default())?;
/// let url = format!("http://{}/v1", server.address());
/// let client = Client::new(Settings { url, key: None, limits: Limits::default(), prices: Prices::default() })?;
/// assert_eq!(client.models()?[0].id, "base");
/// server.stop();
/// # Ok::<(), lowregret::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    counters: Arc<Counters>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `model` under a name, and those that were trained from it in earlier runs.
    ///
    /// # Errors
    /// An address that cannot be used, or is beyond this machine without a key; a name that is none; a folder whose models
    /// cannot be read.
    pub fn start(name: &str, model: TextModel, settings: Settings) -> Result<Self> {
        let Settings { address, key, out, bounds } = settings;
        if key.is_none() && !address.ip().is_loopback() {
            let expected = "127.0.0.1 or ::1; others may only come with a key";
            return Err(Error::parameter("host", address.ip(), expected));
        }
        let counters = Arc::<Counters>::default();
        let shelf = Arc::new(Shelf::open(name, model, out, bounds.models)?);
        let house = House {
            key,
            files: Files::new(bounds.files, bounds.file_bytes.max(bounds.body)),
            jobs: Jobs::start(shelf.clone(), bounds.files, counters.clone())?,
            desk: Desk::start(&bounds, counters.clone())?,
            uploads: tokio::sync::Semaphore::new(UPLOADS),
            counters: counters.clone(),
            bounds,
            shelf,
        };
        let listener = std::net::TcpListener::bind(address)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
        let listener = listener.map_err(|reason| {
            Error::parameter(
                "address",
                address,
                format!("one that is free ({reason}); try another --port"),
            )
        })?;
        let refused = |reason: std::io::Error| Error::service("server", reason.to_string());
        let address = listener.local_addr().map_err(refused)?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("http".to_owned())
            .spawn(move || runtime.block_on(http::serve(listener, Arc::new(house), stopped)))
            .map_err(refused)?;
        Ok(Self { address, counters, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let Counters {
            requests,
            completions,
            batches,
            tokens_asked,
            tokens_known,
            tokens_said,
            trained,
        } = &*self.counters;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            requests: of(requests),
            completions: of(completions),
            batches: of(batches),
            tokens_asked: of(tokens_asked),
            tokens_known: of(tokens_known),
            tokens_said: of(tokens_said),
            trained: of(trained),
        }
    }

    /// Takes no more requests, answers those that are under way, as far as that takes no more than 5 s, and ends. Training is
    /// given up after the step that is under way.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Poisoned locks are no danger: what they guard is replaced as a whole.
fn locked<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
