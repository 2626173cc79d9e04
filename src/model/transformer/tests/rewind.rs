//! What is remembered of past rounds, and questions that leave no trace.

use super::*;
use ndarray::Axis;

/// Round `t` of both sequences.
fn round(inputs: &Array2<f64>, t: usize, rounds: usize) -> Array2<f64> {
    let rows: Vec<usize> = (0..SEQUENCES).map(|sequence| sequence * rounds + t).collect();
    inputs.select(Axis(0), &rows)
}

#[test]
fn a_question_taken_back_was_never_asked() {
    for config in configs().into_iter().filter(|c| c.attention == Attention::Softmax) {
        let model = model(config, 1);
        let (told, asked) = (inputs(&model, 2), inputs(&model, 3));
        let mut plain = Decoder::new(SEQUENCES, &model);
        let mut asking = Decoder::new(SEQUENCES, &model);
        let [mut expected, mut found] =
            [(); 2].map(|()| Array2::zeros((SEQUENCES, config.outputs)));
        for t in 0..config.rounds {
            // As many questions as there is room for, the last ones in the place of the first.
            for first in [0, 1] {
                for q in first..config.rounds - t {
                    let question = round(&asked, (t + q) % config.rounds, config.rounds);
                    asking.step(&model, question.view(), found.view_mut());
                }
                asking.rewind(t).unwrap();
            }
            let input = round(&told, t, config.rounds);
            plain.step(&model, input.view(), expected.view_mut());
            asking.step(&model, input.view(), found.view_mut());
            assert_eq!(expected, found, "{config:?}, round {t}");
        }
        // What lies ahead is not there to be forgotten.
        asking.rewind(config.rounds + 7).unwrap();
        asking.rewind(config.rounds - 1).unwrap();
        let last = round(&told, config.rounds - 1, config.rounds);
        asking.step(&model, last.view(), found.view_mut());
        assert_eq!(expected, found);
    }
}

#[test]
fn sums_cannot_be_taken_back() {
    let config = configs().into_iter().find(|c| c.attention != Attention::Softmax).unwrap();
    let error = Decoder::new(1, &model(config, 1)).rewind(0).unwrap_err().to_string();
    assert!(error.starts_with("attention = linear: expected softmax"), "{error}");
}

#[test]
fn a_decoder_remembers_rounds_or_their_sum() {
    for config in configs() {
        let model = model(config, 1);
        let inputs = inputs(&model, 2);
        let mut decoder = Decoder::new(SEQUENCES, &model);
        let mut outputs = Array2::zeros((SEQUENCES, config.outputs));
        let head = config.width / config.heads;
        for t in 0..config.rounds {
            let of_a_block = match config.attention {
                Attention::Softmax => 2 * t * config.width,
                Attention::Linear { feature_map: FeatureMap::Identity } => config.width * head,
                Attention::Linear { .. } => config.width * (head + 1),
            };
            assert_eq!(decoder.remembered(), SEQUENCES * config.blocks * of_a_block, "{config:?}");
            decoder.step(&model, round(&inputs, t, config.rounds).view(), outputs.view_mut());
        }
    }
}
