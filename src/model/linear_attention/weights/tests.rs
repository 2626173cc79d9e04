//! Weight files: what is written comes back, and whatever else is offered is refused with the culprit's name.

use std::collections::HashMap;

use proptest::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::*;
use crate::Error;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::decision_set::DecisionSet;

fn layer() -> LinearAttention<f64> {
    let config = LinearAttentionConfig::new(2, 7, DecisionSet::Ball { radius: 1.5 });
    let mut rng = Streams::new(4).stream(Purpose::Initialization, 0, 0, 0);
    let mut layer = LinearAttention::random(config, &mut rng).unwrap();
    layer.set_query_token(Array1::from(vec![0.3, -0.9]));
    layer
}

/// A weight file in the making: name, type, shape and bytes of every tensor, and the metadata.
struct Draft {
    tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
    metadata: HashMap<String, String>,
}

impl Draft {
    fn new() -> Self {
        let bytes = layer().to_bytes().unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut tensors: Vec<_> = file
            .tensors()
            .into_iter()
            .map(|(name, view)| {
                let shape = view.shape().to_vec();
                (name, view.dtype(), shape, view.data().to_vec())
            })
            .collect();
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        Self { tensors, metadata: header.metadata().clone().unwrap() }
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self.tensors.iter().map(|(name, dtype, shape, data)| {
            let view = TensorView::new(*dtype, shape.clone(), data).unwrap();
            (name.as_str(), view)
        });
        safetensors::serialize(views, Some(self.metadata.clone())).unwrap()
    }

    fn config(&mut self, config: &str) {
        self.metadata.insert("config".into(), config.into());
    }
}

/// The refusal of the draft after `edit`.
fn refusal(edit: impl FnOnce(&mut Draft)) -> String {
    let mut draft = Draft::new();
    edit(&mut draft);
    LinearAttention::from_bytes(&draft.bytes()).unwrap_err()
}

/// The refusal of the draft with tensor `index` changed, which must name that tensor.
fn tensor_refusal(
    index: usize,
    edit: impl FnOnce(&mut (String, Dtype, Vec<usize>, Vec<u8>)),
) -> String {
    let name = format!("\"{}\"", Draft::new().tensors[index].0);
    let message = refusal(|draft| edit(&mut draft.tensors[index]));
    assert!(message.contains(&name), "{message} does not name {name}");
    message
}

#[test]
fn a_saved_layer_comes_back_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub/layer.safetensors");
    let saved = layer();
    saved.save(&path).unwrap();
    let loaded = LinearAttention::load(&path).unwrap();
    assert_eq!(loaded.config(), saved.config());
    assert_eq!(loaded.parameters(), saved.parameters());
    assert_eq!(loaded.query_token(), saved.query_token());
    // Nothing but the seven documented tensors, so that other programs can rely on the names.
    let names: Vec<_> = Draft::new().tensors.into_iter().map(|t| t.0).collect();
    let documented = [
        "key.bias",
        "key.weight",
        "query.bias",
        "query.weight",
        "query_token",
        "value.bias",
        "value.weight",
    ];
    assert_eq!(names, documented);
}

/// Another program may write single precision; value.weight is stored by rows, so that `value.weight R` is what it says.
#[test]
fn single_precision_files_load() {
    let mut draft = Draft::new();
    for (_, dtype, _, data) in &mut draft.tensors {
        *dtype = Dtype::F32;
        let doubles = data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b));
        *data = doubles.flat_map(|v| (v as f32).to_le_bytes()).collect();
    }
    let loaded = LinearAttention::from_bytes(&draft.bytes()).unwrap();
    for (loaded, saved) in loaded.parameters().iter().zip(layer().parameters()) {
        assert_eq!(*loaded, f64::from(*saved as f32));
    }
    assert_eq!(loaded.value().0[(0, 1)], f64::from(layer().parameters()[1] as f32));
}

