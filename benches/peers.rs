//! The Transformer at two sizes, one line a workload: name, median seconds, rate.
//!
//! ```text
//! cargo bench -p lowregret-benches --bench peers -- [--threads 1] [--repeats 21] [train] [rollout] [fit] [decode]
//! ```
//!
//! | name | the work |
//! |---|---|
//! | train | one supervised step (forward, cross-entropy over all rounds, backward, Adam): 7 inputs, width 64, 4 heads, 2 blocks, 5 outputs; 64 sequences of 100 rounds |
//! | rollout | that model decides in 512 Bernoulli bandits of 5 arms for 100 rounds, draws every arm from its policy and accounts pseudo-regret |
//! | fit | a training step at the size of the experiments: 12 inputs, width 32, 2 heads, 2 blocks, 5 outputs; 64 sequences of 50 rounds |
//! | decode | that model writes its logits for 64 sequences, 50 rounds |
//!
//! `train` and `rollout` are what other frameworks can be asked to do too, in single precision.

use std::hint::black_box;
use std::time::Instant;

use lowregret::model::Model;
use lowregret::model::transformer::{Cache, Decoder, Transformer, TransformerConfig};
use lowregret::nn::adamw::AdamW;
use lowregret::nn::head::{Head, Targets};
use lowregret::numeric::rng::{Purpose, Streams};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
use rand::RngExt;
use rayon::prelude::*;

const ARMS: usize = 5;

fn large() -> TransformerConfig {
    TransformerConfig { width: 64, heads: 4, ..TransformerConfig::new(ARMS + 2, ARMS, 100) }
}

fn small() -> TransformerConfig {
    TransformerConfig::new(12, ARMS, 50)
}

fn model(config: TransformerConfig) -> Transformer<f32> {
    let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
    Transformer::random(config, &mut rng).expect("a valid configuration")
}

/// What one task of a training step works with.
struct Desk {
    cache: Cache<f32>,
    outputs: Array2<f32>,
    d_outputs: Array2<f32>,
    gradient: Vec<f32>,
}

/// Sequences that go through all layers together, so that what they leave behind stays near the processor.
fn sequences_per_task(config: &TransformerConfig) -> usize {
    (OWN_ROWS / config.rounds).max(1)
}

const OWN_ROWS: usize = 400;

fn train(name: &str, config: TransformerConfig, repeats: usize) {
    const SEQUENCES: usize = 64;
    let mut model = model(config);
    let mut rng = Streams::new(0).stream(Purpose::Training, 0, 0, 0);
    let rows = SEQUENCES * config.rounds;
    let inputs = Array2::from_shape_fn((rows, config.inputs), |_| rng.random::<f32>() - 0.5);
    let arms: Vec<usize> = (0..rows).map(|_| rng.random_range(0..ARMS)).collect();
    let weights = vec![1.0 / rows as f32; rows];
    let together = sequences_per_task(&config);
    let chunk = together * config.rounds;
    let mut desks: Vec<Desk> = (0..SEQUENCES.div_ceil(together))
        .map(|_| Desk {
            cache: Cache::new(together, &model),
            outputs: Array2::zeros((chunk, ARMS)),
            d_outputs: Array2::zeros((chunk, ARMS)),
            gradient: vec![0.0; model.parameters().len()],
        })
        .collect();
    let mut adam = AdamW::new(model.parameters().len());
    let mut sum = vec![0.0; model.parameters().len()];
    let seconds = median(repeats, || {
        desks
            .par_iter_mut()
            .zip(inputs.axis_chunks_iter(Axis(0), chunk).into_par_iter())
            .zip(arms.par_chunks(chunk).zip(weights.par_chunks(chunk)))
            .for_each(|((desk, inputs), (arms, weights))| desk.pass(&model, inputs, arms, weights));
        sum.fill(0.0);
        for desk in &desks {
            sum.iter_mut().zip(&desk.gradient).for_each(|(sum, &g)| *sum += g);
        }
        adam.step(model.parameters_mut(), &sum, 1e-3);
    });
    report(name, seconds, rows, "rounds");
}

impl Desk {
    fn pass(
        &mut self,
        model: &Transformer<f32>,
        inputs: ArrayView2<f32>,
        arms: &[usize],
        weights: &[f32],
    ) {
        fn first(matrix: &mut Array2<f32>, rows: usize) -> ArrayViewMut2<'_, f32> {
            matrix.view_mut().split_at(Axis(0), rows).0
        }
        let mut outputs = first(&mut self.outputs, inputs.nrows());
        let mut d_outputs = first(&mut self.d_outputs, inputs.nrows());
        model.forward(inputs, &mut self.cache, outputs.view_mut());
        let targets = Targets::Arms(arms);
        Head::Categorical.loss(outputs.view(), targets, weights, d_outputs.view_mut());
        self.gradient.fill(0.0);
        model.backward(inputs, &mut self.cache, d_outputs.view(), &mut self.gradient);
    }
}

