//! A single layer of linear self-attention that reads labelled features and predicts the label of one more (Q-D2), in its
//! full parametrisation.
//!
//! A prompt is a matrix E with a column `e_i = (x_i, y_i)` for each of N samples and a last one `e_q = (x_q, 0)` for the
//! query; the layer is `f(E) = E + W_PV E (E^T W_KQ E) / N`, and the prediction is the last entry of its last column.
//! Forward, with D = d + 1 and v the last row of W_PV:
//!
//! ```text
//! G = sum_i w_i e_i e_i^T + e_q e_q^T / N     second moment of the tokens, w_i = 1 / N     (D x D)
//! r = W_KQ e_q                                what the query asks of the tokens            (D)
//! t = G r                                     what they answer                             (D)
//! y = <v, t>                                  prediction                                   scalar
//! ```
//!
//! Backward, from g = dLoss/dy:
//!
//! ```text
//! dv    += g t                      a = g v  (the gradient of t)
//! dr     = G a
//! dW_KQ += dr e_q^T                 dx_q = W_KQ^T dr + (a <r, e_q> + r <a, e_q>) / N      without its last entry
//! de_i   = w_i (a <r, e_i> + r <a, e_i>)
//! ```
//!
//! Only v and the first d columns of W_KQ matter, so all other entries have gradient 0. In block form, with `v = (0, u)`
//! and `W_KQ = [K .; 0 .]`, the prediction is `<x_q, A h>` with `A = u K^T` and `h = sum_i w_i y_i x_i` (Q-A1).

mod config;
mod construct;
mod contexts;
mod weights;

pub use config::InContextConfig;
pub use contexts::{Cache, Contexts, InputGradients};

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, Slice};

use config::{KEY_QUERY, VALUE};

use super::Model;
use crate::nn::parameters::Layout;
use crate::numeric::scalar::Scalar;

/// The layer: W_PV and W_KQ, each (d + 1) x (d + 1).
#[derive(Clone, Debug)]
pub struct InContextAttention<S> {
    config: InContextConfig,
    layout: Layout,
    parameters: Vec<S>,
}

impl<S: Scalar> Model for InContextAttention<S> {
    type Scalar = S;

    fn parameters(&self) -> &[S] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [S] {
        &mut self.parameters
    }
}

impl<S: Scalar> InContextAttention<S> {
    /// The configuration.
    pub fn config(&self) -> &InContextConfig {
        &self.config
    }

    /// Names, shapes and places of the trained blocks.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// u, the weight of labels in the value (last entry of W_PV).
    pub fn scale(&self) -> S {
        self.value_row()[self.config.d]
    }

