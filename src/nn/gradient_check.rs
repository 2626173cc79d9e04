//! What every layer with hand-written gradients must pass: central differences, accumulation, single against double.

use ndarray::{Array2, ArrayView2};

use super::parameters::Layout;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::numeric::scalar::Scalar;

/// A layer as the checks see it: caches are made inside, filled with garbage, and sized as the layer asks for.
pub(crate) trait Layer {
    /// The output for `input`.
    fn forward<S: Scalar>(&self, parameters: &[S], input: ArrayView2<S>) -> Array2<S>;

    /// Runs forward, then backward from `d_output`: adds to `gradient` and returns the gradient of the input.
    fn backward<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        d_output: ArrayView2<S>,
        gradient: &mut [S],
    ) -> Array2<S>;
}

/// All checks at random parameters, input and upstream gradient of order 1, in the given shapes of input and output.
pub(crate) fn check_layer(
    layer: &impl Layer,
    layout: &Layout,
    input: (usize, usize),
    output: (usize, usize),
    seed: u64,
) {
    let mut parameters = random((1, layout.len().max(1)), seed).into_raw_vec_and_offset().0;
    parameters.truncate(layout.len());
    let mut input = random(input, seed.wrapping_add(1));
    let d_output = random(output, seed.wrapping_add(2));

    // 1. Every parameter and every input against central differences.
    let mut gradient = vec![0.0; layout.len()];
    let d_input = layer.backward(&parameters, input.view(), d_output.view(), &mut gradient);
    let loss = |parameters: &[f64], input: ArrayView2<f64>| {
        (layer.forward(parameters, input) * &d_output).sum()
    };
    for block in layout.blocks() {
        let exact = &gradient[block.range.clone()];
        let start = block.range.start;
        assert_gradient(&block.name, exact, |i, step| {
            let before = parameters[start + i];
            parameters[start + i] = before + step;
            let loss = loss(&parameters, input.view());
            parameters[start + i] = before;
            loss
        });
    }
    assert_gradient("input", d_input.as_slice().expect("contiguous"), |i, step| {
        let place = (i / d_input.ncols(), i % d_input.ncols());
        let before = input[place];
        input[place] = before + step;
        let loss = loss(&parameters, input.view());
        input[place] = before;
        loss
    });

    // 2. A second backward adds the same again to the parameters and overwrites the input's.
    let mut twice = gradient.clone();
    let again = layer.backward(&parameters, input.view(), d_output.view(), &mut twice);
    assert_eq!(again, d_input, "the gradient of the input is overwritten");
    let doubled: Vec<f64> = gradient.iter().map(|g| 2.0 * g).collect();
    assert_close("second backward", &twice, &doubled, 1e-12);

    // 3. Single precision.
    let narrow = |x: &Array2<f64>| x.mapv(|v| v as f32);
    let narrow_parameters: Vec<f32> = parameters.iter().map(|&p| p as f32).collect();
    let mut narrow_gradient = vec![0.0f32; layout.len()];
    let narrow_input = narrow(&input);
    let narrow_output = layer.forward(&narrow_parameters, narrow_input.view());
    let narrow_d_input = layer.backward(
        &narrow_parameters,
        narrow_input.view(),
        narrow(&d_output).view(),
        &mut narrow_gradient,
    );
    let exact = layer.forward(&parameters, input.view());
    assert_close("f32 output", entries(&narrow_output), entries(&exact), 1e-4);
    assert_close("f32 d_input", entries(&narrow_d_input), entries(&d_input), 1e-4);
    assert_close("f32 gradient", &narrow_gradient, &gradient, 1e-4);
}

/// Standard normal entries.
pub(crate) fn random(shape: (usize, usize), seed: u64) -> Array2<f64> {
    let mut values = vec![0.0; shape.0 * shape.1];
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    fill_standard_normal(&mut rng, &mut values);
    Array2::from_shape_vec(shape, values).expect("as many values as entries")
}

/// Central differences of fourth order, `(8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h`, against `exact`, to a relative 1e-6.
///
/// `loss_with(i, step)` is the loss with entry i moved by `step`. Gradients far below the largest one are held against a
/// ten-thousandth of that, where the rounding of the loss begins to show.
pub(crate) fn assert_gradient(
    name: &str,
    exact: &[f64],
    mut loss_with: impl FnMut(usize, f64) -> f64,
) {
    let floor = 1e-4 * exact.iter().fold(1e-3f64, |top, g| top.max(g.abs()));
    for (i, &exact) in exact.iter().enumerate() {
        let mut numeric = |h: f64| {
            let mut difference = |h: f64| loss_with(i, h) - loss_with(i, -h);
            (8.0 * difference(h) - difference(2.0 * h)) / (12.0 * h)
        };
        let tolerance = 1e-6 * exact.abs().max(floor);
        let close = STEPS.into_iter().any(|h| (numeric(h) - exact).abs() <= tolerance);
        assert!(close, "{name}[{i}]: {exact}, numeric {:?}", STEPS.map(&mut numeric));
    }
}

/// The first balances the truncation error h^4 with the rounding error 1e-16 / h; the second is for the strongly curved. A
/// wrong gradient agrees with neither.
const STEPS: [f64; 2] = [1e-3, 1e-4];

/// `|a - b| <= tolerance * max(1, largest |b|)`, entry by entry; NaN is never close.
pub(crate) fn assert_close<S: Scalar>(name: &str, a: &[S], b: &[f64], tolerance: f64) {
    let scale = b.iter().fold(1.0f64, |top, v| top.max(v.abs()));
    assert_eq!(a.len(), b.len(), "{name}");
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let error = (a.as_f64() - b).abs() / scale;
        assert!(error <= tolerance, "{name}[{i}]: {a}, expected {b}");
    }
}

/// The entries of a matrix, row by row.
pub(crate) fn entries<S: Scalar>(matrix: &Array2<S>) -> &[S] {
    matrix.as_slice().expect("contiguous")
}
