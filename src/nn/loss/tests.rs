//! Losses against central differences, each other and their definitions.

use ndarray::{Array2, Axis, arr2};
use proptest::prelude::*;

use super::*;
use crate::nn::gradient_check::{assert_close, assert_gradient, entries, random};

/// Logits, target distributions and weights of random rows; some arms absent, but never the first.
struct Case {
    logits: Array2<f64>,
    targets: Array2<f64>,
    weights: Vec<f64>,
    present: Vec<bool>,
}

impl Case {
    fn new((rows, arms, seed): (usize, usize, u64)) -> Self {
        let logits = random((rows, arms), seed) * 3.0;
        let flags = random((rows, arms), seed.wrapping_add(1));
        let present: Vec<bool> =
            flags.indexed_iter().map(|((_, arm), &flag)| arm == 0 || flag < 0.8).collect();
        let mut targets = random((rows, arms), seed.wrapping_add(2));
        mask_absent_arms(targets.as_slice_mut().unwrap(), &present);
        for mut row in targets.outer_iter_mut() {
            softmax_in_place(row.as_slice_mut().unwrap());
        }
        let weights = random((1, rows), seed.wrapping_add(3)).into_raw_vec_and_offset().0;
        Self { logits, targets, weights, present }
    }

    fn masked<S: Scalar>(&self) -> Array2<S> {
        let mut logits = self.logits.mapv(S::of);
        mask_absent_arms(logits.as_slice_mut().unwrap(), &self.present);
        logits
    }

    fn run<S: Scalar>(&self) -> (f64, Array2<S>) {
        let mut gradient = Array2::from_elem(self.logits.dim(), S::of(99.0));
        let targets = self.targets.mapv(S::of);
        let weights: Vec<S> = self.weights.iter().map(|&w| S::of(w)).collect();
        let logits = self.masked::<S>();
        let loss = cross_entropy_to(logits.view(), targets.view(), &weights, gradient.view_mut());
        (loss, gradient)
    }
}

/// Rows, arms, seed.
fn shapes() -> impl Strategy<Value = (usize, usize, u64)> {
    (1usize..=5, 1usize..=6, any::<u64>())
}

proptest! {
    #[test]
    fn cross_entropy_gradient_matches_central_differences(shape in shapes()) {
        let mut case = Case::new(shape);
        let (_, gradient) = case.run::<f64>();
        let arms = case.logits.ncols();
        assert_gradient("logits", entries(&gradient), |i, step| {
            let place = (i / arms, i % arms);
            let before = case.logits[place];
            case.logits[place] = before + step;
            let loss = case.run::<f64>().0;
            case.logits[place] = before;
            loss
        });
        for (g, present) in gradient.iter().zip(&case.present) {
            prop_assert!(*present || *g == 0.0);
        }
    }

    #[test]
    fn single_precision_agrees_with_double(shape in shapes()) {
        let case = Case::new(shape);
        let ((loss, gradient), (narrow_loss, narrow)) = (case.run::<f64>(), case.run::<f32>());
        assert_close("loss", &[narrow_loss], &[loss], 1e-4);
        assert_close("gradient", entries(&narrow), entries(&gradient), 1e-4);
    }

    #[test]
    fn one_arm_is_the_distribution_that_is_certain_of_it(shape in shapes()) {
        let mut case = Case::new(shape);
        let (rows, arms, seed) = shape;
        let targets: Vec<usize> = (0..rows)
            .map(|row| (seed as usize % arms + row) % arms)
            .map(|arm| if rows > 1 { arm } else { 0 })
            .collect();
        case.present.fill(true);
        case.targets.fill(0.0);
        for (row, &target) in targets.iter().enumerate() {
            case.targets[(row, target)] = 1.0;
        }
        let mut gradient = Array2::from_elem((rows, arms), 99.0);
        let loss = cross_entropy(case.logits.view(), &targets, &case.weights, gradient.view_mut());
        let (expected, d_expected) = case.run::<f64>();
        approx::assert_relative_eq!(loss, expected, max_relative = 1e-12, epsilon = 1e-12);
        approx::assert_relative_eq!(gradient, d_expected, max_relative = 1e-12, epsilon = 1e-12);
    }

    #[test]
    fn squared_error_gradient_matches_central_differences(n in 1usize..9, scale in 0.1..2.0f64, seed: u64) {
        let mut output = random((1, n), seed).into_raw_vec_and_offset().0;
        let target = random((1, n), !seed).into_raw_vec_and_offset().0;
        let mut gradient = vec![99.0; n];
        squared_error(&output, &target, scale, &mut gradient);
        assert_gradient("output", &gradient, |i, step| {
            let before = output[i];
            output[i] = before + step;
            let loss = squared_error(&output, &target, scale, &mut vec![0.0; n]);
            output[i] = before;
            loss
        });
    }

    #[test]
    fn softmax_and_entropy_are_what_they_should_be(shape in shapes(), shift in -1e3..1e3f64) {
        let case = Case::new(shape);
        for (row, present) in case.masked::<f64>().outer_iter().zip(case.present.chunks(shape.1)) {
            let mut p = (&row + shift).to_vec();
            let log_sum = softmax_in_place(&mut p);
            let direct = row.iter().map(|z| z.exp()).sum::<f64>();
            prop_assert!((log_sum - shift - direct.ln()).abs() < 1e-11);
            for ((p, z), present) in p.iter().zip(row).zip(present) {
                prop_assert!((p - z.exp() / direct).abs() < 1e-11);
                prop_assert_eq!(*present, *p > 0.0);
            }
            // H = log Z - E z, over the arms that are there.
            let terms = p.iter().zip(row).filter(|(p, _)| **p > 0.0).map(|(p, z)| p * z);
            prop_assert!((entropy(&p) - (direct.ln() - terms.sum::<f64>())).abs() < 1e-10);
        }
    }
}

