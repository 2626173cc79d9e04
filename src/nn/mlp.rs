//! The two-layer network of a Transformer block: out to four times the width, GELU, and back.
//!
//! Forward, for N rows of width D and hidden width F:
//!
//! ```text
//! A = X W_up^T + b_up        (N x F)
//! H = gelu(A)                (N x F)
//! Y += H W_down^T + b_down   (N x D)    on top of what goes straight on beside the network
//! ```
//!
//! Backward, from G = dLoss/dY (N x D):
//!
//! ```text
//! dW_down += G^T H           db_down += G^T 1
//! dA       = (G W_down) * gelu'(A)
//! dW_up   += dA^T X          db_up   += dA^T 1
//! dX       = dA W_up         (N x D)
//! ```
//!
//! Both directions take 128 rows at a time: their F hidden columns stay near the processor.
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
use rand::Rng;

use super::gelu;
use super::linear::Linear;
use super::parameters::Layout;
use crate::numeric::scalar::Scalar;

/// Rows that go through all passes together.
const CHUNK: usize = 128;

/// The layer: two linear maps around the activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mlp {
    up: Linear,
    down: Linear,
}

/// What backward needs of forward, H and gelu'(A), and its scratch.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    activated: Array2<S>,
    derivative: Array2<S>,
    d_hidden: Array2<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for up to `rows` = sequences x rounds.
    pub fn new(rows: usize, layer: &Mlp) -> Self {
        let hidden = layer.up.outputs();
        Self {
            activated: Array2::zeros((rows, hidden)),
            derivative: Array2::zeros((rows, hidden)),
            d_hidden: Array2::zeros((rows.min(CHUNK), hidden)),
        }
    }
}

/// Scratch of a decision; it remembers nothing.
#[derive(Clone, Debug)]
pub struct Scratch<S> {
    hidden: Array2<S>,
}

impl<S: Scalar> Scratch<S> {
    /// Room for any number of rows, up to `rows` of them at a time.
    pub fn new(rows: usize, layer: &Mlp) -> Self {
        Self { hidden: Array2::zeros((rows.clamp(1, CHUNK), layer.up.outputs())) }
    }
}

impl Mlp {
    /// Adds the blocks of "{name}.up" (4 width x width) and "{name}.down" (width x 4 width) to `layout`.
    pub fn declare(layout: &mut Layout, name: &str, width: usize) -> Self {
        let hidden = 4 * width;
        let up = Linear::declare(layout, &format!("{name}.up"), width, hidden);
        let down = Linear::declare(layout, &format!("{name}.down"), hidden, width);
        Self { up, down }
    }

    /// Draws both maps by the law of [`Linear::initialize`].
    pub fn initialize<S: Scalar>(&self, parameters: &mut [S], rng: &mut impl Rng) {
        self.up.initialize(parameters, rng);
        self.down.initialize(parameters, rng);
    }

    /// [`Linear::transpose`] of both maps.
    pub fn transpose<S: Scalar>(&self, parameters: &[S], transposed: &mut [S]) {
        self.up.transpose(parameters, transposed);
        self.down.transpose(parameters, transposed);
    }

