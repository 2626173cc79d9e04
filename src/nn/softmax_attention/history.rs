//! Attention of sequences that grow at their own pace, by one round or by many at once.
//!
//! Keys stand in groups of rounds, `[group][column][round of the group]`, values round by round with the columns of every
//! head rounded up to whole lanes: both are read in the order in which they stand. Every score and every output is one
//! running sum, so that its bits depend neither on the rounds that were read with it nor on those that came before it in the
//! same batch.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::SoftmaxAttention;
use super::lanes::softmax;
use super::position::Table;
use crate::numeric::scalar::Scalar;
use crate::numeric::vector::{LANES, Vector};

/// Rounds of one sequence whose sums run side by side.
const ROWS: usize = 4;

/// Groups of columns whose sums run side by side.
const COLUMNS: usize = 4;

/// Keys and values of the rounds of one sequence so far; it grows as it is read.
#[derive(Clone, Debug)]
pub struct History<S> {
    length: usize,
    keys: Vec<S>,
    values: Vec<S>,
}

impl<S> Default for History<S> {
    fn default() -> Self {
        Self { length: 0, keys: Vec::new(), values: Vec::new() }
    }
}

impl<S: Scalar> History<S> {
    /// Rounds so far.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no round.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Forgets all rounds from `round` on; later rounds than were read are none to forget.
    pub fn rewind(&mut self, round: usize) {
        self.length = self.length.min(round);
    }

    /// Appends a round; columns of a head's values take `padded` places.
    fn append(&mut self, key: &[S], values: &[S], width: usize, padded: usize) {
        let (group, lane) = (self.length / LANES, self.length % LANES);
        let start = group * key.len() * LANES;
        self.keys.resize(start + key.len() * LANES, S::zero());
        let lanes = self.keys[start..].iter_mut().skip(lane).step_by(LANES);
        lanes.zip(key).for_each(|(place, &k)| *place = k);
        self.values.truncate(self.length * (key.len() / width) * padded);
        for head in values.chunks_exact(width) {
            self.values.extend_from_slice(head);
            self.values.resize(self.values.len() + padded - width, S::zero());
        }
        self.length += 1;
    }
}

/// Scratch of [`History`]; one serves any number of sequences, one after the other.
#[derive(Clone, Debug)]
pub struct Attendant<S> {
    attention: SoftmaxAttention,
    table: Table<S>,
    queries: Vec<S>,
    key: Vec<S>,
    scores: Vec<S>,
}

impl<S: Scalar> Attendant<S> {
    /// Scratch of `attention`.
    pub fn new(attention: &SoftmaxAttention) -> Self {
        let (heads, rounds) = (attention.heads, attention.rounds);
        Self {
            attention: *attention,
            table: Table::new(attention.position, heads, rounds),
            queries: Vec::new(),
            key: vec![S::zero(); heads.total()],
            scores: vec![S::zero(); ROWS * heads.count * rounds.next_multiple_of(LANES)],
        }
    }

    /// Appends the rounds in `qkv` (rounds x 3 width) to `history` and writes their outputs (rounds x width).
    ///
    /// # Panics
    /// If the shapes are not these, there is no room for so many rounds, or the history is one of another shape.
    pub fn read(
        &mut self,
        qkv: ArrayView2<S>,
        history: &mut History<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        let (heads, rounds) = (self.attention.heads, self.attention.rounds);
        heads.sequences(1, qkv.dim(), output.dim());
        let (total, before) = (heads.total(), history.length);
        assert!(before + qkv.nrows() <= rounds, "room for {rounds} rounds only");
        // 1. New queries and keys, turned to their rounds; new values.
        self.queries.clear();
        for (packed, t) in qkv.rows().into_iter().zip(before..) {
            let packed = packed.to_slice().expect("rows are contiguous");
            let start = self.queries.len();
            self.queries.extend_from_slice(&packed[..total]);
            self.key.copy_from_slice(&packed[total..2 * total]);
            let query = &mut self.queries[start..];
            if self.table.rotates() {
                self.table.rotate(t, query);
                self.table.rotate(t, &mut self.key);
            }
            let scale = self.attention.scale();
            query.iter_mut().for_each(|q| *q *= scale);
            let padded = heads.width.next_multiple_of(LANES);
            history.append(&self.key, &packed[2 * total..], heads.width, padded);
        }
        // 2. Scores, probabilities, outputs.
        let output = output.as_slice_mut().expect("contiguous");
        let together = output.len() / (ROWS * total) * ROWS;
        let (first, rest) = output.split_at_mut(together * total);
        for (block, output) in first.chunks_exact_mut(ROWS * total).enumerate() {
            self.attend::<ROWS>(block * ROWS, before, history, output);
        }
        for (row, output) in rest.chunks_exact_mut(total).enumerate() {
            self.attend::<1>(together + row, before, history, output);
        }
    }

