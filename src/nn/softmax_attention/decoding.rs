//! Attention one round at a time, many sequences in lock-step.
//!
//! The keys and values of past rounds are kept, so that a round costs t + 1 products a head instead of the whole
//! triangle. Keys are stored in groups of rounds, `[group][coordinate][round of the group]`, so that the scores of a
//! group are running sums over contiguous memory; values are stored round by round, `[round][coordinate]`, so that the
//! output is one too.

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use super::SoftmaxAttention;
use super::lanes::{add_weighted_rows, softmax};
use super::position::Table;
use crate::numeric::scalar::Scalar;
use crate::numeric::vector::LANES;

/// The keys and values that a number of sequences have seen so far.
#[derive(Clone, Debug)]
pub struct KeyValueCache<S> {
    attention: SoftmaxAttention,
    table: Table<S>,
    sequences: usize,
    length: usize,
    keys: Vec<S>,
    values: Vec<S>,
    query: Vec<S>,
    key: Vec<S>,
    scores: Vec<S>,
}

impl<S: Scalar> KeyValueCache<S> {
    /// Room for `sequences` sequences of as many rounds as `attention` has.
    pub fn new(sequences: usize, attention: &SoftmaxAttention) -> Self {
        let (heads, rounds) = (attention.heads, attention.rounds);
        let stride = rounds.next_multiple_of(LANES);
        Self {
            attention: *attention,
            table: Table::new(attention.position, heads, rounds),
            sequences,
            length: 0,
            keys: vec![S::zero(); sequences * heads.total() * stride],
            values: vec![S::zero(); sequences * heads.total() * rounds],
            query: vec![S::zero(); heads.total()],
            key: vec![S::zero(); heads.total()],
            scores: vec![S::zero(); stride],
        }
    }

    /// Rounds seen since the start or the last [`Self::clear`].
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether no round has been seen.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Numbers that the rounds seen take, all sequences together: a key and a value of every round.
    pub fn remembered(&self) -> usize {
        2 * self.sequences * self.length * self.attention.heads.total()
    }

    /// Forgets everything; the next round is round 0.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Forgets all rounds from `round` on; later rounds than were seen are none to forget.
    pub fn rewind(&mut self, round: usize) {
        self.length = self.length.min(round);
    }

    /// Appends a round to every sequence and writes its outputs: `qkv` is sequences x 3 width, `output` sequences x width.
    /// Fewer sequences than there is room for are the first ones; their number stays the same until [`Self::clear`].
    ///
    /// # Panics
    /// If the shapes are not these or there is no room for another round.
    pub fn step(&mut self, qkv: ArrayView2<S>, mut output: ArrayViewMut2<S>) {
        let (heads, rounds, t) = (self.attention.heads, self.attention.rounds, self.length);
        assert!(t < rounds, "room for {rounds} rounds only");
        let room = self.sequences;
        assert!(heads.sequences(1, qkv.dim(), output.dim()) <= room, "room for {room} sequences");
        self.length += 1;
        let scale = self.attention.scale::<S>();
        let (width, stride) = (heads.width, rounds.next_multiple_of(LANES));
        let (group, lane) = (t / LANES, t % LANES);
        let mut keys = self.keys.chunks_exact_mut(width * stride);
        let mut values = self.values.chunks_exact_mut(width * rounds);
        for (packed, mut out) in qkv.axis_iter(Axis(0)).zip(output.axis_iter_mut(Axis(0))) {
            let packed = packed.to_slice().expect("rows are contiguous");
            let out = out.as_slice_mut().expect("rows are contiguous");
            // 1. The new query and key, turned to their round.
            self.query.copy_from_slice(&packed[..heads.total()]);
            self.key.copy_from_slice(&packed[heads.total()..2 * heads.total()]);
            if self.table.rotates() {
                self.table.rotate(t, &mut self.query);
                self.table.rotate(t, &mut self.key);
            }
            self.query.iter_mut().for_each(|q| *q *= scale);
            for (head, out) in out.chunks_exact_mut(width).enumerate() {
                let keys = keys.next().expect("keys of every head of every sequence");
                let values = values.next().expect("values of every head of every sequence");
                let query = &self.query[heads.query(head)];
                // 2. Append.
                let newest = &mut keys[group * width * LANES..][..width * LANES];
                for (lanes, &k) in newest.chunks_exact_mut(LANES).zip(&self.key[heads.query(head)])
                {
                    lanes[lane] = k;
                }
                values[t * width..][..width].copy_from_slice(&packed[heads.value(head)]);
                // 3. Scores of all rounds so far, a group at a time.
                let scores = &mut self.scores[..(group + 1) * LANES];
                let (groups, _) = scores.as_chunks_mut::<LANES>();
                for (scores, keys) in groups.iter_mut().zip(keys.chunks_exact(width * LANES)) {
                    *scores = [S::zero(); LANES];
                    add_weighted_rows(query, keys, scores);
                }
                // 4. Probabilities, and the values they weigh.
                self.table.add_bias(head, t, scores);
                softmax(scores, t + 1);
                out.fill(S::zero());
                add_weighted_rows(&scores[..=t], values, out);
            }
        }
    }
}
