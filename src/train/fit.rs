//! Maximum likelihood: moves the layer's output towards the kept decisions (RMFT-R4).
//!
//! The policy is Gaussian around the layer's output, so the negative log-likelihood is the squared error; the loss here is
//! its mean over rounds, with all six parameter blocks trained.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::rollout::Kept;
use crate::model::linear_attention::{Cache, LinearAttention};
use crate::nn::loss::squared_error;
use crate::numeric::scalar::Scalar;

/// Sequences a task works on at once. Fixed, so that results do not depend on the number of threads.
const SEQUENCES_PER_TASK: usize = 32;

/// Computes loss and gradient over a training set of fixed size; owns the buffers of every task.
pub struct Fitter<S> {
    rounds: usize,
    desks: Vec<Desk<S>>,
    gradient: Vec<S>,
}

struct Desk<S> {
    cache: Cache<S>,
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
            Desk {
                cache: Cache::new(rows, d),
                outputs: Array2::zeros((rows, d)),
                d_outputs: Array2::zeros((rows, d)),
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

    /// The mean over rounds of `|g - x|^2`, and its gradient, laid out as the parameters.
    pub fn loss_and_gradient(&mut self, layer: &LinearAttention<S>, kept: &Kept<S>) -> (f64, &[S]) {
        let rounds = self.rounds;
        let scale = 1.0 / kept.rewards.nrows() as f64;
        let chunk = SEQUENCES_PER_TASK * rounds;
        self.desks
            .par_iter_mut()
            .zip(kept.rewards.axis_chunks_iter(Axis(0), chunk).into_par_iter())
            .zip(kept.targets.axis_chunks_iter(Axis(0), chunk).into_par_iter())
            .for_each(|((desk, rewards), targets)| {
                layer.forward(rewards, rounds, &mut desk.cache, desk.outputs.view_mut());
                desk.loss = squared_error(
                    desk.outputs.as_slice().expect("owned arrays are contiguous"),
                    targets.as_slice().expect("chunks of rows are contiguous"),
                    scale,
                    desk.d_outputs.as_slice_mut().expect("owned arrays are contiguous"),
                );
                desk.gradient.fill(S::zero());
                let d_outputs = desk.d_outputs.view();
                layer.backward(
                    rewards,
                    rounds,
                    &mut desk.cache,
                    d_outputs,
                    &mut desk.gradient,
                    None,
                );
            });
        // Summed in task order, whatever thread did the work.
        self.gradient.fill(S::zero());
        let mut loss = 0.0;
        for desk in &self.desks {
            loss += desk.loss;
            self.gradient.iter_mut().zip(&desk.gradient).for_each(|(sum, &g)| *sum += g);
        }
        (loss, &self.gradient)
    }
}

#[cfg(test)]
mod tests;
