//! Weight files of the layer.
//!
//! Tensors: value.weight, key.weight, query.weight (d x d), value.bias, key.bias, query.bias, query_token (d). The output is
//! `output_scale * sum_{i<t} (value.weight R_i + value.bias) <key.weight R_i + key.bias, query.weight query_token +
//! query.bias>`.

use std::path::Path;

use ndarray::Array1;

use super::{LinearAttention, LinearAttentionConfig};
use crate::Result;
use crate::files::write_atomic;
use crate::model::Model;
use crate::model::weights::{self, WeightFile};

const QUERY_TOKEN: &str = "query_token";

impl LinearAttention<f64> {
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
        let token = self.query_token().to_vec();
        let mut tensors = weights::tensors(self.layout(), self.parameters());
        tensors.push((QUERY_TOKEN, vec![token.len()], &token));
        weights::to_bytes(&tensors, self.config())
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
        let config = file.config(|config: &LinearAttentionConfig| {
            config.check()?;
            Ok(config.layout())
        })?;
        let mut layer = Self::zeros(config).map_err(|e| e.to_string())?;
        layer.parameters = file.read_blocks(&layer.layout)?;
        layer.set_query_token(Array1::from(file.read(QUERY_TOKEN, &[config.d])?));
        file.finish().map(|()| layer)
    }
}

#[cfg(test)]
mod tests;
