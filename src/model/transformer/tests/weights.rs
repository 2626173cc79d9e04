//! Weight files: what is written comes back, and whatever else is offered is refused with the culprit's name.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::*;

/// Name, type, shape and bytes.
type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

/// A weight file in the making.
struct Draft {
    tensors: Vec<Tensor>,
    config: Option<String>,
}

impl Draft {
    fn new(bytes: &[u8]) -> Self {
        let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
        let file = SafeTensors::deserialize(bytes).unwrap();
        let tensors = file
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()));
        let mut tensors: Vec<_> = tensors.collect();
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        let config = header.metadata().as_ref().unwrap()["config"].clone();
        Self { tensors, config: Some(config) }
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self.tensors.iter().map(|(name, dtype, shape, data)| {
            (name.as_str(), TensorView::new(*dtype, shape.clone(), data).unwrap())
        });
        let metadata = self.config.iter().map(|config| ("config".to_owned(), config.clone()));
        safetensors::serialize(views, Some(metadata.collect::<HashMap<_, _>>())).unwrap()
    }
}

/// Learned positions, so that every name that there is occurs.
fn saved() -> Transformer<f64> {
    model(configs()[1], 30)
}

fn refusal(edit: impl FnOnce(&mut Draft)) -> String {
    let mut draft = Draft::new(&saved().to_bytes().unwrap());
    edit(&mut draft);
    Transformer::<f64>::from_bytes(&draft.bytes()).unwrap_err()
}

#[test]
fn a_saved_model_comes_back_exactly_in_its_precision() {
    let folder = tempfile::tempdir().unwrap();
    for config in configs() {
        let path = folder.path().join("model.safetensors");
        let wide = model(config, 31);
        wide.save(&path).unwrap();
        let loaded = Transformer::<f64>::load(&path).unwrap();
        assert_eq!((loaded.config(), loaded.parameters()), (wide.config(), wide.parameters()));
        let narrow = wide.cast::<f32>();
        narrow.save(&path).unwrap();
        let draft = Draft::new(&std::fs::read(&path).unwrap());
        assert!(draft.tensors.iter().all(|tensor| tensor.1 == Dtype::F32));
        assert_eq!(Transformer::<f32>::load(&path).unwrap().parameters(), narrow.parameters());
        assert_eq!(
            Transformer::<f64>::load(&path).unwrap().cast::<f32>().parameters,
            narrow.parameters
        );
    }
}

#[test]
fn tensors_have_the_documented_names_and_shapes() {
    let draft = Draft::new(&saved().to_bytes().unwrap());
    let mut documented = vec![
        ("embed.weight", vec![8, 3]),
        ("embed.bias", vec![8]),
        ("positions.weight", vec![5, 8]),
        ("norm.weight", vec![8]),
        ("norm.bias", vec![8]),
        ("head.weight", vec![4, 8]),
        ("head.bias", vec![4]),
    ];
    let block = [
        ("norm1.weight", vec![8]),
        ("norm1.bias", vec![8]),
        ("attention.qkv.weight", vec![24, 8]),
        ("attention.qkv.bias", vec![24]),
        ("attention.out.weight", vec![8, 8]),
        ("attention.out.bias", vec![8]),
        ("norm2.weight", vec![8]),
        ("norm2.bias", vec![8]),
        ("mlp.up.weight", vec![32, 8]),
        ("mlp.up.bias", vec![32]),
        ("mlp.down.weight", vec![8, 32]),
        ("mlp.down.bias", vec![8]),
    ];
    let names: Vec<String> =
        (0..2).flat_map(|i| block.iter().map(move |(n, _)| format!("blocks.{i}.{n}"))).collect();
    documented
        .extend(names.iter().map(String::as_str).zip(block.iter().cycle().map(|b| b.1.clone())));
    documented.sort();
    let found: Vec<_> = draft.tensors.iter().map(|t| (t.0.as_str(), t.2.clone())).collect();
    assert_eq!(found, documented);
}

#[test]
fn every_bad_tensor_is_named() {
    for index in 0..Draft::new(&saved().to_bytes().unwrap()).tensors.len() {
        let named = |edit: &dyn Fn(&mut Tensor)| {
            let mut name = String::new();
            let message = refusal(|draft| {
                name = format!("\"{}\"", draft.tensors[index].0);
                edit(&mut draft.tensors[index]);
            });
            assert!(message.contains(&name), "{message} does not name {name}");
            message
        };
        let missing = refusal(|draft| drop(draft.tensors.remove(index)));
        assert!(missing.ends_with("is missing"), "{missing}");
        // The same numbers in another arrangement are refused too.
        assert!(named(&|tensor| tensor.2.insert(0, 1)).contains("expected ["));
        assert!(named(&|tensor| tensor.1 = Dtype::U64).contains("U64, expected F32 or F64"));
        for bad in [f64::NAN, f64::INFINITY] {
            let entry = named(&|tensor| {
                let start = tensor.3.len() - 8;
                tensor.3[start..].copy_from_slice(&bad.to_le_bytes());
            });
            assert!(entry.contains("expected finite numbers"), "{entry}");
        }
    }
    let extra = refusal(|draft| {
        draft.tensors.push(("gate.bias".into(), Dtype::F64, vec![1], vec![0; 8]));
    });
    assert!(extra.contains("\"gate.bias\" does not belong"), "{extra}");
}

/// A number that double precision holds and single precision does not.
#[test]
fn numbers_too_large_for_the_model_are_refused() {
    let mut wide = saved();
    wide.parameters_mut()[0] = 1e300;
    let bytes = wide.to_bytes().unwrap();
    assert!(Transformer::<f64>::from_bytes(&bytes).is_ok());
    let message = Transformer::<f32>::from_bytes(&bytes).unwrap_err();
    assert!(message.contains("\"embed.weight\""), "{message}");
}

#[test]
fn every_bad_configuration_is_named() {
    let good = Draft::new(&saved().to_bytes().unwrap()).config.unwrap();
    assert!(refusal(|draft| draft.config = None).contains("\"config\" is missing"));
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{good}");
        good.replace(from, to)
    };
    for (config, culprit) in [
        ("".to_owned(), "EOF"),
        (with("\"heads\":2,", ""), "missing field `heads`"),
        (with("\"heads\":2", "\"heads\":3"), "heads = 3"),
        (with("\"heads\":2", "\"heads\":2,\"layers\":2"), "unknown field `layers`"),
        (with("\"learned\"", "\"absolute\""), "absolute"),
        (with("\"rounds\":5", "\"rounds\":18446744073709551615"), "rounds = 18446744073709551615"),
        (with("\"blocks\":2", "\"blocks\":1000000000000"), "blocks = 1000000000000"),
        (with("\"width\":8", "\"width\":-8"), "-8"),
        (with("\"width\":8", "\"width\":1024"), "too short for its configuration"),
        (with("\"rounds\":5", "\"rounds\":65536"), "too short for its configuration"),
        (
            with("\"rounds\":5", "\"rounds\":6"),
            "\"positions.weight\": shape [5, 8], expected [6, 8]",
        ),
        (with("\"blocks\":2", "\"blocks\":1"), "does not belong"),
    ] {
        let message = refusal(|draft| draft.config = Some(config.clone()));
        assert!(message.contains(culprit), "{config}: {message}");
    }
}

#[test]
fn a_cut_file_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.safetensors");
    let bytes = saved().to_bytes().unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let error = Transformer::<f64>::load(&path).unwrap_err().to_string();
    assert!(error.contains("cut.safetensors: not a safetensors"), "{error}");
}
