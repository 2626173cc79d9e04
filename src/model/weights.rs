//! Weight files of the layer: safetensors, readable by any other program.
//!
//! Tensors: value.weight, key.weight, query.weight (d x d), value.bias, key.bias, query.bias, query_token (d), all of one
//! type, F32 or F64. Metadata key "config": the [`LinearAttentionConfig`] as JSON. The output is
//! `output_scale * sum_{i<t} (value.weight R_i + value.bias) <key.weight R_i + key.bias, query.weight query_token +
//! query.bias>`.

use std::collections::HashMap;
use std::path::Path;

use ndarray::Array1;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::Model;
use super::linear_attention::{LinearAttention, LinearAttentionConfig};
use crate::files::write_atomic;
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

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
        let bytes =
            |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = self
            .layout()
            .blocks()
            .iter()
            .map(|block| {
                let values = bytes(&self.parameters()[block.range.clone()]);
                (block.name.clone(), block.file_shape(), values)
            })
            .collect();
        let token = self.query_token().to_vec();
        tensors.push((QUERY_TOKEN.to_owned(), vec![token.len()], bytes(&token)));
        let internal = |e: &dyn std::fmt::Display| Error::content("weights", e.to_string());
        let views = tensors
            .iter()
            .map(|(name, shape, data)| {
                let view = TensorView::new(Dtype::F64, shape.clone(), data);
                view.map(|view| (name.as_str(), view)).map_err(|e| internal(&e))
            })
            .collect::<Result<Vec<_>>>()?;
        let config = serde_json::to_string(self.config()).map_err(|e| internal(&e))?;
        let metadata = HashMap::from([("config".to_owned(), config)]);
        safetensors::serialize(views, Some(metadata)).map_err(|e| internal(&e))
    }

    /// Reads a weight file.
    ///
    /// # Errors
    /// A file that cannot be read or is not safetensors; a missing or invalid "config"; a missing, additional, wrongly
    /// shaped, wrongly typed or non-finite tensor, each named.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(Error::file(path, "read"))?;
        Self::from_bytes(&bytes).map_err(|message| Error::content(path, message))
    }

    /// Parses the bytes of a weight file; the error is a message that names the tensor.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, String> {
        let not_weights = |e: &dyn std::fmt::Display| format!("not a safetensors weight file: {e}");
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| not_weights(&e))?;
        let file = SafeTensors::deserialize(bytes).map_err(|e| not_weights(&e))?;
        let config = header.metadata().as_ref().and_then(|metadata| metadata.get("config")).ok_or(
            "metadata key \"config\" is missing: expected the layer's configuration as JSON",
        )?;
        let config: LinearAttentionConfig =
            serde_json::from_str(config).map_err(|e| format!("metadata key \"config\": {e}"))?;
        // A tiny file must not make us allocate for a huge d.
        config.check().map_err(|e| format!("metadata key \"config\": {e}"))?;
        let parameters = config.layout().len();
        if parameters.saturating_mul(4) > bytes.len() {
            return Err(format!(
                "too short for d = {}: {parameters} parameters expected",
                config.d
            ));
        }
        let mut layer = Self::zeros(config).map_err(|e| format!("metadata key \"config\": {e}"))?;
        let mut expected: Vec<String> = vec![QUERY_TOKEN.to_owned()];
        for block in layer.layout().blocks().to_vec() {
            let values = read_tensor(&file, &block.name, &block.file_shape())?;
            layer.parameters_mut()[block.range].copy_from_slice(&values);
            expected.push(block.name);
        }
        let token = read_tensor(&file, QUERY_TOKEN, &[config.d])?;
        layer.set_query_token(Array1::from(token));
        match file.names().into_iter().find(|name| !expected.iter().any(|e| e == name)) {
            Some(name) => Err(format!("tensor \"{name}\" does not belong to this layer")),
            None => Ok(layer),
        }
    }
}

fn read_tensor(
    file: &SafeTensors,
    name: &str,
    shape: &[usize],
) -> std::result::Result<Vec<f64>, String> {
    let tensor = file.tensor(name).map_err(|_| format!("tensor \"{name}\" is missing"))?;
    if tensor.shape() != shape {
        return Err(format!("tensor \"{name}\": shape {:?}, expected {shape:?}", tensor.shape()));
    }
    let data = tensor.data();
    let values: Vec<f64> = match tensor.dtype() {
        Dtype::F64 => data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
        Dtype::F32 => data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b).as_f64()).collect(),
        other => {
            return Err(format!("tensor \"{name}\": type {other:?}, expected F32 or F64"));
        }
    };
    match values.iter().find(|v| !v.is_finite()) {
        Some(v) => Err(format!("tensor \"{name}\": entry {v}, expected finite numbers")),
        None => Ok(values),
    }
}

#[cfg(test)]
mod tests;
