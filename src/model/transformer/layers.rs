//! The layers of a Transformer and their places in the flat buffer.

use std::ops::Range;

use ndarray::ArrayViewMut2;
use rand::Rng;

use super::config::{Position, TransformerConfig};
use crate::Result;
use crate::nn::block::Block;
use crate::nn::embedding::Embedding;
use crate::nn::layer_norm::LayerNorm;
use crate::nn::linear::Linear;
use crate::nn::parameters::Layout;
use crate::numeric::rng::fill_standard_normal;
use crate::numeric::scalar::Scalar;

/// Standard deviation of initial learned positions: small beside embedded inputs.
const POSITION_NOISE: f64 = 0.02;

/// The layers in the order of the forward pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layers {
    pub embed: Embedding,
    /// Learned positions only: rounds x width.
    pub positions: Option<Range<usize>>,
    pub blocks: Vec<Block>,
    pub norm: LayerNorm,
    pub head: Linear,
}

impl Layers {
    /// The layers of `config` and the layout of their parameters.
    ///
    /// # Errors
    /// Those of [`TransformerConfig::attention`].
    pub fn declare(config: &TransformerConfig) -> Result<(Self, Layout)> {
        let (mut layout, width) = (Layout::default(), config.width);
        let attention = config.attention()?;
        let embed = Embedding::declare(&mut layout, "embed", config.reads, config.inputs, width);
        let positions = (config.position == Position::Learned)
            .then(|| layout.add_matrix(POSITIONS, config.rounds, width));
        let blocks = (0..config.blocks)
            .map(|i| Block::declare(&mut layout, &format!("blocks.{i}"), width, attention))
            .collect();
        let norm = LayerNorm::declare(&mut layout, "norm", width);
        let head = Linear::declare(&mut layout, "head", width, config.outputs);
        Ok((Self { embed, positions, blocks, norm, head }, layout))
    }

    /// Draws every layer but the head, which is left at zero.
    pub fn initialize<S: Scalar>(&self, parameters: &mut [S], rng: &mut impl Rng) {
        self.embed.initialize(parameters, rng);
        if let Some(positions) = self.positions.clone() {
            let positions = &mut parameters[positions];
            fill_standard_normal(rng, positions);
            positions.iter_mut().for_each(|p| *p *= S::of(POSITION_NOISE));
        }
        for block in &self.blocks {
            block.initialize(parameters, rng);
        }
        self.norm.initialize(parameters);
    }

    /// Makes `transposed` a copy of `parameters` in which the weight of every linear map is transposed, as forward passes
    /// read it.
    pub fn transpose<S: Scalar>(&self, parameters: &[S], transposed: &mut [S]) {
        transposed.copy_from_slice(parameters);
        self.embed.transpose(parameters, transposed);
        self.blocks.iter().for_each(|block| block.transpose(parameters, transposed));
        self.head.transpose(parameters, transposed);
    }
}

/// Name of the learned positions in the weight file.
pub(super) const POSITIONS: &str = "positions.weight";

/// The table of fixed positions, rounds x width by rows: `sin(t / 10000^(2j/width))` in column 2j, the cosine of the same
/// angle in column 2j + 1; empty for other kinds of positions.
pub(super) fn sinusoids<S: Scalar>(config: &TransformerConfig) -> Vec<S> {
    if config.position != Position::Sinusoidal {
        return Vec::new();
    }
    let entry = |t: usize, column: usize| {
        let exponent = (column - column % 2) as f64 / config.width as f64;
        let angle = t as f64 / 1e4f64.powf(exponent);
        S::of(if column.is_multiple_of(2) { angle.sin() } else { angle.cos() })
    };
    (0..config.rounds).flat_map(|t| (0..config.width).map(move |j| entry(t, j))).collect()
}

/// Adds the rows of `table`, over and over, to those of `stream`.
pub(super) fn add_positions<S: Scalar>(table: &[S], stream: &mut ArrayViewMut2<S>) {
    let width = stream.ncols();
    let positions = table.chunks_exact(width).cycle();
    let stream = stream.as_slice_mut().expect("contiguous").chunks_exact_mut(width);
    for (row, position) in stream.zip(positions) {
        for (x, &p) in row.iter_mut().zip(position) {
            *x += p;
        }
    }
}
