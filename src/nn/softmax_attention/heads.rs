//! Where the numbers of one head of one sequence stand in a packed matrix.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2, Axis, Slice};

use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// The blocks of `rounds` rounds: `side` each, the last one shorter.
pub(in crate::nn) fn blocks(
    rounds: usize,
    side: usize,
) -> impl DoubleEndedIterator<Item = Range<usize>> + ExactSizeIterator {
    (0..rounds.div_ceil(side)).map(move |b| b * side..rounds.min((b + 1) * side))
}

/// The rows and columns of `matrix` that were asked for.
pub(in crate::nn) fn window<'a, S: Scalar>(
    matrix: &'a ArrayView2<'_, S>,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ArrayView2<'a, S> {
    let mut window = matrix.view();
    window.slice_axis_inplace(Axis(0), Slice::from(rows));
    window.slice_axis_inplace(Axis(1), Slice::from(columns));
    window
}

/// The rows and columns of `matrix` that were asked for, to be written.
pub(in crate::nn) fn window_mut<'a, S: Scalar>(
    matrix: &'a mut ArrayViewMut2<'_, S>,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ArrayViewMut2<'a, S> {
    let mut window = matrix.view_mut();
    window.slice_axis_inplace(Axis(0), Slice::from(rows));
    window.slice_axis_inplace(Axis(1), Slice::from(columns));
    window
}

/// How the columns of a packed matrix are divided among heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nn) struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Columns of one head.
    pub width: usize,
}

impl Heads {
    /// `count` heads that share `width` columns.
    ///
    /// # Errors
    /// No head, no column, no round, or heads that do not divide the columns.
    pub fn new(width: usize, count: usize, rounds: usize) -> Result<Self> {
        if count == 0 || width == 0 || !width.is_multiple_of(count) {
            let expected = format!("a positive divisor of the width, {width}");
            return Err(Error::parameter("heads", count, expected));
        }
        if rounds == 0 {
            return Err(Error::parameter("rounds", rounds, "at least 1"));
        }
        Ok(Self { count, width: width / count })
    }

    /// Columns of all heads.
    pub fn total(&self) -> usize {
        self.count * self.width
    }

    /// Columns of the queries of `head` in the packed matrix.
    pub fn query(&self, head: usize) -> Range<usize> {
        head * self.width..(head + 1) * self.width
    }

    /// Columns of the keys of `head` in the packed matrix.
    pub fn key(&self, head: usize) -> Range<usize> {
        self.query(self.count + head)
    }

    /// Columns of the values of `head` in the packed matrix.
    pub fn value(&self, head: usize) -> Range<usize> {
        self.query(2 * self.count + head)
    }

    /// Whole sequences of `rounds` rows in a packed matrix of shape `packed` whose outputs have shape `output`.
    ///
    /// # Panics
    /// If the shapes do not fit together.
    pub fn sequences(
        &self,
        rounds: usize,
        packed: (usize, usize),
        output: (usize, usize),
    ) -> usize {
        assert_eq!(packed.1, 3 * self.total(), "columns are queries, keys and values");
        assert_eq!(output, (packed.0, self.total()), "a row of output for every row of input");
        assert_eq!(packed.0 % rounds, 0, "rows are whole sequences");
        packed.0 / rounds
    }
}
