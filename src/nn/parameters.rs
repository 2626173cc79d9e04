//! All parameters of a model in one flat buffer, with named views; gradients live in a twin buffer of the same layout.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::numeric::scalar::Scalar;

/// One named block of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Name in the weight file, e.g. "value.weight".
    pub name: String,
    /// Rows and columns; a vector has one row.
    pub shape: (usize, usize),
    /// Whether the weight file stores it as a vector of `shape.1` entries.
    pub is_vector: bool,
    /// Place in the flat buffer.
    pub range: Range<usize>,
}

impl Block {
    /// Shape of the tensor in the weight file.
    pub fn file_shape(&self) -> Vec<usize> {
        if self.is_vector { vec![self.shape.1] } else { vec![self.shape.0, self.shape.1] }
    }
}

/// Where each block lies in the flat buffer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Layout {
    blocks: Vec<Block>,
}

impl Layout {
    /// Appends a matrix block and returns the layout.
    pub fn matrix(mut self, name: &str, rows: usize, columns: usize) -> Self {
        self.add_matrix(name, rows, columns);
        self
    }

    /// Appends a vector block and returns the layout.
    pub fn vector(mut self, name: &str, length: usize) -> Self {
        self.add_vector(name, length);
        self
    }

    /// Appends a matrix block and returns its place in the flat buffer.
    pub fn add_matrix(&mut self, name: &str, rows: usize, columns: usize) -> Range<usize> {
        self.push(name, (rows, columns), false)
    }

    /// Appends a vector block and returns its place in the flat buffer.
    pub fn add_vector(&mut self, name: &str, length: usize) -> Range<usize> {
        self.push(name, (1, length), true)
    }

    fn push(&mut self, name: &str, shape: (usize, usize), is_vector: bool) -> Range<usize> {
        let start = self.len();
        let range = start..start + shape.0 * shape.1;
        self.blocks.push(Block { name: name.to_owned(), shape, is_vector, range: range.clone() });
        range
    }

    /// The blocks in order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.range.end)
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Block `index` of `buffer` as a slice.
    pub fn slice<'a, S>(&self, buffer: &'a [S], index: usize) -> &'a [S] {
        &buffer[self.blocks[index].range.clone()]
    }

    /// Block `index` of `buffer` as a mutable slice.
    pub fn slice_mut<'a, S>(&self, buffer: &'a mut [S], index: usize) -> &'a mut [S] {
        &mut buffer[self.blocks[index].range.clone()]
    }

    /// Block `index` of `buffer` as a matrix.
    pub fn view<'a, S: Scalar>(&self, buffer: &'a [S], index: usize) -> ArrayView2<'a, S> {
        ArrayView2::from_shape(self.blocks[index].shape, self.slice(buffer, index))
            .expect("a block's range has the length of its shape")
    }

    /// Block `index` of `buffer` as a mutable matrix.
    pub fn view_mut<'a, S: Scalar>(
        &self,
        buffer: &'a mut [S],
        index: usize,
    ) -> ArrayViewMut2<'a, S> {
        let shape = self.blocks[index].shape;
        ArrayViewMut2::from_shape(shape, self.slice_mut(buffer, index))
            .expect("a block's range has the length of its shape")
    }
}
