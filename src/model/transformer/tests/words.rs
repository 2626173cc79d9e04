//! Models that read words: the same layers behind a table.

use super::*;

const WORDS: [u32; 10] = [1, 4, 4, 0, 2, 6, 5, 4, 1, 3];

fn reader() -> Transformer<f64> {
    let config = TransformerConfig {
        reads: Reads::Words,
        width: 8,
        position: Position::Rotary,
        ..TransformerConfig::new(7, 7, 5)
    };
    model(config, 31)
}

fn read(model: &Transformer<f64>, words: &[u32]) -> (Array2<f64>, Cache<f64>) {
    let mut cache = Cache::new(SEQUENCES, model);
    let mut outputs = Array2::from_elem((words.len(), model.config.outputs), f64::NAN);
    model.forward(words, &mut cache, outputs.view_mut());
    (outputs, cache)
}

#[test]
fn gradients_match_central_differences() {
    let mut model = reader();
    let upstream = random((WORDS.len(), 7), 32);
    let (_, mut cache) = read(&model, &WORDS);
    let mut exact = vec![0.0; model.parameters.len()];
    model.backward(&WORDS[..], &mut cache, upstream.view(), &mut exact);
    assert_gradient("reader", &exact, |place, step| {
        let before = model.parameters[place];
        model.parameters[place] = before + step;
        let loss = (read(&model, &WORDS).0 * &upstream).sum();
        model.parameters[place] = before;
        loss
    });
}

/// A table is a linear map of indicators without a bias.
#[test]
fn a_word_is_an_indicator_to_a_model_of_numbers() {
    let model = reader();
    let config = TransformerConfig { reads: Reads::Numbers, ..model.config };
    let mut twin = Transformer::<f64>::zeros(config).unwrap();
    let (table, rest) = model.parameters.split_at(7 * 8);
    for (word, row) in table.chunks_exact(8).enumerate() {
        row.iter().enumerate().for_each(|(j, &x)| twin.parameters[7 * j + word] = x);
    }
    twin.parameters[7 * 8 + 8..].copy_from_slice(rest);
    let indicators = Array2::from_shape_fn((10, 7), |(row, word)| {
        f64::from(u8::from(WORDS[row] as usize == word))
    });
    let expected = forward(&twin, &indicators).0;
    assert_close("outputs", entries(&read(&model, &WORDS).0), entries(&expected), 1e-13);
}

#[test]
fn decoding_equals_the_forward_pass() {
    let model = reader();
    let expected = read(&model, &WORDS).0;
    let mut decoder = Decoder::new(SEQUENCES, &model);
    for t in 0..5 {
        let mut outputs = Array2::from_elem((2, 7), f64::NAN);
        decoder.step(&model, &[WORDS[t], WORDS[5 + t]][..], outputs.view_mut());
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
