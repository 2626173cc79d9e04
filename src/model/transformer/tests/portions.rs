//! Sequences of different lengths, read in portions, judged in some places only.

use super::*;
use crate::nn::embedding::{Word, words};

fn reader(position: Position) -> Transformer<f64> {
    let config = TransformerConfig {
        reads: Reads::Words,
        width: 8,
        position,
        ..TransformerConfig::new(7, 9, 6)
    };
    model(config, 41)
}

const TEXTS: [&[u32]; 3] = [&[1, 4, 4, 0, 2, 6], &[5, 3, 1], &[2, 2, 0, 1]];

/// What stands before every text.
const BEFORE: [u32; 2] = [3, 6];

fn read(text: &[u32]) -> Vec<Word> {
    words(BEFORE, text).collect()
}

/// Outputs of one text alone.
fn outputs(model: &Transformer<f64>, text: &[u32]) -> Array2<f64> {
    let short = model.with_rounds(text.len()).unwrap();
    let mut outputs = Array2::from_elem((text.len(), model.config.outputs), f64::NAN);
    short.forward(&read(text)[..], &mut Cache::new(1, &short), outputs.view_mut());
    outputs
}

#[test]
fn portions_of_any_mixture_say_what_the_forward_pass_says() {
    for position in [Position::None, Position::Alibi, Position::Rotary] {
        let model = reader(position);
        let prepared = Prepared::new(&model).unwrap();
        let mut reader = Reader::new(8, &prepared);
        let mut pasts = [(); 3].map(|()| Past::new(&model));
        // Which text reads how many words.
        for batch in [&[(0, 2), (2, 3)][..], &[(1, 1)], &[(0, 4), (1, 2), (2, 1)]] {
            let mut portions = Vec::new();
            let mut expected = Vec::new();
            for (text, past) in pasts.iter_mut().enumerate() {
                if let Some(&(_, count)) = batch.iter().find(|(of, _)| *of == text) {
                    let (known, text) = (past.len(), TEXTS[text]);
                    let before = match known {
                        0 => BEFORE,
                        1 => [text[0], BEFORE[0]],
                        _ => [text[known - 1], text[known - 2]],
                    };
                    portions.push(Portion { past, before, words: &text[known..known + count] });
                    expected.push(outputs(&model, text).row(known + count - 1).to_owned());
                }
            }
            let mut found = Array2::from_elem((portions.len(), 9), f64::NAN);
            reader.read(&prepared, &mut portions, found.view_mut());
            for (found, expected) in found.rows().into_iter().zip(&expected) {
                let found = found.to_vec();
                assert_close("outputs", &found, expected.as_slice().unwrap(), 1e-12);
            }
        }
        assert_eq!(pasts.map(|past| past.len()), [6, 3, 4]);
    }
}

#[test]
fn models_that_cannot_be_resumed_are_refused() {
    for (config, culprit) in configs().into_iter().map(|c| {
        let linear = matches!(c.attention, Attention::Linear { .. });
        let added = matches!(c.position, Position::Learned | Position::Sinusoidal);
        (
            c,
            if linear {
                "attention"
            } else if added {
                "position"
            } else {
                ""
            },
        )
    }) {
        match Prepared::new(&model(config, 1)) {
            Ok(_) => assert_eq!(culprit, ""),
            Err(e) => assert!(!culprit.is_empty() && e.to_string().starts_with(culprit), "{e}"),
        }
    }
}

/// Shorter sequences through the cache of a longer model, outputs where they matter: the same as all outputs of a model of
/// that length, whose gradient is zero elsewhere.
#[test]
fn loss_and_gradient_look_at_picked_rows_only() {
    let model = reader(Position::Rotary);
    let (mut cache, mut judged) = (Cache::new(1, &model), Judged::new(&model));
    for (text, picked) in
        [(TEXTS[1], &[0, 2][..]), (TEXTS[0], &[3, 4]), (TEXTS[2], &[0]), (TEXTS[2], &[])]
    {
        let upstream = random((picked.len(), 9), 42);
        let mut gradient = vec![0.5; model.parameters.len()];
        let mut seen = Vec::new();
        cache.set_rounds(text.len());
        let loss = model.loss_and_gradient(
            &read(text)[..],
            picked,
            &mut cache,
            &mut judged,
            &mut gradient,
            |places, outputs, mut d| {
                for (row, place) in places.enumerate() {
                    d.row_mut(row).assign(&upstream.row(place));
                    seen.push(place);
                }
                outputs.sum()
            },
        );
        assert_eq!(seen, (0..picked.len()).collect::<Vec<_>>());
        let short = model.with_rounds(text.len()).unwrap();
        let mut other = Cache::new(1, &short);
        let mut all = Array2::zeros((text.len(), 9));
        short.forward(&read(text)[..], &mut other, all.view_mut());
        let mut d = Array2::zeros(all.dim());
        picked.iter().enumerate().for_each(|(i, &row)| d.row_mut(row).assign(&upstream.row(i)));
        let mut expected = vec![0.5; model.parameters.len()];
        short.backward(&read(text)[..], &mut other, d.view(), &mut expected);
        assert_close("gradient", &gradient, &expected, 1e-12);
        let sum: f64 = picked.iter().map(|&row| all.row(row).sum()).sum();
        approx::assert_relative_eq!(loss, sum, epsilon = 1e-12);
    }
}

/// More picked rows than are judged at once.
#[test]
fn many_rows_are_judged_in_turns() {
    let long = reader(Position::Rotary).with_rounds(150).unwrap();
    let text: Vec<u32> = (0..150).map(|i| i * i % 7).collect();
    let picked: Vec<usize> = (10..150).collect();
    let run = |picked: &[usize]| {
        let (mut cache, mut judged) = (Cache::new(1, &long), Judged::new(&long));
        let mut gradient = vec![0.0; long.parameters.len()];
        let loss = long.loss_and_gradient(
            &read(&text)[..],
            picked,
            &mut cache,
            &mut judged,
            &mut gradient,
            |_, y, mut d| {
                d.assign(&y);
                y.iter().map(|y| y * y / 2.0).sum()
            },
        );
        (loss, gradient)
    };
    let (loss, gradient) = run(&picked);
    let parts: Vec<_> = picked.chunks(30).map(run).collect();
    approx::assert_relative_eq!(
        loss,
        parts.iter().map(|part| part.0).sum::<f64>(),
        max_relative = 1e-12
    );
    let sum: Vec<f64> =
        (0..gradient.len()).map(|i| parts.iter().map(|part| part.1[i]).sum()).collect();
    assert_close("gradient", &gradient, &sum, 1e-12);
}
