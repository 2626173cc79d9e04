//! Losses with their gradients, and the categorical policy that the cross-entropy belongs to.
//!
//! Squared error, of outputs y and targets x:
//!
//! ```text
//! L = scale sum (y - x)^2                dy = 2 scale (y - x)
//! ```
//!
//! Categorical cross-entropy, of a row of logits z (K), target distribution q (K) and weight w:
//!
//! ```text
//! p = softmax(z)                         p_a = e^(z_a - m) / sum_b e^(z_b - m),  m = max z
//! L = -w sum_a q_a log p_a               dz = w (p - q)       for q that sums to 1
//! ```
//!
//! An absent arm has the logit -inf: its probability and its gradient are exactly 0, whatever the others do. Rows of
//! weight 0 are padding: they are not looked at, and their gradient is 0.

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::numeric::scalar::Scalar;

/// Squared error summed over all entries, `sum (output - target)^2`, times `scale`; its gradient `2 scale (output -
/// target)` overwrites `gradient`.
///
/// It is the negative log-likelihood of a Gaussian policy with mean `output`, up to constants.
pub fn squared_error<S: Scalar>(output: &[S], target: &[S], scale: f64, gradient: &mut [S]) -> f64 {
    let double = S::of(2.0 * scale);
    let mut sum = S::zero();
    for ((g, &y), &x) in gradient.iter_mut().zip(output).zip(target) {
        let error = y - x;
        sum += error * error;
        *g = double * error;
    }
    scale * sum.as_f64()
}

/// Gives the arms that are not `present` the logit -inf.
///
/// `present` has one entry for each of `logits`: all rows one after the other.
///
/// # Panics
/// If the lengths differ.
pub fn mask_absent_arms<S: Scalar>(logits: &mut [S], present: &[bool]) {
    assert_eq!(logits.len(), present.len(), "one flag a logit");
    for (logit, &present) in logits.iter_mut().zip(present) {
        if !present {
            *logit = S::neg_infinity();
        }
    }
}

/// Turns one row of logits into probabilities; returns log sum_a e^(z_a).
///
/// The row needs an arm that is present: without one, and with a logit of NaN or +inf, the probabilities are NaN.
pub fn softmax_in_place<S: Scalar>(row: &mut [S]) -> S {
    let top = row.iter().fold(S::neg_infinity(), |top, &z| top.max(z));
    let mut sum = S::zero();
    for z in row.iter_mut() {
        *z = (*z - top).exp();
        sum += *z;
    }
    let inverse = S::one() / sum;
    for p in row.iter_mut() {
        *p *= inverse;
    }
    top + sum.ln()
}

/// Entropy -sum_a p_a log p_a of one row of probabilities, in nats; 0 log 0 = 0.
pub fn entropy<S: Scalar>(probabilities: &[S]) -> S {
    let term = |&p: &S| if p == S::zero() { p } else { -p * p.ln() };
    probabilities.iter().map(term).sum()
}

/// Cross-entropy of each row of `logits` (N x K) against one arm, times the row's weight, summed over the rows; its
/// gradient overwrites `gradient` (N x K).
///
/// # Panics
/// If the shapes do not fit together or a target is no arm: they are the caller's, never the user's.
pub fn cross_entropy<S: Scalar>(
    logits: ArrayView2<S>,
    targets: &[usize],
    weights: &[S],
    gradient: ArrayViewMut2<S>,
) -> f64 {
    assert_eq!(targets.len(), logits.nrows(), "one target a row");
    let mut targets = targets.iter();
    sum_over_rows(logits, weights, gradient, |logits, probabilities, log_sum| {
        let &target = targets.next().expect("one target a row");
        probabilities[target] -= S::one();
        log_sum - logits[target]
    })
}

/// Cross-entropy of each row of `logits` (N x K) against the distribution in the same row of `targets` (N x K), times the
/// row's weight, summed over the rows; its gradient overwrites `gradient` (N x K).
///
/// # Panics
/// If the shapes do not fit together: they are the caller's, never the user's.
pub fn cross_entropy_to<S: Scalar>(
    logits: ArrayView2<S>,
    targets: ArrayView2<S>,
    weights: &[S],
    gradient: ArrayViewMut2<S>,
) -> f64 {
    assert_eq!(targets.dim(), logits.dim(), "one target a logit");
    let arms = logits.ncols();
    let mut targets = targets.to_slice().expect("contiguous").chunks_exact(arms);
    sum_over_rows(logits, weights, gradient, |logits, probabilities, log_sum| {
        let targets = targets.next().expect("one target a row");
        let mut loss = S::zero();
        for ((p, &z), &q) in probabilities.iter_mut().zip(logits).zip(targets) {
            *p -= q;
            // An absent arm that nobody asks for costs nothing.
            if q != S::zero() {
                loss += q * (log_sum - z);
            }
        }
        loss
    })
}

/// Goes through the rows in order: softmax into `gradient`, then `row(logits, probabilities, log_sum)`, which is called for
/// every row, subtracts the target from the probabilities and returns the row's loss; both are weighted here.
fn sum_over_rows<S: Scalar>(
    logits: ArrayView2<S>,
    weights: &[S],
    mut gradient: ArrayViewMut2<S>,
    mut row: impl FnMut(&[S], &mut [S], S) -> S,
) -> f64 {
    assert_eq!(gradient.dim(), logits.dim(), "one gradient a logit");
    assert_eq!(weights.len(), logits.nrows(), "one weight a row");
    let arms = logits.ncols();
    let logits = logits.to_slice().expect("contiguous").chunks_exact(arms);
    let gradient = gradient.as_slice_mut().expect("contiguous").chunks_exact_mut(arms);
    let mut sum = 0.0;
    for ((logits, gradient), &weight) in logits.zip(gradient).zip(weights) {
        gradient.copy_from_slice(logits);
        let log_sum = softmax_in_place(gradient);
        let loss = row(logits, gradient, log_sum);
        if weight == S::zero() {
            gradient.fill(S::zero());
            continue;
        }
        sum += (weight * loss).as_f64();
        for g in gradient {
            *g *= weight;
        }
    }
    sum
}

#[cfg(test)]
mod tests;