/// A row by hand: softmax of (0, log 3) is (1/4, 3/4).
#[test]
fn matches_a_row_written_out() {
    let logits = arr2(&[[0.0, 3f64.ln()]]);
    let mut gradient = Array2::from_elem((1, 2), 99.0);
    let loss = cross_entropy(logits.view(), &[0], &[2.0], gradient.view_mut());
    approx::assert_relative_eq!(loss, 2.0 * 4f64.ln(), epsilon = 1e-12);
    approx::assert_relative_eq!(gradient, arr2(&[[-1.5, 1.5]]), epsilon = 1e-12);
    approx::assert_relative_eq!(entropy(&[0.25; 4]), 4f64.ln(), epsilon = 1e-12);
    assert_eq!(entropy(&[1.0, 0.0]), 0.0);
}

/// Rows of weight 0 may hold anything, even no arm at all, and change nothing.
#[test]
fn rows_without_weight_are_padding() {
    let real = random((2, 3), 1);
    let mut padded = Array2::from_elem((4, 3), f64::NAN);
    padded.row_mut(0).assign(&real.row(0));
    padded.row_mut(2).assign(&real.row(1));
    padded.row_mut(3).fill(f64::NEG_INFINITY);
    let mut gradients = [Array2::from_elem((2, 3), 9.0), Array2::from_elem((4, 3), 9.0)];
    let [short, long] = &mut gradients;
    let loss = cross_entropy(real.view(), &[2, 1], &[0.5, 2.0], short.view_mut());
    let weights = [0.5, 0.0, 2.0, 0.0];
    let padded_loss = cross_entropy(padded.view(), &[2, 0, 1, 0], &weights, long.view_mut());
    assert_eq!(loss, padded_loss);
    assert_eq!(*short, long.select(Axis(0), &[0, 2]));
    assert_eq!(long.select(Axis(0), &[1, 3]), Array2::<f64>::zeros((2, 3)));
}

#[test]
fn large_logits_stay_finite_and_unknown_ones_show() {
    let mut gradient = Array2::from_elem((1, 3), 9.0f32);
    let logits = arr2(&[[3e38f32, -3e38, f32::NEG_INFINITY]]);
    let loss = cross_entropy(logits.view(), &[0], &[1.0], gradient.view_mut());
    assert_eq!((loss, &gradient), (0.0, &Array2::zeros((1, 3))));
    for bad in [f32::NAN, f32::INFINITY] {
        let loss =
            cross_entropy(arr2(&[[0.0, bad, 1.0]]).view(), &[0], &[1.0], gradient.view_mut());
        assert!(!loss.is_finite() && gradient.iter().all(|g| g.is_nan()), "{bad}");
    }
}
