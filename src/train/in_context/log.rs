//! The log of a training run: one row a logged step, as tables and figures take it.

use ndarray::ArrayView2;
use serde::Serialize;

use super::Step;
use crate::model::in_context::InContextAttention;

/// One logged step.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// Name of the run: what distinguishes it from others of the same experiment.
    pub run: String,
    /// Training seed.
    pub seed: u64,
    /// Steps completed.
    pub step: usize,
    /// Learning rate used.
    pub learning_rate: f64,
    /// Loss before the step.
    pub loss: f64,
    /// `|A - A*|_F / |A*|_F`, distance of the layer's product to the optimum.
    pub relative_error: f64,
    /// u.
    pub scale: f64,
    /// Largest absolute entry outside the block form, of p and k.
    pub off_block: f64,
}

impl Record {
    /// The row of `step`, after which the layer was `layer`; `optimum` is A* (d x d).
    pub fn of(
        run: &str,
        seed: u64,
        step: &Step,
        layer: &InContextAttention<f64>,
        optimum: ArrayView2<'_, f64>,
    ) -> Self {
        Self {
            run: run.to_owned(),
            seed,
            step: step.index + 1,
            learning_rate: step.learning_rate,
            loss: step.loss,
            relative_error: relative_error(layer, optimum),
            scale: layer.scale(),
            off_block: off_block(layer),
        }
    }
}

/// `|A - A*|_F / |A*|_F` of the layer's product A.
///
/// # Panics
/// If `optimum` is not d x d.
pub fn relative_error(layer: &InContextAttention<f64>, optimum: ArrayView2<'_, f64>) -> f64 {
    assert_eq!(optimum.dim(), layer.key().dim(), "as many features as the layer");
    let (u, mut off, mut size) = (layer.scale(), 0.0, 0.0);
    for (k, a) in layer.key().t().iter().zip(optimum) {
        off += (u * k - a).powi(2);
        size += a * a;
    }
    f64::sqrt(off / size)
}

/// The largest absolute entry of p and k, which block form has at 0; NaN if one of them is.
pub fn off_block(layer: &InContextAttention<f64>) -> f64 {
    let entries = layer.value_off_block().into_iter().chain(layer.key_off_block());
    crate::metrics::interval::largest(entries.map(|v| v.abs()))
}
