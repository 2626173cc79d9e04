//! Training that can stop after any iteration and go on later, to the same bits.
//!
//! Every random number is keyed by (seed, purpose, iteration, ..), so what a run knows beside its configuration is little:
//! [`State`]. A loop that is [`Resumable`] hands it out and takes it back.

use crate::Result;
use crate::nn::adamw::Moments;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;

/// What a stage of training has changed between two iterations.
#[derive(Clone, Debug, PartialEq)]
pub struct State<S> {
    /// Iterations completed.
    pub iteration: usize,
    /// The model's parameters.
    pub parameters: Vec<S>,
    /// The optimiser's memory.
    pub moments: Moments<S>,
    /// Lowest regret on validation scenarios so far, and the parameters that had it, where they are looked for.
    pub best: Option<(f64, Vec<S>)>,
    /// Parameters of the model that rolls out throughout, where it is not the one that is trained.
    pub beginner: Option<Vec<S>>,
}

/// A stage of training, iteration by iteration.
pub trait Resumable {
    /// Type of a parameter.
    type Scalar: Scalar;

    /// What is told about an iteration.
    type Report;

    /// Does the next iteration. When none is left the model gets its final parameters, and there is no report.
    ///
    /// # Errors
    /// A number that is no longer finite: then the model keeps the parameters of the last good iteration.
    fn step(&mut self) -> Result<Option<Self::Report>>;

    /// What has been changed so far.
    fn state(&self) -> State<Self::Scalar>;

    /// Goes on from `state` instead.
    ///
    /// # Panics
    /// If the state belongs to a model of another number of parameters: whoever reads states from files has checked them.
    fn restore(&mut self, state: State<Self::Scalar>);
}

/// The streams of a stage: those of the seed, and for later stages others.
pub(super) fn stage_streams(seed: u64, stage: usize) -> Streams {
    (0..stage).fold(Streams::new(seed), |streams, _| streams.branch(Purpose::Training))
}

#[cfg(test)]
mod tests;
