//! Checkpoints: all that a run of training has changed, in one file, so that it can go on after it was killed.
//!
//! A checkpoint is a safetensors file. Tensors, each as long as the model has parameters and of the model's type:
//! `parameters`, `first_moments`, `second_moments`, and where a run has them `best_parameters` and `beginner`
//! ([`State`]). The metadata key "config" is the rest as JSON: format, recipe, stage, iteration, a digest of
//! it all.

pub mod folder;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::resumable::State;
use crate::Result;
use crate::files::{CHECKSUM, checksum};
use crate::model::weights::{self, Stored, Tensor, WeightFile};
use crate::nn::adamw::Moments;
use crate::nn::parameters::Layout;

/// Written into every file; files of another format are not read.
const FORMAT: &str = "lowregret checkpoint 2";

/// Where a run stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<S> {
    /// What is trained, with everything resolved.
    pub recipe: Value,
    /// Zero-based stage that the state belongs to.
    pub stage: usize,
    /// Iterations completed in all stages.
    pub completed: usize,
    /// The best checkpoint of this stage so far.
    pub best: Option<Scored>,
    /// The stage's state.
    pub state: State<S>,
}

/// A checkpoint and how good its model was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// Iterations completed in all stages.
    pub completed: usize,
    /// The lower, the better: a regret, or a loss.
    pub score: f64,
}

/// All of a checkpoint but its tensors.
#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    recipe: Value,
    stage: usize,
    completed: usize,
    best: Option<Scored>,
    iteration: usize,
    optimizer_step: u32,
    best_regret: Option<f64>,
    has_beginner: bool,
    digest: u64,
}

impl<S: Stored> Checkpoint<S> {
    /// The bytes of the file.
    ///
    /// # Errors
    /// None that a run of training can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let state = &self.state;
        let length = vec![state.parameters.len()];
        let best = state.best.as_ref().map(|(_, parameters)| parameters);
        let tensors: Vec<Tensor<S>> = [
            ("parameters", Some(&state.parameters)),
            ("first_moments", Some(&state.moments.first)),
            ("second_moments", Some(&state.moments.second)),
            ("best_parameters", best),
            ("beginner", state.beginner.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, values)| values.map(|v| (name, length.clone(), v.as_slice())))
        .collect();
        let mut header = Header {
            format: FORMAT.to_owned(),
            recipe: self.recipe.clone(),
            stage: self.stage,
            completed: self.completed,
            best: self.best,
            iteration: state.iteration,
            optimizer_step: state.moments.step,
            best_regret: state.best.as_ref().map(|&(regret, _)| regret),
            has_beginner: state.beginner.is_some(),
            digest: 0,
        };
        header.digest = digest(&header, tensors.iter().map(|tensor| tensor.2));
        weights::to_bytes(&tensors, &header)
    }

    /// The recipe in the bytes of a file; the error is a message.
    pub fn recipe(bytes: &[u8]) -> std::result::Result<Value, String> {
        let header: Header = WeightFile::new(bytes)?.config(|_| Ok(Layout::default()))?;
        Ok(header.recipe)
    }

    /// Parses the bytes of a file for a model of `parameters` parameters; the error is a message.
    pub fn from_bytes(bytes: &[u8], parameters: usize) -> std::result::Result<Self, String> {
        let mut file = WeightFile::new(bytes)?;
        let mut header: Header = file.config(|header: &Header| {
            if header.format != FORMAT {
                let expected = format!("\"{FORMAT}\"");
                return Err(crate::Error::parameter("format", &header.format, expected));
            }
            let tensors =
                3 + usize::from(header.best_regret.is_some()) + usize::from(header.has_beginner);
            Ok(Layout::default().vector("parameters", tensors.saturating_mul(parameters)))
        })?;
        let mut read = |name| file.read::<S>(name, &[parameters]);
        let state = State {
            iteration: header.iteration,
            parameters: read("parameters")?,
            moments: Moments {
                step: header.optimizer_step,
                first: read("first_moments")?,
                second: read("second_moments")?,
            },
            best: match header.best_regret {
                Some(regret) => Some((regret, read("best_parameters")?)),
                None => None,
            },
            beginner: if header.has_beginner { Some(read("beginner")?) } else { None },
        };
        file.finish()?;
        let best = state.best.as_ref().map(|(_, parameters)| parameters);
        let tensors = [&state.parameters, &state.moments.first, &state.moments.second];
        let tensors = tensors.into_iter().chain(best).chain(&state.beginner);
        let written = std::mem::take(&mut header.digest);
        if digest(&header, tensors.map(Vec::as_slice)) != written {
            return Err("its numbers are not those that were written".to_owned());
        }
        let Header { recipe, stage, completed, best, .. } = header;
        Ok(Self { recipe, stage, completed, best, state })
    }
}

/// Checksum of the header, whose own digest is 0, and of all numbers: notices files that a disk has spoilt.
fn digest<'a, S: Stored + 'a>(header: &Header, tensors: impl Iterator<Item = &'a [S]>) -> u64 {
    // A header without a JSON form is not written at all.
    let mut bytes = serde_json::to_vec(header).unwrap_or_default();
    let mut hash = checksum(CHECKSUM, &bytes);
    for value in tensors.flatten() {
        bytes.clear();
        value.append(&mut bytes);
        hash = checksum(hash, &bytes);
    }
    hash
}

/// The first field in which two recipes differ, and both its values; `None` if they are the same. What stands at the
/// top under one of the names `free` may differ.
pub(super) fn first_difference(one: &Value, other: &Value, free: &[&str]) -> Option<String> {
    let name = |path: &str, key: &str| match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    };
    let mut pairs = vec![(String::new(), Some(one), Some(other))];
    while let Some((path, one, other)) = pairs.pop() {
        match (one, other) {
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
                keys.sort_unstable();
                keys.dedup();
                keys.retain(|key| !(path.is_empty() && free.contains(&key.as_str())));
                // The first is looked at first.
                let below = keys.into_iter().rev();
                pairs.extend(below.map(|key| (name(&path, key), a.get(key), b.get(key))));
            }
            (Some(Value::Array(a)), Some(Value::Array(b))) => {
                let below = (0..a.len().max(b.len())).rev();
                pairs.extend(below.map(|i| (format!("{path}[{i}]"), a.get(i), b.get(i))));
            }
            _ if one == other => {}
            _ => {
                let show = |value: Option<&Value>| {
                    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
                };
                return Some(format!("{path} was {}, is {}", show(one), show(other)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
