//! Loops over contiguous numbers in groups of a fixed size, for vector registers; sums are taken lane by lane, in an order that depends on nothing but the length.

use std::any::Any;

use crate::numeric::scalar::Scalar;
use crate::numeric::vector::{LANES, Vector};

/// The first `valid` numbers of `row` become their softmax, the others zero.
///
/// `row` has whole groups of [`LANES`]. A NaN among the valid numbers makes all of them NaN.
#[inline]
pub(in crate::nn) fn softmax<S: Scalar>(row: &mut [S], valid: usize) {
    let (used, rest) = row.split_at_mut(valid.next_multiple_of(LANES));
    used[valid..].fill(S::neg_infinity());
    rest.fill(S::zero());
    let (groups, _) = used.as_chunks_mut::<LANES>();
    let mut top = [S::neg_infinity(); LANES];
    for group in groups.iter() {
        for (top, &x) in top.iter_mut().zip(group) {
            *top = if x > *top { x } else { *top };
        }
    }
    let top = fold(top, |x, y| if x > y { x } else { y });
    let mut sums = [S::zero(); LANES];
    for group in groups.iter_mut() {
        for x in group.iter_mut() {
            *x -= top;
        }
        exp_of_nonpositive(group);
    }
    for group in groups.iter() {
        for (sum, &x) in sums.iter_mut().zip(group) {
            *sum += x;
        }
    }
    let inverse = S::one() / fold(sums, |x, y| x + y);
    for x in groups.as_flattened_mut() {
        *x *= inverse;
    }
}

/// The gradient of softmax: `gradient` becomes `scale p (gradient - <p, gradient>)` on the first `valid` numbers and zero
/// on the others, where p is `probabilities`.
#[inline]
pub(in crate::nn) fn softmax_backward<S: Scalar>(
    probabilities: &[S],
    gradient: &mut [S],
    valid: usize,
    scale: S,
) {
    let (used, rest) = gradient.split_at_mut(valid.next_multiple_of(LANES));
    rest.fill(S::zero());
    used[valid..].fill(S::zero());
    let (gradient, _) = used.as_chunks_mut::<LANES>();
    let (probabilities, _) = probabilities.as_chunks::<LANES>();
    let mut sums = [S::zero(); LANES];
    for (p, g) in probabilities.iter().zip(gradient.iter()) {
        for ((sum, &p), &g) in sums.iter_mut().zip(p).zip(g) {
            *sum += p * g;
        }
    }
    let mean = fold(sums, |x, y| x + y);
    for (p, g) in probabilities.iter().zip(gradient) {
        for (&p, g) in p.iter().zip(g) {
            *g = scale * p * (*g - mean);
        }
    }
}

/// Adds `sum_i weights_i rows_i` to `out`; `rows` holds a row of `out.len()` numbers for every weight.
///
/// Four sums run side by side, so that no addition waits for the one before it.
#[inline]
pub(in crate::nn) fn add_weighted_rows<S: Scalar>(weights: &[S], rows: &[S], out: &mut [S]) {
    let width = out.len();
    let (fours, rest) = weights.as_chunks::<4>();
    for (g, group) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let zero = S::Vector::splat(S::zero());
        let mut sums = [S::Vector::of(group), zero, zero, zero];
        let mut add = |sum: usize, weight: S, row: &[S]| {
            let row: &[S; LANES] = row[g * LANES..].first_chunk().expect("a whole group");
            sums[sum] = S::Vector::splat(weight).multiply_add(Vector::of(row), sums[sum]);
        };
        for (weights, rows) in fours.iter().zip(rows.chunks_exact(4 * width)) {
            for u in 0..4 {
                add(u, weights[u], &rows[u * width..(u + 1) * width]);
            }
        }
        let rows = rows.chunks_exact(width).skip(4 * fours.len());
        for ((u, &weight), row) in rest.iter().enumerate().zip(rows) {
            add(u, weight, row);
        }
        let sums = sums.map(Vector::to_array);
        for l in 0..LANES {
            group[l] = (sums[0][l] + sums[1][l]) + (sums[2][l] + sums[3][l]);
        }
    }
    let start = width - width % LANES;
    if start < width {
        for (&weight, row) in weights.iter().zip(rows.chunks_exact(width)) {
            for (sum, &x) in out[start..].iter_mut().zip(&row[start..]) {
                *sum += weight * x;
            }
        }
    }
}

