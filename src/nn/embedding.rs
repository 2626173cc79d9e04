//! How a Transformer takes in what it reads: rows of numbers through a linear map, words of a vocabulary from a table.
//!
//! Forward, for N words w, each after b and b after a, the tables E, B and A (words x D), and backward from G = dLoss/dX
//! (N x D):
//!
//! ```text
//! X_n = E_(w_n) + B_(b_n) + A_(a_n)                              (N x D)
//! dE_(w_n) += G_n,  dB_(b_n) += G_n,  dA_(a_n) += G_n            row by row, in order
//! ```
//!
//! What a word follows stands in its row from the start, so a single layer of attention can look up what came after an
//! earlier occurrence of a word; otherwise that takes a layer more, and much longer to learn (Olsson et al. 2022,
//! "In-context learning and induction heads", arXiv 2209.11895, there by smeared keys).

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::linear::Linear;
use super::parameters::Layout;
use crate::numeric::rng::fill_standard_normal;
use crate::numeric::scalar::Scalar;

/// Standard deviation of the initial vectors of words: a few blocks add up to more than that.
const WORD_NOISE: f64 = 0.1;

/// What a model reads each round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// A row of numbers.
    #[default]
    Numbers,
    /// A word of a vocabulary and the two before it, by their indices.
    Words,
}

impl Reads {
    /// Whether it is rows of numbers.
    pub(crate) fn is_numbers(&self) -> bool {
        *self == Self::Numbers
    }
}

/// A word that is read and the two before it, the nearer one first, by their indices in the vocabulary.
pub type Word = [u32; 3];

/// `indices` as words, the first of which stands behind `before`, the nearer one first.
pub fn words(mut before: [u32; 2], indices: &[u32]) -> impl Iterator<Item = Word> {
    indices.iter().map(move |&index| {
        let word = [index, before[0], before[1]];
        before = [word[0], word[1]];
        word
    })
}

/// What is read in N rounds.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a, S> {
    /// N x inputs, contiguous.
    Numbers(ArrayView2<'a, S>),
    /// N words.
    Words(&'a [Word]),
}

impl<S> Inputs<'_, S> {
    /// Number of rounds N, of all sequences together.
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers(rows) => rows.nrows(),
            Self::Words(words) => words.len(),
        }
    }
}

impl<'a, S> From<ArrayView2<'a, S>> for Inputs<'a, S> {
    fn from(rows: ArrayView2<'a, S>) -> Self {
        Self::Numbers(rows)
    }
}

impl<'a, S> From<&'a [Word]> for Inputs<'a, S> {
    fn from(words: &'a [Word]) -> Self {
        Self::Words(words)
    }
}

/// The layer, and the places of its parameters in the flat buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embedding {
    /// The linear map of a row of numbers.
    Numbers(Linear),
    /// The vectors of all words, by rows.
    Words {
        /// Columns of the residual stream.
        width: usize,
        /// Places of the tables of the word and of those before it.
        tables: [Range<usize>; 3],
    },
}

impl Embedding {
    /// Appends the layer's parameters to `layout`: `name.weight` and, for numbers, `name.bias`, for words `name.before` and
    /// `name.second`. `inputs` is the number of numbers, or of words.
    pub fn declare(
        layout: &mut Layout,
        name: &str,
        reads: Reads,
        inputs: usize,
        width: usize,
    ) -> Self {
        match reads {
            Reads::Numbers => Self::Numbers(Linear::declare(layout, name, inputs, width)),
            Reads::Words => {
                let tables = ["weight", "before", "second"]
                    .map(|part| layout.add_matrix(&format!("{name}.{part}"), inputs, width));
                Self::Words { width, tables }
            }
        }
    }

    /// Draws the parameters.
    pub fn initialize<S: Scalar>(&self, parameters: &mut [S], rng: &mut impl Rng) {
        match self {
            Self::Numbers(linear) => linear.initialize(parameters, rng),
            Self::Words { tables, .. } => {
                for table in tables {
                    let table = &mut parameters[table.clone()];
                    fill_standard_normal(rng, table);
                    table.iter_mut().for_each(|entry| *entry *= S::of(WORD_NOISE));
                }
            }
        }
    }

    /// Transposes what forward reads transposed; the rest of `transposed` is a copy of `parameters` already.
    pub fn transpose<S: Scalar>(&self, parameters: &[S], transposed: &mut [S]) {
        if let Self::Numbers(linear) = self {
            linear.transpose(parameters, transposed);
        }
    }

    /// Overwrites `output` (N x D).
    ///
    /// # Panics
    /// If numbers come where words are read, or words where numbers are, or a word is not in the vocabulary; if the
    /// shapes do not fit together.
    pub fn forward<S: Scalar>(
        &self,
        transposed: &[S],
        input: Inputs<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        match (self, input) {
            (Self::Numbers(linear), Inputs::Numbers(rows)) => {
                linear.forward(transposed, rows, output);
            }
            (Self::Words { width, tables }, Inputs::Words(words)) => {
                assert_eq!(output.dim(), (words.len(), *width), "a row for every word");
                let output = output.as_slice_mut().expect("contiguous").chunks_exact_mut(*width);
                for (row, word) in output.zip(words) {
                    let [own, first, second] =
                        place(tables, word, *width).map(|place| &transposed[place]);
                    let before = first.iter().zip(second).map(|(&a, &b)| a + b);
                    row.iter_mut().zip(own.iter().zip(before)).for_each(|(x, (&a, b))| *x = a + b);
                }
            }
            _ => panic!("numbers and words are different inputs"),
        }
    }

