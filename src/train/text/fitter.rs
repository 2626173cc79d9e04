//! Loss and gradient of passages of any lengths: every passage passes alone, so that nothing is padded; outputs are made
//! only where a token counts.

use super::passage::Passage;
use crate::model::Model;
use crate::model::text::{BEFORE, TextModel};
use crate::model::transformer::{Cache, Judged, Transformer, TransformerConfig};
use crate::nn::embedding::{Word, words};
use crate::nn::loss::cross_entropy;
use crate::train::tasks::{Part, Tasks};
use crate::{Error, Result};

/// Largest number of numbers that fitting may hold: 2 GB in single precision.
const MAX_BUFFERED: usize = 1 << 29;

/// Computes loss and gradient of batches of up to a fixed size; owns all buffers.
pub struct TextFitter {
    /// One a passage, so that results do not depend on the number of threads.
    tasks: Tasks<f32, Desk>,
}

/// Where a thread works.
struct Desk {
    cache: Cache<f32>,
    judged: Judged<f32>,
    read: Vec<Word>,
    /// Rounds after which a token counts; that token; its weight.
    picked: Vec<usize>,
    targets: Vec<usize>,
    weights: Vec<f32>,
}

impl TextFitter {
    /// Buffers for batches of `passages` passages of models like `model`, for as many threads as the current pool has.
    ///
    /// # Errors
    /// Buffers beyond 2^29 numbers.
    pub fn new(model: &TextModel, passages: usize) -> Result<Self> {
        let transformer = model.transformer();
        let parameters = transformer.parameters().len();
        let desks = Tasks::<f32, Desk>::desks(passages);
        let buffered = (passages.saturating_add(1).saturating_mul(parameters))
            .saturating_add(desks.saturating_mul(activations(transformer.config())));
        if buffered > MAX_BUFFERED {
            let expected = format!(
                "sizes whose buffers hold at most {MAX_BUFFERED} numbers (these: {buffered})"
            );
            return Err(Error::parameter(
                "batch, tokens of a conversation",
                format!("{passages}, {}", model.room()),
                expected,
            ));
        }
        let rounds = model.room();
        let desk = || Desk {
            cache: Cache::new(1, transformer),
            judged: Judged::new(transformer),
            read: Vec::with_capacity(rounds),
            picked: Vec::with_capacity(rounds),
            targets: Vec::with_capacity(rounds),
            weights: Vec::with_capacity(rounds),
        };
        Ok(Self { tasks: Tasks::new(parameters, passages, desk) })
    }

    /// The weighted mean cross-entropy of the tokens that count in the passages `batch` of `passages`, in nats, and its
    /// gradient, laid out as the parameters. The passages are checked ([`Passage::check`]).
    ///
    /// # Panics
    /// If the batch is larger than there is room for, or a passage is not one of the model.
    pub fn loss_and_gradient(
        &mut self,
        model: &Transformer<f32>,
        passages: &[Passage],
        batch: &[usize],
    ) -> (f64, &mut [f32]) {
        let scale = 1.0 / batch.iter().map(|&i| passages[i].weight()).sum::<f64>();
        self.tasks.sum(batch.iter(), |desk, &i, part| {
            desk.work(model, &passages[i], scale as f32, part);
        })
    }
}

impl Desk {
    /// Adds loss and gradient of a passage to those of the task.
    fn work(
        &mut self,
        model: &Transformer<f32>,
        passage: &Passage,
        scale: f32,
        part: &mut Part<f32>,
    ) {
        let Self { cache, judged, read, picked, targets, weights } = self;
        picked.clear();
        targets.clear();
        weights.clear();
        let tokens = passage.tokens.iter().zip(&passage.weights).enumerate().skip(1);
        for (i, (&token, &weight)) in tokens.filter(|(_, (_, weight))| **weight > 0.0) {
            picked.push(i - 1);
            targets.push(token as usize);
            weights.push(scale * weight);
        }
        // What comes after the last token that counts is not read.
        let Some(&last) = picked.last() else { return };
        read.clear();
        read.extend(words(BEFORE, &passage.tokens[..=last]));
        cache.set_rounds(read.len());
        let gradient = &mut part.gradient;
        part.loss += model.loss_and_gradient(
            &read[..],
            picked,
            cache,
            judged,
            gradient,
            |places, logits, d| {
                cross_entropy(logits, &targets[places.clone()], &weights[places], d)
            },
        );
    }
}

/// Numbers that forward and backward of one passage keep, about.
fn activations(shape: &TransformerConfig) -> usize {
    let rows = shape.blocks.saturating_mul(24).saturating_mul(shape.width);
    let attention = (shape.blocks.saturating_mul(shape.heads) + 1).saturating_mul(shape.rounds);
    shape.rounds.saturating_mul(rows.saturating_add(attention))
}
