//! A causal pre-norm Transformer that reads a row of numbers a round and writes a row of numbers a round.
//!
//! Forward, for N sequences of T rounds, whose inputs U are stacked to N*T rows:
//!
//! ```text
//! X_0 = U W_embed^T + b_embed (+ position of the round)      (N*T x width)
//! X_i = block_i(X_(i-1))                                     see nn::block, i = 1 .. blocks
//! Z   = norm(X_blocks)                                       layer normalisation
//! Y   = Z W_head^T + b_head                                  (N*T x outputs)
//! ```
//!
//! Row t of a sequence depends on its inputs up to round t only. Backward walks the same layers from last to first.
//!
//! Parameters, in the names, shapes and order of the flat buffer and of the weight file (matrices by rows, as PyTorch lays
//! them out; i = 0 .. blocks - 1; i from 0):
//!
//! | name | shape |
//! |---|---|
//! | embed.weight, embed.bias | width x inputs, width; a model that reads words: inputs x width, no bias |
//! | embed.before, embed.second | a model that reads words: inputs x width each |
//! | positions.weight (learned positions only) | rounds x width |
//! | blocks.i.norm1.weight, .bias | width |
//! | blocks.i.attention.qkv.weight, .bias | 3 width x width, 3 width: queries, keys, values; heads side by side in each |
//! | blocks.i.attention.out.weight, .bias | width x width, width |
//! | blocks.i.norm2.weight, .bias | width |
//! | blocks.i.mlp.up.weight, .bias | 4 width x width, 4 width |
//! | blocks.i.mlp.down.weight, .bias | width x 4 width, width |
//! | norm.weight, .bias | width |
//! | head.weight, .bias | outputs x width, outputs |

mod cache;
mod check;
mod config;
mod construct;
mod decoder;
mod layers;
mod picked;
mod reader;
mod weights;

pub use cache::Cache;
pub use config::{Attention, Position, TransformerConfig};
pub use decoder::Decoder;
pub use picked::Judged;
pub use reader::{Past, Portion, Prepared, Reader};

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Model;
use crate::nn::block::{first_rows, first_rows_mut};
use crate::nn::embedding::Inputs;
use crate::nn::parameters::Layout;
use crate::numeric::scalar::Scalar;
use layers::{Layers, add_positions};

/// The model: its configuration and its parameters.
#[derive(Clone, Debug)]
pub struct Transformer<S> {
    config: TransformerConfig,
    layout: Layout,
    layers: Layers,
    parameters: Vec<S>,
    /// Fixed positions, rounds x width by rows; empty for the other kinds.
    sinusoids: Vec<S>,
}

impl<S: Scalar> Model for Transformer<S> {
    type Scalar = S;

    fn parameters(&self) -> &[S] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [S] {
        &mut self.parameters
    }
}

impl<S: Scalar> Transformer<S> {
    /// The configuration.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Names, shapes and places of the parameters.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What is added to the embedding of every round, rounds x width by rows; empty if nothing is.
    fn positions(&self) -> &[S] {
        match &self.layers.positions {
            Some(range) => &self.parameters[range.clone()],
            None => &self.sinusoids,
        }
    }

    /// Outputs of all rounds of all sequences: `inputs` is N*T x inputs (or N*T words), `outputs` N*T x outputs, both
    /// contiguous.
    ///
    /// The cache has room for N sequences or more; it was made for a model of this configuration.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn forward<'a>(
        &self,
        inputs: impl Into<Inputs<'a, S>>,
        cache: &mut Cache<S>,
        outputs: ArrayViewMut2<S>,
    ) {
        let inputs = inputs.into();
        self.forward_to_head(inputs, cache);
        let normed = first_rows(&cache.normed, inputs.rows());
        self.layers.head.forward(&cache.transposed, normed, outputs);
    }

    /// All of [`Self::forward`] but the head: Z comes to stand in the cache.
    fn forward_to_head(&self, inputs: Inputs<S>, cache: &mut Cache<S>) {
        let (layers, rows) = (&self.layers, inputs.rows());
        assert_eq!(rows % cache.rounds, 0, "rows are whole sequences");
        let shorter = cache.rounds < self.config.rounds;
        assert!(!shorter || self.positions().is_empty(), "added positions are those of all rounds");
        layers.transpose(&self.parameters, &mut cache.transposed);
        let transposed = &cache.transposed;
        // 1. Embedding and positions.
        let mut stream = first_rows_mut(&mut cache.streams[0], rows);
        layers.embed.forward(transposed, inputs, stream.view_mut());
        add_positions(self.positions(), &mut stream);
        // 2. Blocks.
        for ((i, block), kept) in layers.blocks.iter().enumerate().zip(&mut cache.blocks) {
            let (before, after) = cache.streams.split_at_mut(i + 1);
            let (input, output) = (first_rows(&before[i], rows), &mut after[0]);
            block.forward(transposed, input, kept, first_rows_mut(output, rows));
        }
        // 3. The head's normalisation.
        let last = first_rows(&cache.streams[layers.blocks.len()], rows);
        let normed = first_rows_mut(&mut cache.normed, rows);
        layers.norm.forward(transposed, last, &mut cache.norm, normed);
    }

    /// Adds the gradients of all parameters to `gradient` (laid out as the parameters).
    ///
    /// `inputs` and `cache` are those of the forward call; `d_outputs` is the gradient of the loss with respect to the
    /// outputs, N*T x outputs.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward<'a>(
        &self,
        inputs: impl Into<Inputs<'a, S>>,
        cache: &mut Cache<S>,
        d_outputs: ArrayView2<S>,
        gradient: &mut [S],
    ) {
        let inputs = inputs.into();
        // 3'. Head.
        let normed = first_rows(&cache.normed, inputs.rows());
        let d_normed = first_rows_mut(&mut cache.d_normed, inputs.rows());
        self.layers.head.backward(&self.parameters, normed, d_outputs, gradient, d_normed);
        self.backward_from_head(inputs, cache, gradient);
    }

    /// All of [`Self::backward`] but the head, whose gradient dZ stands in the cache.
    fn backward_from_head(&self, inputs: Inputs<S>, cache: &mut Cache<S>, gradient: &mut [S]) {
        let (layers, parameters, rows) = (&self.layers, &self.parameters, inputs.rows());
        let mut d_stream = first_rows_mut(&mut cache.d_stream, rows);
        let d_normed = first_rows(&cache.d_normed, rows);
        let last = first_rows(&cache.streams[layers.blocks.len()], rows);
        let norm = &cache.norm;
        layers.norm.backward(parameters, last, norm, d_normed, gradient, d_stream.view_mut());
        // 2'. Blocks.
        let blocks = layers.blocks.iter().zip(&cache.streams).zip(&mut cache.blocks);
        for ((block, input), kept) in blocks.rev() {
            let (input, scratch) = (first_rows(input, rows), &mut cache.scratch);
            block.backward(parameters, input, kept, scratch, gradient, d_stream.view_mut());
        }
        // 1'. Positions and embedding.
        if let Some(range) = layers.positions.clone() {
            let table = &mut gradient[range];
            let d_stream = d_stream.as_slice().expect("contiguous");
            for sequence in d_stream.chunks_exact(table.len()) {
                table.iter_mut().zip(sequence).for_each(|(sum, &d)| *sum += d);
            }
        }
        layers.embed.backward(inputs, d_stream.view(), gradient);
    }
}

#[cfg(test)]
mod tests;
