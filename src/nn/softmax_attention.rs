//! Causal softmax attention with several heads: its parameter-free core, between the two projections.
//!
//! The input is the packed matrix `[q | k | v]` of the input projection, a row a round, heads side by side inside each
//! third; every formula holds for one head of one sequence, with T rounds and head width d (sums over i <= t):
//!
//! ```text
//! s_ti = <q_t, k_i> / sqrt d  (+ bias)    scores; with rotary positions q and k are turned first     (T x T)
//! p_ti = exp s_ti / sum_j exp s_tj        probabilities, zero for i > t                               (T x T)
//! o_t  = sum_i p_ti v_i                   output                                                      (T x d)
//! ```
//!
//! Backward, from `G_t = dLoss/do_t`:
//!
//! ```text
//! dp_ti = <G_t, v_i>                      dv_i = sum_{t>=i} p_ti G_t
//! ds_ti = p_ti (dp_ti - <p_t, dp_t>)
//! dq_t  = sum_i ds_ti k_i / sqrt d        dk_i = sum_{t>=i} ds_ti q_t / sqrt d     (turned back if rotary)
//! ```
//!
//! Every sum over rounds is a matrix product over blocks of 16 rounds; blocks above the diagonal are skipped. Backward takes
//! some blocks at a time, so that their probabilities are still in the cache when values and keys get their share.

pub(in crate::nn) mod heads;
pub(in crate::nn) mod lanes;

mod decoding;
mod history;
mod position;

pub use decoding::KeyValueCache;
pub use history::{Attendant, History};
pub use position::Position;

use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut2, Axis};

use super::product::{Rows, RowsMut, Start, multiply, multiply_transposed};
use crate::numeric::scalar::Scalar;
use crate::numeric::vector::LANES;
use crate::{Error, Result};
use heads::{Heads, blocks};
use lanes::{softmax, softmax_backward};
use position::Table;

/// Rounds that backward goes through at a time: their probabilities stay in the cache in long conversations, too.
const PANEL: usize = 4 * LANES;

/// The shape of the attention; it has no parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftmaxAttention {
    heads: Heads,
    rounds: usize,
    position: Position,
}

/// What backward needs of forward, and its scratch; sized for a number of sequences, reused from step to step.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    attention: SoftmaxAttention,
    /// Rounds of the sequences that pass through: those of the attention, or fewer.
    rounds: usize,
    /// Positions as numbers.
    table: Table<S>,
    /// Rotary only: turned queries and keys, rows x 2 width.
    turned: Array2<S>,
    /// Probabilities of every head of every sequence, rounds x rounds (columns rounded up to whole lanes).
    probabilities: Array3<S>,
    /// Gradient of the scores of some rounds of one head of one sequence, at most [`PANEL`].
    d_scores: Array2<S>,
    /// Keys (forward) or values (backward) of one head of one sequence, a column a round.
    transposed: Vec<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `sequences` sequences that pass through `attention`.
    pub fn new(sequences: usize, attention: &SoftmaxAttention) -> Self {
        let SoftmaxAttention { heads, rounds, position } = *attention;
        let stride = rounds.next_multiple_of(LANES);
        let turned = if position == Position::Rotary { sequences * rounds } else { 0 };
        Self {
            attention: *attention,
            rounds,
            table: Table::new(position, heads, rounds),
            turned: Array2::zeros((turned, 2 * heads.total())),
            probabilities: Array3::zeros((sequences * heads.count, rounds, stride)),
            d_scores: Array2::zeros((rounds.min(PANEL), stride)),
            transposed: vec![S::zero(); heads.width * stride],
        }
    }
}

impl<S> Cache<S> {
    /// The sequences that pass through from now on have `rounds` rounds.
    ///
    /// # Panics
    /// If there is no room for so many.
    pub fn set_rounds(&mut self, rounds: usize) {
        let most = self.attention.rounds;
        assert!((1..=most).contains(&rounds), "room for 1 to {most} rounds");
        self.rounds = rounds;
    }
}

