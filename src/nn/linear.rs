//! A linear map of every row: Y = X W^T + b.
//!
//! Forward, for N rows:
//!
//! ```text
//! Y = X W^T + 1 b^T      X (N x in), W (out x in), b (out), Y (N x out)
//! ```
//!
//! Backward, from G = dLoss/dY (N x out):
//!
//! ```text
//! dW += G^T X            (out x in)
//! db += G^T 1            (out)
//! dX  = G W              (N x in)
//! ```
//!
//! Nothing is cached: backward needs X, which belongs to whoever called forward. Forward wants W^T by rows
//! ([`Linear::transpose`]), which is made once for as many rows as pass before the parameters change.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};
use rand::{Rng, RngExt};

use super::parameters::Layout;
use super::product::{Rows, RowsMut, Start, multiply, multiply_transposed};
use crate::numeric::scalar::Scalar;

/// Sizes of the map and places of its weight and bias in the flat buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linear {
    inputs: usize,
    outputs: usize,
    weight: Range<usize>,
    bias: Range<usize>,
}

impl Linear {
    /// Adds "{name}.weight" (outputs x inputs) and "{name}.bias" (outputs) to `layout`.
    pub fn declare(layout: &mut Layout, name: &str, inputs: usize, outputs: usize) -> Self {
        let weight = layout.add_matrix(&format!("{name}.weight"), outputs, inputs);
        let bias = layout.add_vector(&format!("{name}.bias"), outputs);
        Self { inputs, outputs, weight, bias }
    }

    /// Columns of the input.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Columns of the output.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Place of weight and bias, which follow one another, in the flat buffer.
    pub fn range(&self) -> Range<usize> {
        self.weight.start..self.bias.end
    }

    /// Draws weight and bias uniformly from [-1/sqrt(inputs), 1/sqrt(inputs)].
    pub fn initialize<S: Scalar>(&self, parameters: &mut [S], rng: &mut impl Rng) {
        let bound = 1.0 / (self.inputs as f64).sqrt();
        for value in &mut parameters[self.range()] {
            *value = S::of(bound * (2.0 * rng.random::<f64>() - 1.0));
        }
    }

    /// Turns the weight in `transposed`, a copy of `parameters`, into W^T by rows, as [`Linear::forward`] reads it.
    pub fn transpose<S: Scalar>(&self, parameters: &[S], transposed: &mut [S]) {
        let weight = Rows::new(&parameters[self.weight.clone()], self.inputs);
        let out = RowsMut::new(&mut transposed[self.weight.clone()], self.outputs);
        weight.transpose((self.outputs, self.inputs), S::one(), out);
    }

    /// Overwrites `output` (N x outputs) with the map of `input` (N x inputs).
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn forward<S: Scalar>(
        &self,
        transposed: &[S],
        input: ArrayView2<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        let bias = Start::Row(&transposed[self.bias.clone()]);
        self.forward_from(bias, transposed, input, &mut output);
    }

    /// Adds the map of `input` (N x inputs) to `output` (N x outputs).
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn add<S: Scalar>(
        &self,
        transposed: &[S],
        input: ArrayView2<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        let bias = &transposed[self.bias.clone()];
        for row in output.as_slice_mut().expect("contiguous").chunks_exact_mut(self.outputs) {
            for (y, &b) in row.iter_mut().zip(bias) {
                *y += b;
            }
        }
        self.forward_from(Start::Result, transposed, input, &mut output);
    }

    fn forward_from<S: Scalar>(
        &self,
        start: Start<S>,
        transposed: &[S],
        input: ArrayView2<S>,
        output: &mut ArrayViewMut2<S>,
    ) {
        assert_eq!(output.dim(), (input.nrows(), self.outputs), "a row of outputs for every row");
        assert_eq!(input.ncols(), self.inputs, "a column for every input");
        let weight = Rows::new(&transposed[self.weight.start..], self.outputs);
        let shape = (input.nrows(), self.inputs, self.outputs);
        multiply(Rows::of(&input), weight, &mut RowsMut::of(output), shape, start);
    }

    /// Adds the gradients of weight and bias to `gradient` (laid out as the parameters) and overwrites `d_input`.
    ///
    /// `input` is that of the forward call; `d_output` is G, shape N x outputs.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        d_output: ArrayView2<S>,
        gradient: &mut [S],
        mut d_input: ArrayViewMut2<S>,
    ) {
        self.backward_parameters(input, d_output, gradient);
        // 2''. The input.
        assert_eq!(input.dim(), d_input.dim(), "a gradient for every input");
        let weight = Rows::new(&parameters[self.weight.start..], self.inputs);
        let shape = (input.nrows(), self.outputs, self.inputs);
        let mut d_input = RowsMut::of(&mut d_input);
        multiply(Rows::of(&d_output), weight, &mut d_input, shape, Start::Zero);
    }

    /// The part of [`Linear::backward`] that concerns the parameters: for a first layer, whose input is data.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward_parameters<S: Scalar>(
        &self,
        input: ArrayView2<S>,
        d_output: ArrayView2<S>,
        gradient: &mut [S],
    ) {
        // 2'. The weight.
        assert_eq!(d_output.dim(), (input.nrows(), self.outputs), "a gradient for every output");
        assert_eq!(input.ncols(), self.inputs, "a column for every input");
        let shape = (self.outputs, input.nrows(), self.inputs);
        let mut d_weight = RowsMut::new(&mut gradient[self.weight.clone()], self.inputs);
        let (left, right) = (Rows::of(&d_output), Rows::of(&input));
        multiply_transposed(left, right, &mut d_weight, shape, Start::Result);
        // 1'. The bias.
        let rows = d_output.to_slice().expect("contiguous");
        add_column_sums(rows, &mut gradient[self.bias.clone()]);
    }
}

