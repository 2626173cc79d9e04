//! Buffers of training as slices.

use ndarray::Array2;

/// The entries of an owned array, row by row.
pub(super) fn slice<S>(rows: &Array2<S>) -> &[S] {
    rows.as_slice().expect("owned arrays are contiguous")
}

/// The entries of an owned array, row by row, to be changed.
pub(super) fn slice_mut<S>(rows: &mut Array2<S>) -> &mut [S] {
    rows.as_slice_mut().expect("owned arrays are contiguous")
}
