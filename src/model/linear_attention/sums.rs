//! Loops over a few columns: inlined where they are called, they need no memory.

use crate::numeric::scalar::Scalar;

/// `start + <x, y>`.
#[inline(always)]
pub(super) fn dot<S: Scalar>(start: S, x: &[S], y: &[S]) -> S {
    x.iter().zip(y).fold(start, |sum, (&x, &y)| sum + x * y)
}

/// `sum <- sum + scale * x`.
#[inline(always)]
pub(super) fn add_scaled<S: Scalar>(sum: &mut [S], scale: S, x: &[S]) {
    sum.iter_mut().zip(x).for_each(|(sum, &x)| *sum += scale * x);
}

/// Row i of `sums` becomes the sum of the rows after i of `rows`, within each sequence of `rounds` rows.
pub(super) fn suffix_sums<S: Scalar>(rows: &[S], rounds: usize, d: usize, sums: &mut [S]) {
    for (sums, rows) in sums.chunks_exact_mut(rounds * d).zip(rows.chunks_exact(rounds * d)) {
        let last = (rounds - 1) * d;
        sums[last..].fill(S::zero());
        for i in (0..last).rev() {
            sums[i] = sums[i + d] + rows[i + d];
        }
    }
}
