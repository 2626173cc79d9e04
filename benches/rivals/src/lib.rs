//! What the rivals share: the workload's sizes, its command line, timing, and the line they print.

use std::time::Instant;

/// The model: inputs, width, heads, residual blocks, outputs.
pub const INPUTS: usize = 7;
pub const WIDTH: usize = 64;
pub const HEADS: usize = 4;
pub const BLOCKS: usize = 2;
pub const ARMS: usize = 5;

/// A step: sequences, and rounds of each.
pub const SEQUENCES: usize = 64;
pub const ROUNDS: usize = 100;

pub const RATE: f64 = 1e-3;

/// Numbers in [-1, 1) that look random enough to be learned from, and arms.
pub fn numbers(count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let number = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(number).collect()
}

/// One arm a round.
pub fn arms() -> impl Iterator<Item = usize> {
    numbers(SEQUENCES * ROUNDS).into_iter().map(|x| ((x + 1.0) * 0.5 * ARMS as f32) as usize % ARMS)
}

/// Reads `[--threads N] [--repeats N] [train]`, sets up that many threads, times the steps that `prepare` makes, each of which
/// returns its loss, and prints a line; nothing if another workload is asked for.
///
/// # Panics
/// If the loss is much more than that of a guess at first, or does not fall: then something else was timed than training.
pub fn run<S: FnMut() -> f32>(name: &str, prepare: impl FnOnce() -> S) {
    let (mut threads, mut repeats, mut asked) = (2, 7, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse().ok()).expect("a number");
        match argument.as_str() {
            "--threads" => threads = number(),
            "--repeats" => repeats = number(),
            _ => asked.push(argument),
        }
    }
    if !asked.is_empty() && !asked.iter().any(|workload| workload == "train") {
        return;
    }
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("the first pool");
    let mut step = prepare();
    let first = step();
    let guess = (ARMS as f32).ln();
    // Each framework begins with weights of its own kind.
    assert!(first < 2.0 * guess, "the loss begins at {first}, a guess has {guess}");
    let mut last = step();
    let mut times: Vec<f64> = (0..3 * repeats)
        .map(|_| {
            let start = Instant::now();
            last = step();
            start.elapsed().as_secs_f64()
        })
        .collect();
    assert!(last < first, "the loss was {first} and is {last}");
    times.sort_by(f64::total_cmp);
    let seconds = times[times.len() / 2];
    let rate = (SEQUENCES * ROUNDS) as f64 / seconds;
    println!("{name:9} train   {seconds:.5} s  {rate:.0} tokens/s");
}
