//! Weight files of the Transformer: the tensors of its layout, in its own precision.

use std::path::Path;

use super::Transformer;
use super::config::TransformerConfig;
use super::layers::Layers;
use crate::Result;
use crate::files::write_atomic;
use crate::model::weights::{self, Stored, WeightFile};
use crate::nn::parameters::Layout;
use crate::numeric::scalar::Scalar;

impl<S: Stored> Transformer<S> {
    /// Writes the weight file (tensors as F32 or F64, as the model computes), atomically.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomic(path.as_ref(), &self.to_bytes()?)
    }

    /// The bytes of the weight file.
    ///
    /// # Errors
    /// None that a valid model can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        weights::to_bytes(&weights::tensors(&self.layout, &self.parameters), &self.config)
    }
}

impl<S: Scalar> Transformer<S> {
    /// Reads a weight file, whichever of the two types its tensors have.
    ///
    /// # Errors
    /// A file that cannot be read or is not safetensors; a missing or invalid "config"; a missing, additional, wrongly
    /// shaped, wrongly typed or non-finite tensor (in the precision of the model), each named.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        weights::load(path.as_ref(), Self::from_bytes)
    }

    /// Parses the bytes of a weight file; the error is a message that names the tensor.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, String> {
        let file = WeightFile::new(bytes)?;
        let config = file.config(Self::declared)?;
        Self::of_file(config, file)
    }

    /// The layout of the parameters of `config`, once that is checked.
    pub(in crate::model) fn declared(config: &TransformerConfig) -> Result<Layout> {
        config.check()?;
        Ok(Layers::declare(config)?.1)
    }

    /// The model of `config`, which `file` has accepted, with the tensors of `file`.
    pub(in crate::model) fn of_file(
        config: TransformerConfig,
        mut file: WeightFile,
    ) -> std::result::Result<Self, String> {
        let mut model = Self::zeros(config).map_err(|e| e.to_string())?;
        model.parameters = file.read_blocks(&model.layout)?;
        file.finish().map(|()| model)
    }
}
