//! How far a layer is from the algorithm that theory predicts: FTRL with step size eta (RMFT-P3).

use ndarray::Array2;
use serde::Serialize;

use crate::model::linear_attention::LinearAttention;
use crate::numeric::scalar::Scalar;

/// The layer in the coordinates of the theory: `g_t = sum_{i<t} (W R_i + b) (1 + <content, R_i>)`.
///
/// It is FTRL with step size eta when W = eta I, b = 0 and content = 0.
#[derive(Clone, Debug)]
pub struct Effective {
    /// W = scale * s * V, d x d.
    pub matrix: Array2<f64>,
    /// b = scale * s * v_c, length d.
    pub bias: Vec<f64>,
    /// u / s, length d.
    pub content: Vec<f64>,
}

/// Distances of a layer to FTRL.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Structure {
    /// Step size of the nearest FTRL: trace of W over d.
    pub eta: f64,
    /// `|W - eta I| / |W|` in Frobenius norm; 0 when W is 0.
    pub off_isotropy: f64,
    /// `|b| / |eta|`.
    pub value_bias: f64,
    /// `|u| / |s|`.
    pub key_content: f64,
}

impl Effective {
    /// The effective weights of `layer`.
    pub fn of<S: Scalar>(layer: &LinearAttention<S>) -> Self {
        let (weight, bias) = layer.value();
        let (content, constant) = layer.token_weight();
        let constant = constant.as_f64();
        let factor = layer.config().output_scale * constant;
        Self {
            matrix: weight.map(|v| factor * v.as_f64()),
            bias: bias.iter().map(|v| factor * v.as_f64()).collect(),
            content: content.iter().map(|u| u.as_f64() / constant).collect(),
        }
    }

    /// Its distances to FTRL.
    pub fn structure(&self) -> Structure {
        let d = self.bias.len();
        let eta = self.matrix.diag().sum() / d as f64;
        let off: f64 = self
            .matrix
            .indexed_iter()
            .map(|((i, j), w)| (w - if i == j { eta } else { 0.0 }).powi(2))
            .sum();
        let square = |x: &[f64]| x.iter().map(|v| v * v).sum::<f64>();
        let total: f64 = self.matrix.iter().map(|w| w * w).sum();
        Structure {
            eta,
            off_isotropy: if total > 0.0 { (off / total).sqrt() } else { 0.0 },
            value_bias: square(&self.bias).sqrt() / eta.abs(),
            key_content: square(&self.content).sqrt(),
        }
    }
}
