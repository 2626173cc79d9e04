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
//! Every sum over rounds is a matrix product over blocks of rounds; blocks above the diagonal are skipped.

pub(in crate::nn) mod heads;
pub(in crate::nn) mod lanes;

mod decoding;
mod position;

pub use decoding::KeyValueCache;
pub use position::Position;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut2, Axis};

use crate::numeric::scalar::Scalar;
use crate::{Error, Result};
use heads::{Heads, blocks, window, window_mut};
use lanes::{LANES, softmax, softmax_backward};
use position::Table;

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
    /// Positions as numbers.
    table: Table<S>,
    /// Rotary only: turned queries and keys, rows x 2 width.
    turned: Array2<S>,
    /// Probabilities of every head of every sequence, rounds x rounds (columns rounded up to whole lanes).
    probabilities: Array3<S>,
    /// Gradient of the scores of one head of one sequence.
    d_scores: Array2<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `sequences` sequences that pass through `attention`.
    pub fn new(sequences: usize, attention: &SoftmaxAttention) -> Self {
        let SoftmaxAttention { heads, rounds, position } = *attention;
        let stride = rounds.next_multiple_of(LANES);
        let turned = if position == Position::Rotary { sequences * rounds } else { 0 };
        Self {
            attention: *attention,
            table: Table::new(position, heads, rounds),
            turned: Array2::zeros((turned, 2 * heads.total())),
            probabilities: Array3::zeros((sequences * heads.count, rounds, stride)),
            d_scores: Array2::zeros((rounds, stride)),
        }
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
        let (heads, rounds) = (self.heads, self.rounds);
        let sequences = self.sequences(qkv.dim(), output.dim(), cache);
        // 1. Rotary: turned queries and keys.
        if cache.table.rotates() {
            for ((row, mut turned), t) in
                qkv.axis_iter(Axis(0)).zip(cache.turned.axis_iter_mut(Axis(0))).zip(self.cycle())
            {
                let row = row.to_slice().expect("rows are contiguous");
                let turned = turned.as_slice_mut().expect("rows are contiguous");
                turned.copy_from_slice(&row[..2 * heads.total()]);
                cache.table.rotate(t, turned);
            }
        }
        let mut probabilities = cache.probabilities.axis_iter_mut(Axis(0));
        let qk = if cache.table.rotates() { cache.turned.view() } else { qkv };
        for first in (0..sequences).map(|sequence| sequence * rounds) {
            for head in 0..heads.count {
                let mut p = probabilities.next().expect("a matrix a head of a sequence");
                for rows in blocks(rounds) {
                    let here = first + rows.start..first + rows.end;
                    let past = first..first + rows.end;
                    // 2. Scores of the block's rounds with all rounds up to its end.
                    general_mat_mul(
                        self.scale(),
                        &window(&qk, here.clone(), heads.query(head)),
                        &window(&qk, past.clone(), heads.key(head)).t(),
                        S::zero(),
                        &mut window_mut(&mut p, rows.clone(), 0..rows.end),
                    );
                    // 3. Probabilities.
                    for t in rows.clone() {
                        let mut row = p.row_mut(t);
                        let row = row.as_slice_mut().expect("rows are contiguous");
                        cache.table.add_bias(head, t, row);
                        softmax(&mut row[..rows.end.next_multiple_of(LANES)], t + 1);
                    }
                    // 4. Outputs.
                    general_mat_mul(
                        S::one(),
                        &window(&p.view(), rows.clone(), 0..rows.end),
                        &window(&qkv, past, heads.value(head)),
                        S::zero(),
                        &mut window_mut(&mut output, here, heads.query(head)),
                    );
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
        let (heads, rounds, zero, one) = (self.heads, self.rounds, S::zero(), S::one());
        let sequences = self.sequences(qkv.dim(), d_output.dim(), cache);
        let mut probabilities = cache.probabilities.axis_iter(Axis(0));
        let qk = if cache.table.rotates() { cache.turned.view() } else { qkv };
        let mut ds = cache.d_scores.view_mut();
        for first in (0..sequences).map(|sequence| sequence * rounds) {
            let all = first..first + rounds;
            for head in 0..heads.count {
                let p = probabilities.next().expect("a matrix a head of a sequence");
                for rows in blocks(rounds) {
                    let here = first + rows.start..first + rows.end;
                    let past = first..first + rows.end;
                    // 4'. Gradient of the probabilities.
                    general_mat_mul(
                        one,
                        &window(&d_output, here.clone(), heads.query(head)),
                        &window(&qkv, past.clone(), heads.value(head)).t(),
                        zero,
                        &mut window_mut(&mut ds, rows.clone(), 0..rows.end),
                    );
                    // 3'. Gradient of the scaled scores, times the scale.
                    for t in rows.clone() {
                        let mut row = ds.row_mut(t);
                        let row = row.as_slice_mut().expect("rows are contiguous");
                        let p = p.row(t).to_slice().expect("rows are contiguous");
                        let end = rows.end.next_multiple_of(LANES);
                        softmax_backward(p, &mut row[..end], t + 1, self.scale());
                    }
                    // 2'. Gradient of the queries.
                    general_mat_mul(
                        one,
                        &window(&ds.view(), rows.clone(), 0..rows.end),
                        &window(&qk, past, heads.key(head)),
                        zero,
                        &mut window_mut(&mut d_qkv, here, heads.query(head)),
                    );
                }
                // 4', 2'. Gradients of values and keys: sums over the rounds from theirs on.
                for columns in blocks(rounds) {
                    let here = first + columns.start..first + columns.end;
                    let later = first + columns.start..all.end;
                    general_mat_mul(
                        one,
                        &window(&p, columns.start..rounds, columns.clone()).t(),
                        &window(&d_output, later.clone(), heads.query(head)),
                        zero,
                        &mut window_mut(&mut d_qkv, here.clone(), heads.value(head)),
                    );
                    general_mat_mul(
                        one,
                        &window(&ds.view(), columns.start..rounds, columns).t(),
                        &window(&qk, later, heads.query(head)),
                        zero,
                        &mut window_mut(&mut d_qkv, here, heads.key(head)),
                    );
                }
            }
        }
        // 1'. Rotary: gradients are turned back.
        if cache.table.rotates() {
            for (mut row, t) in d_qkv.axis_iter_mut(Axis(0)).zip(self.cycle()) {
                let row = row.as_slice_mut().expect("rows are contiguous");
                cache.table.rotate_back(t, &mut row[..2 * heads.total()]);
            }
        }
    }

    /// The round of every row: 0 .. T over and over.
    fn cycle(&self) -> impl Iterator<Item = usize> {
        (0..self.rounds).cycle()
    }

    fn sequences<S: Scalar>(
        &self,
        packed: (usize, usize),
        output: (usize, usize),
        cache: &Cache<S>,
    ) -> usize {
        let sequences = self.heads.sequences(self.rounds, packed, output);
        let room = cache.probabilities.len_of(Axis(0)) / self.heads.count;
        assert_eq!(cache.attention, *self, "the attention that the cache was made for");
        assert!(sequences <= room, "room for {room} sequences");
        sequences
    }
}

#[cfg(test)]
mod tests;
