//! The layer as a recurrent learner: O(d^2) work and O(d) memory a decision, whatever the length of the history.

use ndarray::{Array1, ArrayView1};

use super::linear_attention::LinearAttention;
use crate::numeric::scalar::Scalar;

/// The running output g_t of one sequence.
#[derive(Clone, Debug)]
pub struct Recurrence<'a, S> {
    layer: &'a LinearAttention<S>,
    content: Array1<S>,
    constant: S,
    output: Array1<S>,
    value: Array1<S>,
}

impl<'a, S: Scalar> Recurrence<'a, S> {
    /// Before the first reward: g_1 = 0.
    pub fn new(layer: &'a LinearAttention<S>) -> Self {
        let (content, constant) = layer.token_weight();
        let zeros = Array1::zeros(layer.config().d);
        Self { layer, content, constant, output: zeros.clone(), value: zeros }
    }

    /// The output before the coming round (not projected).
    pub fn output(&self) -> ArrayView1<'_, S> {
        self.output.view()
    }

    /// Takes in one reward vector: `g <- g + scale * (<u, R> + s) (V R + v_c)`.
    pub fn observe(&mut self, reward: ArrayView1<S>) {
        let (weight, bias) = self.layer.value();
        self.value.assign(&bias);
        ndarray::linalg::general_mat_vec_mul(S::one(), &weight, &reward, S::one(), &mut self.value);
        let token =
            S::of(self.layer.config().output_scale) * (self.content.dot(&reward) + self.constant);
        self.output.scaled_add(token, &self.value);
    }
}