/// Adds all rows of `rows`, which lie one after the other, to `sums`; four at a time, to touch `sums` less often.
fn add_column_sums<S: Scalar>(rows: &[S], sums: &mut [S]) {
    let width = sums.len();
    let mut blocks = rows.chunks_exact(4 * width);
    for block in &mut blocks {
        let (upper, lower) = block.split_at(2 * width);
        let ((a, b), (c, d)) = (upper.split_at(width), lower.split_at(width));
        for ((((sum, &a), &b), &c), &d) in sums.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *sum += (a + b) + (c + d);
        }
    }
    for row in blocks.remainder().chunks_exact(width) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::nn::gradient_check::{Layer, check_layer, random};
    use crate::numeric::rng::{Purpose, Streams};

    impl Layer for Linear {
        fn forward<S: Scalar>(&self, parameters: &[S], input: ArrayView2<S>) -> Array2<S> {
            let mut output = Array2::from_elem((input.nrows(), self.outputs), S::of(99.0));
            let mut transposed = parameters.to_vec();
            self.transpose(parameters, &mut transposed);
            Linear::forward(self, &transposed, input, output.view_mut());
            output
        }

        fn backward<S: Scalar>(
            &self,
            parameters: &[S],
            input: ArrayView2<S>,
            d_output: ArrayView2<S>,
            gradient: &mut [S],
        ) -> Array2<S> {
            let mut d_input = Array2::from_elem(input.dim(), S::of(99.0));
            Linear::backward(self, parameters, input, d_output, gradient, d_input.view_mut());
            d_input
        }
    }

    proptest! {
        #[test]
        fn gradients_are_right(rows in 1usize..=9, inputs in 1usize..=6, outputs in 1usize..=6, seed: u64) {
            let mut layout = Layout::default();
            layout.add_vector("before", 3);
            let layer = Linear::declare(&mut layout, "map", inputs, outputs);
            layout.add_vector("after", 2);
            check_layer(&layer, &layout, (rows, inputs), (rows, outputs), seed);
        }

        #[test]
        fn the_map_is_added_too(rows in 1usize..=9, seed: u64) {
            let mut layout = Layout::default();
            let layer = Linear::declare(&mut layout, "map", 3, 5);
            let (input, before) = (random((rows, 3), seed), random((rows, 5), !seed));
            let parameters = random((1, layout.len()), seed ^ 9).into_raw_vec_and_offset().0;
            let expected = Layer::forward(&layer, &parameters, input.view()) + &before;
            let mut transposed = parameters.clone();
            layer.transpose(&parameters, &mut transposed);
            let mut output = before;
            layer.add(&transposed, input.view(), output.view_mut());
            approx::assert_relative_eq!(output, expected, epsilon = 1e-13);
        }

        #[test]
        fn parameters_alone_get_the_same_gradient(rows in 1usize..=9, seed: u64) {
            let mut layout = Layout::default();
            let layer = Linear::declare(&mut layout, "map", 3, 5);
            let (input, d_output) = (random((rows, 3), seed), random((rows, 5), !seed));
            let mut gradients = [vec![0.0; layout.len()], vec![0.0; layout.len()]];
            let parameters = vec![1.0; layout.len()];
            Layer::backward(&layer, &parameters, input.view(), d_output.view(), &mut gradients[0]);
            layer.backward_parameters(input.view(), d_output.view(), &mut gradients[1]);
            prop_assert_eq!(&gradients[0], &gradients[1]);
        }
    }

    #[test]
    fn maps_rows_as_the_formula_says() {
        let mut layout = Layout::default();
        let layer = Linear::declare(&mut layout, "map", 3, 2);
        let names: Vec<_> =
            layout.blocks().iter().map(|b| (b.name.as_str(), b.file_shape())).collect();
        assert_eq!(names, [("map.weight", vec![2, 3]), ("map.bias", vec![2])]);
        let parameters = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5, -0.5];
        let output = Layer::forward(
            &layer,
            &parameters,
            ndarray::arr2(&[[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]).view(),
        );
        assert_eq!(output, ndarray::arr2(&[[-1.5, -2.5], [4.5, 12.5]]));
    }

    #[test]
    fn initial_weights_have_the_stated_law() {
        let mut layout = Layout::default();
        let first = Linear::declare(&mut layout, "first", 3, 7);
        let layer = Linear::declare(&mut layout, "map", 64, 256);
        let mut parameters = vec![0.0f64; layout.len()];
        layer.initialize(
            &mut parameters,
            &mut Streams::new(3).stream(Purpose::Initialization, 0, 0, 0),
        );
        assert!(parameters[first.range()].iter().all(|&p| p == 0.0));
        let values = &parameters[layer.range()];
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let square = values.iter().map(|v| v * v).sum::<f64>() / n;
        assert!(values.iter().all(|v| v.abs() <= 0.125));
        // Variance of the uniform law: bound^2 / 3; its square has standard deviation 0.894 of that.
        assert!(mean.abs() < 4.0 * 0.0722 / n.sqrt(), "{mean}");
        assert!((square * 3.0 * 64.0 - 1.0).abs() < 4.0 * 0.894 / n.sqrt(), "{square}");
    }
}
