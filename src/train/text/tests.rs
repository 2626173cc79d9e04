mod practice;

use super::*;
use crate::model::Model;
use crate::model::text::tokenizer::{Special, Tokenizer};
use crate::model::text::{BEFORE, TextConfig};
use crate::model::transformer::Cache;
use crate::nn::embedding::{Word, words};
use crate::nn::schedule::Schedule;

const TURNS: [(Special, &str); 4] = [
    (Special::SystemEnd, "Two buttons, red and blue."),
    (Special::UserEnd, "Your turn."),
    (Special::AssistantEnd, "Red looks best.\nA 2 of 3.\nChoice: A"),
    (Special::UserEnd, "The red button won."),
];

fn model(tokens: usize) -> TextModel {
    let tokenizer = Tokenizer::train(&["Choice: A Choice: B button button red red"], 280).unwrap();
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    let config = TextConfig { width: 16, heads: 2, blocks: 2, tokens };
    let mut model = TextModel::random(tokenizer, &config, &mut rng).unwrap();
    // The head starts at zero; here it does not.
    let parameters = model.transformer_mut().parameters_mut();
    parameters.iter_mut().enumerate().for_each(|(i, p)| *p += 0.1 * (i as f32).sin());
    model
}

/// Passages of different lengths.
fn passages(model: &TextModel, count: usize) -> Vec<Passage> {
    let passage = |i: usize| {
        let text = "button ".repeat(i % 5) + ["Choice: A", "Choice: B"][i % 2];
        let turns = TURNS.into_iter().chain([(Special::AssistantEnd, &*text)]);
        Passage::of_turns(model, turns, 1.0 + (i % 3) as f32)
    };
    (0..count).map(passage).collect()
}

#[test]
fn weights_stand_on_answers() {
    let model = model(100);
    let passage = Passage::of_turns(&model, TURNS, 0.5);
    assert_eq!(passage.tokens, model.conversation(TURNS));
    passage.check(&model).unwrap();
    let counts = |(_, w): &(&u32, &f32)| **w == 0.5;
    let tokens = passage.tokens.iter().zip(&passage.weights).filter(counts).map(|(&t, _)| t);
    let tokens: Vec<u32> = tokens.collect();
    assert_eq!(passage.weight(), 0.5 * tokens.len() as f64);
    assert_eq!(tokens.last(), Some(&Special::AssistantEnd.token()));
    assert_eq!(model.tokenizer().decode(&tokens), TURNS[2].1);
}

#[test]
fn bad_passages_are_refused() {
    let model = model(5);
    let passage = |tokens: &[u32], weights: &[f32]| Passage {
        tokens: tokens.into(),
        weights: weights.into(),
    };
    for (passage, culprit) in [
        (passage(&[1, 2], &[1.0]), "weights of a passage = 1: expected one a token: 2"),
        (passage(&[1; 6], &[1.0; 6]), "tokens of a passage = 6: expected at most 5"),
        (passage(&[1, 9999], &[0.0, 1.0]), "token = 9999"),
        (passage(&[1, 2], &[0.0, -1.0]), "weight = -1"),
        (passage(&[1, 2], &[0.0, f32::NAN]), "weight = NaN"),
        (passage(&[1, 2], &[1.0, 0.0]), "expected a token that counts"),
        (passage(&[], &[]), "expected a token that counts"),
    ] {
        let error = passage.check(&model).unwrap_err().to_string();
        assert!(error.contains(culprit), "{error}");
        let mut own = model.clone();
        let config = SupervisedConfig::new(1);
        assert!(fit(&mut own, &[passage], &config, &Streams::new(0), |_| Ok(())).is_err());
    }
    let long = TextConfig { tokens: 1 << 16, ..TextConfig::default() };
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    let long = TextModel::random(model.tokenizer().clone(), &long, &mut rng).unwrap();
    let error = TextFitter::new(&long, 1).err().unwrap().to_string();
    assert!(error.starts_with("batch, tokens of a conversation"), "{error}");
}

fn read(tokens: &[u32]) -> Vec<Word> {
    words(BEFORE, tokens).collect()
}

/// Loss and gradient by the forward pass over all rounds in double precision.
#[test]
fn loss_and_gradient_are_those_of_the_chosen_tokens() {
    let model = model(100);
    let passages = passages(&model, 7);
    let batch = [5, 0, 3];
    let mut fitter = TextFitter::new(&model, 4).unwrap();
    let wide = model.transformer().cast::<f64>();
    let mut expected = vec![0.0; wide.parameters().len()];
    let (mut sum, mut total) = (0.0, 0.0);
    for passage in batch.map(|i| &passages[i]) {
        total += passage.weight();
        let mut cache = Cache::new(1, &wide);
        cache.set_rounds(passage.tokens.len());
        let mut logits = ndarray::Array2::zeros((passage.tokens.len(), wide.config().outputs));
        wide.forward(&read(&passage.tokens)[..], &mut cache, logits.view_mut());
        let mut d = ndarray::Array2::<f64>::zeros(logits.dim());
        for t in 1..passage.tokens.len() {
            let (token, w) = (passage.tokens[t] as usize, f64::from(passage.weights[t]));
            let row = logits.row(t - 1);
            let log_sum = row.iter().map(|z| z.exp()).sum::<f64>().ln();
            sum += w * (log_sum - row[token]);
            for (k, d) in d.row_mut(t - 1).iter_mut().enumerate() {
                *d = w * ((row[k] - log_sum).exp() - f64::from(u8::from(k == token)));
            }
        }
        wide.backward(&read(&passage.tokens)[..], &mut cache, d.view(), &mut expected);
    }
    let (loss, gradient) = fitter.loss_and_gradient(model.transformer(), &passages, &batch);
    approx::assert_relative_eq!(loss, sum / total, max_relative = 1e-5);
    let top = expected.iter().fold(0.0f64, |top, g| top.max(g.abs())) / total;
    for (&found, expected) in gradient.iter().zip(&expected) {
        assert!((f64::from(found) - expected / total).abs() < 1e-4 * top);
    }
    // Buffers are used again.
    let again = fitter.loss_and_gradient(model.transformer(), &passages, &[1, 2, 4, 6]).0;
    assert_ne!(again, loss);
    assert_eq!(fitter.loss_and_gradient(model.transformer(), &passages, &batch).0, loss);
}

fn fitted(threads: usize, steps: usize) -> (TextModel, Vec<f64>) {
    let mut model = model(100);
    let passages = passages(&model, 10);
    let learning_rate = Schedule::constant(3e-3);
    let config = SupervisedConfig { batch: 4, learning_rate, ..SupervisedConfig::new(steps) };
    let mut losses = Vec::new();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let streams = Streams::new(5);
    pool.install(|| {
        fit(&mut model, &passages, &config, &streams, |r| {
            losses.push(r.loss);
            Ok(())
        })
    })
    .unwrap();
    (model, losses)
}

#[test]
fn fitting_repeats_on_any_number_of_threads() {
    let ((one, losses), (three, same)) = (fitted(1, 7), fitted(3, 7));
    assert_eq!(losses, same);
    assert_eq!(one.transformer().parameters(), three.transformer().parameters());
}

#[test]
fn fitting_learns_what_is_said() {
    let (_, losses) = fitted(2, 80);
    assert_eq!(losses.len(), 80);
    let (first, last) = (losses[0], losses[77..].iter().sum::<f64>() / 3.0);
    assert!(first > 3.0 && last < 0.5 * first, "{first} to {last}");
}
