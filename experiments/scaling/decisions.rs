//! One decision of a small Transformer after longer and longer histories, by kind of attention.

use std::hint::black_box;
use std::time::Instant;

use lowregret::Result;
use lowregret::model::transformer::{Attention, Decoder, Transformer, TransformerConfig};
use lowregret::nn::causal_linear_attention::FeatureMap;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::report::Experiment;
use ndarray::Array2;
use serde::Serialize;

use super::Sizes;

/// Decisions that are timed together, half of them before a history is as long as it should be.
const WINDOW: usize = 16;

/// The shortest history.
const SHORTEST: usize = 32;

const ARMS: usize = 5;

pub const SOFTMAX: &str = "softmax";
pub const LINEAR: &str = "linear";
pub const NORMALIZED: &str = "linear, elu + 1";

/// Decisions after one length of history.
#[derive(Serialize)]
pub struct Row {
    pub attention: &'static str,
    /// Rounds played before.
    pub history: usize,
    /// What a decision takes, one bandit at a time.
    pub microseconds: f64,
    /// What is kept of the history.
    pub bytes: usize,
}

pub fn measure(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Row>> {
    let linear = |feature_map| Attention::Linear { feature_map };
    let kinds = [
        (SOFTMAX, Attention::Softmax),
        (LINEAR, linear(FeatureMap::Identity)),
        (NORMALIZED, linear(FeatureMap::EluPlusOne)),
    ];
    let progress = experiment.progress("decisions", (kinds.len() * sizes.passes) as u64);
    let mut rows = Vec::new();
    for (name, attention) in kinds {
        rows.extend(of_kind(name, attention, experiment.seed(), sizes, || progress.advance(1))?);
    }
    progress.finish();
    Ok(rows)
}

/// Plays all rounds several times; every length of history counts with its fastest window.
fn of_kind(
    name: &'static str,
    attention: Attention,
    seed: u64,
    sizes: &Sizes,
    each_pass: impl Fn(),
) -> Result<Vec<Row>> {
    let rounds = sizes.longest + WINDOW;
    let config =
        TransformerConfig { attention, ..TransformerConfig::new(2 * ARMS + 2, ARMS, rounds) };
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    let model = Transformer::<f32>::random(config, &mut rng)?;
    let mut decoder = Decoder::new(1, &model);
    let token = Array2::from_elem((1, config.inputs), 0.5);
    let mut logits = Array2::zeros((1, ARMS));
    let mut play = |decoder: &mut Decoder<f32>, rounds: usize| {
        for _ in 0..rounds {
            decoder.step(&model, black_box(token.view()), logits.view_mut());
        }
    };
    let histories = std::iter::successors(Some(SHORTEST), |h| Some(2 * h));
    let histories = histories.take_while(|&h| h <= sizes.longest);
    let mut rows: Vec<Row> = histories
        .map(|history| Row { attention: name, history, microseconds: f64::INFINITY, bytes: 0 })
        .collect();
    for _ in 0..sizes.passes {
        decoder.clear();
        let mut played = 0;
        for row in &mut rows {
            play(&mut decoder, row.history - WINDOW / 2 - played);
            let start = Instant::now();
            play(&mut decoder, WINDOW / 2);
            row.bytes = decoder.remembered() * size_of::<f32>();
            play(&mut decoder, WINDOW / 2);
            let each = 1e6 * start.elapsed().as_secs_f64() / WINDOW as f64;
            row.microseconds = row.microseconds.min(each);
            played = row.history + WINDOW / 2;
        }
        each_pass();
    }
    Ok(rows)
}
