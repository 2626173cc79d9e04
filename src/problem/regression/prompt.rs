//! One prompt, and the two statistics of it that linear attention can form.

use ndarray::{Array1, Array2, Axis};

use super::MAX_PROMPT;
use crate::{Error, Result};

/// Labelled feature vectors of one task, and one more without its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Weights of the task (d); nobody who predicts may look at them.
    pub w: Array1<f64>,
    /// Feature vectors, one a row (N x d).
    pub x: Array2<f64>,
    /// Their labels (N).
    pub y: Array1<f64>,
    /// The feature vector to predict for (d).
    pub query: Array1<f64>,
}

impl Prompt {
    /// Buffers for `samples` labelled vectors of `d` features, all 0.
    ///
    /// # Errors
    /// `samples` or `d` of 0, or more than 2^28 features in all.
    pub fn empty(samples: usize, d: usize) -> Result<Self> {
        if samples == 0 {
            return Err(Error::parameter("samples", 0, "at least 1"));
        }
        if d == 0 || samples.saturating_mul(d) > MAX_PROMPT {
            let expected = format!("at least 1 feature and at most {MAX_PROMPT} in all samples");
            return Err(Error::parameter("d", format!("{d} ({samples} samples)"), expected));
        }
        Ok(Self {
            w: Array1::zeros(d),
            x: Array2::zeros((samples, d)),
            y: Array1::zeros(samples),
            query: Array1::zeros(d),
        })
    }

    /// The label of the query without noise, `<w, x_q>`.
    pub fn target(&self) -> f64 {
        self.w.dot(&self.query)
    }

    /// `h = (1/N) sum_i y_i x_i` (d), all that linear attention in block form sees of the samples (Q-A1).
    pub fn statistic(&self) -> Array1<f64> {
        self.x.t().dot(&self.y) / self.y.len() as f64
    }

    /// `h_c = (1/N) sum_i (y_i - mean y) (x_i - mean x)` (d), means over the prompt (Q-A9).
    pub fn centred_statistic(&self) -> Array1<f64> {
        let n = self.y.len() as f64;
        let deviations = &self.y - self.y.sum() / n;
        (&self.x - &(self.x.sum_axis(Axis(0)) / n)).t().dot(&deviations) / n
    }
}
