//! Matrix products of the layers' shapes: many rows, few columns.
//!
//! General libraries copy both factors into panels first, which costs as much as the product when a side is as short as
//! ours. Here a tile of the result stays in vector registers while the inner index runs, and the factors are read where
//! they are. The right factor and the result are read along their rows; so `X W^T` wants the weight transposed, once a step.
//!
//! Every entry is one running sum over the inner index in its order, whatever the tiling: results do not depend on how
//! many rows are multiplied together.

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::numeric::scalar::Scalar;
use crate::numeric::vector::{LANES, Vector};

/// Rows and groups of [`LANES`] columns of a tile: as many sums as the registers hold beside the factors in
/// single precision.
const ROWS: usize = if cfg!(target_feature = "avx512f") { 8 } else { 6 };
const GROUPS: usize = if cfg!(target_feature = "avx512f") { 2 } else { 1 };

/// The rows of a matrix that stand `stride` numbers apart; what follows a row's end is not looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::nn) struct Rows<'a, S> {
    entries: &'a [S],
    stride: usize,
}

impl<'a, S: Scalar> Rows<'a, S> {
    /// Rows that begin at `entries[0]`, `entries[stride]`, ...
    pub fn new(entries: &'a [S], stride: usize) -> Self {
        Self { entries, stride }
    }

    /// The rows of a contiguous matrix.
    pub fn of(matrix: &'a ArrayView2<S>) -> Self {
        Self::new(matrix.as_slice().expect("contiguous"), matrix.ncols())
    }

    /// Writes `scale` times the first `rows` rows and `columns` columns into the columns of `out`.
    pub fn transpose(self, (rows, columns): (usize, usize), scale: S, out: RowsMut<S>) {
        for j in 0..columns {
            let out = &mut out.entries[j * out.stride..][..rows];
            for (out, row) in out.iter_mut().zip(self.entries.chunks(self.stride)) {
                *out = scale * row[j];
            }
        }
    }

    /// The matrix from `row` and `column` on.
    pub fn from(self, row: usize, column: usize) -> Self {
        Self { entries: &self.entries[row * self.stride + column..], stride: self.stride }
    }
}

/// [`Rows`] to be written.
#[derive(Debug)]
pub(in crate::nn) struct RowsMut<'a, S> {
    entries: &'a mut [S],
    stride: usize,
}

impl<'a, S: Scalar> RowsMut<'a, S> {
    /// Rows that begin at `entries[0]`, `entries[stride]`, ...
    pub fn new(entries: &'a mut [S], stride: usize) -> Self {
        Self { entries, stride }
    }

    /// The rows of a contiguous matrix.
    pub fn of(matrix: &'a mut ArrayViewMut2<S>) -> Self {
        let stride = matrix.ncols();
        Self::new(matrix.as_slice_mut().expect("contiguous"), stride)
    }

    /// The matrix from `row` and `column` on.
    pub fn from(&mut self, row: usize, column: usize) -> RowsMut<'_, S> {
        RowsMut { entries: &mut self.entries[row * self.stride + column..], stride: self.stride }
    }
}

/// What the sums of a product begin with.
#[derive(Clone, Copy, Debug)]
pub(in crate::nn) enum Start<'a, S> {
    /// Nothing: the result is overwritten.
    Zero,
    /// The same row everywhere (a bias): the result is overwritten.
    Row(&'a [S]),
    /// What stands in the result: the product is added.
    Result,
}

/// Rows of the result, terms of a sum, columns of the result.
pub(in crate::nn) type Shape = (usize, usize, usize);

/// `C = A B`: A is m x k, B is k x n, C is m x n.
///
/// # Panics
/// If a matrix is too short for `shape`.
pub(in crate::nn) fn multiply<S: Scalar>(
    a: Rows<S>,
    b: Rows<S>,
    c: &mut RowsMut<S>,
    shape: Shape,
    start: Start<S>,
) {
    let (m, k, n) = shape;
    let mut row = 0;
    macro_rules! tiles {
        ($($rows:expr),*) => {$(
            while m - row >= $rows {
                let left: [&[S]; $rows] =
                    std::array::from_fn(|r| &a.entries[(row + r) * a.stride..][..k]);
                let left = |p: usize, r: usize| left[r][p];
                tile_row::<S, { $rows }>(k, left, b, &mut c.from(row, 0), n, start);
                row += $rows;
            }
        )*};
    }
    tiles!(ROWS, 4, 2, 1);
}

/// `C = A^T B`: A is k x m, B is k x n, C is m x n.
///
/// # Panics
/// If a matrix is too short for `shape`.
pub(in crate::nn) fn multiply_transposed<S: Scalar>(
    a: Rows<S>,
    b: Rows<S>,
    c: &mut RowsMut<S>,
    shape: Shape,
    start: Start<S>,
) {
    let (m, k, n) = shape;
    let mut row = 0;
    macro_rules! tiles {
        ($($rows:expr),*) => {$(
            while m - row >= $rows {
                let left = |p: usize, r: usize| a.entries[p * a.stride + row + r];
                tile_row::<S, { $rows }>(k, left, b, &mut c.from(row, 0), n, start);
                row += $rows;
            }
        )*};
    }
    tiles!(ROWS, 4, 2, 1);
}

