//! Maximum likelihood: moves the layer's output towards the kept decisions (RMFT-R4).
//!
//! The policy is Gaussian around the layer's output, so the negative log-likelihood is the squared error; the loss here is
//! its mean over rounds, with all six parameter blocks trained.

use ndarray::Array2;
use rayon::prelude::*;

use super::rollout::Kept;
use crate::model::Model;
use crate::model::linear_attention::{Cache, LinearAttention};
use crate::nn::loss::squared_error;
use crate::numeric::scalar::Scalar;
use crate::train::contiguous::{slice, slice_mut};

/// Sequences a task works on at once. Fixed, so that results do not depend on the number of threads.
const SEQUENCES_PER_TASK: usize = 32;

/// Computes loss and gradient over batches of up to a fixed size; owns the buffers of every task.
pub struct Fitter<S> {
    rounds: usize,
    desks: Vec<Desk<S>>,
    gradient: Vec<S>,
}

struct Desk<S> {
    cache: Cache<S>,
    rewards: Array2<S>,
    targets: Array2<S>,
    outputs: Array2<S>,
    d_outputs: Array2<S>,
    gradient: Vec<S>,
    loss: f64,
}

impl<S: Scalar> Fitter<S> {
    /// Buffers for `sequences` sequences of `rounds` rounds and for a layer like `layer`.
    pub fn new(layer: &LinearAttention<S>, sequences: usize, rounds: usize) -> Self {
        let (d, parameters) = (layer.config().d, layer.parameters().len());
        let desk = |task: usize| {
            let rows = SEQUENCES_PER_TASK.min(sequences - task * SEQUENCES_PER_TASK) * rounds;
            let empty = || Array2::zeros((rows, d));
            Desk {
                cache: Cache::new(rows, d),
                rewards: empty(),
                targets: empty(),
                outputs: empty(),
                d_outputs: empty(),
                gradient: vec![S::zero(); parameters],
                loss: 0.0,
            }
        };
        Self {
            rounds,
            desks: (0..sequences.div_ceil(SEQUENCES_PER_TASK)).map(desk).collect(),
            gradient: vec![S::zero(); parameters],
        }
    }

    /// The weighted mean over the rounds of the sequences `batch` of `|g - x|^2`, and its gradient, laid out as the
    /// parameters.
    pub fn loss_and_gradient(
        &mut self,
        layer: &LinearAttention<S>,
        kept: &Kept<S>,
        batch: &[usize],
    ) -> (f64, &mut [S]) {
        let rounds = self.rounds;
        let scale = 1.0 / (batch.len() * rounds) as f64;
        let tasks = batch.len().div_ceil(SEQUENCES_PER_TASK);
        self.desks
            .par_iter_mut()
            .zip(batch.par_chunks(SEQUENCES_PER_TASK))
            .for_each(|(desk, batch)| desk.work(layer, rounds, kept, batch, scale));
        // Summed in task order, whatever thread did the work.
        self.gradient.fill(S::zero());
        let mut loss = 0.0;
        for desk in &self.desks[..tasks] {
            loss += desk.loss;
            self.gradient.iter_mut().zip(&desk.gradient).for_each(|(sum, &g)| *sum += g);
        }
        (loss, &mut self.gradient)
    }
}

impl<S: Scalar> Desk<S> {
    fn work(
        &mut self,
        layer: &LinearAttention<S>,
        rounds: usize,
        kept: &Kept<S>,
        batch: &[usize],
        scale: f64,
    ) {
        let length = rounds * layer.config().d;
        let sources = (slice(&kept.rewards), slice(&kept.targets));
        let places = slice_mut(&mut self.rewards).chunks_exact_mut(length);
        let places = places.zip(slice_mut(&mut self.targets).chunks_exact_mut(length));
        for (&i, (rewards, targets)) in batch.iter().zip(places) {
            rewards.copy_from_slice(&sources.0[i * length..(i + 1) * length]);
            targets.copy_from_slice(&sources.1[i * length..(i + 1) * length]);
        }
        layer.forward(self.rewards.view(), rounds, &mut self.cache, self.outputs.view_mut());
        self.loss = 0.0;
        // A last batch may be smaller than the buffers: the rest does not count.
        self.d_outputs.fill(S::zero());
        let sequences = slice(&self.outputs).chunks_exact(length);
        let sequences = sequences.zip(slice(&self.targets).chunks_exact(length));
        let sequences = sequences.zip(slice_mut(&mut self.d_outputs).chunks_exact_mut(length));
        for (&i, ((outputs, targets), d_outputs)) in batch.iter().zip(sequences) {
            self.loss += squared_error(outputs, targets, scale * kept.weights[i], d_outputs);
        }
        self.gradient.fill(S::zero());
        let (rewards, d_outputs) = (self.rewards.view(), self.d_outputs.view());
        layer.backward(rewards, rounds, &mut self.cache, d_outputs, &mut self.gradient, None);
    }
}

#[cfg(test)]
mod tests;
