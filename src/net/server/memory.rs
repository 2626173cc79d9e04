//! What was read of recent conversations.

use crate::model::text::TextModel;
use crate::model::text::generate::Stream;

/// Streams of conversations that may go on, the oldest first.
pub struct Memory {
    streams: Vec<Held>,
    /// Most numbers that keys and values may be.
    most: usize,
}

struct Held {
    /// Which model has read it.
    model: usize,
    stream: Stream,
}

impl Memory {
    pub fn new(most: usize) -> Self {
        Self { streams: Vec::new(), most }
    }

    /// The stream that shares most with `prompt`, if that is at least half of it, else a new one; and how much that is.
    pub fn take(&mut self, number: usize, model: &TextModel, prompt: &[u32]) -> (Stream, usize) {
        let shared = |held: &Held| {
            let pairs = held.stream.tokens().iter().zip(prompt);
            pairs.take_while(|(own, other)| own == other).count()
        };
        let own = self.streams.iter().enumerate().filter(|(_, held)| held.model == number);
        let best = own.map(|(i, held)| (shared(held), i)).max();
        match best {
            // Less is what conversations in the same setting share: another one may go on from there.
            Some((shared, i)) if 2 * shared > self.streams[i].stream.tokens().len() => {
                (self.streams.remove(i).stream, shared.min(prompt.len().saturating_sub(1)))
            }
            _ => (Stream::new(model), 0),
        }
    }

    /// Keeps a stream, and forgets the oldest if there are too many.
    pub fn keep(&mut self, number: usize, stream: Stream, numbers_a_token: usize) {
        self.streams.push(Held { model: number, stream });
        let tokens = |streams: &[Held]| -> usize {
            streams.iter().map(|held| held.stream.tokens().len()).sum()
        };
        let most = self.most / numbers_a_token.max(1);
        let mut sum = tokens(&self.streams);
        let mut oldest = 0;
        while sum > most && oldest < self.streams.len() {
            sum -= self.streams[oldest].stream.tokens().len();
            oldest += 1;
        }
        self.streams.drain(..oldest);
    }
}
