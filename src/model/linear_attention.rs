//! A single layer of linear self-attention with a constant query token: the model of the no-regret theorem.
//!
//! Forward, for rewards R_1 .. R_T in R^d (RMFT-D2), all sums over i < t:
//!
//! ```text
//! q   = Q c + q_c                         query of the constant token c                     (d)
//! u   = K^T q,  s = <k_c, q>              what matters of keys and query                    (d), scalar
//! a_i = <u, R_i> + s                      weight of token i                                 (T)
//! v_i = V R_i + v_c                       value of token i                                  (T x d)
//! g_t = scale * sum_{i<t} a_i v_i         output before round t; the decision is Proj(g_t)  (T x d)
//! ```
//!
//! Backward, from G_t = dLoss/dg_t:
//!
//! ```text
//! D_i    = scale * sum_{t>i} G_t
//! da_i   = <v_i, D_i>                     dv_i = a_i D_i
//! dV    += sum_i dv_i R_i^T               dv_c += sum_i dv_i
//! du     = sum_i da_i R_i                 ds    = sum_i da_i
//! dK    += q du^T                         dk_c += ds q
//! dq     = K du + ds k_c                  dQ   += dq c^T            dq_c += dq
//! dR_i   = V^T dv_i + da_i u
//! ```
//!
//! Sequences are stacked: N of them make N*T rows, and every product above is one matrix product over all rows.

mod config;
mod construct;
mod weights;

pub use config::LinearAttentionConfig;

use ndarray::linalg::{general_mat_mul, general_mat_vec_mul};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, aview1};

use config::{KEY_BIAS, KEY_WEIGHT, QUERY_BIAS, QUERY_WEIGHT, VALUE_BIAS, VALUE_WEIGHT};

use super::Model;
use crate::nn::parameters::Layout;
use crate::numeric::scalar::Scalar;

/// The layer: six trained blocks and the fixed query token.
#[derive(Clone, Debug)]
pub struct LinearAttention<S> {
    config: LinearAttentionConfig,
    layout: Layout,
    parameters: Vec<S>,
    query_token: Array1<S>,
}

/// What backward needs of forward, and its scratch; sized for a fixed number of rows, reused from step to step.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    query: Array1<S>,
    content: Array1<S>,
    token_weights: Array1<S>,
    values: Array2<S>,
    d_token_weights: Array1<S>,
    d_values: Array2<S>,
    d_value: Array1<S>,
    d_content: Array1<S>,
    d_query: Array1<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `rows` = sequences x rounds, dimension `d`.
    pub fn new(rows: usize, d: usize) -> Self {
        Self {
            query: Array1::zeros(d),
            content: Array1::zeros(d),
            token_weights: Array1::zeros(rows),
            values: Array2::zeros((rows, d)),
            d_token_weights: Array1::zeros(rows),
            d_values: Array2::zeros((rows, d)),
            d_value: Array1::zeros(d),
            d_content: Array1::zeros(d),
            d_query: Array1::zeros(d),
        }
    }
}

impl<S: Scalar> Model for LinearAttention<S> {
    type Scalar = S;

    fn parameters(&self) -> &[S] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [S] {
        &mut self.parameters
    }
}

impl<S: Scalar> LinearAttention<S> {
    /// The configuration.
    pub fn config(&self) -> &LinearAttentionConfig {
        &self.config
    }

