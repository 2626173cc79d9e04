//! Models that read words: the same layers behind three tables.

use super::*;
use crate::nn::embedding::{Word, words};

const INDICES: [u32; 10] = [1, 4, 4, 0, 2, 6, 5, 4, 1, 3];

/// The words of both sequences.
fn read_words() -> Vec<Word> {
    let (first, second) = INDICES.split_at(5);
    words([6, 0], first).chain(words([6, 0], second)).collect()
}

fn reader() -> Transformer<f64> {
    let config = TransformerConfig {
        reads: Reads::Words,
        width: 8,
        position: Position::Rotary,
        ..TransformerConfig::new(7, 7, 5)
    };
    model(config, 31)
}

fn read(model: &Transformer<f64>, words: &[Word]) -> (Array2<f64>, Cache<f64>) {
    let mut cache = Cache::new(SEQUENCES, model);
    let mut outputs = Array2::from_elem((words.len(), model.config.outputs), f64::NAN);
    model.forward(words, &mut cache, outputs.view_mut());
    (outputs, cache)
}

#[test]
fn gradients_match_central_differences() {
    let (mut model, words) = (reader(), read_words());
    let upstream = random((words.len(), 7), 32);
    let (_, mut cache) = read(&model, &words);
    let mut exact = vec![0.0; model.parameters.len()];
    model.backward(&words[..], &mut cache, upstream.view(), &mut exact);
    assert_gradient("reader", &exact, |place, step| {
        let before = model.parameters[place];
        model.parameters[place] = before + step;
        let loss = (read(&model, &words).0 * &upstream).sum();
        model.parameters[place] = before;
        loss
    });
}

/// Three tables are a linear map of indicators without a bias.
#[test]
fn a_word_is_three_indicators_to_a_model_of_numbers() {
    let (model, words) = (reader(), read_words());
    let config = TransformerConfig { reads: Reads::Numbers, inputs: 21, ..model.config };
    let mut twin = Transformer::<f64>::zeros(config).unwrap();
    let (tables, rest) = model.parameters.split_at(21 * 8);
    for (input, row) in tables.chunks_exact(8).enumerate() {
        row.iter().enumerate().for_each(|(j, &x)| twin.parameters[21 * j + input] = x);
    }
    twin.parameters[21 * 8 + 8..].copy_from_slice(rest);
    let indicators = Array2::from_shape_fn((10, 21), |(row, input)| {
        f64::from(u8::from(words[row][input / 7] as usize == input % 7))
    });
    let expected = forward(&twin, &indicators).0;
    assert_close("outputs", entries(&read(&model, &words).0), entries(&expected), 1e-13);
}

#[test]
fn decoding_equals_the_forward_pass() {
    let (model, words) = (reader(), read_words());
    let expected = read(&model, &words).0;
    let mut decoder = Decoder::new(SEQUENCES, &model);
    for t in 0..5 {
        let mut outputs = Array2::from_elem((2, 7), f64::NAN);
        decoder.step(&model, &[words[t], words[5 + t]][..], outputs.view_mut());
        let expected = expected.select(ndarray::Axis(0), &[t, 5 + t]);
        assert_close("outputs", entries(&outputs), entries(&expected), 1e-12);
    }
}

#[test]
fn files_say_what_is_read_only_where_it_is_words() {
    let model = reader();
    let copy = Transformer::<f64>::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!((copy.config, &copy.parameters), (model.config, &model.parameters));
    let json = |config: &TransformerConfig| serde_json::to_string(config).unwrap();
    assert!(json(&model.config).contains(r#""reads":"words""#));
    let numbers = TransformerConfig::new(7, 7, 5);
    assert!(!json(&numbers).contains("reads"), "{}", json(&numbers));
    assert_eq!(serde_json::from_str::<TransformerConfig>(&json(&numbers)).unwrap(), numbers);
}