    /// Adds the network's output for `input` to `output`, both N x width; `cache` has room for N rows or more.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn forward<S: Scalar>(
        &self,
        transposed: &[S],
        input: ArrayView2<S>,
        cache: &mut Cache<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        assert!(input.nrows() <= cache.activated.nrows(), "the cache has room for the rows");
        for (((input, output), mut derivative), mut activated) in input
            .axis_chunks_iter(Axis(0), CHUNK)
            .zip(output.axis_chunks_iter_mut(Axis(0), CHUNK))
            .zip(cache.derivative.axis_chunks_iter_mut(Axis(0), CHUNK))
            .zip(cache.activated.axis_chunks_iter_mut(Axis(0), CHUNK))
        {
            let mut derivative = first_rows_mut(&mut derivative, input.nrows());
            let mut activated = first_rows_mut(&mut activated, input.nrows());
            // 1. Up.
            self.up.forward(transposed, input, derivative.view_mut());
            // 2. Activation; its derivative takes the place of A.
            gelu::activate(slice_mut(&mut derivative), slice_mut(&mut activated));
            // 3. Down.
            self.down.add(transposed, activated.view(), output);
        }
    }

    /// [`Mlp::forward`] for deciding: the same sum bit for bit, and nothing kept for backward.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn decide<S: Scalar>(
        &self,
        transposed: &[S],
        input: ArrayView2<S>,
        scratch: &mut Scratch<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        let rows = scratch.hidden.nrows();
        for (input, output) in
            input.axis_chunks_iter(Axis(0), rows).zip(output.axis_chunks_iter_mut(Axis(0), rows))
        {
            let mut hidden = scratch.hidden.view_mut();
            let mut hidden = first_rows_mut(&mut hidden, input.nrows());
            self.up.forward(transposed, input, hidden.view_mut());
            gelu::activate_in_place(slice_mut(&mut hidden));
            self.down.add(transposed, hidden.view(), output);
        }
    }

    /// Adds the gradients of both maps to `gradient` (laid out as the parameters) and overwrites `d_input`.
    ///
    /// `input` and `cache` are those of the forward call; `d_output` is G, shape N x width.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        cache: &mut Cache<S>,
        d_output: ArrayView2<S>,
        gradient: &mut [S],
        mut d_input: ArrayViewMut2<S>,
    ) {
        assert!(input.nrows() <= cache.activated.nrows(), "the cache has room for the rows");
        let inputs = input.axis_chunks_iter(Axis(0), CHUNK);
        for ((((input, d_input), d_output), derivative), activated) in inputs
            .zip(d_input.axis_chunks_iter_mut(Axis(0), CHUNK))
            .zip(d_output.axis_chunks_iter(Axis(0), CHUNK))
            .zip(cache.derivative.axis_chunks_iter(Axis(0), CHUNK))
            .zip(cache.activated.axis_chunks_iter(Axis(0), CHUNK))
        {
            let mut d_hidden = cache.d_hidden.view_mut();
            let mut d_hidden = first_rows_mut(&mut d_hidden, input.nrows());
            let activated = activated.split_at(Axis(0), input.nrows()).0;
            // 3'. Down.
            self.down.backward(parameters, activated, d_output, gradient, d_hidden.view_mut());
            // 2'. Activation.
            let derivative = derivative.to_slice().expect("contiguous");
            for (d, &slope) in slice_mut(&mut d_hidden).iter_mut().zip(derivative) {
                *d *= slope;
            }
            // 1'. Up.
            self.up.backward(parameters, input, d_hidden.view(), gradient, d_input);
        }
    }
}

/// The first rows.
fn first_rows_mut<'a, S>(matrix: &'a mut ArrayViewMut2<S>, rows: usize) -> ArrayViewMut2<'a, S> {
    matrix.view_mut().split_at(Axis(0), rows).0
}

