//! Causal linear attention with several heads: its parameter-free core, between the two projections.
//!
//! The input is the packed matrix `[q | k | v]` of the input projection, a row a round, heads side by side inside each
//! third; every formula holds for one head of one sequence with T rounds and head width d (Katharopoulos et al. 2020):
//!
//! ```text
//! f, g_i = phi(q_t), phi(k_i)             features: phi(x) = x, or elu(x) + 1 = x + 1 if x > 0, else e^x
//! n_t = c sum_{i<=t} <f_t, g_i> v_i       numerator                                        (T x d)
//! identity:  o_t = n_t,                   c = 1 / sqrt d
//! elu + 1:   o_t = n_t / z_t,             c = 1,  z_t = 1e-6 + <f_t, sum_{i<=t} g_i>       (T)
//! ```
//!
//! Backward, from `G_t = dLoss/do_t`:
//!
//! ```text
//! dn_t = G_t / z_t                        dz_t = -<G_t, o_t> / z_t      (identity: dn = G, no z)
//! df_t = c sum_{i<=t} <dn_t, v_i> g_i  +  dz_t sum_{i<=t} g_i           dq = phi'(q) df
//! dg_i = c sum_{t>=i} <dn_t, v_i> f_t  +  sum_{t>=i} dz_t f_t           dk = phi'(k) dg
//! dv_i = c sum_{t>=i} <f_t, g_i> dn_t
//! ```
//!
//! Sums run over blocks of rounds: inside a block the masked product of matrices, before it (after it, backwards) a sum
//! of outer products, `A = sum g_i v_i^T` (`D = sum f_t dn_t^T`), d x d. Cost is linear in T.

mod normalizer;
mod recurrent;

pub use recurrent::RecurrentState;

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut2, Axis};
use serde::{Deserialize, Serialize};

use super::softmax_attention::heads::{self, Heads, window, window_mut};
use crate::Result;
use crate::numeric::scalar::Scalar;
use normalizer::Normalizer;

/// What is done to queries and keys before they are multiplied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureMap {
    /// Nothing; the output is a scaled sum, not a mean.
    #[default]
    Identity,
    /// elu(x) + 1 > 0; the output is a weighted mean of the values.
    EluPlusOne,
}

/// Rounds that are multiplied at once.
const BLOCK: usize = 32;

fn blocks(rounds: usize) -> impl DoubleEndedIterator<Item = Range<usize>> + ExactSizeIterator {
    heads::blocks(rounds, BLOCK)
}

/// The shape of the attention; it has no parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CausalLinearAttention {
    heads: Heads,
    rounds: usize,
    feature_map: FeatureMap,
}

/// What backward needs of forward, and its scratch; sized for a number of sequences, reused from step to step.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    attention: CausalLinearAttention,
    /// What elu + 1 adds: features, normalisers, outputs.
    normalizer: Option<Normalizer<S>>,
    /// The sum A before every block of every head of every sequence, d x d.
    before: Array3<S>,
    /// The sum D after the block at work, d x d.
    after: Array2<S>,
    /// Masked products of a block: of queries and keys, of output gradients and values.
    scores: Array2<S>,
    d_scores: Array2<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `sequences` sequences that pass through `attention`.
    pub fn new(sequences: usize, attention: &CausalLinearAttention) -> Self {
        let CausalLinearAttention { heads, rounds, feature_map } = *attention;
        let side = blocks(rounds).map(|block| block.len()).max().unwrap_or(0);
        let sums = sequences * heads.count * blocks(rounds).len();
        Self {
            attention: *attention,
            normalizer: (feature_map == FeatureMap::EluPlusOne)
                .then(|| Normalizer::new(heads, rounds, sequences)),
            before: Array3::zeros((sums, heads.width, heads.width)),
            after: Array2::zeros((heads.width, heads.width)),
            scores: Array2::zeros((side, side)),
            d_scores: Array2::zeros((side, side)),
        }
    }
}

impl CausalLinearAttention {
    /// `heads` heads over `width` columns, sequences of `rounds` rounds.
    ///
    /// # Errors
    /// Heads that do not divide the width, or no round.
    pub fn new(width: usize, heads: usize, rounds: usize, feature_map: FeatureMap) -> Result<Self> {
        Ok(Self { heads: Heads::new(width, heads, rounds)?, rounds, feature_map })
    }

    /// Number of heads.
    pub fn heads(&self) -> usize {
        self.heads.count
    }

    /// Columns of the output.
    pub fn width(&self) -> usize {
        self.heads.total()
    }

    /// Rounds of a sequence.
    pub fn rounds(&self) -> usize {
        self.rounds
    }

    /// What is done to queries and keys.
    pub fn feature_map(&self) -> FeatureMap {
        self.feature_map
    }

    /// The factor c.
    fn scale<S: Scalar>(&self) -> S {
        match self.feature_map {
            FeatureMap::Identity => S::of(1.0 / (self.heads.width as f64).sqrt()),
            FeatureMap::EluPlusOne => S::one(),
        }
    }