fn rollout(name: &str, repeats: usize) {
    const BANDITS: usize = 512;
    const TOGETHER: usize = 64;
    let config = large();
    let model = model(config);
    let mut rng = Streams::new(0).stream(Purpose::Training, 0, 0, 0);
    let means = Array2::from_shape_fn((BANDITS, ARMS), |_| rng.random::<f32>());
    let mut decoders: Vec<_> =
        (0..BANDITS / TOGETHER).map(|_| Decoder::new(TOGETHER, &model)).collect();
    let seconds = median(repeats, || {
        let regret: f32 = decoders
            .par_iter_mut()
            .zip(means.axis_chunks_iter(Axis(0), TOGETHER).into_par_iter())
            .enumerate()
            .map(|(task, (decoder, means))| play(&model, decoder, means, task))
            .collect::<Vec<f32>>()
            .into_iter()
            .sum();
        black_box(regret);
    });
    report(name, seconds, BANDITS * config.rounds, "decisions");
}

/// Plays all bandits of `means` (bandits x arms) to the end; returns the pseudo-regret of all.
fn play(
    model: &Transformer<f32>,
    decoder: &mut Decoder<f32>,
    means: ArrayView2<f32>,
    task: usize,
) -> f32 {
    let mut rng = Streams::new(0).stream(Purpose::Exploration, 0, 0, task);
    let bandits = means.nrows();
    let mut tokens = Array2::zeros((bandits, ARMS + 2));
    tokens.column_mut(ARMS + 1).fill(1.0);
    let mut policies = Array2::zeros((bandits, ARMS));
    let mut regret = 0.0;
    decoder.clear();
    for _ in 0..model.config().rounds {
        decoder.step(model, tokens.view(), policies.view_mut());
        let rows = policies.outer_iter_mut().zip(means.outer_iter()).zip(tokens.outer_iter_mut());
        for ((mut policy, means), mut token) in rows {
            let policy = policy.as_slice_mut().expect("contiguous");
            Head::Categorical.decide(policy);
            let mut left = rng.random::<f32>();
            let arm = policy.iter().position(|&p| {
                left -= p;
                left < 0.0
            });
            let arm = arm.unwrap_or(ARMS - 1);
            let best = means.iter().fold(0.0f32, |best, &mean| best.max(mean));
            regret += best - means[arm];
            token.fill(0.0);
            token[arm] = 1.0;
            token[ARMS] = f32::from(u8::from(rng.random::<f32>() < means[arm]));
            token[ARMS + 1] = 1.0;
        }
    }
    regret
}

fn decode(name: &str, repeats: usize) {
    const SEQUENCES: usize = 64;
    let config = small();
    let model = model(config);
    let mut decoder = Decoder::new(SEQUENCES, &model);
    let inputs = Array2::from_elem((SEQUENCES, config.inputs), 0.3);
    let mut logits = Array2::zeros((SEQUENCES, ARMS));
    let seconds = median(repeats, || {
        decoder.clear();
        for _ in 0..config.rounds {
            decoder.step(&model, black_box(inputs.view()), logits.view_mut());
        }
    });
    report(name, seconds, SEQUENCES * config.rounds, "decisions");
}

/// Median seconds of `repeats` runs after two that do not count.
fn median(repeats: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..repeats + 2)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .skip(2)
        .collect();
    times.sort_by(f64::total_cmp);
    times[repeats / 2]
}

fn report(name: &str, seconds: f64, count: usize, unit: &str) {
    let (rate, each) = (count as f64 / seconds, 1e6 * seconds / count as f64);
    println!("lowregret {name:8} {seconds:.5} s  {rate:.0} {unit}/s  {each:.3} us each");
}

fn main() {
    let (mut threads, mut repeats, mut names) = (1, 21, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse().ok()).expect("a number");
        match argument.as_str() {
            // Cargo's own.
            "--bench" => {}
            "--threads" => threads = number(),
            "--repeats" => repeats = number(),
            _ => names.push(argument),
        }
    }
    let asked = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a pool of threads").install(|| {
        if asked("train") {
            train("train", large(), repeats);
        }
        if asked("rollout") {
            rollout("rollout", repeats.div_ceil(3));
        }
        if asked("fit") {
            train("fit", small(), repeats);
        }
        if asked("decode") {
            decode("decode", repeats);
        }
    });
}
