//! How a Transformer takes in what it reads: rows of numbers through a linear map, words of a vocabulary from a table.
//!
//! Forward, for N words w and the table E (words x D), and backward from G = dLoss/dX (N x D):
//!
//! ```text
//! X_n = E_(w_n)            (N x D)
//! dE_(w_n) += G_n          row by row, in order
//! ```

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
    /// A word of a vocabulary, by its index.
    Words,
}

impl Reads {
    /// Whether it is rows of numbers.
    pub(crate) fn is_numbers(&self) -> bool {
        *self == Self::Numbers
    }
}

/// What is read in N rounds.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a, S> {
    /// N x inputs, contiguous.
    Numbers(ArrayView2<'a, S>),
    /// N indices into the vocabulary.
    Words(&'a [u32]),
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

impl<'a, S> From<&'a [u32]> for Inputs<'a, S> {
    fn from(words: &'a [u32]) -> Self {
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
        /// Place of the table.
        table: Range<usize>,
    },
}

impl Embedding {
    /// Appends the layer's parameters to `layout`: `name.weight` and, for numbers, `name.bias`. `inputs` is the number of
    /// numbers, or of words.
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
                let table = layout.add_matrix(&format!("{name}.weight"), inputs, width);
                Self::Words { width, table }
            }
        }
    }

    /// Draws the parameters.
    pub fn initialize<S: Scalar>(&self, parameters: &mut [S], rng: &mut impl Rng) {
        match self {
            Self::Numbers(linear) => linear.initialize(parameters, rng),
            Self::Words { table, .. } => {
                let table = &mut parameters[table.clone()];
                fill_standard_normal(rng, table);
                table.iter_mut().for_each(|entry| *entry *= S::of(WORD_NOISE));
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
            (Self::Words { width, table }, Inputs::Words(words)) => {
                assert_eq!(output.dim(), (words.len(), *width), "a row for every word");
                let table = &transposed[table.clone()];
                let output = output.as_slice_mut().expect("contiguous").chunks_exact_mut(*width);
                for (row, &word) in output.zip(words) {
                    row.copy_from_slice(&table[word as usize * width..][..*width]);
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
            (Self::Words { width, table }, Inputs::Words(words)) => {
                assert_eq!(d_output.dim(), (words.len(), *width), "a row for every word");
                let table = &mut gradient[table.clone()];
                let rows = d_output.to_slice().expect("contiguous").chunks_exact(*width);
                for (row, &word) in rows.zip(words) {
                    let sums = &mut table[word as usize * width..][..*width];
                    sums.iter_mut().zip(row).for_each(|(sum, &d)| *sum += d);
                }
            }
            _ => panic!("numbers and words are different inputs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::nn::gradient_check::random;

    fn words() -> (Layout, Embedding) {
        let mut layout = Layout::default();
        layout.add_vector("before", 2);
        let layer = Embedding::declare(&mut layout, "embed", Reads::Words, 4, 3);
        (layout, layer)
    }

    #[test]
    fn a_word_is_its_row_of_the_table() {
        let (layout, layer) = words();
        let names: Vec<_> =
            layout.blocks()[1..].iter().map(|b| (&*b.name, b.file_shape())).collect();
        assert_eq!(names, [("embed.weight", vec![4, 3])]);
        let parameters: Vec<f64> = (0..layout.len()).map(|i| i as f64).collect();
        let mut output = Array2::from_elem((3, 3), f64::NAN);
        let mut transposed = parameters.clone();
        layer.transpose(&parameters, &mut transposed);
        layer.forward(&transposed, Inputs::from(&[3u32, 0, 3][..]), output.view_mut());
        assert_eq!(
            output,
            ndarray::arr2(&[[11.0, 12.0, 13.0], [2.0, 3.0, 4.0], [11.0, 12.0, 13.0]])
        );
    }

    /// The map is linear in the table: the gradient is what the table's entries are multiplied by, summed over the rounds.
    #[test]
    fn gradients_of_a_word_add_up() {
        let (layout, layer) = words();
        let d_output = random((3, 3), 1);
        let mut gradient = vec![1.0; layout.len()];
        let inputs = Inputs::from(&[3u32, 0, 3][..]);
        layer.backward(inputs, d_output.view(), &mut gradient);
        let d = |row: usize, column: usize| d_output[[row, column]];
        for j in 0..3 {
            assert_eq!(gradient[2 + j], 1.0 + d(1, j));
            assert_eq!([gradient[5 + j], gradient[8 + j]], [1.0; 2]);
            assert_eq!(gradient[11 + j], 1.0 + d(0, j) + d(2, j));
        }
        assert_eq!(gradient[..2], [1.0; 2]);
    }

    #[test]
    #[should_panic(expected = "different inputs")]
    fn words_are_no_numbers() {
        let (layout, layer) = words();
        let mut output = Array2::zeros((1, 3));
        let rows = Array2::<f64>::zeros((1, 4));
        layer.forward(&vec![0.0; layout.len()], rows.view().into(), output.view_mut());
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn words_are_in_the_vocabulary() {
        let (layout, layer) = words();
        let mut output = Array2::zeros((1, 3));
        layer.forward(&vec![0.0; layout.len()], Inputs::from(&[4u32][..]), output.view_mut());
    }
}