impl SoftmaxAttention {
    /// `heads` heads over `width` columns, sequences of `rounds` rounds.
    ///
    /// # Errors
    /// Heads that do not divide the width, no round, or rotary positions with heads of odd width.
    pub fn new(width: usize, heads: usize, rounds: usize, position: Position) -> Result<Self> {
        let heads = Heads::new(width, heads, rounds)?;
        if position == Position::Rotary && !heads.width.is_multiple_of(2) {
            let expected = "an even width of every head for rotary positions";
            return Err(Error::parameter("width / heads", heads.width, expected));
        }
        Ok(Self { heads, rounds, position })
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

    /// What is done about positions.
    pub fn position(&self) -> Position {
        self.position
    }

    /// 1 / sqrt d.
    fn scale<S: Scalar>(&self) -> S {
        S::of(1.0 / (self.heads.width as f64).sqrt())
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
        let (heads, rounds) = (self.heads, cache.rounds);
        let sequences = self.sequences(qkv.dim(), output.dim(), cache);
        // 1. Rotary: turned queries and keys.
        if cache.table.rotates() {
            for ((row, mut turned), t) in qkv
                .axis_iter(Axis(0))
                .zip(cache.turned.axis_iter_mut(Axis(0)))
                .zip((0..rounds).cycle())
            {
                let row = row.to_slice().expect("rows are contiguous");
                let turned = turned.as_slice_mut().expect("rows are contiguous");
                turned.copy_from_slice(&row[..2 * heads.total()]);
                cache.table.rotate(t, turned);
            }
        }
        let (width, stride) = (heads.width, rounds.next_multiple_of(LANES));
        let probabilities = cache.probabilities.as_slice_mut().expect("contiguous");
        let mut probabilities = probabilities.chunks_exact_mut(rounds * stride);
        let qk = if cache.table.rotates() { cache.turned.view() } else { qkv };
        let (qk, qkv) = (Rows::of(&qk), Rows::of(&qkv));
        let mut output = RowsMut::of(&mut output);
        for first in (0..sequences).map(|sequence| sequence * rounds) {
            for head in 0..heads.count {
                let p = probabilities.next().expect("a matrix a head of a sequence");
                let keys = qk.from(first, heads.key(head).start);
                let transposed = RowsMut::new(&mut cache.transposed, stride);
                keys.transpose((rounds, width), self.scale(), transposed);
                let transposed = Rows::new(&cache.transposed, stride);
                for rows in blocks(rounds, LANES) {
                    let (count, end) = (rows.len(), rows.end.next_multiple_of(LANES));
                    let p = &mut p[rows.start * stride..rows.end * stride];
                    // 2. Scores of the block's rounds with all rounds up to its end.
                    let queries = qk.from(first + rows.start, heads.query(head).start);
                    let shape = (count, width, end);
                    let mut scores = RowsMut::new(p, stride);
                    multiply(queries, transposed, &mut scores, shape, Start::Zero);
                    // 3. Probabilities.
                    for (t, row) in rows.clone().zip(p.chunks_exact_mut(stride)) {
                        cache.table.add_bias(head, t, row);
                        softmax(&mut row[..end], t + 1);
                    }
                    // 4. Outputs.
                    let values = qkv.from(first, heads.value(head).start);
                    let mut out = output.from(first + rows.start, heads.query(head).start);
                    let shape = (count, rows.end, width);
                    multiply(Rows::new(p, stride), values, &mut out, shape, Start::Zero);
                }
            }
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
        let (heads, rounds) = (self.heads, cache.rounds);
        let sequences = self.sequences(qkv.dim(), d_output.dim(), cache);
        let (width, stride) = (heads.width, rounds.next_multiple_of(LANES));
        let probabilities = cache.probabilities.as_slice().expect("contiguous");
        let mut probabilities = probabilities.chunks_exact(rounds * stride);
        let qk = if cache.table.rotates() { cache.turned.view() } else { qkv };
        let (qk, qkv, g) = (Rows::of(&qk), Rows::of(&qkv), Rows::of(&d_output));
        let ds = cache.d_scores.as_slice_mut().expect("contiguous");
        let mut d_rows = RowsMut::of(&mut d_qkv);
        for first in (0..sequences).map(|sequence| sequence * rounds) {
            for head in 0..heads.count {
                let p = probabilities.next().expect("a matrix a head of a sequence");
                let values = qkv.from(first, heads.value(head).start);
                let transposed = RowsMut::new(&mut cache.transposed, stride);
                values.transpose((rounds, width), S::one(), transposed);
                for panel in blocks(rounds, PANEL) {
                    for rows in blocks(panel.len(), LANES) {
                        let start = panel.start + rows.start;
                        let reach = start + rows.len();
                        let (count, end) = (rows.len(), reach.next_multiple_of(LANES));
                        let p = &p[start * stride..reach * stride];
                        let ds = &mut ds[rows.start * stride..rows.end * stride];
                        // 4'. Gradient of the probabilities.
                        let g = g.from(first + start, heads.query(head).start);
                        let values = Rows::new(&cache.transposed, stride);
                        let shape = (count, width, end);
                        multiply(g, values, &mut RowsMut::new(ds, stride), shape, Start::Zero);
                        // 3'. Gradient of the scaled scores, times the scale.
                        let pairs = p.chunks_exact(stride).zip(ds.chunks_exact_mut(stride));
                        for (t, (p, ds)) in (start..reach).zip(pairs) {
                            softmax_backward(p, &mut ds[..end], t + 1, self.scale());
                        }
                        // 2'. Gradient of the queries.
                        let keys = qk.from(first, heads.key(head).start);
                        let mut dq = d_rows.from(first + start, heads.query(head).start);
                        let shape = (count, reach, width);
                        multiply(Rows::new(ds, stride), keys, &mut dq, shape, Start::Zero);
                    }
                    // 4', 2'. Gradients of values and keys: sums over the rounds from theirs on.
                    for columns in blocks(panel.end, LANES) {
                        let from = columns.start.max(panel.start);
                        let (row, column) = (first + from, columns.start);
                        let shape = (columns.len(), panel.end - from, width);
                        let sums = if column < panel.start { Start::Result } else { Start::Zero };
                        let p = Rows::new(p, stride).from(from, column);
                        let g = g.from(row, heads.query(head).start);
                        let mut dv = d_rows.from(first + column, heads.value(head).start);
                        multiply_transposed(p, g, &mut dv, shape, sums);
                        let ds = Rows::new(ds, stride).from(from - panel.start, column);
                        let queries = qk.from(row, heads.query(head).start);
                        let mut dk = d_rows.from(first + column, heads.key(head).start);
                        multiply_transposed(ds, queries, &mut dk, shape, sums);
                    }
                }
            }
        }
        // 1'. Rotary: gradients are turned back.
        if cache.table.rotates() {
            for (mut row, t) in d_qkv.axis_iter_mut(Axis(0)).zip((0..rounds).cycle()) {
                let row = row.as_slice_mut().expect("rows are contiguous");
                cache.table.rotate_back(t, &mut row[..2 * heads.total()]);
            }
        }
    }

    fn sequences<S: Scalar>(
        &self,
        packed: (usize, usize),
        output: (usize, usize),
        cache: &Cache<S>,
    ) -> usize {
        let sequences = self.heads.sequences(cache.rounds, packed, output);
        let room = cache.probabilities.len_of(Axis(0)) / self.heads.count;
        assert_eq!(cache.attention, *self, "the attention that the cache was made for");
        assert!(sequences <= room, "room for {room} sequences");
        sequences
    }
}

#[cfg(test)]
mod tests;
