//! Sequences of words that grow at their own pace, read in batches of any mixture.

use ndarray::{Array2, ArrayViewMut2};

use super::{Attention, Position, Transformer};
use crate::nn::attention;
use crate::nn::block::{Passing, first_rows, first_rows_mut};
use crate::nn::embedding::{Word, words};
use crate::nn::layer_norm;
use crate::nn::softmax_attention::{Attendant, History};
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// A model made ready to read: its weights as forward passes want them. Threads share it.
#[derive(Clone, Debug)]
pub struct Prepared<'a, S> {
    model: &'a Transformer<S>,
    transposed: Vec<S>,
}

impl<'a, S: Scalar> Prepared<'a, S> {
    /// Makes `model` ready.
    ///
    /// # Errors
    /// Linear attention, whose memory cannot be rewound, and positions that are added to the embedding.
    pub fn new(model: &'a Transformer<S>) -> Result<Self> {
        if model.config.attention != Attention::Softmax {
            return Err(Error::parameter("attention", "linear", "softmax"));
        }
        let position = model.config.position;
        if !matches!(position, Position::None | Position::Alibi | Position::Rotary) {
            let value = format!("{position:?}").to_lowercase();
            return Err(Error::parameter("position", value, "none, alibi or rotary"));
        }
        let mut transposed = vec![S::zero(); model.parameters.len()];
        model.layers.transpose(&model.parameters, &mut transposed);
        Ok(Self { model, transposed })
    }

    /// The model.
    pub fn model(&self) -> &'a Transformer<S> {
        self.model
    }
}

/// What a model remembers of one sequence: the keys and values of every block.
#[derive(Clone, Debug)]
pub struct Past<S> {
    blocks: Vec<History<S>>,
}

impl<S: Scalar> Past<S> {
    /// A sequence that has not begun.
    pub fn new(model: &Transformer<S>) -> Self {
        Self { blocks: vec![History::default(); model.config.blocks] }
    }

    /// Words read so far.
    pub fn len(&self) -> usize {
        self.blocks.first().map_or(0, History::len)
    }

    /// Whether no word was read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all words from `word` on.
    pub fn rewind(&mut self, word: usize) {
        self.blocks.iter_mut().for_each(|block| block.rewind(word));
    }
}

/// What is read of one sequence at once.
#[derive(Debug)]
pub struct Portion<'a, S> {
    /// What was read of it before; the words are added.
    pub past: &'a mut Past<S>,
    /// The two words before these, the nearer one first; at the beginning, what stands before a sequence.
    pub before: [u32; 2],
    /// The words that follow, one or more.
    pub words: &'a [u32],
}

/// The scratch of reading; one a thread.
#[derive(Clone, Debug)]
pub struct Reader<S> {
    words: Vec<Word>,
    stream: Array2<S>,
    last: Array2<S>,
    normed: Array2<S>,
    norm: layer_norm::Cache<S>,
    passing: Passing<S>,
    attendant: Attendant<S>,
}

impl<S: Scalar> Reader<S> {
    /// Room for `room` words at once.
    ///
    /// # Panics
    /// If `room` is 0.
    pub fn new(room: usize, prepared: &Prepared<S>) -> Self {
        let model = prepared.model;
        let block = &model.layers.blocks[0];
        let attention::Attention::Softmax(core) = block.attention() else {
            unreachable!("refused when the model was prepared")
        };
        assert!(room > 0, "room for a word");
        let rows = || Array2::zeros((room, model.config.width));
        Self {
            words: Vec::with_capacity(room),
            stream: rows(),
            last: rows(),
            normed: rows(),
            norm: layer_norm::Cache::new(room),
            passing: Passing::new(room, block),
            attendant: Attendant::new(core),
        }
    }

    /// Words that can be read at once.
    pub fn room(&self) -> usize {
        self.stream.nrows()
    }

    /// Reads all portions; row i of `outputs` (portions x outputs) is what the model says after the last word of portion i.
    ///
    /// Nothing depends on what is read together, to the bit.
    ///
    /// # Panics
    /// If there are more words than room, a portion without words, a sequence that gets longer than the model's rounds, or
    /// a word that is not in the vocabulary.
    pub fn read(
        &mut self,
        prepared: &Prepared<S>,
        portions: &mut [Portion<S>],
        outputs: ArrayViewMut2<S>,
    ) {
        let (layers, transposed) = (&prepared.model.layers, &prepared.transposed[..]);
        self.words.clear();
        portions.iter().for_each(|portion| self.words.extend(words(portion.before, portion.words)));
        assert!(self.words.len() <= self.room(), "room for {} words", self.room());
        assert_eq!(outputs.nrows(), portions.len(), "a row of outputs for every portion");
        // 1. Embedding.
        let mut stream = first_rows_mut(&mut self.stream, self.words.len());
        layers.embed.forward(transposed, (&self.words[..]).into(), stream.view_mut());
        // 2. Blocks: every portion attends to its own past.
        for (i, block) in layers.blocks.iter().enumerate() {
            let attendant = &mut self.attendant;
            block.pass(
                transposed,
                &mut self.passing,
                stream.view_mut(),
                |mut qkv, mut attended| {
                    for portion in &mut *portions {
                        let (here, after) = qkv.split_at(ndarray::Axis(0), portion.words.len());
                        let (out, out_after) =
                            attended.split_at(ndarray::Axis(0), portion.words.len());
                        attendant.read(here, &mut portion.past.blocks[i], out);
                        (qkv, attended) = (after, out_after);
                    }
                },
            );
        }
        // 3. Head, after the last words only.
        let mut end = 0;
        for (portion, mut last) in portions.iter().zip(self.last.rows_mut()) {
            assert!(!portion.words.is_empty(), "a portion has words");
            end += portion.words.len();
            last.assign(&stream.row(end - 1));
        }
        let last = first_rows(&self.last, portions.len());
        let mut normed = first_rows_mut(&mut self.normed, portions.len());
        layers.norm.forward(transposed, last, &mut self.norm, normed.view_mut());
        layers.head.forward(transposed, normed.view(), outputs);
    }
}
