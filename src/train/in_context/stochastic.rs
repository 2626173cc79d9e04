//! Stochastic gradient descent on all parameters, every step on prompts that nobody has seen before (Q-A6).
//!
//! The loss is half the mean squared error of the predictions to the exact labels `<w, x_q>`.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Step;
use crate::model::Model;
use crate::model::in_context::{Cache, Contexts, InContextAttention};
use crate::nn::loss::squared_error;
use crate::nn::schedule::Schedule;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::regression::{Prompt, Prompts};
use crate::train::contiguous::{slice, slice_mut};
use crate::{Error, Result};

/// Drawn prompts a task works on. Fixed, so that results do not depend on the number of threads.
const PROMPTS_PER_TASK: usize = 64;

/// Largest number of numbers the buffers of a run may hold; rejects absurd sizes before any allocation.
const MAX_BUFFERED: usize = 1 << 28;

/// How to descend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StochasticConfig {
    /// N, the length of training prompts.
    pub samples: usize,
    /// Prompts drawn a step.
    pub prompts: usize,
    /// Whether every prompt is also shown with all labels turned round: what is odd in the weights then cancels.
    pub antithetic: bool,
    /// Number of steps.
    pub steps: usize,
    /// Step size, on half the mean squared error.
    pub learning_rate: Schedule,
    /// Share of the steps, the last ones, over which parameters are averaged.
    pub tail: f64,
}

impl StochasticConfig {
    /// Checks every field, and that the buffers for `d` features fit in memory.
    ///
    /// # Errors
    /// A size of 0, sizes whose buffers would hold more than 2^28 numbers, a bad schedule, a `tail` outside (0, 1].
    pub fn check(&self, d: usize) -> Result<()> {
        let sizes = [("samples", self.samples), ("prompts", self.prompts), ("steps", self.steps)];
        if let Some((field, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(Error::parameter(*field, 0, "at least 1"));
        }
        let shown = self.prompts.saturating_mul(if self.antithetic { 2 } else { 1 });
        let context = self.samples.saturating_add(d).saturating_mul(d + 1);
        let buffered = shown.saturating_mul(context);
        if buffered > MAX_BUFFERED {
            let sizes = format!("{}, {}, {d}", self.samples, self.prompts);
            let expected = format!("buffers of at most {MAX_BUFFERED} numbers (these: {buffered})");
            return Err(Error::parameter("samples, prompts, d", sizes, expected));
        }
        self.learning_rate.check("learning_rate")?;
        if !(self.tail > 0.0 && self.tail <= 1.0) {
            return Err(Error::parameter("tail", self.tail, "a number in (0, 1]"));
        }
        Ok(())
    }
}

/// Trains `layer` in place on `prompts`; `observe` sees every step and the layer after it. Returns the layer of the averaged
/// parameters.
///
/// Results are bit-identical for any number of threads.
///
/// # Errors
/// A bad configuration; a layer of another dimension than the prompts'; [`Error::NotFinite`] when loss or parameters overflow,
/// with the parameters before that step in `layer`.
pub fn train(
    layer: &mut InContextAttention<f64>,
    prompts: &impl Prompts,
    config: &StochasticConfig,
    streams: Streams,
    mut observe: impl FnMut(&Step, &InContextAttention<f64>),
) -> Result<InContextAttention<f64>> {
    let d = prompts.dimension();
    config.check(d)?;
    if layer.config().d != d {
        return Err(Error::parameter("layer.d", layer.config().d, format!("the prompts' {d}")));
    }
    let tasks = config.prompts.div_ceil(PROMPTS_PER_TASK);
    let mut desks =
        (0..tasks).map(|index| Desk::new(layer, config, index)).collect::<Result<Vec<_>>>()?;
    let averaged = ((config.tail * config.steps as f64).ceil() as usize).clamp(1, config.steps);
    let mut sum = vec![0.0; layer.parameters().len()];
    let mut next = layer.parameters().to_vec();
    for index in 0..config.steps {
        desks.par_iter_mut().for_each(|desk| desk.work(layer, prompts, config, &streams, index));
        let learning_rate = config.learning_rate.at(index, config.steps);
        // Summed in task order, whatever thread did the work.
        next.copy_from_slice(layer.parameters());
        let mut loss = 0.0;
        for desk in &desks {
            loss += desk.loss;
            next.iter_mut().zip(&desk.gradient).for_each(|(p, g)| *p -= learning_rate * g);
        }
        if !(loss.is_finite() && next.iter().all(|p| p.is_finite())) {
            return Err(Error::NotFinite { what: "loss", iteration: index });
        }
        layer.parameters_mut().copy_from_slice(&next);
        if index + averaged >= config.steps {
            sum.iter_mut().zip(&next).for_each(|(sum, p)| *sum += p / averaged as f64);
        }
        observe(&Step { index, learning_rate, loss }, layer);
    }
    let mut average = layer.clone();
    average.parameters_mut().copy_from_slice(&sum);
    Ok(average)
}

/// The share of one task: its prompts, buffers and gradient.
struct Desk {
    /// Number of the first prompt.
    first: usize,
    prompts: usize,
    prompt: Prompt,
    tokens: Array2<f64>,
    queries: Array2<f64>,
    targets: Vec<f64>,
    predictions: Vec<f64>,
    d_predictions: Vec<f64>,
    cache: Cache<f64>,
    gradient: Vec<f64>,
    loss: f64,
}

impl Desk {
    fn new(
        layer: &InContextAttention<f64>,
        config: &StochasticConfig,
        index: usize,
    ) -> Result<Self> {
        let d = layer.config().d;
        let first = index * PROMPTS_PER_TASK;
        let prompts = PROMPTS_PER_TASK.min(config.prompts - first);
        let shown = if config.antithetic { 2 * prompts } else { prompts };
        Ok(Self {
            first,
            prompts,
            prompt: Prompt::empty(config.samples, d)?,
            tokens: Array2::zeros((shown * config.samples, d + 1)),
            queries: Array2::zeros((shown, d)),
            targets: vec![0.0; shown],
            predictions: vec![0.0; shown],
            d_predictions: vec![0.0; shown],
            cache: Cache::new(shown, d),
            gradient: vec![0.0; layer.parameters().len()],
            loss: 0.0,
        })
    }

