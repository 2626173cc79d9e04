//! What defines the layer beside its weights.

use serde::{Deserialize, Serialize};

use crate::nn::parameters::Layout;
use crate::{Error, Result};

/// Index of each block in the layer's [`Layout`].
pub(super) const VALUE: usize = 0;
pub(super) const KEY_QUERY: usize = 1;

/// Largest number of features a layer may have; rejects absurd sizes before any allocation.
const MAX_DIMENSION: usize = 4096;

/// What defines the layer beside its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InContextConfig {
    /// Number of features; tokens have one entry more, the label.
    pub d: usize,
}

impl InContextConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// `d` outside 1..=4096.
    pub fn check(&self) -> Result<()> {
        if self.d == 0 || self.d > MAX_DIMENSION {
            return Err(Error::parameter("d", self.d, format!("1 to {MAX_DIMENSION}")));
        }
        Ok(())
    }

    /// D = d + 1, the length of a token.
    pub fn width(&self) -> usize {
        self.d + 1
    }

    pub(in crate::model) fn layout(&self) -> Layout {
        let width = self.width();
        Layout::default().matrix("value_projection.weight", width, width).matrix(
            "key_query.weight",
            width,
            width,
        )
    }
}
