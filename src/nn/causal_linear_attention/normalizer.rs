//! What the feature map elu + 1 adds to linear attention: positive features and the division by their sums.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

use crate::nn::softmax_attention::heads::Heads;
use crate::nn::softmax_attention::lanes::exp_of_nonpositive;
use crate::numeric::scalar::Scalar;
use crate::numeric::vector::LANES;

/// Added to every normaliser, so that features that underflow to zero give an output of zero.
pub(super) fn epsilon<S: Scalar>() -> S {
    S::of(1e-6)
}

/// `row` becomes elu(row) + 1.
pub(super) fn elu_plus_one<S: Scalar>(row: &mut [S]) {
    for part in row.chunks_mut(LANES) {
        let mut powers = [S::zero(); LANES];
        for (power, &x) in powers.iter_mut().zip(part.iter()) {
            *power = if x > S::zero() { S::zero() } else { x };
        }
        exp_of_nonpositive(&mut powers);
        for (x, &power) in part.iter_mut().zip(&powers) {
            *x = if *x > S::zero() { *x + S::one() } else { power };
        }
    }
}

/// Features, normalisers and what their gradients need.
#[derive(Clone, Debug)]
pub(super) struct Normalizer<S> {
    heads: Heads,
    rounds: usize,
    rows: usize,
    /// Features of queries and keys, rows x 2 width.
    features: Array2<S>,
    /// Normalisers z, rows x heads; backward puts their gradients in their place.
    sums: Array2<S>,
    /// Outputs o, rows x width; backward puts the gradients of the numerators in their place.
    outputs: Array2<S>,
    /// Running sum over rounds, one head after another: width.
    running: Vec<S>,
}

impl<S: Scalar> Normalizer<S> {
    pub(super) fn new(heads: Heads, rounds: usize, sequences: usize) -> Self {
        let rows = sequences * rounds;
        Self {
            heads,
            rounds,
            rows,
            features: Array2::zeros((rows, 2 * heads.total())),
            sums: Array2::zeros((rows, heads.count)),
            outputs: Array2::zeros((rows, heads.total())),
            running: vec![S::zero(); heads.total()],
        }
    }

    /// Features of the queries and keys of `qkv`.
    pub(super) fn features(&mut self, qkv: ArrayView2<S>) -> ArrayView2<'_, S> {
        self.rows = qkv.nrows();
        for (row, mut features) in qkv.axis_iter(Axis(0)).zip(self.features.axis_iter_mut(Axis(0)))
        {
            let row = row.to_slice().expect("rows are contiguous");
            let features = features.as_slice_mut().expect("rows are contiguous");
            features.copy_from_slice(&row[..2 * self.heads.total()]);
            elu_plus_one(features);
        }
        self.features.view()
    }

    /// The features made last.
    pub(super) fn featured(&self) -> ArrayView2<'_, S> {
        self.features.view()
    }

    /// The gradients of the numerators, once [`Self::backward`] has run.
    pub(super) fn d_numerators(&self) -> ArrayView2<'_, S> {
        self.outputs.view()
    }

    /// Numerators become outputs.
    pub(super) fn forward(&mut self, mut numerators: ArrayViewMut2<S>) {
        let (heads, width) = (self.heads, self.heads.width);
        let rows = numerators
            .axis_iter_mut(Axis(0))
            .zip(self.features.axis_iter(Axis(0)))
            .zip(self.sums.axis_iter_mut(Axis(0)))
            .zip(self.outputs.axis_iter_mut(Axis(0)));
        for (row, (((mut out, features), mut sums), mut kept)) in rows.enumerate() {
            if row % self.rounds == 0 {
                self.running.fill(S::zero());
            }
            let features = features.to_slice().expect("rows are contiguous");
            let (f, g) = features.split_at(heads.total());
            let out = out.as_slice_mut().expect("rows are contiguous");
            add(&mut self.running, S::one(), g);
            for (((sum, out), f), running) in sums
                .iter_mut()
                .zip(out.chunks_exact_mut(width))
                .zip(f.chunks_exact(width))
                .zip(self.running.chunks_exact(width))
            {
                *sum = epsilon::<S>() + dot(f, running);
                let inverse = S::one() / *sum;
                out.iter_mut().for_each(|n| *n *= inverse);
            }
            kept.as_slice_mut().expect("rows are contiguous").copy_from_slice(out);
        }
    }

    /// Gradients of numerators and normalisers from those of the outputs; they take the place of outputs and normalisers.
    pub(super) fn backward(&mut self, d_output: ArrayView2<S>) {
        let width = self.heads.width;
        for ((g, mut sums), mut outputs) in d_output
            .axis_iter(Axis(0))
            .zip(self.sums.axis_iter_mut(Axis(0)))
            .zip(self.outputs.axis_iter_mut(Axis(0)))
        {
            let g = g.to_slice().expect("rows are contiguous");
            let outputs = outputs.as_slice_mut().expect("rows are contiguous");
            for ((sum, out), g) in
                sums.iter_mut().zip(outputs.chunks_exact_mut(width)).zip(g.chunks_exact(width))
            {
                let inverse = S::one() / *sum;
                *sum = -dot(g, out) * inverse;
                for (out, &g) in out.iter_mut().zip(g) {
                    *out = g * inverse;
                }
            }
        }
    }

    /// Adds the part of the normalisers to the gradients of the features in `d_qkv`, then takes them through the features.
    pub(super) fn features_backward(&mut self, mut d_qkv: ArrayViewMut2<S>) {
        let (heads, width, total) = (self.heads, self.heads.width, self.heads.total());
        // df_t += dz_t sum_{i<=t} g_i, forwards in time.
        for row in 0..self.rows {
            if row % self.rounds == 0 {
                self.running.fill(S::zero());
            }
            let features = self.features.row(row).to_slice().expect("rows are contiguous");
            let mut gradient = d_qkv.row_mut(row);
            let gradient = gradient.as_slice_mut().expect("rows are contiguous");
            add(&mut self.running, S::one(), &features[total..]);
            for (head, &dz) in self.sums.row(row).iter().enumerate() {
                add(&mut gradient[heads.query(head)], dz, &self.running[heads.query(head)]);
            }
        }
        // dg_i += sum_{t>=i} dz_t f_t, backwards in time; then the derivative of the features.
        for row in (0..self.rows).rev() {
            if (row + 1) % self.rounds == 0 {
                self.running.fill(S::zero());
            }
            let features = self.features.row(row).to_slice().expect("rows are contiguous");
            let mut gradient = d_qkv.row_mut(row);
            let gradient = gradient.as_slice_mut().expect("rows are contiguous");
            for ((&dz, running), f) in self
                .sums
                .row(row)
                .iter()
                .zip(self.running.chunks_exact_mut(width))
                .zip(features.chunks_exact(width))
            {
                add(running, dz, f);
            }
            add(&mut gradient[total..2 * total], S::one(), &self.running);
            // phi' is 1 where phi = x + 1 > 1, and phi = e^x elsewhere.
            for (d, &phi) in gradient.iter_mut().zip(features) {
                *d *= if phi > S::one() { S::one() } else { phi };
            }
        }
    }
}

/// `target += factor * source`.
fn add<S: Scalar>(target: &mut [S], factor: S, source: &[S]) {
    for (target, &source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}

/// `<left, right>`.
pub(super) fn dot<S: Scalar>(left: &[S], right: &[S]) -> S {
    left.iter().zip(right).map(|(&l, &r)| l * r).sum()
}