    /// Outputs of all rounds of all sequences.
    ///
    /// `qkv` is rows x 3 width, `output` rows x width, rows = sequences x rounds, both contiguous; the cache has room for
    /// at least as many sequences.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn forward<S: Scalar>(
        &self,
        qkv: ArrayView2<S>,
        cache: &mut Cache<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        let (heads, rounds, zero, one) = (self.heads, self.rounds, S::zero(), S::one());
        let sequences = self.sequences(qkv.dim(), output.dim(), cache);
        // 1. Features.
        let fg = match &mut cache.normalizer {
            Some(normalizer) => normalizer.features(qkv),
            None => qkv,
        };
        // 2. Numerators: the block with itself, masked, and with all before it.
        let mut before = cache.before.axis_iter_mut(Axis(0));
        for first in (0..sequences).map(|sequence| sequence * rounds) {
            for head in 0..heads.count {
                let mut sum = before.next().expect("a sum a block");
                sum.fill(zero);
                for rows in blocks(rounds) {
                    let here = first + rows.start..first + rows.end;
                    let f = window(&fg, here.clone(), heads.query(head));
                    let g = window(&fg, here.clone(), heads.key(head));
                    let v = window(&qkv, here.clone(), heads.value(head));
                    let mut n = window_mut(&mut output, here, heads.query(head));
                    let mut scores = cache.scores.view_mut();
                    let mut scores = window_mut(&mut scores, 0..rows.len(), 0..rows.len());
                    masked_product(self.scale(), f, g, &mut scores);
                    general_mat_mul(one, &scores, &v, zero, &mut n);
                    if rows.start > 0 {
                        general_mat_mul(self.scale(), &f, &sum, one, &mut n);
                    }
                    if rows.end < rounds {
                        let mut next = before.next().expect("a sum a block");
                        next.assign(&sum);
                        general_mat_mul(one, &g.t(), &v, one, &mut next);
                        sum = next;
                    }
                }
            }
        }
        // 3. Normalisation.
        if let Some(normalizer) = &mut cache.normalizer {
            normalizer.forward(output);
        }
    }

    /// Overwrites `d_qkv` with the gradient of the loss with respect to `qkv`.
    ///
    /// `qkv` and `cache` are those of the forward call; `d_output` is G, shape rows x width.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward<S: Scalar>(
        &self,
        qkv: ArrayView2<S>,
        cache: &mut Cache<S>,
        d_output: ArrayView2<S>,
        mut d_qkv: ArrayViewMut2<S>,
    ) {
        assert_eq!(qkv.dim(), d_qkv.dim(), "a gradient for every input");
        let (heads, rounds, zero, one) = (self.heads, self.rounds, S::zero(), S::one());
        let (scale, all) = (self.scale(), blocks(rounds).len());
        let sequences = self.sequences(qkv.dim(), d_output.dim(), cache);
        // 3'. Gradients of numerators and normalisers.
        if let Some(normalizer) = &mut cache.normalizer {
            normalizer.backward(d_output);
        }
        let (fg, dn) = match &cache.normalizer {
            Some(normalizer) => (normalizer.featured(), normalizer.d_numerators()),
            None => (qkv, d_output),
        };
        // 2'. Blocks backwards.
        for pair in 0..sequences * heads.count {
            let (first, head) = (pair / heads.count * rounds, pair % heads.count);
            let (query, key, value) = (heads.query(head), heads.key(head), heads.value(head));
            let after = &mut cache.after;
            after.fill(zero);
            for (block, rows) in blocks(rounds).enumerate().rev() {
                let here = first + rows.start..first + rows.end;
                let f = window(&fg, here.clone(), query.clone());
                let g = window(&fg, here.clone(), key.clone());
                let v = window(&qkv, here.clone(), value.clone());
                let dn = window(&dn, here.clone(), query.clone());
                let (mut scores, mut ds) = (cache.scores.view_mut(), cache.d_scores.view_mut());
                let mut scores = window_mut(&mut scores, 0..rows.len(), 0..rows.len());
                let mut ds = window_mut(&mut ds, 0..rows.len(), 0..rows.len());
                masked_product(scale, f, g, &mut scores);
                masked_product(scale, dn, v, &mut ds);
                let mut dv = window_mut(&mut d_qkv, here.clone(), value.clone());
                general_mat_mul(one, &scores.t(), &dn, zero, &mut dv);
                if rows.end < rounds {
                    general_mat_mul(scale, &g, after, one, &mut dv);
                }
                let mut df = window_mut(&mut d_qkv, here.clone(), query.clone());
                general_mat_mul(one, &ds, &g, zero, &mut df);
                if rows.start > 0 {
                    let before = cache.before.index_axis(Axis(0), pair * all + block);
                    general_mat_mul(scale, &dn, &before.t(), one, &mut df);
                }
                let mut dg = window_mut(&mut d_qkv, here, key.clone());
                general_mat_mul(one, &ds.t(), &f, zero, &mut dg);
                if rows.end < rounds {
                    general_mat_mul(scale, &v, &after.t(), one, &mut dg);
                }
                if rows.start > 0 {
                    general_mat_mul(one, &f.t(), &dn, one, after);
                }
            }
        }
        // 1'. Normalisers and features.
        if let Some(normalizer) = &mut cache.normalizer {
            normalizer.features_backward(d_qkv);
        }
    }

    fn sequences<S: Scalar>(
        &self,
        packed: (usize, usize),
        output: (usize, usize),
        cache: &Cache<S>,
    ) -> usize {
        let sequences = self.heads.sequences(self.rounds, packed, output);
        let sums = self.heads.count * blocks(self.rounds).len();
        let room = cache.before.len_of(Axis(0)) / sums;
        assert_eq!(cache.attention, *self, "the attention that the cache was made for");
        assert!(sequences <= room, "room for {room} sequences");
        sequences
    }
}

/// `out = scale left right^T` on and below the diagonal, zero above it.
fn masked_product<S: Scalar>(
    scale: S,
    left: ArrayView2<S>,
    right: ArrayView2<S>,
    out: &mut ArrayViewMut2<S>,
) {
    general_mat_mul(scale, &left, &right.t(), S::zero(), out);
    for (t, mut row) in out.axis_iter_mut(Axis(0)).enumerate() {
        row.as_slice_mut().expect("rows are contiguous")[t + 1..].fill(S::zero());
    }
}

#[cfg(test)]
mod tests;
