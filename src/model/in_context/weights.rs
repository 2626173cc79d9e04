//! Weight files of the layer.
//!
//! Tensors: value_projection.weight (W_PV) and key_query.weight (W_KQ), both (d + 1) x (d + 1). The prediction is the last
//! entry of the last column of `E + W_PV E (E^T W_KQ E) / N`.

use std::path::Path;

use super::{InContextAttention, InContextConfig};
use crate::Result;
use crate::files::write_atomic;
use crate::model::Model;
use crate::model::weights::{self, WeightFile};

impl InContextAttention<f64> {
    /// Writes the weight file (tensors as F64), atomically.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomic(path.as_ref(), &self.to_bytes()?)
    }

    /// The bytes of the weight file.
    ///
    /// # Errors
    /// None that a valid layer can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        weights::to_bytes(&weights::tensors(self.layout(), self.parameters()), self.config())
    }

    /// Reads a weight file.
    ///
    /// # Errors
    /// A file that cannot be read or is not safetensors; a missing or invalid "config"; a missing, additional, wrongly
    /// shaped, wrongly typed or non-finite tensor, each named.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        weights::load(path.as_ref(), Self::from_bytes)
    }

    /// Parses the bytes of a weight file; the error is a message that names the tensor.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, String> {
        let mut file = WeightFile::new(bytes)?;
        let config = file.config(|config: &InContextConfig| {
            config.check()?;
            Ok(config.layout())
        })?;
        let mut layer = Self::zeros(config).map_err(|e| e.to_string())?;
        layer.parameters = file.read_blocks(&layer.layout)?;
        file.finish().map(|()| layer)
    }
}
