//! What one layer of linear self-attention makes of a prompt of labelled features: its population optimum, its exact error,
//! bounds on that error, and what a policy loses by it. Statements of `paper_notes/q_attention.md`.
//!
//! In block form (Q-A1) the layer predicts `<x_q, A h>` from `h = (1/N) sum_i y_i x_i`, so everything is about one d x d
//! matrix A. Throughout, `L` = E\[x x^T\] (Lambda), `S` the covariance of the weights, `s` the noise of the labels, `N` the
//! length of training prompts and `M` that of test prompts.

pub mod bound;
pub mod centred;
pub mod descent;
pub mod error;
pub mod optimum;
pub mod policy;
pub mod shared;
pub mod simulation;

pub use error::TestError;

use ndarray::Array2;

use crate::{Error, Result};

/// Eigenvalues below this share of the largest one count as zero where a second moment is inverted.
const CUT_OFF: f64 = 1e-13;

fn check_length(field: &str, length: usize, least: usize) -> Result<f64> {
    if length < least {
        return Err(Error::parameter(field, length, format!("at least {least}")));
    }
    Ok(length as f64)
}

/// Refuses results that overflowed: moments of the fourth order of large features do so first.
fn finite(what: &'static str, matrix: Array2<f64>) -> Result<Array2<f64>> {
    if matrix.iter().all(|v| v.is_finite()) {
        return Ok(matrix);
    }
    Err(Error::Singular { operation: what, reason: "the moments overflow" })
}

fn trace_of_product(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    (a * &b.t()).sum()
}

#[cfg(test)]
mod tests;