    /// Names, shapes and places of the trained blocks.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The fixed query token c.
    pub fn query_token(&self) -> ArrayView1<'_, S> {
        self.query_token.view()
    }

    fn set_query_token(&mut self, token: Array1<S>) {
        self.query_token = token;
    }

    /// The value projection: V (d x d) and v_c.
    pub fn value(&self) -> (ArrayView2<'_, S>, ArrayView1<'_, S>) {
        (self.matrix(VALUE_WEIGHT), self.vector(VALUE_BIAS))
    }

    /// The content vector u = K^T q and the constant s = `<k_c, q>` of the token weight `a = <u, R> + s`.
    pub fn token_weight(&self) -> (Array1<S>, S) {
        let query = self.matrix(QUERY_WEIGHT).dot(&self.query_token) + self.vector(QUERY_BIAS);
        (self.matrix(KEY_WEIGHT).t().dot(&query), self.vector(KEY_BIAS).dot(&query))
    }

    fn matrix(&self, block: usize) -> ArrayView2<'_, S> {
        self.layout.view(&self.parameters, block)
    }

    fn vector(&self, block: usize) -> ArrayView1<'_, S> {
        ArrayView1::from(self.layout.slice(&self.parameters, block))
    }

    /// Outputs g_t of all rounds of all sequences.
    ///
    /// `rewards` and `outputs` have shape (N*T) x d, `rounds` = T; `cache` has N*T rows.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn forward(
        &self,
        rewards: ArrayView2<S>,
        rounds: usize,
        cache: &mut Cache<S>,
        mut outputs: ArrayViewMut2<S>,
    ) {
        assert_eq!(rewards.nrows() % rounds, 0, "rows are whole sequences");
        let one = S::one();
        // 1. The query, and what it makes of the keys.
        cache.query.assign(&self.vector(QUERY_BIAS));
        general_mat_vec_mul(
            one,
            &self.matrix(QUERY_WEIGHT),
            &self.query_token,
            one,
            &mut cache.query,
        );
        general_mat_vec_mul(
            one,
            &self.matrix(KEY_WEIGHT).t(),
            &cache.query,
            S::zero(),
            &mut cache.content,
        );
        let constant = self.vector(KEY_BIAS).dot(&cache.query);
        // 2. Weight and value of every token.
        cache.token_weights.fill(constant);
        general_mat_vec_mul(one, &rewards, &cache.content, one, &mut cache.token_weights);
        cache.values.assign(&self.vector(VALUE_BIAS).broadcast(rewards.dim()).expect("d columns"));
        general_mat_mul(one, &rewards, &self.matrix(VALUE_WEIGHT).t(), one, &mut cache.values);
        // 3. Prefix sums within each sequence.
        let scale = S::of(self.config.output_scale);
        let d = self.config.d;
        let outputs = outputs.as_slice_mut().expect("outputs are contiguous");
        let values = cache.values.as_slice().expect("values are contiguous");
        let weights = cache.token_weights.as_slice().expect("weights are contiguous");
        for ((out, values), weights) in outputs
            .chunks_exact_mut(rounds * d)
            .zip(values.chunks_exact(rounds * d))
            .zip(weights.chunks_exact(rounds))
        {
            out[..d].fill(S::zero());
            for t in 1..rounds {
                let (before, now) = out.split_at_mut(t * d);
                let weight = scale * weights[t - 1];
                let value = &values[(t - 1) * d..t * d];
                for ((now, &sum), &v) in now[..d].iter_mut().zip(&before[(t - 1) * d..]).zip(value)
                {
                    *now = sum + weight * v;
                }
            }
        }
    }

    /// Adds the gradient of the loss to `gradient` (laid out as the parameters) and, if asked, to `d_rewards`.
    ///
    /// `rewards`, `rounds` and `cache` are those of the forward call; `d_outputs` is G, shape (N*T) x d.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward(
        &self,
        rewards: ArrayView2<S>,
        rounds: usize,
        cache: &mut Cache<S>,
        d_outputs: ArrayView2<S>,
        gradient: &mut [S],
        d_rewards: Option<ArrayViewMut2<S>>,
    ) {
        let (one, d) = (S::one(), self.config.d);
        // 3'. Suffix sums D_i / scale, then gradients of token weights and values.
        suffix_sums(d_outputs.as_slice().expect("contiguous"), rounds, d, &mut cache.d_values);
        let scale = S::of(self.config.output_scale);
        for (((mut dv, v), &a), da) in cache
            .d_values
            .axis_iter_mut(Axis(0))
            .zip(cache.values.axis_iter(Axis(0)))
            .zip(&cache.token_weights)
            .zip(&mut cache.d_token_weights)
        {
            *da = scale * v.dot(&dv);
            dv *= scale * a;
        }
        // 2'. Value projection, content and constant of the token weight.
        general_mat_mul(
            one,
            &cache.d_values.t(),
            &rewards,
            one,
            &mut self.layout.view_mut(gradient, VALUE_WEIGHT),
        );
        cache.d_value.fill(S::zero());
        for dv in cache.d_values.axis_iter(Axis(0)) {
            cache.d_value += &dv;
        }
        let (d_weights, d_content) = (&cache.d_token_weights, &mut cache.d_content);
        general_mat_vec_mul(one, &rewards.t(), d_weights, S::zero(), d_content);
        let d_constant = d_weights.sum();
        // 1'. Keys and query.
        let d_query = &mut cache.d_query;
        general_mat_vec_mul(one, &self.matrix(KEY_WEIGHT), d_content, S::zero(), d_query);
        d_query.scaled_add(d_constant, &self.vector(KEY_BIAS));
        let mut add_outer = |block, left: ArrayView1<S>, right: &Array1<S>| {
            let mut target = self.layout.view_mut(gradient, block);
            for (mut row, &l) in target.rows_mut().into_iter().zip(left) {
                row.scaled_add(l, right);
            }
        };
        add_outer(VALUE_BIAS, aview1(&[one]), &cache.d_value);
        add_outer(KEY_WEIGHT, cache.query.view(), &cache.d_content);
        add_outer(QUERY_WEIGHT, cache.d_query.view(), &self.query_token);
        add_outer(KEY_BIAS, aview1(&[d_constant]), &cache.query);
        add_outer(QUERY_BIAS, aview1(&[one]), &cache.d_query);
        if let Some(mut d_rewards) = d_rewards {
            general_mat_mul(one, &cache.d_values, &self.matrix(VALUE_WEIGHT), one, &mut d_rewards);
            for (mut row, &da) in d_rewards.rows_mut().into_iter().zip(&cache.d_token_weights) {
                row.scaled_add(da, &cache.content);
            }
        }
    }
}

/// Row i of `sums` becomes the sum of the rows after i of `rows`, within each sequence of `rounds` rows.
fn suffix_sums<S: Scalar>(rows: &[S], rounds: usize, d: usize, sums: &mut Array2<S>) {
    let sums = sums.as_slice_mut().expect("contiguous");
    for (sums, rows) in sums.chunks_exact_mut(rounds * d).zip(rows.chunks_exact(rounds * d)) {
        let last = (rounds - 1) * d;
        sums[last..].fill(S::zero());
        for i in (0..last).rev() {
            sums[i] = sums[i + d] + rows[i + d];
        }
    }
}

#[cfg(test)]
mod tests;
