//! Which configurations can be built.

use super::config::TransformerConfig;
use super::layers::Layers;
use crate::{Error, Result};

/// Largest number of inputs, outputs or columns, and of rounds; rejects absurd sizes before any allocation.
const MAX_COLUMNS: usize = 1 << 14;
const MAX_ROUNDS: usize = 1 << 16;
const MAX_BLOCKS: usize = 256;

/// Largest number of parameters: 1 GB in single precision.
const MAX_PARAMETERS: usize = 1 << 28;

impl TransformerConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// A size of 0 or absurdly large; heads that do not divide the width; ALiBi or rotary positions without softmax
    /// attention, rotary ones with heads of odd width; more than 2^28 parameters.
    pub fn check(&self) -> Result<()> {
        for (field, value, most) in [
            ("inputs", self.inputs, MAX_COLUMNS),
            ("width", self.width, MAX_COLUMNS),
            ("blocks", self.blocks, MAX_BLOCKS),
            ("outputs", self.outputs, MAX_COLUMNS),
            ("rounds", self.rounds, MAX_ROUNDS),
        ] {
            if value == 0 || value > most {
                return Err(Error::parameter(field, value, format!("1 to {most}")));
            }
        }
        let (_, layout) = Layers::declare(self)?;
        if layout.len() > MAX_PARAMETERS {
            let sizes = format!(
                "{}, {}, {}, {}, {}",
                self.inputs, self.width, self.blocks, self.outputs, self.rounds
            );
            let expected =
                format!("at most {MAX_PARAMETERS} parameters (these sizes: {})", layout.len());
            return Err(Error::parameter(
                "inputs, width, blocks, outputs, rounds",
                sizes,
                expected,
            ));
        }
        Ok(())
    }
}
