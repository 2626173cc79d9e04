//! Floating-point operations of a Transformer with softmax attention, counted from its configuration.
//!
//! A multiplication and its addition are two operations. Only matrix products count: the linear maps and the four products
//! of causal attention with its two gradients a product, of which only the pairs of rounds i <= t count, as they must be
//! computed. Not counted, though they take time: softmax, GELU, LayerNorm, loss, optimiser, and copies; what a program
//! computes beyond the diagonal is no merit either.

use lowregret::model::transformer::TransformerConfig;

/// Operations of a forward pass of `sequences` sequences, or of deciding them round by round.
pub fn forward(config: &TransformerConfig, sequences: usize) -> f64 {
    let shape = Shape::of(config, sequences);
    2.0 * (shape.embedding + shape.blocks + shape.attention + shape.head)
}

/// Operations of forward and backward: a map costs one more product for the gradient of its weight and one for that of its
/// input (the model's input needs none); each of attention's two products costs two.
pub fn training_step(config: &TransformerConfig, sequences: usize) -> f64 {
    let shape = Shape::of(config, sequences);
    2.0 * (2.0 * shape.embedding + 3.0 * (shape.blocks + shape.attention + shape.head))
}

/// Multiplications of the parts of a forward pass.
struct Shape {
    embedding: f64,
    blocks: f64,
    attention: f64,
    head: f64,
}

impl Shape {
    fn of(config: &TransformerConfig, sequences: usize) -> Self {
        let [inputs, width, blocks, outputs, rounds] =
            [config.inputs, config.width, config.blocks, config.outputs, config.rounds]
                .map(|size| size as f64);
        let rows = sequences as f64 * rounds;
        // Queries, keys and values 3, out 1, up 4, down 4.
        let maps = 12.0 * width * width;
        let pairs = sequences as f64 * rounds * (rounds + 1.0) / 2.0;
        Self {
            embedding: rows * inputs * width,
            blocks: rows * blocks * maps,
            // Scores and outputs, all heads together.
            attention: 2.0 * pairs * blocks * width,
            head: rows * width * outputs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sequence of two rounds, written out: width 4, one block, 3 inputs, 2 outputs.
    #[test]
    fn a_small_model_counts_as_by_hand() {
        let config = TransformerConfig { width: 4, blocks: 1, ..TransformerConfig::new(3, 2, 2) };
        let embedding = 2 * 3 * 4;
        let maps = 2 * (4 * 12 + 4 * 4 + 4 * 16 + 16 * 4);
        // Pairs (0, 0), (1, 0), (1, 1), each with a score and a share of the output of width 4.
        let attention = 3 * 2 * 4;
        let head = 2 * 4 * 2;
        let multiplications = embedding + maps + attention + head;
        assert_eq!(forward(&config, 1), f64::from(2 * multiplications));
        let both = 2 * embedding + 3 * (maps + attention + head);
        assert_eq!(training_step(&config, 1), f64::from(2 * both));
        assert_eq!(training_step(&config, 5), 5.0 * training_step(&config, 1));
    }
}
