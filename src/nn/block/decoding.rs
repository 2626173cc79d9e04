//! A block as it decides: rounds pass through that nobody trains on.

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use super::{Block, first_rows_mut};
use crate::Result;
use crate::nn::attention::Memory;
use crate::nn::{layer_norm, mlp};
use crate::numeric::scalar::Scalar;

/// Scratch of rounds that are decided and not trained on; blocks of one width share it.
#[derive(Clone, Debug)]
pub struct Passing<S> {
    norm: layer_norm::Cache<S>,
    normed: Array2<S>,
    qkv: Array2<S>,
    attended: Array2<S>,
    mlp: mlp::Scratch<S>,
}

impl<S: Scalar> Passing<S> {
    /// Room for `rows` rows that pass through `block` at once.
    pub fn new(rows: usize, block: &Block) -> Self {
        let width = block.width();
        Self {
            norm: layer_norm::Cache::new(rows),
            normed: Array2::zeros((rows, width)),
            qkv: Array2::zeros((rows, 3 * width)),
            attended: Array2::zeros((rows, width)),
            mlp: mlp::Scratch::new(rows, &block.mlp),
        }
    }
}

/// The block's memory of a number of sequences in lock-step, and its scratch.
#[derive(Clone, Debug)]
pub struct Decoding<S> {
    memory: Memory<S>,
    passing: Passing<S>,
}

impl<S: Scalar> Decoding<S> {
    /// The state of `sequences` sequences before their first round.
    pub fn new(sequences: usize, block: &Block) -> Self {
        Self {
            memory: Memory::new(sequences, &block.attention),
            passing: Passing::new(sequences, block),
        }
    }

    /// Forgets everything; the next round is the first.
    pub fn clear(&mut self) {
        self.memory.clear();
    }

    /// Numbers that the rounds seen take, all sequences together.
    pub fn remembered(&self) -> usize {
        self.memory.remembered()
    }

    /// Forgets all rounds from `round` on.
    ///
    /// # Errors
    /// Those of [`Memory::rewind`].
    pub fn rewind(&mut self, round: usize) -> Result<()> {
        self.memory.rewind(round)
    }
}

impl Block {
    /// One round of every sequence: the rows X in `stream` (sequences x width) become Y.
    ///
    /// # Panics
    /// If the shapes do not fit together or there is no room for another round.
    pub fn step<S: Scalar>(
        &self,
        transposed: &[S],
        decoding: &mut Decoding<S>,
        stream: ArrayViewMut2<S>,
    ) {
        let Decoding { memory, passing } = decoding;
        self.pass(transposed, passing, stream, |qkv, attended| memory.step(qkv, attended));
    }

    /// The rows X in `stream` become Y; `attend` is handed `[q | k | v]` of these rows, whatever sequences and rounds they
    /// are, and writes what they attend to.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn pass<S: Scalar>(
        &self,
        transposed: &[S],
        passing: &mut Passing<S>,
        mut stream: ArrayViewMut2<S>,
        attend: impl FnOnce(ArrayView2<S>, ArrayViewMut2<S>),
    ) {
        let rows = stream.nrows();
        let mut normed = first_rows_mut(&mut passing.normed, rows);
        let mut qkv = first_rows_mut(&mut passing.qkv, rows);
        let mut attended = first_rows_mut(&mut passing.attended, rows);
        // 1. Attention beside the straight path.
        self.norm1.forward(transposed, stream.view(), &mut passing.norm, normed.view_mut());
        self.qkv.forward(transposed, normed.view(), qkv.view_mut());
        attend(qkv.view(), attended.view_mut());
        self.out.add(transposed, attended.view(), stream.view_mut());
        // 2. The network beside the straight path.
        self.norm2.forward(transposed, stream.view(), &mut passing.norm, normed.view_mut());
        self.mlp.decide(transposed, normed.view(), &mut passing.mlp, stream);
    }
}
