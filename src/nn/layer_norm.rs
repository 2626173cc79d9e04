//! Layer normalisation: every row centred, scaled to unit variance, then stretched and shifted column by column.
//!
//! Forward, for each row x of D entries:
//!
//! ```text
//! m = mean(x),  r = 1 / sqrt(mean((x - m)^2) + 1e-5)
//! z = r (x - m)                                        normalised row         (D)
//! y = w * z + b                                        entry by entry         (D)
//! ```
//!
//! Backward, from g = dLoss/dy of each row:
//!
//! ```text
//! dw += g * z            db += g                       summed over the rows   (D)
//! h   = g * w
//! dx  = r (h - mean(h) - z mean(h * z))                                       (D)
//! ```
//!
//! The cache is m and r of every row; z is made again from x, which is cheaper than storing it.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::parameters::Layout;
use crate::numeric::scalar::Scalar;

/// Added to the variance.
const EPSILON: f64 = 1e-5;

/// Width of the rows and places of stretch w and shift b in the flat buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerNorm {
    width: usize,
    weight: Range<usize>,
    bias: Range<usize>,
}

/// What backward needs of forward: mean m and inverse deviation r of every row.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    statistics: Vec<(S, S)>,
}

impl<S: Scalar> Cache<S> {
    /// Room for up to `rows` = sequences x rounds.
    pub fn new(rows: usize) -> Self {
        Self { statistics: vec![(S::zero(), S::zero()); rows] }
    }
}

impl LayerNorm {
    /// Adds "{name}.weight" and "{name}.bias" (`width` entries each) to `layout`.
    pub fn declare(layout: &mut Layout, name: &str, width: usize) -> Self {
        let weight = layout.add_vector(&format!("{name}.weight"), width);
        let bias = layout.add_vector(&format!("{name}.bias"), width);
        Self { width, weight, bias }
    }

    /// Sets w to 1 and b to 0.
    pub fn initialize<S: Scalar>(&self, parameters: &mut [S]) {
        parameters[self.weight.clone()].fill(S::one());
        parameters[self.bias.clone()].fill(S::zero());
    }

    /// Overwrites `output` with the normalised rows of `input`, both N x width; `cache` has room for N rows or more.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn forward<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        cache: &mut Cache<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        assert_eq!(input.dim(), output.dim(), "a row out for a row in");
        let (weight, bias) = (&parameters[self.weight.clone()], &parameters[self.bias.clone()]);
        let per_entry = S::one() / S::of(self.width as f64);
        let inputs = input.to_slice().expect("contiguous").chunks_exact(self.width);
        let outputs = output.as_slice_mut().expect("contiguous").chunks_exact_mut(self.width);
        for ((x, y), statistics) in inputs.zip(outputs).zip(&mut cache.statistics[..input.nrows()])
        {
            // 1. Mean and inverse deviation.
            let [sum] = lane_sums(x, x, |x, _| [x]);
            let mean = sum * per_entry;
            let [squares] = lane_sums(x, x, |x, _| [(x - mean) * (x - mean)]);
            let inverse = S::one() / (squares * per_entry + S::of(EPSILON)).sqrt();
            *statistics = (mean, inverse);
            // 2. Stretch and shift.
            for (((y, &x), &w), &b) in y.iter_mut().zip(x).zip(weight).zip(bias) {
                *y = (x - mean) * inverse * w + b;
            }
        }
    }

    /// Adds the gradients of w and b to `gradient` (laid out as the parameters) and overwrites `d_input`.
    ///
    /// `input` and `cache` are those of the forward call; `d_output` is g of every row, shape N x width.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        cache: &Cache<S>,
        d_output: ArrayView2<S>,
        gradient: &mut [S],
        mut d_input: ArrayViewMut2<S>,
    ) {
        assert_eq!(input.dim(), d_output.dim(), "a gradient for each output");
        assert_eq!(input.dim(), d_input.dim(), "a gradient for each input");
        let weight = &parameters[self.weight.clone()];
        let (d_weight, d_bias) =
            gradient[self.weight.start..self.bias.end].split_at_mut(self.width);
        let per_entry = S::one() / S::of(self.width as f64);
        let inputs = input.to_slice().expect("contiguous").chunks_exact(self.width);
        let d_outputs = d_output.to_slice().expect("contiguous").chunks_exact(self.width);
        let d_inputs = d_input.as_slice_mut().expect("contiguous").chunks_exact_mut(self.width);
        for (((x, g), dx), &(mean, inverse)) in
            inputs.zip(d_outputs).zip(d_inputs).zip(&cache.statistics[..input.nrows()])
        {
            // 2'. Stretch and shift; h is kept where dx will stand.
            let parameters = weight.iter().zip(d_weight.iter_mut()).zip(d_bias.iter_mut());
            for (((h, &x), &g), ((&w, dw), db)) in dx.iter_mut().zip(x).zip(g).zip(parameters) {
                *dw += g * ((x - mean) * inverse);
                *db += g;
                *h = g * w;
            }
            // 1'. What moves mean and deviation does not come through.
            let [sum, product] = lane_sums(dx, x, |h, x| [h, h * ((x - mean) * inverse)]);
            let (along_one, along_z) = (sum * per_entry, product * per_entry);
            for (dx, &x) in dx.iter_mut().zip(x) {
                *dx = inverse * (*dx - along_one - (x - mean) * inverse * along_z);
            }
        }
    }
}

