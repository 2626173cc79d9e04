//! A pre-norm residual block of a Transformer (Xiong et al. 2020): attention, then the two-layer network, each beside a
//! straight path.
//!
//! Forward, for the rows X (N x D) of whole sequences:
//!
//! ```text
//! A = norm1(X)                     (N x D)
//! P = A W_qkv^T + b_qkv            (N x 3D)    queries, keys and values
//! O = attention(P)                 (N x D)
//! M = X + O W_out^T + b_out        (N x D)
//! B = norm2(M)                     (N x D)
//! Y = M + mlp(B)                   (N x D)
//! ```
//!
//! Forward reads the parameters transposed ([`Block::transpose`]).
//!
//! Backward, from G = dLoss/dY; primes are the layers' own backward passes, which also add to the parameters' gradients:
//!
//! ```text
//! dM = G  + norm2'(mlp'(G))
//! dX = dM + norm1'(qkv'(attention'(out'(dM))))
//! ```

mod decoding;

pub use decoding::{Decoding, Passing};

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
use rand::Rng;

use super::attention::{self, Attention};
use super::layer_norm::{self, LayerNorm};
use super::linear::Linear;
use super::mlp::{self, Mlp};
use super::parameters::Layout;
use crate::numeric::scalar::Scalar;

/// The layers of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    norm1: LayerNorm,
    qkv: Linear,
    attention: Attention,
    out: Linear,
    norm2: LayerNorm,
    mlp: Mlp,
}

/// What backward needs of forward beside the input: A, P, O, M, B and what the layers keep.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    norm1: layer_norm::Cache<S>,
    first: Array2<S>,
    qkv: Array2<S>,
    attention: attention::Cache<S>,
    attended: Array2<S>,
    middle: Array2<S>,
    norm2: layer_norm::Cache<S>,
    second: Array2<S>,
    mlp: mlp::Cache<S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `sequences` sequences of `rounds` rounds that pass through `block`.
    pub fn new(sequences: usize, rounds: usize, block: &Block) -> Self {
        let (rows, width) = (sequences * rounds, block.width());
        Self {
            norm1: layer_norm::Cache::new(rows),
            first: Array2::zeros((rows, width)),
            qkv: Array2::zeros((rows, 3 * width)),
            attention: attention::Cache::new(sequences, &block.attention),
            attended: Array2::zeros((rows, width)),
            middle: Array2::zeros((rows, width)),
            norm2: layer_norm::Cache::new(rows),
            second: Array2::zeros((rows, width)),
            mlp: mlp::Cache::new(rows, &block.mlp),
        }
    }
}

impl<S> Cache<S> {
    /// The sequences that pass through from now on have `rounds` rounds.
    ///
    /// # Panics
    /// Those of [`attention::Cache::set_rounds`].
    pub fn set_rounds(&mut self, rounds: usize) {
        self.attention.set_rounds(rounds);
    }
}

/// Scratch of backward; blocks of one width share it.
#[derive(Clone, Debug)]
pub struct Scratch<S> {
    d_branch: Array2<S>,
    d_normed: Array2<S>,
    d_qkv: Array2<S>,
}

impl<S: Scalar> Scratch<S> {
    /// Room for `rows` = sequences x rounds of blocks of width `width`.
    pub fn new(rows: usize, width: usize) -> Self {
        Self {
            d_branch: Array2::zeros((rows, width)),
            d_normed: Array2::zeros((rows, width)),
            d_qkv: Array2::zeros((rows, 3 * width)),
        }
    }
}

impl Block {
    /// Adds the blocks of "{name}.norm1", ".attention.qkv" (3 width x width), ".attention.out" (width x width), ".norm2"
    /// and ".mlp" to `layout`.
    pub fn declare(layout: &mut Layout, name: &str, width: usize, attention: Attention) -> Self {
        let norm1 = LayerNorm::declare(layout, &format!("{name}.norm1"), width);
        let qkv = Linear::declare(layout, &format!("{name}.attention.qkv"), width, 3 * width);
        let out = Linear::declare(layout, &format!("{name}.attention.out"), width, width);
        let norm2 = LayerNorm::declare(layout, &format!("{name}.norm2"), width);
        let mlp = Mlp::declare(layout, &format!("{name}.mlp"), width);
        Self { norm1, qkv, attention, out, norm2, mlp }
    }

    /// The core of the attention.
    pub fn attention(&self) -> &Attention {
        &self.attention
    }

    /// Columns of input and output.
    pub fn width(&self) -> usize {
        self.out.outputs()
    }

    /// Draws every layer by its own law.
    pub fn initialize<S: Scalar>(&self, parameters: &mut [S], rng: &mut impl Rng) {
        self.norm1.initialize(parameters);
        self.qkv.initialize(parameters, rng);
        self.out.initialize(parameters, rng);
        self.norm2.initialize(parameters);
        self.mlp.initialize(parameters, rng);
    }