#[test]
fn every_bad_tensor_is_named() {
    for index in 0..Draft::new().tensors.len() {
        let name = Draft::new().tensors[index].0.clone();
        let missing = refusal(|draft| drop(draft.tensors.remove(index)));
        assert_eq!(missing, format!("tensor \"{name}\" is missing"));
        let shape = tensor_refusal(index, |(_, _, shape, data)| {
            *shape = vec![3];
            *data = vec![0; 24];
        });
        assert!(shape.contains("[3], expected [2"), "{shape}");
        // The same numbers in another arrangement are refused too.
        tensor_refusal(index, |(_, _, shape, _)| shape.insert(0, 1));
        let kind = tensor_refusal(index, |(_, dtype, ..)| *dtype = Dtype::I64);
        assert!(kind.contains("I64, expected F32 or F64"), "{kind}");
        for bad in [f64::NAN, f64::INFINITY] {
            let entry = tensor_refusal(index, |(.., data)| {
                let start = data.len() - 8;
                data[start..].copy_from_slice(&bad.to_le_bytes());
            });
            assert!(entry.contains("expected finite numbers"), "{entry}");
        }
    }
    let extra = refusal(|draft| {
        let extra = ("gate.bias".into(), Dtype::F64, vec![1], vec![0; 8]);
        draft.tensors.push(extra);
    });
    assert!(extra.contains("\"gate.bias\" does not belong"), "{extra}");
}

#[test]
fn every_bad_configuration_is_named() {
    let good = Draft::new().metadata["config"].clone();
    let absent = refusal(|draft| draft.metadata.clear());
    assert!(absent.contains("\"config\" is missing"), "{absent}");
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{good}");
        good.replace(from, to)
    };
    for (config, culprit) in [
        ("".to_owned(), "EOF"),
        ("not JSON".to_owned(), "expected"),
        ("[]".to_owned(), "invalid length"),
        (with("\"horizon\":7,", ""), "missing field `horizon`"),
        (with("\"d\":2", "\"d\":0"), "d = 0: expected 1 to 4096"),
        (with("\"d\":2", "\"d\":-2"), "-2"),
        (with("\"d\":2", "\"d\":2.5"), "2.5"),
        (with("\"d\":2", "\"d\":1000000000000"), "d = 1000000000000"),
        (with("\"d\":2", "\"d\":18446744073709551615"), "d = 18446744073709551615"),
        (with("\"horizon\":7", "\"horizon\":0"), "horizon = 0"),
        (with("\"radius\":1.5", "\"radius\":-1.5"), "decision_set.radius = -1.5"),
        (with("\"ball\"", "\"cube\""), "cube"),
        (with("\"output_scale\":", "\"output_scale\":-"), "output_scale = -"),
        (with("\"output_scale\":", "\"output_scale\":1e999, \"x\":"), "out of range"),
    ] {
        let message = refusal(|draft| draft.config(&config));
        assert!(message.starts_with("metadata key \"config\": "), "{message}");
        assert!(message.contains(culprit), "{config}: {message}");
    }
    let other = refusal(|draft| draft.config(&with("\"d\":2", "\"d\":3")));
    assert!(other.contains("expected [3"), "{other}");
}

#[test]
fn a_cut_file_is_refused_wherever_it_is_cut() {
    let bytes = layer().to_bytes().unwrap();
    for length in 0..bytes.len() {
        let message = LinearAttention::from_bytes(&bytes[..length]).unwrap_err();
        assert!(message.contains("not a safetensors weight file"), "{message}");
    }
}

/// The file's name is in the message, and a path that is not there is the system's refusal.
#[test]
fn refusals_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.safetensors");
    std::fs::write(&empty, b"").unwrap();
    for (path, typed) in [(empty, true), (folder.path().join("absent.safetensors"), false)] {
        let error = LinearAttention::load(&path).unwrap_err();
        assert_eq!(matches!(error, Error::Content { .. }), typed);
        assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn a_failed_save_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"older").unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    for target in ["file/layer.safetensors", "folder"] {
        let error = layer().save(folder.path().join(target)).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error}");
    }
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["file", "folder"]);
    assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"older");
    assert_eq!(std::fs::read_dir(folder.path().join("folder")).unwrap().count(), 0);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(LinearAttention::from_bytes(&bytes).is_err());
    }

    /// A damaged file is refused or gives a finite layer, never a panic or a NaN.
    #[test]
    fn no_damage_panics(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = layer().to_bytes().unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(layer) = LinearAttention::from_bytes(&bytes) {
            prop_assert!(layer.parameters().iter().all(|p| p.is_finite()));
            prop_assert!(layer.config().check().is_ok());
        }
    }
}
