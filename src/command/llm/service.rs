//! Somebody behind an endpoint.

use std::path::Path;

use lowregret::Result;
use lowregret::model::text::generate::Sampling;
use lowregret::net::cache::Cache;
use lowregret::net::client::{Client, Limits, Prices, Settings};
use lowregret::net::key::Key;
use lowregret::net::speaker::{Asking, ChatSpeaker, Dialect};
use lowregret::numeric::rng::Streams;

use super::voice;

/// An endpoint, a model there, and what it has answered.
pub struct Service {
    pub client: Client,
    pub cache: Option<Cache>,
    pub model: String,
    pub dialect: Dialect,
}

impl Service {
    pub fn open(
        arguments: &voice::Speaking,
        url: &str,
        cache: Option<&Path>,
        price_trained: f64,
    ) -> Result<Self> {
        let given = &arguments.endpoint;
        let limits = Limits {
            answer: given.timeout,
            silence: given.timeout,
            patience: given.patience,
            tries: given.tries,
            requests_a_minute: given.requests_a_minute,
            tokens_a_minute: given.tokens_a_minute,
            concurrent: given.concurrent,
            ..Limits::default()
        };
        let prices =
            Prices { read: given.price_read, said: given.price_said, trained: price_trained };
        let key = arguments.key_env.as_deref().map(Key::of_variable).transpose()?;
        let client = Client::new(Settings { url: url.to_owned(), key, limits, prices })?;
        let cache = cache.map(Cache::open).transpose()?;
        if let Some(cache) = cache.as_ref().filter(|cache| cache.was_torn()) {
            eprintln!("notice: the last answer in the cache was torn; {} are whole", cache.len());
        }
        let model = arguments.model.clone().unwrap_or_default();
        Ok(Self { client, cache, model, dialect: given.dialect() })
    }

    pub fn asking(&self, sampling: Sampling) -> Asking<'_> {
        Asking { client: &self.client, cache: self.cache.as_ref(), sampling, dialect: self.dialect }
    }

    pub fn speaker(
        &self,
        sampling: Sampling,
        streams: Streams,
        iteration: usize,
    ) -> Result<ChatSpeaker<'_>> {
        ChatSpeaker::new(self.asking(sampling), &self.model, streams, iteration)
    }
}