    /// [`Linear::transpose`] of every linear map.
    pub fn transpose<S: Scalar>(&self, parameters: &[S], transposed: &mut [S]) {
        self.qkv.transpose(parameters, transposed);
        self.out.transpose(parameters, transposed);
        self.mlp.transpose(parameters, transposed);
    }

    /// Overwrites `output` with Y for the rows X in `input`, both N x width, N = sequences x rounds; `cache` has room for
    /// as many sequences or more.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn forward<S: Scalar>(
        &self,
        transposed: &[S],
        input: ArrayView2<S>,
        cache: &mut Cache<S>,
        mut output: ArrayViewMut2<S>,
    ) {
        let rows = input.nrows();
        let mut first = first_rows_mut(&mut cache.first, rows);
        let mut qkv = first_rows_mut(&mut cache.qkv, rows);
        let mut attended = first_rows_mut(&mut cache.attended, rows);
        let mut middle = first_rows_mut(&mut cache.middle, rows);
        let mut second = first_rows_mut(&mut cache.second, rows);
        // 1. Attention beside the straight path.
        self.norm1.forward(transposed, input, &mut cache.norm1, first.view_mut());
        self.qkv.forward(transposed, first.view(), qkv.view_mut());
        self.attention.forward(qkv.view(), &mut cache.attention, attended.view_mut());
        middle.assign(&input);
        self.out.add(transposed, attended.view(), middle.view_mut());
        // 2. The network beside the straight path.
        self.norm2.forward(transposed, middle.view(), &mut cache.norm2, second.view_mut());
        output.assign(&middle);
        self.mlp.forward(transposed, second.view(), &mut cache.mlp, output);
    }

    /// Adds the gradients of all parameters to `gradient` (laid out as the parameters); `d`, which holds G, becomes the
    /// gradient of the input. Both are N x width.
    ///
    /// `input` and `cache` are those of the forward call; `scratch` has room for N rows or more.
    ///
    /// # Panics
    /// If the shapes do not fit together: they are the caller's, never the user's.
    pub fn backward<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        cache: &mut Cache<S>,
        scratch: &mut Scratch<S>,
        gradient: &mut [S],
        mut d: ArrayViewMut2<S>,
    ) {
        let rows = input.nrows();
        let mut d_branch = first_rows_mut(&mut scratch.d_branch, rows);
        let mut d_normed = first_rows_mut(&mut scratch.d_normed, rows);
        let mut d_qkv = first_rows_mut(&mut scratch.d_qkv, rows);
        let (first, qkv) = (first_rows(&cache.first, rows), first_rows(&cache.qkv, rows));
        let (attended, middle) =
            (first_rows(&cache.attended, rows), first_rows(&cache.middle, rows));
        let second = first_rows(&cache.second, rows);
        // 2'. The network.
        let (norm2, mlp) = (&cache.norm2, &mut cache.mlp);
        self.mlp.backward(parameters, second, mlp, d.view(), gradient, d_normed.view_mut());
        let branch = d_branch.view_mut();
        self.norm2.backward(parameters, middle, norm2, d_normed.view(), gradient, branch);
        add(&mut d, &d_branch.view());
        // 1'. Attention.
        self.out.backward(parameters, attended, d.view(), gradient, d_branch.view_mut());
        self.attention.backward(qkv, &mut cache.attention, d_branch.view(), d_qkv.view_mut());
        self.qkv.backward(parameters, first, d_qkv.view(), gradient, d_normed.view_mut());
        let (norm1, branch) = (&cache.norm1, d_branch.view_mut());
        self.norm1.backward(parameters, input, norm1, d_normed.view(), gradient, branch);
        add(&mut d, &d_branch.view());
    }
}

/// Adds `summand` to `sum`, entry by entry.
fn add<S: Scalar>(sum: &mut ArrayViewMut2<S>, summand: &ArrayView2<S>) {
    let sum = sum.as_slice_mut().expect("contiguous");
    for (sum, &summand) in sum.iter_mut().zip(summand.as_slice().expect("contiguous")) {
        *sum += summand;
    }
}

/// The first `rows` rows.
pub(crate) fn first_rows<S>(matrix: &Array2<S>, rows: usize) -> ArrayView2<'_, S> {
    matrix.view().split_at(Axis(0), rows).0
}

/// The first `rows` rows, to be written.
pub(crate) fn first_rows_mut<S>(matrix: &mut Array2<S>, rows: usize) -> ArrayViewMut2<'_, S> {
    matrix.view_mut().split_at(Axis(0), rows).0
}