    /// Adds the gradients of the parameters to `gradient`; `d_output` is N x D.
    ///
    /// # Panics
    /// As for [`Self::forward`].
    pub fn backward<S: Scalar>(
        &self,
        input: Inputs<S>,
        d_output: ArrayView2<S>,
        gradient: &mut [S],
    ) {
        match (self, input) {
            (Self::Numbers(linear), Inputs::Numbers(rows)) => {
                linear.backward_parameters(rows, d_output, gradient);
            }
            (Self::Words { width, tables }, Inputs::Words(words)) => {
                assert_eq!(d_output.dim(), (words.len(), *width), "a row for every word");
                let rows = d_output.to_slice().expect("contiguous").chunks_exact(*width);
                for (row, word) in rows.zip(words) {
                    for place in place(tables, word, *width) {
                        let sums = &mut gradient[place];
                        sums.iter_mut().zip(row).for_each(|(sum, &d)| *sum += d);
                    }
                }
            }
            _ => panic!("numbers and words are different inputs"),
        }
    }
}

/// Where the vectors of a word stand.
fn place(tables: &[Range<usize>; 3], word: &Word, width: usize) -> [Range<usize>; 3] {
    std::array::from_fn(|i| {
        let Range { start, end } = tables[i];
        let first = start + word[i] as usize * width;
        assert!(first < end, "words are out of range: {word:?}");
        first..first + width
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::nn::gradient_check::random;

    fn layer() -> (Layout, Embedding) {
        let mut layout = Layout::default();
        layout.add_vector("before", 2);
        let layer = Embedding::declare(&mut layout, "embed", Reads::Words, 4, 3);
        (layout, layer)
    }

    const READ: [Word; 3] = [[3, 1, 2], [0, 3, 1], [3, 0, 3]];

    #[test]
    fn words_know_what_they_follow() {
        assert_eq!(words([1, 2], &[3, 0, 3]).collect::<Vec<_>>(), READ);
    }

    #[test]
    fn a_word_is_its_row_of_the_tables() {
        let (layout, layer) = layer();
        let names: Vec<_> =
            layout.blocks()[1..].iter().map(|b| (&*b.name, b.file_shape())).collect();
        let tables = ["embed.weight", "embed.before", "embed.second"];
        assert_eq!(names, tables.map(|name| (name, vec![4, 3])));
        let parameters: Vec<f64> = (0..layout.len()).map(|i| i as f64).collect();
        let mut output = Array2::from_elem((3, 3), f64::NAN);
        let mut transposed = parameters.clone();
        layer.transpose(&parameters, &mut transposed);
        layer.forward(&transposed, Inputs::from(&READ[..]), output.view_mut());
        let rows = [[11.0 + 17.0 + 32.0; 3], [2.0 + 23.0 + 29.0; 3], [11.0 + 14.0 + 35.0; 3]];
        assert_eq!(output, ndarray::arr2(&rows.map(|[x, ..]| [x, x + 3.0, x + 6.0])));
    }

    /// The map is linear in the tables: the gradient is what their entries are multiplied by, summed over the rounds.
    #[test]
    fn gradients_of_a_word_add_up() {
        let (layout, layer) = layer();
        let d_output = random((3, 3), 1);
        let mut gradient = vec![1.0; layout.len()];
        layer.backward(Inputs::from(&READ[..]), d_output.view(), &mut gradient);
        let d = |row: usize, column: usize| d_output[[row, column]];
        for j in 0..3 {
            let rows = |first: usize| [0, 3, 6, 9].map(|row| gradient[first + row + j]);
            assert_eq!(rows(2), [1.0 + d(1, j), 1.0, 1.0, 1.0 + d(0, j) + d(2, j)]);
            assert_eq!(rows(14), [1.0 + d(2, j), 1.0 + d(0, j), 1.0, 1.0 + d(1, j)]);
            assert_eq!(rows(26), [1.0, 1.0 + d(1, j), 1.0 + d(0, j), 1.0 + d(2, j)]);
        }
        assert_eq!(gradient[..2], [1.0; 2]);
    }

    #[test]
    #[should_panic(expected = "different inputs")]
    fn words_are_no_numbers() {
        let (layout, layer) = layer();
        let mut output = Array2::zeros((1, 3));
        let rows = Array2::<f64>::zeros((1, 4));
        layer.forward(&vec![0.0; layout.len()], rows.view().into(), output.view_mut());
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn words_are_in_the_vocabulary() {
        let (layout, layer) = layer();
        let mut output = Array2::zeros((1, 3));
        layer.forward(&vec![0.0; layout.len()], Inputs::from(&[[0, 4, 0]][..]), output.view_mut());
    }
}
