//! The model one round at a time, many sequences in lock-step.

use ndarray::{Array2, ArrayViewMut2};

use super::Transformer;
use super::layers::add_positions;
use crate::Result;
use crate::nn::block::{Decoding, first_rows_mut};
use crate::nn::embedding::Inputs;
use crate::nn::layer_norm;
use crate::numeric::scalar::Scalar;

/// What a number of sequences have seen so far; a round costs what is new in it, and allocates nothing.
#[derive(Clone, Debug)]
pub struct Decoder<S> {
    round: usize,
    /// The parameters with every linear map's weight transposed.
    transposed: Vec<S>,
    blocks: Vec<Decoding<S>>,
    stream: Array2<S>,
    normed: Array2<S>,
    norm: layer_norm::Cache<S>,
}

impl<S: Scalar> Decoder<S> {
    /// The state of `sequences` sequences before their first round; it serves fewer too, the same from round to round.
    pub fn new(sequences: usize, model: &Transformer<S>) -> Self {
        let shape = (sequences, model.config.width);
        Self {
            round: 0,
            transposed: vec![S::zero(); model.parameters.len()],
            blocks: model.layers.blocks.iter().map(|b| Decoding::new(sequences, b)).collect(),
            stream: Array2::zeros(shape),
            normed: Array2::zeros(shape),
            norm: layer_norm::Cache::new(sequences),
        }
    }

    /// Forgets everything; the next round is the first.
    pub fn clear(&mut self) {
        self.round = 0;
        self.blocks.iter_mut().for_each(Decoding::clear);
    }

    /// Numbers that the rounds seen take, all blocks and sequences together: what the next decision looks back at. (Room for
    /// the keys and values of all rounds is made at the start.)
    pub fn remembered(&self) -> usize {
        self.blocks.iter().map(Decoding::remembered).sum()
    }

    /// Forgets all rounds from `round` on, so that the next one is that: a question that was asked leaves no trace. Rounds
    /// that were not played yet are none to forget.
    ///
    /// # Errors
    /// A model of linear attention, whose memory is a sum.
    pub fn rewind(&mut self, round: usize) -> Result<()> {
        for block in &mut self.blocks {
            block.rewind(round)?;
        }
        self.round = self.round.min(round);
        Ok(())
    }

    /// One round of every sequence: reads `inputs` (sequences x inputs, or a word each) and overwrites `outputs` (sequences
    /// x outputs) with the rows that [`Transformer::forward`] gives for this round of these sequences.
    ///
    /// `model` is that of [`Decoder::new`], or another of its configuration; its parameters are those of the first round
    /// until [`Self::clear`].
    ///
    /// # Panics
    /// If the shapes do not fit together or all rounds have been played.
    pub fn step<'a>(
        &mut self,
        model: &Transformer<S>,
        inputs: impl Into<Inputs<'a, S>>,
        outputs: ArrayViewMut2<S>,
    ) {
        let inputs = inputs.into();
        let (layers, rows) = (&model.layers, inputs.rows());
        let (width, rounds) = (model.config.width, model.config.rounds);
        assert!(self.round < rounds, "room for {rounds} rounds only");
        if self.round == 0 {
            layers.transpose(&model.parameters, &mut self.transposed);
        }
        let transposed = &self.transposed;
        let mut stream = first_rows_mut(&mut self.stream, rows);
        let mut normed = first_rows_mut(&mut self.normed, rows);
        // 1. Embedding and position.
        layers.embed.forward(transposed, inputs, stream.view_mut());
        if let Some(position) = model.positions().chunks_exact(width).nth(self.round) {
            add_positions(position, &mut stream);
        }
        // 2. Blocks.
        for (block, decoding) in layers.blocks.iter().zip(&mut self.blocks) {
            block.step(transposed, decoding, stream.view_mut());
        }
        // 3. Head.
        layers.norm.forward(transposed, stream.view(), &mut self.norm, normed.view_mut());
        layers.head.forward(transposed, normed.view(), outputs);
        self.round += 1;
    }
}