/// Sums of f(a_j, b_j) over j, as [`LANES`] partial sums that do not wait for one another.
#[inline(always)]
fn lane_sums<S: Scalar, const N: usize>(a: &[S], b: &[S], f: impl Fn(S, S) -> [S; N]) -> [S; N] {
    let mut lanes = [[S::zero(); LANES]; N];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for j in 0..LANES {
            let terms = f(a[j], b[j]);
            for (lanes, term) in lanes.iter_mut().zip(terms) {
                lanes[j] += term;
            }
        }
    }
    for (j, (&a, &b)) in a_rest.iter().zip(b_rest).enumerate() {
        for (lanes, term) in lanes.iter_mut().zip(f(a, b)) {
            lanes[j] += term;
        }
    }
    lanes.map(|lanes| lanes.into_iter().sum())
}

/// Two registers of the smallest kind that x86-64 has, one of the next.
const LANES: usize = 8;

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::nn::gradient_check::{Layer, check_layer, random};

    impl Layer for LayerNorm {
        fn forward<S: Scalar>(&self, parameters: &[S], input: ArrayView2<S>) -> Array2<S> {
            // Garbage in the buffers must not matter, nor room for more rows.
            let mut cache =
                Cache { statistics: vec![(S::of(-7.0), S::of(5.0)); input.nrows() + 2] };
            let mut output = Array2::from_elem(input.dim(), S::of(99.0));
            LayerNorm::forward(self, parameters, input, &mut cache, output.view_mut());
            output
        }

        fn backward<S: Scalar>(
            &self,
            parameters: &[S],
            input: ArrayView2<S>,
            d_output: ArrayView2<S>,
            gradient: &mut [S],
        ) -> Array2<S> {
            let mut cache = Cache::new(input.nrows());
            let mut d_input = Array2::from_elem(input.dim(), S::of(99.0));
            LayerNorm::forward(self, parameters, input, &mut cache, d_input.view_mut());
            LayerNorm::backward(
                self,
                parameters,
                input,
                &cache,
                d_output,
                gradient,
                d_input.view_mut(),
            );
            d_input
        }
    }

    fn declare(width: usize) -> (Layout, LayerNorm) {
        let mut layout = Layout::default();
        layout.add_vector("before", 3);
        let layer = LayerNorm::declare(&mut layout, "norm", width);
        layout.add_vector("after", 2);
        (layout, layer)
    }

    proptest! {
        /// Rows of a few entries are sometimes all but equal, where the curvature defeats differences: the width starts at 5.
        #[test]
        fn gradients_are_right(rows in 1usize..=6, width in 5usize..=21, seed: u64) {
            let (layout, layer) = declare(width);
            check_layer(&layer, &layout, (rows, width), (rows, width), seed);
        }

        #[test]
        fn rows_come_out_centred_with_unit_variance(width in 2usize..=70, shift in -1e3..1e3f64, seed: u64) {
            let (layout, layer) = declare(width);
            let mut parameters = vec![9.0; layout.len()];
            layer.initialize(&mut parameters);
            let input = random((4, width), seed) * 10.0 + shift;
            let output = Layer::forward(&layer, &parameters, input.view());
            for (x, y) in input.outer_iter().zip(output.outer_iter()) {
                let variance = x.var(0.0);
                prop_assert!(y.mean().unwrap().abs() < 1e-12 * (1.0 + shift.abs()));
                let expected = variance / (variance + 1e-5);
                prop_assert!((y.var(0.0) - expected).abs() < 1e-9, "{} {}", y.var(0.0), expected);
            }
        }
    }

    #[test]
    fn stretches_and_shifts_as_the_formula_says() {
        let mut layout = Layout::default();
        let layer = LayerNorm::declare(&mut layout, "norm", 2);
        let names: Vec<_> =
            layout.blocks().iter().map(|b| (b.name.as_str(), b.file_shape())).collect();
        assert_eq!(names, [("norm.weight", vec![2]), ("norm.bias", vec![2])]);
        let output =
            Layer::forward(&layer, &[2.0, 3.0, 0.5, -0.5], ndarray::arr2(&[[1.0, 5.0]]).view());
        let z = 2.0 / (4.0f64 + 1e-5).sqrt();
        approx::assert_relative_eq!(
            output,
            ndarray::arr2(&[[0.5 - 2.0 * z, 3.0 * z - 0.5]]),
            epsilon = 1e-12
        );
    }

    #[test]
    fn constant_rows_come_out_as_the_shift() {
        let (layout, layer) = declare(5);
        let mut parameters = vec![1.0f32; layout.len()];
        layer.initialize(&mut parameters);
        let output = Layer::forward(&layer, &parameters, Array2::from_elem((1, 5), 4.0).view());
        assert_eq!(output, Array2::<f32>::zeros((1, 5)));
    }
}
