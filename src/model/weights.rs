//! Weight files: safetensors, readable by any other program.
//!
//! The tensors are the blocks of a model's layout (and whatever else the model names), all of one type, F32 or F64; the
//! metadata key "config" is the model's configuration as JSON.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::read_at_most;
use crate::nn::parameters::Layout;
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

const CONFIG: &str = "config";
/// Largest file that is read: 2^28 parameters in double precision.
const MAX_BYTES: u64 = 1 << 31;

/// A number type that weight files store as it is.
pub trait Stored: Scalar {
    /// Its name in the file.
    const TYPE: Dtype;

    /// Appends the number's little-endian bytes.
    fn append(self, bytes: &mut Vec<u8>);
}

impl Stored for f32 {
    const TYPE: Dtype = Dtype::F32;

    fn append(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

impl Stored for f64 {
    const TYPE: Dtype = Dtype::F64;

    fn append(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

/// A tensor to be written: name, shape, entries by rows.
pub(crate) type Tensor<'a, S> = (&'a str, Vec<usize>, &'a [S]);

/// The blocks of `layout` in `parameters`.
pub(super) fn tensors<'a, S>(layout: &'a Layout, parameters: &'a [S]) -> Vec<Tensor<'a, S>> {
    let blocks = layout.blocks().iter();
    blocks.map(|b| (b.name.as_str(), b.file_shape(), &parameters[b.range.clone()])).collect()
}

/// The bytes of the weight file that holds `tensors` and `config`.
///
/// # Errors
/// None that a valid model can cause.
pub(crate) fn to_bytes<S: Stored>(
    tensors: &[Tensor<S>],
    config: &impl Serialize,
) -> Result<Vec<u8>> {
    let internal = |e: &dyn std::fmt::Display| Error::content("weights", e.to_string());
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, _, values)| {
            let mut bytes = Vec::with_capacity(size_of_val(*values));
            values.iter().for_each(|value| value.append(&mut bytes));
            bytes
        })
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| {
            let view = TensorView::new(S::TYPE, shape.clone(), bytes);
            view.map(|view| (*name, view)).map_err(|e| internal(&e))
        })
        .collect::<Result<Vec<_>>>()?;
    let config = serde_json::to_string(config).map_err(|e| internal(&e))?;
    let metadata = HashMap::from([(CONFIG.to_owned(), config)]);
    safetensors::serialize(views, Some(metadata)).map_err(|e| internal(&e))
}

/// Reads the file at `path` and hands its bytes to `parse`, whose refusal gets the file's name.
///
/// # Errors
/// A file that cannot be read, and what `parse` refuses.
pub(super) fn load<M>(
    path: &Path,
    parse: impl FnOnce(&[u8]) -> std::result::Result<M, String>,
) -> Result<M> {
    let bytes = read_at_most(path, MAX_BYTES)?;
    parse(&bytes).map_err(|message| Error::content(path, message))
}

/// A weight file that is being read; all its refusals are messages that name the culprit.
pub(crate) struct WeightFile<'a> {
    tensors: SafeTensors<'a>,
    config: Option<String>,
    bytes: usize,
    read: Vec<String>,
}

impl<'a> WeightFile<'a> {
    pub fn new(bytes: &'a [u8]) -> std::result::Result<Self, String> {
        let refusal = |e| format!("not a safetensors weight file: {e}");
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(refusal)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(refusal)?;
        let config = header.metadata().as_ref().and_then(|m| m.get(CONFIG)).cloned();
        Ok(Self { tensors, config, bytes: bytes.len(), read: Vec::new() })
    }

    /// Whether the configuration is an object with this key.
    pub fn has_key(&self, key: &str) -> bool {
        let config: Option<serde_json::Value> =
            self.config.as_ref().and_then(|text| serde_json::from_str(text).ok());
        config.is_some_and(|config| config.get(key).is_some())
    }

    /// The configuration, once `layout` has accepted it and found a layout that the file is long enough for: a tiny file
    /// must not make us allocate for huge sizes.
    pub fn config<C: DeserializeOwned>(
        &self,
        layout: impl FnOnce(&C) -> Result<Layout>,
    ) -> std::result::Result<C, String> {
        let refusal = |e: &dyn std::fmt::Display| format!("metadata key \"{CONFIG}\": {e}");
        let text = self.config.as_ref().ok_or_else(|| {
            format!("metadata key \"{CONFIG}\" is missing: expected the configuration as JSON")
        })?;
        let config: C = serde_json::from_str(text).map_err(|e| refusal(&e))?;
        let parameters = layout(&config).map_err(|e| refusal(&e))?.len();
        if parameters.saturating_mul(size_of::<f32>()) > self.bytes {
            return Err(format!(
                "too short for its configuration: {parameters} parameters expected"
            ));
        }
        Ok(config)
    }

    /// The entries of tensor `name`, which has `shape`.
    pub fn read<S: Scalar>(
        &mut self,
        name: &str,
        shape: &[usize],
    ) -> std::result::Result<Vec<S>, String> {
        let missing = |_| format!("tensor \"{name}\" is missing");
        let tensor = self.tensors.tensor(name).map_err(missing)?;
        let found = tensor.shape();
        if found != shape {
            return Err(format!("tensor \"{name}\": shape {found:?}, expected {shape:?}"));
        }
        let data = tensor.data();
        let values: Vec<f64> = match tensor.dtype() {
            Dtype::F64 => data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            Dtype::F32 => {
                data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b).as_f64()).collect()
            }
            other => {
                return Err(format!("tensor \"{name}\": type {other:?}, expected F32 or F64"));
            }
        };
        self.read.push(name.to_owned());
        // What is finite in the file may not be in the model's precision.
        match values.iter().find(|&&v| !S::of(v).is_finite()) {
            Some(v) => Err(format!("tensor \"{name}\": entry {v}, expected finite numbers")),
            None => Ok(values.into_iter().map(S::of).collect()),
        }
    }

    /// All blocks of `layout`, one after the other.
    pub fn read_blocks<S: Scalar>(
        &mut self,
        layout: &Layout,
    ) -> std::result::Result<Vec<S>, String> {
        let mut parameters = Vec::with_capacity(layout.len());
        for block in layout.blocks() {
            parameters.extend(self.read::<S>(&block.name, &block.file_shape())?);
        }
        Ok(parameters)
    }

    /// Refuses tensors that nobody has read.
    pub fn finish(self) -> std::result::Result<(), String> {
        match self.tensors.names().into_iter().find(|name| !self.read.iter().any(|r| r == name)) {
            Some(name) => Err(format!("tensor \"{name}\" does not belong to this model")),
            None => Ok(()),
        }
    }
}
