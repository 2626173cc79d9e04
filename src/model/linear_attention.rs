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
//! Sequences are stacked: N of them make N*T rows. d is small, so the products above are plain loops over the rows, which
//! need no memory, where a library's product would pack its factors first.

mod config;
mod construct;
mod sums;
mod weights;

pub use config::LinearAttentionConfig;

use ndarray::linalg::general_mat_vec_mul;
use ndarray::{Array1, ArrayView1, ArrayView2, ArrayViewMut2, aview1};

use config::{KEY_BIAS, KEY_WEIGHT, QUERY_BIAS, QUERY_WEIGHT, VALUE_BIAS, VALUE_WEIGHT};
use sums::{add_scaled, dot, suffix_sums};

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
    token_weights: Vec<S>,
    values: Vec<S>,
    d_token_weights: Vec<S>,
    d_values: Vec<S>,
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
            token_weights: vec![S::zero(); rows],
            values: vec![S::zero(); rows * d],
            d_token_weights: vec![S::zero(); rows],
            d_values: vec![S::zero(); rows * d],
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

    /// The loops below would stop early, silently, at the shortest of what they go through.
    fn check_shapes(&self, rewards: ArrayView2<S>, cache: &Cache<S>, outputs: (usize, usize)) {
        assert_eq!(rewards.ncols(), self.config.d, "rewards of d columns");
        assert_eq!(rewards.dim(), outputs, "an output a reward");
        assert!(rewards.nrows() <= cache.token_weights.len(), "a row of the cache a reward");
    }

    /// Outputs g_t of all rounds of all sequences.
    ///
    /// `rewards` and `outputs` have shape (N*T) x d, `rounds` = T; `cache` has N*T rows.
    ///
    /// # Panics
    /// If the shapes do not fit together or an array is not contiguous: they are the caller's, never the user's.
    pub fn forward(
        &self,
        rewards: ArrayView2<S>,
        rounds: usize,
        cache: &mut Cache<S>,
        mut outputs: ArrayViewMut2<S>,
    ) {
        assert_eq!(rewards.nrows() % rounds, 0, "rows are whole sequences");
        self.check_shapes(rewards, cache, outputs.dim());
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
        let d = self.config.d;
        let content = cache.content.as_slice().expect("owned arrays are contiguous");
        let [matrix, bias] =
            [VALUE_WEIGHT, VALUE_BIAS].map(|block| self.layout.slice(&self.parameters, block));
        let rewards = rewards.as_slice().expect("rewards are contiguous").chunks_exact(d);
        let tokens = rewards.zip(&mut cache.token_weights).zip(cache.values.chunks_exact_mut(d));
        for ((reward, weight), value) in tokens {
            *weight = dot(constant, content, reward);
            for ((v, &bias), row) in value.iter_mut().zip(bias).zip(matrix.chunks_exact(d)) {
                *v = dot(bias, row, reward);
            }
        }
        // 3. Prefix sums within each sequence.
        let scale = S::of(self.config.output_scale);
        let outputs = outputs.as_slice_mut().expect("outputs are contiguous");
        let (values, weights) = (&cache.values, &cache.token_weights);
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
    /// If the shapes do not fit together or an array is not contiguous: they are the caller's, never the user's.
    pub fn backward(
        &self,
        rewards: ArrayView2<S>,
        rounds: usize,
        cache: &mut Cache<S>,
        d_outputs: ArrayView2<S>,
        gradient: &mut [S],
        d_rewards: Option<ArrayViewMut2<S>>,
    ) {
        self.check_shapes(rewards, cache, d_outputs.dim());
        let (one, d) = (S::one(), self.config.d);
        // 3'. Suffix sums D_i / scale.
        suffix_sums(d_outputs.as_slice().expect("contiguous"), rounds, d, &mut cache.d_values);
        // 2'. Token weights and values, then value projection, content and constant of the token weight.
        let scale = S::of(self.config.output_scale);
        let rewards = rewards.as_slice().expect("rewards are contiguous").chunks_exact(d);
        let forward = cache.values.chunks_exact(d).zip(&cache.token_weights);
        let back = cache.d_values.chunks_exact_mut(d).zip(&mut cache.d_token_weights);
        let d_content = cache.d_content.as_slice_mut().expect("owned arrays are contiguous");
        let d_value_bias = cache.d_value.as_slice_mut().expect("owned arrays are contiguous");
        let d_value_weight = self.layout.slice_mut(gradient, VALUE_WEIGHT);
        d_content.fill(S::zero());
        d_value_bias.fill(S::zero());
        let mut d_constant = S::zero();
        for ((reward, (value, &weight)), (d_value, d_weight)) in rewards.zip(forward).zip(back) {
            *d_weight = scale * dot(S::zero(), value, d_value);
            d_value.iter_mut().for_each(|dv| *dv *= scale * weight);
            d_constant += *d_weight;
            add_scaled(d_content, *d_weight, reward);
            add_scaled(d_value_bias, S::one(), d_value);
            for (row, &dv) in d_value_weight.chunks_exact_mut(d).zip(&*d_value) {
                add_scaled(row, dv, reward);
            }
        }
        // 1'. Keys and query.
        let (d_content, d_query) = (&cache.d_content, &mut cache.d_query);
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
            let content = cache.content.as_slice().expect("owned arrays are contiguous");
            assert_eq!(d_rewards.dim(), d_outputs.dim(), "a gradient a reward");
            let d_rewards = d_rewards.as_slice_mut().expect("contiguous").chunks_exact_mut(d);
            let back = cache.d_values.chunks_exact(d).zip(&cache.d_token_weights);
            let value_weight = self.layout.slice(&self.parameters, VALUE_WEIGHT);
            for (d_reward, (d_value, &d_weight)) in d_rewards.zip(back) {
                add_scaled(d_reward, d_weight, content);
                for (row, &dv) in value_weight.chunks_exact(d).zip(d_value) {
                    add_scaled(d_reward, dv, row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
