//! Loss and gradient where only some rounds have a target: the head, which is most of the work of a large vocabulary, looks
//! at those alone.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use super::{Cache, Transformer};
use crate::nn::block::first_rows_mut;
use crate::nn::embedding::Inputs;
use crate::numeric::scalar::Scalar;

/// Rows whose outputs are made, judged and taken back together: they stay near the processor.
const ROWS: usize = 64;

/// Outputs of a few rows and their gradient; reused from call to call.
#[derive(Clone, Debug)]
pub struct Judged<S> {
    outputs: Array2<S>,
    d_outputs: Array2<S>,
}

impl<S: Scalar> Judged<S> {
    /// Room for the outputs of models like `model`.
    pub fn new(model: &Transformer<S>) -> Self {
        let rows = || Array2::zeros((ROWS, model.config.outputs));
        Self { outputs: rows(), d_outputs: rows() }
    }
}

impl<S: Scalar> Transformer<S> {
    /// Forward and backward where only the rows `picked`, in ascending order, have outputs that matter: returns their loss
    /// and adds its gradient to `gradient` (laid out as the parameters).
    ///
    /// `loss` is told which of the picked rows it judges (a range of places in `picked`) and their outputs (rows x
    /// outputs), overwrites the gradient of the outputs and returns the loss of these rows.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn loss_and_gradient<'a>(
        &self,
        inputs: impl Into<Inputs<'a, S>>,
        picked: &[usize],
        cache: &mut Cache<S>,
        judged: &mut Judged<S>,
        gradient: &mut [S],
        mut loss: impl FnMut(Range<usize>, ArrayView2<S>, ArrayViewMut2<S>) -> f64,
    ) -> f64 {
        let (inputs, width, head) = (inputs.into(), self.config.width, &self.layers.head);
        assert!(picked.iter().all(|&row| row < inputs.rows()), "rows of the inputs");
        assert!(picked.is_sorted_by(|a, b| a < b), "rows in ascending order");
        self.forward_to_head(inputs, cache);
        let mut sum = 0.0;
        for start in (0..picked.len()).step_by(ROWS) {
            let places = start..picked.len().min(start + ROWS);
            let count = places.len();
            // The gradient of the stream is made later: its buffer takes the picked rows of Z.
            let mut normed = first_rows_mut(&mut cache.d_stream, count);
            for (mut row, &from) in normed.rows_mut().into_iter().zip(&picked[places.clone()]) {
                row.assign(&cache.normed.row(from));
            }
            let normed = normed.view();
            let mut outputs = first_rows_mut(&mut judged.outputs, count);
            head.forward(&cache.transposed, normed, outputs.view_mut());
            let mut d_outputs = first_rows_mut(&mut judged.d_outputs, count);
            sum += loss(places.clone(), outputs.view(), d_outputs.view_mut());
            let (d_outputs, d_normed) =
                (d_outputs.view(), slice_rows_mut(&mut cache.d_normed, places));
            head.backward(&self.parameters, normed, d_outputs, gradient, d_normed);
        }
        // dZ of the picked rows stands at the front; the last one moves first, since none moves forwards.
        let d_normed = cache.d_normed.as_slice_mut().expect("contiguous");
        let mut next = inputs.rows();
        for (place, &row) in picked.iter().enumerate().rev() {
            d_normed.copy_within(place * width..(place + 1) * width, row * width);
            d_normed[(row + 1) * width..next * width].fill(S::zero());
            next = row;
        }
        d_normed[..next * width].fill(S::zero());
        self.backward_from_head(inputs, cache, gradient);
        sum
    }
}

/// The rows `rows`, to be written.
fn slice_rows_mut<S>(matrix: &mut Array2<S>, rows: Range<usize>) -> ArrayViewMut2<'_, S> {
    let (from, count) = (rows.start, rows.len());
    matrix.view_mut().split_at(ndarray::Axis(0), from).1.split_at(ndarray::Axis(0), count).0
}
