//! The published bound on the error of the trained layer, what it is worth, and a sharper one (Q-B6).
//!
//! All functions take the eigenvalues of Lambda; they are for Gaussian features with mean 0 and `w ~ (0, I)`.

use serde::Serialize;

use super::check_length;
use super::error::{TestError, check_spectrum};
use crate::{Error, Result};

/// The published bound (Q-B6 (a)): `(d + 1) tr(L) / M + (1 + 2 d + d^2 kappa) tr(L) / N^2`, kappa the condition number; each
/// term bounds its own.
///
/// # Errors
/// No eigenvalue, one that is not positive and finite, a length of 0.
pub fn published_bound(eigenvalues: &[f64], training: usize, test: usize) -> Result<TestError> {
    let (n, m) = (check_length("training", training, 1)?, check_length("test", test, 1)?);
    check_spectrum(eigenvalues)?;
    let (d, tau) = (eigenvalues.len() as f64, eigenvalues.iter().sum::<f64>());
    Ok(TestError {
        in_context: (d + 1.0) * tau / m,
        training_length: length_factor(eigenvalues) * tau / (n * n),
    })
}

/// The same proof without giving away the spectrum, and with label noise s (Q-B6 (b), (c)): with `c = tr(L) + s^2`,
/// `((d + 1) tr(L) + d s^2) / M + (tr(L) + 2 d c + c^2 tr(L^-1)) / N^2`.
///
/// For exact labels this replaces `d^2 kappa` by `tr(L) tr(L^-1)`, which is never larger, and is asymptotically exact.
///
/// # Errors
/// As for [`published_bound`]; a `noise` that is negative or not finite.
pub fn sharper_bound(
    eigenvalues: &[f64],
    noise: f64,
    training: usize,
    test: usize,
) -> Result<TestError> {
    let (n, m) = (check_length("training", training, 1)?, check_length("test", test, 1)?);
    check_spectrum(eigenvalues)?;
    if !(noise >= 0.0 && noise.is_finite()) {
        return Err(Error::parameter("noise", noise, "a finite number >= 0"));
    }
    let (d, tau) = (eigenvalues.len() as f64, eigenvalues.iter().sum::<f64>());
    let inverse: f64 = eigenvalues.iter().map(|l| 1.0 / l).sum();
    let variance = noise * noise;
    let c = tau + variance;
    Ok(TestError {
        in_context: ((d + 1.0) * tau + d * variance) / m,
        training_length: (tau + 2.0 * d * c + c * c * inverse) / (n * n),
    })
}

/// Prompt lengths below which the published bound says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VacuousBelow {
    /// Test length: `d + 1`.
    pub test: f64,
    /// Training length: `sqrt(1 + 2 d + d^2 kappa)`.
    pub training: f64,
}

/// Where the published bound is vacuous (Q-B6 (d)): below either length one of its terms alone exceeds `tr(L)`, the error of
/// predicting 0.
///
/// # Errors
/// No eigenvalue, or one that is not positive and finite.
pub fn vacuous_below(eigenvalues: &[f64]) -> Result<VacuousBelow> {
    check_spectrum(eigenvalues)?;
    let training = length_factor(eigenvalues).sqrt();
    Ok(VacuousBelow { test: eigenvalues.len() as f64 + 1.0, training })
}

/// `1 + 2 d + d^2 kappa`.
fn length_factor(eigenvalues: &[f64]) -> f64 {
    let d = eigenvalues.len() as f64;
    let largest = eigenvalues.iter().fold(0.0_f64, |top, &l| top.max(l));
    let smallest = eigenvalues.iter().fold(f64::INFINITY, |low, &l| low.min(l));
    1.0 + 2.0 * d + d * d * largest / smallest
}
