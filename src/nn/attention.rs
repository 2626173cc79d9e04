//! The two kinds of attention behind one face, so that a block is written once.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::causal_linear_attention::{self, CausalLinearAttention, RecurrentState};
use super::softmax_attention::{self, KeyValueCache, SoftmaxAttention};
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// The parameter-free core of attention: packed `[q | k | v]` in (rows x 3 width), a row of outputs out (rows x width).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Probabilities over past rounds.
    Softmax(SoftmaxAttention),
    /// A running sum of past rounds.
    Linear(CausalLinearAttention),
}

/// What backward needs of forward.
#[derive(Clone, Debug)]
pub enum Cache<S> {
    /// Of [`Attention::Softmax`].
    Softmax(Box<softmax_attention::Cache<S>>),
    /// Of [`Attention::Linear`].
    Linear(Box<causal_linear_attention::Cache<S>>),
}

impl<S: Scalar> Cache<S> {
    /// Room for `sequences` sequences that pass through `attention`.
    pub fn new(sequences: usize, attention: &Attention) -> Self {
        match attention {
            Attention::Softmax(core) => {
                Self::Softmax(Box::new(softmax_attention::Cache::new(sequences, core)))
            }
            Attention::Linear(core) => {
                Self::Linear(Box::new(causal_linear_attention::Cache::new(sequences, core)))
            }
        }
    }
}

impl<S> Cache<S> {
    /// The sequences that pass through softmax attention from now on have `rounds` rounds.
    ///
    /// # Panics
    /// If there is no room for so many; for linear attention.
    pub fn set_rounds(&mut self, rounds: usize) {
        match self {
            Self::Softmax(cache) => cache.set_rounds(rounds),
            Self::Linear(_) => panic!("linear attention has sequences of one length"),
        }
    }
}

/// What a number of sequences in lock-step have seen so far.
#[derive(Clone, Debug)]
pub enum Memory<S> {
    /// Of [`Attention::Softmax`].
    Softmax(KeyValueCache<S>),
    /// Of [`Attention::Linear`].
    Linear(RecurrentState<S>),
}

impl<S: Scalar> Memory<S> {
    /// The memory of `sequences` sequences before their first round.
    pub fn new(sequences: usize, attention: &Attention) -> Self {
        match attention {
            Attention::Softmax(core) => Self::Softmax(KeyValueCache::new(sequences, core)),
            Attention::Linear(core) => Self::Linear(RecurrentState::new(sequences, core)),
        }
    }

    /// Forgets everything; the next round is the first.
    pub fn clear(&mut self) {
        match self {
            Self::Softmax(memory) => memory.clear(),
            Self::Linear(memory) => memory.clear(),
        }
    }

    /// Numbers that the rounds seen take, all sequences together.
    pub fn remembered(&self) -> usize {
        match self {
            Self::Softmax(memory) => memory.remembered(),
            Self::Linear(memory) => memory.remembered(),
        }
    }

    /// Forgets all rounds from `round` on.
    ///
    /// # Errors
    /// Linear attention: what it keeps is a sum, of which no round can be taken out.
    pub fn rewind(&mut self, round: usize) -> Result<()> {
        match self {
            Self::Softmax(memory) => {
                memory.rewind(round);
                Ok(())
            }
            Self::Linear(_) => Err(Error::parameter(
                "attention",
                "linear",
                "softmax, which can forget single rounds",
            )),
        }
    }

    /// Appends a round to every sequence and writes its outputs: `qkv` is sequences x 3 width, `output` sequences x width.
    ///
    /// # Panics
    /// If the shapes are not these or there is no room for another round.
    pub fn step(&mut self, qkv: ArrayView2<S>, output: ArrayViewMut2<S>) {
        match self {
            Self::Softmax(memory) => memory.step(qkv, output),
            Self::Linear(memory) => memory.step(qkv, output),
        }
    }
}

impl Attention {
    /// Outputs of all rounds of all sequences.
    ///
    /// # Panics
    /// If the shapes do not fit together or the cache is that of the other kind.
    pub fn forward<S: Scalar>(
        &self,
        qkv: ArrayView2<S>,
        cache: &mut Cache<S>,
        output: ArrayViewMut2<S>,
    ) {
        match (self, cache) {
            (Self::Softmax(core), Cache::Softmax(cache)) => core.forward(qkv, cache, output),
            (Self::Linear(core), Cache::Linear(cache)) => core.forward(qkv, cache, output),
            _ => panic!("{FOREIGN_CACHE}"),
        }
    }

    /// Overwrites `d_qkv` with the gradient of the loss with respect to `qkv`.
    ///
    /// # Panics
    /// If the shapes do not fit together or the cache is that of the other kind.
    pub fn backward<S: Scalar>(
        &self,
        qkv: ArrayView2<S>,
        cache: &mut Cache<S>,
        d_output: ArrayView2<S>,
        d_qkv: ArrayViewMut2<S>,
    ) {
        match (self, cache) {
            (Self::Softmax(core), Cache::Softmax(cache)) => {
                core.backward(qkv, cache, d_output, d_qkv);
            }
            (Self::Linear(core), Cache::Linear(cache)) => {
                core.backward(qkv, cache, d_output, d_qkv);
            }
            _ => panic!("{FOREIGN_CACHE}"),
        }
    }
}

const FOREIGN_CACHE: &str = "the cache was made for the other kind of attention";