/// All entries, row by row.
fn slice_mut<'a, S>(matrix: &'a mut ArrayViewMut2<S>) -> &'a mut [S] {
    matrix.as_slice_mut().expect("contiguous")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nn::gradient_check::{Layer, check_layer, entries, random};

    impl Layer for Mlp {
        fn forward<S: Scalar>(&self, parameters: &[S], input: ArrayView2<S>) -> Array2<S> {
            // Garbage in the buffers must not matter, nor room for more rows.
            let mut cache = Cache::new(input.nrows() + 2, self);
            cache.activated.fill(S::of(-7.0));
            cache.derivative.fill(S::of(5.0));
            let mut output = Array2::zeros(input.dim());
            let transposed = transposed(self, parameters);
            Mlp::forward(self, &transposed, input, &mut cache, output.view_mut());
            output
        }

        fn backward<S: Scalar>(
            &self,
            parameters: &[S],
            input: ArrayView2<S>,
            d_output: ArrayView2<S>,
            gradient: &mut [S],
        ) -> Array2<S> {
            let mut cache = Cache::new(input.nrows() + 2, self);
            cache.d_hidden.fill(S::of(3.0));
            let mut d_input = Array2::from_elem(input.dim(), S::of(99.0));
            let transposed = transposed(self, parameters);
            Mlp::forward(self, &transposed, input, &mut cache, d_input.view_mut());
            let d_input_view = d_input.view_mut();
            Mlp::backward(self, parameters, input, &mut cache, d_output, gradient, d_input_view);
            d_input
        }
    }

    fn transposed<S: Scalar>(layer: &Mlp, parameters: &[S]) -> Vec<S> {
        let mut transposed = parameters.to_vec();
        layer.transpose(parameters, &mut transposed);
        transposed
    }

    fn declare(width: usize) -> (Layout, Mlp) {
        let mut layout = Layout::default();
        layout.add_vector("before", 3);
        let layer = Mlp::declare(&mut layout, "mlp", width);
        (layout, layer)
    }

    proptest! {
        #[test]
        fn gradients_are_right(rows in 1usize..=5, width in 1usize..=4, seed: u64) {
            let (layout, layer) = declare(width);
            check_layer(&layer, &layout, (rows, width), (rows, width), seed);
        }
    }

    #[test]
    fn blocks_have_the_names_and_shapes_of_the_weight_file() {
        let (layout, _) = declare(2);
        let blocks = layout.blocks()[1..].iter();
        let named: Vec<_> = blocks.map(|b| (b.name.as_str(), b.file_shape())).collect();
        let up = [("mlp.up.weight", vec![8, 2]), ("mlp.up.bias", vec![8])];
        let down = [("mlp.down.weight", vec![2, 8]), ("mlp.down.bias", vec![2])];
        assert_eq!(named, [up, down].concat());
    }

    /// Chunks are an order of work, not of meaning: more rows than a chunk, and each row as if it were alone.
    #[test]
    fn chunks_do_not_show() {
        let (layout, layer) = declare(3);
        let rows = 2 * CHUNK + 7;
        let parameters = random((1, layout.len()), 1).into_raw_vec_and_offset().0;
        let (input, d_output) = (random((rows, 3), 2), random((rows, 3), 3));
        let output = Layer::forward(&layer, &parameters, input.view());
        let mut gradient = vec![0.0; layout.len()];
        let d_input =
            Layer::backward(&layer, &parameters, input.view(), d_output.view(), &mut gradient);
        let mut sum = vec![0.0; layout.len()];
        for row in 0..rows {
            let one = |matrix: &Array2<f64>| matrix.row(row).to_owned().insert_axis(Axis(0));
            let alone = Layer::forward(&layer, &parameters, one(&input).view());
            approx::assert_relative_eq!(alone, one(&output), epsilon = 1e-12);
            let (input, d_output) = (one(&input), one(&d_output));
            let d_alone =
                Layer::backward(&layer, &parameters, input.view(), d_output.view(), &mut sum);
            approx::assert_relative_eq!(d_alone, one(&d_input), epsilon = 1e-12);
        }
        crate::nn::gradient_check::assert_close("gradient", &sum, &gradient, 1e-12);
    }

    #[test]
    fn deciding_is_forward_bit_for_bit() {
        let (layout, layer) = declare(5);
        let parameters = random((1, layout.len()), 1).into_raw_vec_and_offset().0;
        let input = random((CHUNK + 9, 5), 2);
        let expected = Layer::forward(&layer, &parameters, input.view());
        for room in [1, 7, CHUNK, 10 * CHUNK] {
            let mut scratch = Scratch::new(room, &layer);
            let mut output = Array2::zeros(input.dim());
            let transposed = transposed(&layer, &parameters);
            layer.decide(&transposed, input.view(), &mut scratch, output.view_mut());
            assert_eq!(entries(&output), entries(&expected), "{room}");
        }
    }
}