/// R rows of the result; `left(p, r)` is the factor from A of term p in row r.
#[inline(always)]
fn tile_row<S: Scalar, const R: usize>(
    k: usize,
    left: impl Fn(usize, usize) -> S,
    b: Rows<S>,
    c: &mut RowsMut<S>,
    n: usize,
    start: Start<S>,
) {
    let mut column = 0;
    while n - column >= GROUPS * LANES {
        tile::<S, R, GROUPS>(k, &left, b, c, column, GROUPS * LANES, start);
        column += GROUPS * LANES;
    }
    while column < n {
        let width = LANES.min(n - column);
        tile::<S, R, 1>(k, &left, b, c, column, width, start);
        column += width;
    }
}

/// R rows and `width` columns of the result from `column` on, `width` at most G groups.
#[inline(always)]
fn tile<S: Scalar, const R: usize, const G: usize>(
    k: usize,
    left: &impl Fn(usize, usize) -> S,
    b: Rows<S>,
    c: &mut RowsMut<S>,
    column: usize,
    width: usize,
    start: Start<S>,
) {
    let mut sums = [[S::Vector::splat(S::zero()); G]; R];
    match start {
        Start::Zero => {}
        Start::Row(row) => sums.fill(load(&row[column..], width)),
        Start::Result => {
            for (r, sums) in sums.iter_mut().enumerate() {
                *sums = load(&c.entries[r * c.stride + column..], width);
            }
        }
    }
    for p in 0..k {
        let right = load::<S, G>(&b.entries[p * b.stride + column..], width);
        for (r, sums) in sums.iter_mut().enumerate() {
            let x = S::Vector::splat(left(p, r));
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = x.multiply_add(right, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let row = &mut c.entries[r * c.stride + column..][..width];
        row.copy_from_slice(&sums.map(Vector::to_array).as_flattened()[..width]);
    }
}

/// G groups from the start of `entries`, of which the first `width` numbers count; the others are whatever follows, which
/// is cheaper to read than to leave out.
#[inline(always)]
fn load<S: Scalar, const G: usize>(entries: &[S], width: usize) -> [S::Vector; G] {
    if let Some((groups, _)) = entries.as_chunks::<LANES>().0.split_first_chunk::<G>() {
        return groups.each_ref().map(Vector::of);
    }
    let mut groups = [[S::zero(); LANES]; G];
    groups.as_flattened_mut()[..width].copy_from_slice(&entries[..width]);
    groups.each_ref().map(Vector::of)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::nn::gradient_check::{assert_close, entries, random};

    proptest! {
        /// Against the plain triple loop, with strides wider than the rows and every start.
        #[test]
        fn products_are_right(
            (m, k, n) in (0usize..=21, 0usize..=9, 0usize..=70),
            (extra, kind) in (0usize..=3, 0usize..3),
            seed: u64,
        ) {
            let (a, b) = (random((m, k + extra), seed), random((k, n + extra), !seed));
            let before = random((m + 1, n + extra), seed ^ 5);
            let start = [Start::Zero, Start::Row(&entries(&before)[..n]), Start::Result][kind];
            let expected = Array2::from_shape_fn(before.dim(), |(i, j)| {
                if i >= m || j >= n {
                    return before[[i, j]];
                }
                let first = [0.0, before[[0, j]], before[[i, j]]][kind];
                first + (0..k).map(|p| a[[i, p]] * b[[p, j]]).sum::<f64>()
            });
            let mut c = before.clone();
            let mut view = c.view_mut();
            multiply(Rows::of(&a.view()), Rows::of(&b.view()), &mut RowsMut::of(&mut view), (m, k, n), start);
            assert_close("A B", entries(&c), entries(&expected), 1e-12);
            let mut turned = vec![0.0; a.len()];
            Rows::of(&a.view()).transpose(a.dim(), 1.0, RowsMut::new(&mut turned, m));
            let mut c = before.clone();
            let mut view = c.view_mut();
            let rows = Rows::new(&turned, m);
            multiply_transposed(rows, Rows::of(&b.view()), &mut RowsMut::of(&mut view), (m, k, n), start);
            assert_close("A^T B", entries(&c), entries(&expected), 1e-12);
        }
    }

    #[test]
    fn the_tiling_leaves_no_trace() {
        let (a, b) =
            (random((29, 17), 1).mapv(|x| x as f32), random((17, 50), 2).mapv(|x| x as f32));
        let mut together = Array2::<f32>::zeros((29, 50));
        let (a, b, shape) = (a.view(), b.view(), (29, 17, 50));
        multiply(
            Rows::of(&a),
            Rows::of(&b),
            &mut RowsMut::of(&mut together.view_mut()),
            shape,
            Start::Zero,
        );
        for row in 0..29 {
            let mut alone = Array2::<f32>::zeros((1, 50));
            let (a, mut view) = (Rows::of(&a).from(row, 0), alone.view_mut());
            multiply(a, Rows::of(&b), &mut RowsMut::of(&mut view), (1, 17, 50), Start::Zero);
            assert_eq!(alone.row(0), together.row(row));
        }
    }
}