/// All lanes joined by `join`, half with half, so that no step waits for more than three others.
#[inline]
fn fold<S: Scalar>(mut lanes: [S; LANES], join: impl Fn(S, S) -> S) -> S {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = join(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// `e^x` of every number, for x <= 0 or NaN: in single precision by [`exp_f32`], otherwise by the standard library.
#[inline]
pub(in crate::nn) fn exp_of_nonpositive<S: Scalar>(group: &mut [S; LANES]) {
    if let Some(group) = (group as &mut dyn Any).downcast_mut::<[f32; LANES]>() {
        for x in group {
            *x = exp_f32(*x);
        }
    } else {
        for x in group {
            *x = x.exp();
        }
    }
}

/// `e^x` for x <= 0 to 1.2e-7 relative, without a branch or a call; zero below -87, where single precision ends.
///
/// `x = n ln 2 + r` with n an integer and |r| <= ln 2 / 2; e^r by the polynomial of the Cephes library (Moshier, expf),
/// 2^n by writing n into the exponent bits.
#[inline]
#[expect(clippy::excessive_precision, reason = "the constants as published")]
fn exp_f32(x: f32) -> f32 {
    /// 1.5 * 2^23: adding it leaves the nearest integer in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_375;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let mut p = 1.987_569_150_0e-4;
    p = p * r + 1.398_199_950_7e-3;
    p = p * r + 8.333_451_907_3e-3;
    p = p * r + 4.166_579_589_4e-2;
    p = p * r + 1.666_666_545_9e-1;
    p = p * r + 5.000_000_120_1e-1;
    p = p * (r * r) + r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    if x < -87.0 { 0.0 } else { p * power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_agrees_with_the_standard_library() {
        let mut worst = 0.0f64;
        for i in 0..=2_000_000 {
            let x = -87.0 * (i as f32 / 2e6);
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(exp_f32(x)) / exact - 1.0).abs());
        }
        assert!(worst <= 1.2e-7, "relative error {worst:e}");
    }

    #[test]
    fn exponential_ends_well() {
        assert_eq!(exp_f32(0.0), 1.0);
        for x in [-87.1, -1e4, -3e38, f32::NEG_INFINITY] {
            assert_eq!(exp_f32(x), 0.0, "{x}");
        }
        assert!(exp_f32(f32::NAN).is_nan());
    }

    #[test]
    fn softmax_sums_to_one_and_clears_what_is_not_valid() {
        for valid in 1..=40 {
            let mut row: Vec<f64> = (0..48).map(|i| f64::from(i * i % 7)).collect();
            let weights: Vec<f64> = row[..valid].iter().map(|x| x.exp()).collect();
            let sum: f64 = weights.iter().sum();
            softmax(&mut row, valid);
            for (x, w) in row.iter().zip(&weights) {
                approx::assert_relative_eq!(*x, w / sum, max_relative = 1e-14);
            }
            assert!(row[valid..].iter().all(|&x| x == 0.0));
        }
    }

    #[test]
    fn a_nan_is_not_swallowed() {
        let mut row = [0.0f32; LANES];
        row[3] = f32::NAN;
        softmax(&mut row, 5);
        assert!(row[..5].iter().all(|x| x.is_nan()));
    }

    #[test]
    fn weighted_rows_of_any_width() {
        for width in [1, 3, 15, 16, 17, 35] {
            let rows: Vec<f64> = (0..3 * width).map(|i| i as f64).collect();
            let mut out = vec![1.0; width];
            add_weighted_rows(&[1.0, 10.0, 100.0], &rows, &mut out);
            for (j, &x) in out.iter().enumerate() {
                let (j, width) = (j as f64, width as f64);
                assert_eq!(x, 1.0 + 111.0 * j + 210.0 * width);
            }
        }
    }
}
