//! The buffers of a forward and a backward pass.

use ndarray::Array2;

use super::Transformer;
use crate::nn::{block, layer_norm};
use crate::numeric::scalar::Scalar;

/// What backward needs of forward, and its scratch; sized for a number of sequences, reused from step to step.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    /// Rounds of the sequences that pass through.
    pub(super) rounds: usize,
    /// The parameters with every linear map's weight transposed.
    pub(super) transposed: Vec<S>,
    /// X_0 .. X_blocks.
    pub(super) streams: Vec<Array2<S>>,
    pub(super) blocks: Vec<block::Cache<S>>,
    pub(super) norm: layer_norm::Cache<S>,
    /// Z.
    pub(super) normed: Array2<S>,
    pub(super) d_stream: Array2<S>,
    pub(super) d_normed: Array2<S>,
    pub(super) scratch: block::Scratch<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `sequences` sequences that pass through `model`, or another of its configuration; it serves fewer too.
    pub fn new(sequences: usize, model: &Transformer<S>) -> Self {
        let (rounds, width) = (model.config.rounds, model.config.width);
        let rows = sequences * rounds;
        let blocks = &model.layers.blocks;
        let matrix = || Array2::zeros((rows, width));
        Self {
            rounds,
            transposed: vec![S::zero(); model.parameters.len()],
            streams: (0..=blocks.len()).map(|_| matrix()).collect(),
            blocks: blocks.iter().map(|b| block::Cache::new(sequences, rounds, b)).collect(),
            norm: layer_norm::Cache::new(rows),
            normed: matrix(),
            d_stream: matrix(),
            d_normed: matrix(),
            scratch: block::Scratch::new(rows, width),
        }
    }
}

impl<S> Cache<S> {
    /// The sequences that pass through from now on have `rounds` rounds: those of the model, or fewer. Only for models
    /// whose positions, if any, are those of softmax attention.
    ///
    /// # Panics
    /// If the model has fewer rounds, or linear attention.
    pub fn set_rounds(&mut self, rounds: usize) {
        self.blocks.iter_mut().for_each(|block| block.set_rounds(rounds));
        self.rounds = rounds;
    }
}