    /// Draws the prompts of step `index` and leaves loss and gradient behind.
    fn work(
        &mut self,
        layer: &InContextAttention<f64>,
        prompts: &impl Prompts,
        config: &StochasticConfig,
        streams: &Streams,
        index: usize,
    ) {
        for i in 0..self.prompts {
            let mut rng = streams.stream(Purpose::Training, index, self.first + i, 0);
            prompts.fill(&mut self.prompt, &mut rng);
            self.show(i, 1.0);
            if config.antithetic {
                self.show(self.prompts + i, -1.0);
            }
        }
        let contexts = Contexts {
            tokens: self.tokens.view(),
            weights: None,
            queries: self.queries.view(),
            samples: config.samples,
        };
        layer.forward(contexts, &mut self.cache, &mut self.predictions);
        let shown = if config.antithetic { 2 * config.prompts } else { config.prompts };
        let scale = 0.5 / shown as f64;
        self.loss = squared_error(&self.predictions, &self.targets, scale, &mut self.d_predictions);
        self.gradient.fill(0.0);
        let upstream = &self.d_predictions;
        layer.backward(contexts, &mut self.cache, upstream, &mut self.gradient, None);
    }

    /// Copies the drawn prompt into place `at`, its labels times `sign`.
    fn show(&mut self, at: usize, sign: f64) {
        let (samples, d) = self.prompt.x.dim();
        let length = samples * (d + 1);
        let tokens = &mut slice_mut(&mut self.tokens)[at * length..(at + 1) * length];
        let drawn = slice(&self.prompt.x).chunks_exact(d).zip(&self.prompt.y);
        for (token, (x, y)) in tokens.chunks_exact_mut(d + 1).zip(drawn) {
            token[..d].copy_from_slice(x);
            token[d] = sign * y;
        }
        self.queries.row_mut(at).assign(&self.prompt.query);
        self.targets[at] = sign * self.prompt.target();
    }
}
