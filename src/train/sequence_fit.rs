//! Maximum likelihood of a categorical policy: moves a Transformer's logits towards the kept decisions.

use ndarray::{Array2, Axis, Slice};

use super::contiguous::slice_mut;
use super::tasks::{Part, Tasks};
use crate::model::Model;
use crate::model::transformer::{Cache, Transformer, TransformerConfig};
use crate::nn::loss::{cross_entropy_to, mask_absent_arms};
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// Sequences of a task. Fixed, so that results do not depend on the number of threads.
const SEQUENCES_PER_TASK: usize = 8;

/// Rows that go forward and backward together at most, unless one sequence alone has more: activations stay in the cache of
/// a core. The same 8 sequences of 100 rounds, width 64, took a tenth longer together than in two halves.
const ROWS_AT_ONCE: usize = 400;

/// Largest number of numbers that playing and fitting may hold: 2 GB in single precision.
const MAX_BUFFERED: usize = 1 << 29;

/// Copies of the parameters that training holds: the model, moments, the best, states that are written down.
const COPIES: usize = 10;

/// Checks that the buffers of playing `trajectories` in lock-step and of fitting batches of `sequences` fit in memory.
///
/// # Errors
/// More than 2^29 numbers, about.
pub(super) fn check_memory(
    shape: &TransformerConfig,
    trajectories: usize,
    sequences: usize,
) -> Result<()> {
    let rounds = shape.rounds;
    let stream = shape.blocks.saturating_mul(shape.width);
    // Forward and backward keep about 24 rows of the stream's width a block, and all attention weights: counted for all
    // sequences of a batch, the most that any number of threads holds at once.
    let rows = stream.saturating_mul(24).saturating_add(shape.inputs + 4 * shape.outputs);
    let attention = shape.blocks.saturating_mul(shape.heads).saturating_mul(rounds);
    let fit = sequences.saturating_mul(rounds).saturating_mul(rows.saturating_add(attention));
    // Keys and values of all rounds, and what was played.
    let play = trajectories.saturating_mul(rounds).saturating_mul(2 * stream + 2);
    let copies = sequences.div_ceil(SEQUENCES_PER_TASK).saturating_add(COPIES);
    let buffered =
        fit.saturating_add(play).saturating_add(parameters(shape).saturating_mul(copies));
    if buffered > MAX_BUFFERED {
        return Err(Error::parameter(
            "trajectories, sequences of a batch, rounds",
            format!("{trajectories}, {sequences}, {rounds}"),
            format!("sizes whose buffers hold at most {MAX_BUFFERED} numbers (these: {buffered})"),
        ));
    }
    Ok(())
}

/// A model of random weights, which come from `seed`.
///
/// # Errors
/// A bad shape; one whose training takes too much memory.
pub(super) fn untrained(shape: &TransformerConfig, seed: u64) -> Result<Transformer<f32>> {
    shape.check()?;
    check_model(shape)?;
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    Transformer::random(*shape, &mut rng)
}

/// Checks that parameters, moments and checkpoints of a model fit in memory.
fn check_model(shape: &TransformerConfig) -> Result<()> {
    let held = parameters(shape).saturating_mul(COPIES);
    if held > MAX_BUFFERED {
        return Err(Error::parameter(
            "width, blocks",
            format!("{}, {}", shape.width, shape.blocks),
            format!("a model whose training holds at most {MAX_BUFFERED} numbers (this: {held})"),
        ));
    }
    Ok(())
}

/// Number of parameters, about.
fn parameters(shape: &TransformerConfig) -> usize {
    let sizes = [shape.inputs, shape.outputs, shape.rounds];
    let ends = sizes.into_iter().fold(0, usize::saturating_add).saturating_mul(shape.width);
    let blocks = shape.blocks.saturating_mul(12).saturating_mul(shape.width);
    blocks.saturating_mul(shape.width).saturating_add(ends)
}

/// Where a training sequence is written: what the model reads, and what it should have decided.
pub struct SequencePlace<'a, S> {
    /// Tokens, rounds x inputs.
    pub inputs: &'a mut [S],
    /// Distributions over arms to imitate, rounds x arms; zero when handed out.
    pub targets: &'a mut [S],
    /// How much each round counts; 1 when handed out.
    pub weights: &'a mut [S],
}

/// Computes loss and gradient of batches of up to a fixed size; owns all buffers.
pub struct SequenceFitter<S> {
    tasks: Tasks<S, Desk<S>>,
}

/// Where a thread works.
struct Desk<S> {
    cache: Cache<S>,
    inputs: Array2<S>,
    targets: Array2<S>,
    logits: Array2<S>,
    d_logits: Array2<S>,
    weights: Vec<S>,
    present: Vec<bool>,
}

impl<S: Scalar> SequenceFitter<S> {
    /// Buffers for batches of `sequences` sequences of models like `model`, for as many threads as the current pool has.
    pub fn new(model: &Transformer<S>, sequences: usize) -> Self {
        let config = model.config();
        let desk = || {
            let sequences = sequences_at_once(config.rounds).min(sequences);
            let rows = sequences * config.rounds;
            let arms = || Array2::zeros((rows, config.outputs));
            Desk {
                cache: Cache::new(sequences, model),
                inputs: Array2::zeros((rows, config.inputs)),
                targets: arms(),
                logits: arms(),
                d_logits: arms(),
                weights: vec![S::zero(); rows],
                present: vec![true; rows * config.outputs],
            }
        };
        let tasks = sequences.div_ceil(SEQUENCES_PER_TASK);
        Self { tasks: Tasks::new(model.parameters().len(), tasks, desk) }
    }