    /// The outputs of the R new rounds from `row` on, to which `before` rounds were read earlier.
    fn attend<const R: usize>(
        &mut self,
        row: usize,
        before: usize,
        history: &History<S>,
        output: &mut [S],
    ) {
        let (heads, t) = (self.attention.heads, before + row);
        let (total, end) = (heads.total(), t + R);
        let stride = end.next_multiple_of(LANES);
        let queries = &self.queries[row * total..][..R * total];
        let scores = &mut self.scores[..R * heads.count * stride];
        // 1. Scores of all rounds up to the last, a group at a time.
        let groups = history.keys.chunks_exact(total * LANES);
        for (group, keys) in groups.take(stride / LANES).enumerate() {
            for (head, keys) in keys.chunks_exact(heads.width * LANES).enumerate() {
                let query: [&[S]; R] =
                    std::array::from_fn(|r| &queries[r * total..][heads.query(head)]);
                let sums = scores_of_group(query, keys.as_chunks().0);
                for (r, sums) in sums.iter().enumerate() {
                    let place = (r * heads.count + head) * stride + group * LANES;
                    scores[place..][..LANES].copy_from_slice(sums);
                }
            }
        }
        // 2. Probabilities.
        for (i, row) in scores.chunks_exact_mut(stride).enumerate() {
            let (t, head) = (t + i / heads.count, i % heads.count);
            self.table.add_bias(head, t, row);
            softmax(row, t + 1);
        }
        // 3. Outputs, some groups of columns at a time.
        let per_head = heads.width.div_ceil(LANES);
        let columns = heads.count * per_head;
        let (values, _) = history.values[..end * columns * LANES].as_chunks::<LANES>();
        let mut put = |column: usize, sums: &[[S; LANES]; R]| {
            let (head, part) = (column / per_head, column % per_head * LANES);
            let width = LANES.min(heads.width - part);
            for (out, sums) in output.chunks_exact_mut(total).zip(sums) {
                out[head * heads.width + part..][..width].copy_from_slice(&sums[..width]);
            }
        };
        let probabilities = |r: usize, column: usize| {
            &scores[(r * heads.count + column / per_head) * stride..][..end]
        };
        let mut column = 0;
        while columns - column >= COLUMNS {
            let p = std::array::from_fn(|c| std::array::from_fn(|r| probabilities(r, column + c)));
            let sums = outputs_of_columns::<S, R, COLUMNS>(p, values, columns, column);
            sums.iter().enumerate().for_each(|(c, sums)| put(column + c, sums));
            column += COLUMNS;
        }
        while column < columns {
            let p = [std::array::from_fn(|r| probabilities(r, column))];
            let [sums] = outputs_of_columns::<S, R, 1>(p, values, columns, column);
            put(column, &sums);
            column += 1;
        }
    }
}

/// Products of R queries with the keys of a group of rounds, `[coordinate][round]`.
#[inline(always)]
fn scores_of_group<S: Scalar, const R: usize>(
    queries: [&[S]; R],
    keys: &[[S; LANES]],
) -> [[S; LANES]; R] {
    let queries = queries.map(|query| &query[..keys.len()]);
    let mut sums = [S::Vector::splat(S::zero()); R];
    for (coordinate, keys) in keys.iter().enumerate() {
        let keys = S::Vector::of(keys);
        for (sum, query) in sums.iter_mut().zip(queries) {
            *sum = S::Vector::splat(query[coordinate]).multiply_add(keys, *sum);
        }
    }
    sums.map(Vector::to_array)
}

/// Values, `[round][column group]`, weighed by the probabilities of R rounds, for C of their `columns` groups from `first`
/// on.
#[inline(always)]
fn outputs_of_columns<S: Scalar, const R: usize, const C: usize>(
    probabilities: [[&[S]; R]; C],
    values: &[[S; LANES]],
    columns: usize,
    first: usize,
) -> [[[S; LANES]; R]; C] {
    let rounds = values.len() / columns;
    let probabilities = probabilities.map(|rows| rows.map(|row| &row[..rounds]));
    let mut sums = [[S::Vector::splat(S::zero()); R]; C];
    for round in 0..rounds {
        let values: &[[S; LANES]; C] =
            values[round * columns + first..].first_chunk().expect("all columns of the round");
        for ((sums, rows), values) in sums.iter_mut().zip(probabilities).zip(values) {
            let values = S::Vector::of(values);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = S::Vector::splat(row[round]).multiply_add(values, *sum);
            }
        }
    }
    sums.map(|sums| sums.map(Vector::to_array))
}

#[cfg(test)]
mod tests;
