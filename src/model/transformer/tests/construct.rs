//! The law of a random model, and configurations that are refused.

use super::*;

#[test]
fn a_random_model_is_exactly_uniform_and_has_the_stated_law() {
    let config = TransformerConfig {
        position: Position::Learned,
        width: 64,
        ..TransformerConfig::new(7, 5, 50)
    };
    let mut rng = Streams::new(16).stream(Purpose::Initialization, 0, 0, 0);
    let model = Transformer::<f32>::random(config, &mut rng).unwrap();
    let (outputs, _) = forward(&model, &Array2::from_elem((50, 7), 3.0));
    assert!(outputs.iter().all(|&y| y == 0.0));
    for block in model.layout.blocks() {
        let values = &model.parameters[block.range.clone()];
        let square = values.iter().map(|v| f64::from(v * v)).sum::<f64>() / values.len() as f64;
        let inputs = |name: &str| match name {
            "embed" => 7.0,
            name if name.ends_with("down") => 256.0,
            _ => 64.0,
        };
        let (layer, kind) = block.name.rsplit_once('.').unwrap();
        let (expected, tolerance) = match (layer, kind) {
            ("head", _) => (0.0, 0.0),
            ("positions", _) => (4e-4, 0.1),
            (name, "weight") if name.contains("norm") => (1.0, 0.0),
            (name, _) if name.contains("norm") => (0.0, 0.0),
            // The variance of the uniform law; biases are few.
            (name, "weight") => (1.0 / (3.0 * inputs(name)), 0.1),
            (name, _) => (1.0 / (3.0 * inputs(name)), 0.4),
        };
        assert!((square - expected).abs() <= tolerance * expected, "{}: {square}", block.name);
    }
}

#[test]
fn bad_configurations_are_refused_by_name() {
    let good = TransformerConfig::new(3, 2, 10);
    assert_eq!((good.width, good.heads, good.blocks), (32, 2, 2));
    good.check().unwrap();
    let linear = Attention::Linear { feature_map: FeatureMap::Identity };
    for (bad, message) in [
        (TransformerConfig { inputs: 0, ..good }, "inputs = 0: expected 1 to 16384"),
        (TransformerConfig { outputs: 0, ..good }, "outputs = 0"),
        (TransformerConfig { width: 0, ..good }, "width = 0"),
        (TransformerConfig { width: usize::MAX, ..good }, "width = 18446744073709551615"),
        (TransformerConfig { heads: 0, ..good }, "heads = 0"),
        (TransformerConfig { heads: 3, ..good }, "heads = 3: expected a positive divisor"),
        (TransformerConfig { blocks: usize::MAX, ..good }, "blocks = 1844"),
        (TransformerConfig { rounds: 0, ..good }, "rounds = 0"),
        (
            TransformerConfig { width: 12, heads: 4, position: Position::Rotary, ..good },
            "width / heads = 3",
        ),
        (
            TransformerConfig { attention: linear, position: Position::Alibi, ..good },
            "position = alibi: expected none, learned or sinusoidal",
        ),
        (TransformerConfig { width: 1 << 14, ..good }, "at most 268435456 parameters"),
    ] {
        let error = bad.check().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
        assert!(Transformer::<f32>::random(bad, &mut rng).is_err());
    }
}
