//! One token from its logits.

use rand::{Rng, RngExt};

use super::Sampling;
use crate::model::text::tokenizer::Special;
use crate::nn::loss::softmax_in_place;

/// Scratch of drawing.
#[derive(Debug)]
pub(super) struct Drawer {
    tokens: usize,
    /// The likeliest tokens with their probabilities.
    nucleus: Vec<(f32, u32)>,
}

impl Drawer {
    pub fn new(tokens: usize) -> Self {
        Self { tokens, nucleus: Vec::with_capacity(tokens) }
    }

    /// Number of tokens.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Draws a token; the only special one is the end of the answer. Overwrites `logits`.
    pub fn draw(&mut self, logits: &mut [f32], sampling: &Sampling, rng: &mut impl Rng) -> u32 {
        for special in Special::ALL {
            if special != Special::AssistantEnd {
                logits[special.token() as usize] = f32::NEG_INFINITY;
            }
        }
        if sampling.temperature == 0.0 {
            return likeliest(logits);
        }
        // Finite: an infinite one would make the top, 0 below, no number.
        let inverse = (1.0 / sampling.temperature).min(f64::from(f32::MAX)) as f32;
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        // Relative to the top: no temperature, however low, makes infinities of logits.
        logits.iter_mut().for_each(|z| *z = (*z - top) * inverse);
        softmax_in_place(logits);
        let uniform: f32 = rng.random();
        if sampling.top_p < 1.0 {
            return self.draw_likely(logits, sampling.top_p as f32, uniform);
        }
        let last = logits.iter().rposition(|&p| p > 0.0).unwrap_or(0);
        let mut left = uniform;
        for (token, &p) in logits[..last].iter().enumerate() {
            left -= p;
            if left < 0.0 {
                return token as u32;
            }
        }
        last as u32
    }

    /// Draws among as few of the likeliest tokens as have the probability `share` together; of equally likely ones those of
    /// the lowest index.
    fn draw_likely(&mut self, probabilities: &[f32], share: f32, uniform: f32) -> u32 {
        // Those below this threshold have less than 1 - share together: they are never needed.
        let threshold = (1.0 - share) / probabilities.len() as f32;
        let likely = (0..).zip(probabilities).filter(|&(_, &p)| p >= threshold);
        self.nucleus.clear();
        self.nucleus.extend(likely.map(|(token, &p)| (p, token)));
        self.nucleus.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut sum = 0.0;
        let needed = self.nucleus.iter().position(|&(p, _)| {
            sum += p;
            sum >= share
        });
        let kept = needed.map_or(self.nucleus.len(), |last| last + 1);
        let mut left = uniform * sum;
        for &(p, token) in &self.nucleus[..kept] {
            left -= p;
            if left < 0.0 {
                return token;
            }
        }
        self.nucleus[..kept].last().map_or_else(|| likeliest(probabilities), |&(_, token)| token)
    }
}

/// The token of the largest number, the first of equal ones.
fn likeliest(numbers: &[f32]) -> u32 {
    let mut best = 0;
    for (token, &x) in numbers.iter().enumerate() {
        if x > numbers[best] {
            best = token;
        }
    }
    best as u32
}
