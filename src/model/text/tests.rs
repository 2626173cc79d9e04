use super::*;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};

/// A small model whose head is not zero, of 274 tokens.
pub(super) fn model(tokens: usize) -> TextModel {
    let texts =
        ["The red button paid nothing. Choice: A\n", "Choice: B\nThe blue button won. Choice: A"];
    let tokenizer = Tokenizer::train(&texts, 300).unwrap();
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    let config = TextConfig { width: 16, heads: 2, blocks: 2, tokens };
    let mut model = TextModel::random(tokenizer, &config, &mut rng).unwrap();
    let mut noise = vec![0.0f32; model.transformer.parameters().len()];
    fill_standard_normal(&mut rng, &mut noise);
    let parameters = model.transformer.parameters_mut();
    parameters.iter_mut().zip(&noise).for_each(|(p, n)| *p += 0.3 * n);
    // Answers end now and then.
    let biases = parameters.len() - model.tokenizer.size();
    model.transformer.parameters_mut()[biases + Special::AssistantEnd.token() as usize] = 4.5;
    model
}

const TURNS: [(Special, &str); 4] = [
    (Special::SystemEnd, "Two buttons."),
    (Special::UserEnd, "Your turn."),
    (Special::AssistantEnd, "A looks best.\nChoice: A"),
    (Special::UserEnd, "It won."),
];

#[test]
fn a_longer_conversation_begins_with_the_shorter_one() {
    let model = model(64);
    let all = model.conversation(TURNS);
    for turns in 0..4 {
        let part = model.conversation(TURNS[..turns].iter().copied());
        assert!(all.starts_with(&part) && part.len() < all.len());
    }
    assert_eq!(all.last(), Some(&Special::UserEnd.token()));
    assert_eq!(model.tokenizer().decode(&all), TURNS.map(|(_, text)| text).concat());
}

#[test]
fn files_give_the_same_model_back() {
    let folder = tempfile::tempdir().unwrap();
    let (model, path) = (model(40), folder.path().join("model.safetensors"));
    model.save(&path).unwrap();
    let copy = TextModel::load(&path).unwrap();
    assert_eq!(copy.tokenizer, model.tokenizer);
    assert_eq!(copy.transformer.config(), model.transformer.config());
    assert_eq!(copy.transformer.parameters(), model.transformer.parameters());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let error = TextModel::load(&path).unwrap_err().to_string();
    assert!(error.contains("model.safetensors: not a safetensors"), "{error}");
}

/// The weight file with another configuration.
fn with_config(from: &str, to: &str) -> String {
    let model = model(40);
    let config = Written { transformer: *model.transformer.config(), tokenizer: &model.tokenizer };
    let config = serde_json::to_string(&config).unwrap();
    assert!(config.contains(from), "{config}");
    let config: serde_json::Value = serde_json::from_str(&config.replace(from, to)).unwrap();
    let tensors = weights::tensors(model.transformer.layout(), model.transformer.parameters());
    TextModel::from_bytes(&weights::to_bytes(&tensors, &config).unwrap()).unwrap_err()
}

#[test]
fn bad_files_are_refused_by_name() {
    for (from, to, culprit) in [
        ("\"inputs\":274", "\"inputs\":275", "inputs = 275: expected 274"),
        ("\"outputs\":274", "\"outputs\":2", "outputs = 2: expected 274"),
        ("\"words\"", "\"numbers\"", "reads"),
        ("\"rotary\"", "\"none\"", "position"),
        ("\"softmax\"", "{\"linear\":{\"feature_map\":\"identity\"}}", "position"),
        ("\"categorical\"", "\"real\"", "head"),
        ("\"width\":16", "\"width\":1024", "too short for its configuration"),
        ("\"blocks\":2", "\"blocks\":3", "too short for its configuration"),
        ("\"blocks\":2", "\"blocks\":1", "does not belong"),
        ("\"pairs\":[[", "\"pairs\":[[7,299],[", "(7, 299): expected bytes or pairs"),
        ("\"pairs\"", "\"merges\"", "merges"),
        ("\"tokenizer\"", "\"words\"", "words"),
    ] {
        let message = with_config(from, to);
        assert!(message.contains(culprit), "{to}: {message}");
    }
    assert!(TextModel::from_bytes(b"{}").unwrap_err().contains("safetensors"));
    let plain = model(40).transformer.to_bytes().unwrap();
    assert!(TextModel::from_bytes(&plain).unwrap_err().contains("unknown field"));
}

#[test]
fn a_random_model_finds_all_tokens_equally_likely() {
    let tokenizer = Tokenizer::train(&["ab ab ab"], 261).unwrap();
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    let model = TextModel::random(tokenizer.clone(), &TextConfig::default(), &mut rng).unwrap();
    assert_eq!((model.room(), model.transformer().config().outputs), (2048, tokenizer.size()));
    let bad = TextConfig { heads: 7, ..TextConfig::default() };
    assert!(TextModel::random(tokenizer, &bad, &mut rng).is_err());
}