    /// The weighted mean cross-entropy over the rounds of the sequences `batch`, and its gradient, laid out as the
    /// parameters. `write` fills in sequence `i` of the training set and returns its number of arms present.
    pub fn loss_and_gradient(
        &mut self,
        model: &Transformer<S>,
        batch: &[usize],
        write: impl Fn(usize, SequencePlace<S>) -> usize + Sync,
    ) -> (f64, &mut [S]) {
        let rounds = model.config().rounds;
        let scale = S::of(1.0 / (batch.len() * rounds) as f64);
        self.tasks.sum(batch.chunks(SEQUENCES_PER_TASK), |desk, batch, part| {
            for batch in batch.chunks(sequences_at_once(rounds)) {
                desk.work(model, batch, scale, &write, part);
            }
        })
    }
}

/// 8, 4, 2 or 1: as many sequences as have [`ROWS_AT_ONCE`] rows together.
fn sequences_at_once(rounds: usize) -> usize {
    let mut halves = std::iter::successors(Some(SEQUENCES_PER_TASK), |&n| (n > 1).then_some(n / 2));
    halves.find(|n| n * rounds <= ROWS_AT_ONCE).unwrap_or(1)
}

impl<S: Scalar> Desk<S> {
    /// Adds loss and gradient of a few sequences to those of the task.
    fn work(
        &mut self,
        model: &Transformer<S>,
        batch: &[usize],
        scale: S,
        write: &impl Fn(usize, SequencePlace<S>) -> usize,
        part: &mut Part<S>,
    ) {
        let config = model.config();
        let (rounds, arms) = (config.rounds, config.outputs);
        // 1. Tokens, targets, weights, masks.
        self.targets.fill(S::zero());
        let mut masked = false;
        let places = slice_mut(&mut self.inputs)
            .chunks_exact_mut(rounds * config.inputs)
            .zip(slice_mut(&mut self.targets).chunks_exact_mut(rounds * arms))
            .zip(self.weights.chunks_exact_mut(rounds))
            .zip(self.present.chunks_exact_mut(rounds * arms));
        for (&i, (((inputs, targets), weights), present)) in batch.iter().zip(places) {
            weights.fill(S::one());
            let arms_here = write(i, SequencePlace { inputs, targets, weights: &mut *weights });
            weights.iter_mut().for_each(|weight| *weight *= scale);
            masked |= arms_here < arms;
            for row in present.chunks_exact_mut(arms) {
                row[..arms_here].fill(true);
                row[arms_here..].fill(false);
            }
        }
        // 2. Forward; a last batch may be smaller than the buffers.
        let rows = batch.len() * rounds;
        let all = Slice::from(..rows);
        let inputs = self.inputs.slice_axis(Axis(0), all);
        model.forward(inputs, &mut self.cache, self.logits.slice_axis_mut(Axis(0), all));
        if masked {
            mask_absent_arms(
                &mut slice_mut(&mut self.logits)[..rows * arms],
                &self.present[..rows * arms],
            );
        }
        // 3. Loss and backward.
        part.loss += cross_entropy_to(
            self.logits.slice_axis(Axis(0), all),
            self.targets.slice_axis(Axis(0), all),
            &self.weights[..rows],
            self.d_logits.slice_axis_mut(Axis(0), all),
        );
        let d_logits = self.d_logits.slice_axis(Axis(0), all);
        model.backward(inputs, &mut self.cache, d_logits, &mut part.gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_sizes_are_refused() {
        let usual = TransformerConfig::new(12, 5, 50);
        assert!(check_memory(&usual, 2048, 64).is_ok());
        let long = TransformerConfig { rounds: 1 << 16, ..usual };
        let wide = TransformerConfig { width: 1 << 11, ..usual };
        for (shape, trajectories, sequences) in
            [(long, 1, 1), (wide, 1, 1), (usual, usize::MAX, 64), (usual, 64, usize::MAX)]
        {
            let error = check_memory(&shape, trajectories, sequences).unwrap_err().to_string();
            assert!(error.starts_with("trajectories, sequences of a batch, rounds"), "{error}");
        }
        assert!(check_model(&usual).is_ok());
        assert!(check_model(&wide).is_err_and(|e| e.to_string().starts_with("width, blocks")));
    }

    #[test]
    fn long_sequences_go_through_in_parts() {
        assert_eq!([50, 51, 100, 101, 200, 201, 401].map(sequences_at_once), [8, 4, 4, 2, 2, 1, 1]);
        let shape = TransformerConfig { width: 8, ..TransformerConfig::new(3, 2, 60) };
        let model = untrained(&shape, 4).unwrap().cast::<f64>();
        let batch: Vec<usize> = (0..20).collect();
        let write = |i: usize, place: SequencePlace<f64>| {
            let number = |j: usize| ((i * 31 + j * 7) % 17) as f64 / 17.0;
            place.inputs.iter_mut().enumerate().for_each(|(j, x)| *x = number(j));
            place.targets.chunks_exact_mut(2).enumerate().for_each(|(t, q)| q[(i + t) % 2] = 1.0);
            2
        };
        let mut fitter = SequenceFitter::new(&model, batch.len());
        let (loss, gradient) = fitter.loss_and_gradient(&model, &batch, write);
        let (mut mean, mut sum) = (0.0, vec![0.0; gradient.len()]);
        let mut alone = SequenceFitter::new(&model, 1);
        for i in batch {
            let (loss, gradient) = alone.loss_and_gradient(&model, &[i], write);
            mean += loss / 20.0;
            sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += *g / 20.0);
        }
        assert!((loss - mean).abs() < 1e-12, "{loss} and {mean}");
        for (together, alone) in gradient.iter().zip(&sum) {
            assert!((together - alone).abs() < 1e-12, "{together} and {alone}");
        }
    }
}
