//! Losses with their gradients.

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
