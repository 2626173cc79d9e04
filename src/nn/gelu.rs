//! The Gaussian error linear unit in its tanh form, entry by entry.
//!
//! Forward, with c = sqrt(2 / pi):
//!
//! ```text
//! y = x/2 (1 + tanh u) = x s      u = c (x + 0.044715 x^3),  s = 1 / (1 + e^(-2u))
//! ```
//!
//! The second form costs one exponential, and loses no digits where tanh u is close to -1.
//!
//! Backward, from g = dLoss/dy:
//!
//! ```text
//! dx = g y'                       y' = s + x s (1 - s) 2u',  2u' = 2c (1 + 3 * 0.044715 x^2)
//! ```
//!
//! Forward already has all that y' needs, so the cache is y', and backward is a product.

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use crate::numeric::scalar::Scalar;

/// The activation; it has no parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu;

/// What backward needs of forward: y' at every entry.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    derivative: Array2<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `rows` = sequences x rounds of `columns` entries.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { derivative: Array2::zeros((rows, columns)) }
    }
}

impl Gelu {
    /// Overwrites `output` with the activation of `input`, entry by entry; all three have the same shape.
    ///
    /// # Panics
    /// If the shapes differ: they are the caller's, never the user's.
    pub fn forward<S: Scalar>(
        &self,
        input: ArrayView2<S>,
        cache: &mut Cache<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        cache.derivative.assign(&input);
        activate(
            cache.derivative.as_slice_mut().expect("contiguous"),
            output.as_slice_mut().expect("contiguous"),
        );
    }

    /// Overwrites `d_input` with the gradient of the loss, from `d_output`, that of the output.
    ///
    /// # Panics
    /// If the shapes differ: they are the caller's, never the user's.
    pub fn backward<S: Scalar>(
        &self,
        cache: &Cache<S>,
        d_output: ArrayView2<S>,
        mut d_input: ArrayViewMut2<S>,
    ) {
        d_input.assign(&d_output);
        d_input *= &cache.derivative;
    }
}

/// Overwrites `output` with y(x) for the x in `values`, then `values` with y'(x).
///
/// # Panics
/// If the lengths differ.
pub fn activate<S: Scalar>(values: &mut [S], output: &mut [S]) {
    assert_eq!(values.len(), output.len(), "one output an entry");
    let terms = Terms::new();
    for (value, output) in values.iter_mut().zip(output) {
        let x = *value;
        let square = x * x;
        let s = terms.sigmoid(x, square);
        let y = x * s;
        *output = y;
        *value = s + y * (S::one() - s) * (terms.linear + terms.triple_cubic * square);
    }
}

/// Overwrites `values` with y(x): for deciding, where nothing is learnt.
pub fn activate_in_place<S: Scalar>(values: &mut [S]) {
    let terms = Terms::new();
    for value in values {
        *value *= terms.sigmoid(*value, *value * *value);
    }
}

/// The coefficients of 2u = 2c x + 2c 0.044715 x^3 and of its derivative.
struct Terms<S> {
    linear: S,
    cubic: S,
    triple_cubic: S,
}

impl<S: Scalar> Terms<S> {
    #[inline(always)]
    fn new() -> Self {
        let linear = 2.0 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
        let cubic = 0.044715 * linear;
        Self { linear: S::of(linear), cubic: S::of(cubic), triple_cubic: S::of(3.0 * cubic) }
    }

    /// s at x, whose square is given.
    #[inline(always)]
    fn sigmoid(&self, x: S, square: S) -> S {
        let minus_double_u = -x * (self.linear + self.cubic * square);
        S::one() / (S::one() + minus_double_u.fast_exp())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nn::gradient_check::{Layer, check_layer};
    use crate::nn::parameters::Layout;

    impl Layer for Gelu {
        fn forward<S: Scalar>(&self, _: &[S], input: ArrayView2<S>) -> Array2<S> {
            let mut cache = Cache { derivative: Array2::from_elem(input.dim(), S::of(-7.0)) };
            let mut output = Array2::from_elem(input.dim(), S::of(99.0));
            Gelu::forward(self, input, &mut cache, output.view_mut());
            output
        }

        fn backward<S: Scalar>(
            &self,
            _: &[S],
            input: ArrayView2<S>,
            d_output: ArrayView2<S>,
            _: &mut [S],
        ) -> Array2<S> {
            let mut cache = Cache { derivative: Array2::from_elem(input.dim(), S::of(-7.0)) };
            let mut output = Array2::zeros(input.dim());
            Gelu::forward(self, input, &mut cache, output.view_mut());
            let mut d_input = Array2::from_elem(input.dim(), S::of(99.0));
            Gelu::backward(self, &cache, d_output, d_input.view_mut());
            d_input
        }
    }

    proptest! {
        #[test]
        fn gradients_are_right(rows in 1usize..=9, columns in 1usize..=19, seed: u64) {
            check_layer(&Gelu, &Layout::default(), (rows, columns), (rows, columns), seed);
        }
    }

    /// x/2 (1 + tanh u) as it is usually written.
    fn by_tanh(x: f64) -> f64 {
        let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
        0.5 * x * (1.0 + u.tanh())
    }

    #[test]
    fn is_the_tanh_form_in_both_precisions() {
        for i in -12_000..=12_000 {
            let x = f64::from(i) * 1e-3;
            let expected = by_tanh(x);
            let (mut wide, mut output) = ([x], [0.0]);
            activate(&mut wide, &mut output);
            assert!((output[0] - expected).abs() <= 1e-15 * x.abs().max(1.0), "{x}");
            let mut narrow = [x as f32];
            activate_in_place(&mut narrow);
            assert!((f64::from(narrow[0]) - expected).abs() <= 3e-7 * x.abs().max(1e-3), "{x}");
        }
    }

    #[test]
    fn deciding_and_learning_activate_alike_and_far_out_stays_finite() {
        let inputs = [-1e9f32, -100.0, -11.0, -1.0, -0.0, 0.0, 0.3, 5.0, 100.0, 1e9];
        let (mut values, mut output, mut in_place) = (inputs, [9.0; 10], inputs);
        activate(&mut values, &mut output);
        activate_in_place(&mut in_place);
        assert_eq!(output, in_place);
        assert!(values.iter().chain(&output).all(|v| v.is_finite()), "{values:?} {output:?}");
        assert_eq!((output[0], output[9], values[0], values[9]), (0.0, 1e9, 0.0, 1.0));
        let mut unknown = [f32::NAN];
        activate_in_place(&mut unknown);
        assert!(unknown[0].is_nan());
    }
}
