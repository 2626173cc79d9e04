//! Linear attention one round at a time, many sequences in lock-step: a decision costs the same after any history.
//!
//! Every head of every sequence keeps `A = sum g_i v_i^T` (d x d) and, for elu + 1, `b = sum g_i` (d); a round adds its
//! own and reads `n = c A^T f`, `z = 1e-6 + <f, b>`.

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use super::normalizer::{dot, elu_plus_one, epsilon};
use super::{CausalLinearAttention, FeatureMap};
use crate::nn::softmax_attention::lanes::add_weighted_rows;
use crate::numeric::scalar::Scalar;

/// What a number of sequences have seen so far, summed up.
#[derive(Clone, Debug)]
pub struct RecurrentState<S> {
    attention: CausalLinearAttention,
    sequences: usize,
    sums: Vec<S>,
    feature_sums: Vec<S>,
    features: Vec<S>,
}

impl<S: Scalar> RecurrentState<S> {
    /// The state of `sequences` sequences before their first round.
    pub fn new(sequences: usize, attention: &CausalLinearAttention) -> Self {
        let (heads, count) = (attention.heads, sequences * attention.heads.total());
        Self {
            attention: *attention,
            sequences,
            sums: vec![S::zero(); count * heads.width],
            feature_sums: vec![S::zero(); count],
            features: vec![S::zero(); 2 * heads.total()],
        }
    }

    /// Numbers that the rounds seen take, all sequences together, however many rounds they are.
    pub fn remembered(&self) -> usize {
        match self.attention.feature_map {
            FeatureMap::Identity => self.sums.len(),
            FeatureMap::EluPlusOne => self.sums.len() + self.feature_sums.len(),
        }
    }

    /// Forgets everything; the next round is the first.
    pub fn clear(&mut self) {
        self.sums.fill(S::zero());
        self.feature_sums.fill(S::zero());
    }

    /// Adds a round to every sequence and writes its outputs: `qkv` is sequences x 3 width, `output` sequences x width.
    /// Fewer sequences than there is room for are the first ones; their number stays the same until [`Self::clear`].
    ///
    /// # Panics
    /// If the shapes are not these.
    pub fn step(&mut self, qkv: ArrayView2<S>, mut output: ArrayViewMut2<S>) {
        let (heads, width) = (self.attention.heads, self.attention.heads.width);
        let room = self.sequences;
        assert!(heads.sequences(1, qkv.dim(), output.dim()) <= room, "room for {room} sequences");
        let normalized = self.attention.feature_map == FeatureMap::EluPlusOne;
        let scale = self.attention.scale::<S>();
        let mut sums = self.sums.chunks_exact_mut(width * width);
        let mut feature_sums = self.feature_sums.chunks_exact_mut(width);
        for (packed, mut out) in qkv.axis_iter(Axis(0)).zip(output.axis_iter_mut(Axis(0))) {
            let packed = packed.to_slice().expect("rows are contiguous");
            let out = out.as_slice_mut().expect("rows are contiguous");
            // 1. Features.
            self.features.copy_from_slice(&packed[..2 * heads.total()]);
            if normalized {
                elu_plus_one(&mut self.features);
            }
            for (head, out) in out.chunks_exact_mut(width).enumerate() {
                let sums = sums.next().expect("sums of every head of every sequence");
                let feature_sums = feature_sums.next().expect("one of every head");
                let (f, g) = (&self.features[heads.query(head)], &self.features[heads.key(head)]);
                // 2. The round's own part of the sums.
                let v = &packed[heads.value(head)];
                for (row, &g) in sums.chunks_exact_mut(width).zip(g) {
                    for (sum, &v) in row.iter_mut().zip(v) {
                        *sum += g * v;
                    }
                }
                // 3. Numerator and normaliser.
                out.fill(S::zero());
                add_weighted_rows(f, sums, out);
                let mut factor = scale;
                if normalized {
                    for (sum, &g) in feature_sums.iter_mut().zip(g) {
                        *sum += g;
                    }
                    factor = S::one() / (epsilon::<S>() + dot(f, feature_sums));
                }
                out.iter_mut().for_each(|n| *n *= factor);
            }
        }
    }
}