    /// K (d x d), the block of W_KQ that pairs features with the query.
    pub fn key(&self) -> ArrayView2<'_, S> {
        self.query_columns().slice_axis_move(Axis(0), Slice::from(..self.config.d))
    }

    /// The product A = u K^T (d x d) of which the prediction `<x_q, A h>` is made in block form.
    pub fn product(&self) -> Array2<S> {
        self.key().t().mapv(|entry| self.scale() * entry)
    }

    /// p (d): features in the value, the last row of W_PV without u. Zero in block form.
    pub fn value_off_block(&self) -> ArrayView1<'_, S> {
        self.value_row().slice_axis_move(Axis(0), Slice::from(..self.config.d))
    }

    /// k (d): labels in the key, the last row of W_KQ without its corner. Zero in block form.
    pub fn key_off_block(&self) -> ArrayView1<'_, S> {
        self.query_columns().index_axis_move(Axis(0), self.config.d)
    }

    /// [`Self::scale`], to be changed.
    pub(crate) fn scale_mut(&mut self) -> &mut S {
        let last = self.layout.blocks()[VALUE].range.end - 1;
        &mut self.parameters[last]
    }

    /// [`Self::key`], to be changed.
    pub(crate) fn key_mut(&mut self) -> ArrayViewMut2<'_, S> {
        let kept = Slice::from(..self.config.d);
        let matrix = self.layout.view_mut(&mut self.parameters, KEY_QUERY);
        matrix.slice_axis_move(Axis(0), kept).slice_axis_move(Axis(1), kept)
    }

    /// v (D), the last row of W_PV.
    fn value_row(&self) -> ArrayView1<'_, S> {
        self.layout.view(&self.parameters, VALUE).index_axis_move(Axis(0), self.config.d)
    }

    /// The columns of W_KQ that meet the query (D x d).
    fn query_columns(&self) -> ArrayView2<'_, S> {
        let matrix = self.layout.view(&self.parameters, KEY_QUERY);
        matrix.slice_axis_move(Axis(1), Slice::from(..self.config.d))
    }

    /// Predictions for all contexts, one each; `cache` keeps what [`Self::backward`] needs.
    ///
    /// # Panics
    /// If the shapes do not fit together or the tokens are not contiguous: they are the caller's, never the user's.
    pub fn forward(&self, contexts: Contexts<S>, cache: &mut Cache<S>, predictions: &mut [S]) {
        contexts.check(self.config.d);
        assert_eq!(cache.asked.dim(), (contexts.count(), self.config.width()), "a fitting cache");
        assert_eq!(predictions.len(), contexts.count(), "one prediction a context");
        // 1. Second moments of the tokens.
        contexts.second_moments(&mut cache.moments);
        // 2. What the queries ask.
        let (one, zero) = (S::one(), S::zero());
        let columns = self.query_columns();
        general_mat_mul(one, &contexts.queries, &columns.t(), zero, &mut cache.asked);
        // 3. What the tokens answer, and the prediction made of it.
        let value = self.value_row();
        let moments = cache.moments.axis_chunks_iter(Axis(0), self.config.width());
        let asked = moments.zip(cache.asked.rows()).zip(cache.answers.rows_mut());
        for (((moment, asked), mut answer), prediction) in asked.zip(predictions) {
            multiply(moment, asked, answer.view_mut());
            *prediction = value.dot(&answer);
        }
    }

    /// Adds the gradient of the loss to `gradient` (laid out as the parameters) and, if asked, overwrites those of tokens and
    /// queries.
    ///
    /// `contexts` and `cache` are those of the forward call; `d_predictions` holds one number a context.
    ///
    /// # Panics
    /// If the shapes do not fit together or the tokens are not contiguous: they are the caller's, never the user's.
    pub fn backward(
        &self,
        contexts: Contexts<S>,
        cache: &mut Cache<S>,
        d_predictions: &[S],
        gradient: &mut [S],
        inputs: Option<InputGradients<S>>,
    ) {
        assert_eq!(d_predictions.len(), contexts.count(), "one gradient a context");
        assert_eq!(cache.asked.nrows(), contexts.count(), "the cache of the forward call");
        let (one, d) = (S::one(), self.config.d);
        let value = self.value_row();
        // 3'. Value, and what reaches the question through the answer.
        let mut d_value = self.layout.view_mut(gradient, VALUE);
        let mut d_value = d_value.row_mut(d);
        let moments = cache.moments.axis_chunks_iter(Axis(0), self.config.width());
        let answers = moments.zip(cache.answers.rows()).zip(cache.d_asked.rows_mut());
        for (((moment, answer), mut d_asked), &g) in answers.zip(d_predictions) {
            d_value.scaled_add(g, &answer);
            multiply(moment, value, d_asked.view_mut());
            d_asked *= g;
        }
        // 2'. Key and query matrix.
        let mut d_matrix = self.layout.view_mut(gradient, KEY_QUERY);
        let mut d_columns = d_matrix.slice_axis_mut(Axis(1), Slice::from(..d));
        general_mat_mul(one, &cache.d_asked.t(), &contexts.queries, one, &mut d_columns);
        // 1'. Tokens and queries.
        if let Some(mut inputs) = inputs {
            let (columns, d_queries) = (self.query_columns(), &mut inputs.queries);
            general_mat_mul(one, &cache.d_asked, &columns, S::zero(), d_queries);
            contexts.through_moments(cache, value, d_predictions, inputs);
        }
    }
}

/// `out = matrix vector`, without the detour over a general library: D is small.
fn multiply<S: Scalar>(matrix: ArrayView2<S>, vector: ArrayView1<S>, mut out: ArrayViewMut1<S>) {
    for (out, row) in out.iter_mut().zip(matrix.rows()) {
        *out = row.iter().zip(&vector).map(|(&m, &v)| m * v).sum();
    }
}

#[cfg(test)]
mod tests;
