//! Loss and gradient as sums over tasks: threads take the next task when they are free, sums are made in the order of the
//! tasks, whatever thread did the work.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::numeric::scalar::Scalar;

/// Works on up to a fixed number of tasks at desks of type `D`; owns all buffers.
pub(super) struct Tasks<S, D> {
    /// One a thread, not one a task: a task overwrites the activations of the task before while they are still in the
    /// cache of the core, and activations do not grow with the batch.
    desks: Vec<D>,
    /// One a task.
    parts: Vec<Part<S>>,
    gradient: Vec<S>,
}

/// What a task finds out; zero when handed out.
pub(super) struct Part<S> {
    /// Gradient, laid out as the parameters.
    pub gradient: Vec<S>,
    /// Loss.
    pub loss: f64,
}

impl<S: Scalar, D: Send> Tasks<S, D> {
    /// Room for `tasks` tasks of models of `parameters` parameters, and a desk for each thread of the current pool that finds
    /// something to do.
    pub fn new(parameters: usize, tasks: usize, desk: impl Fn() -> D) -> Self {
        let part = |_| Part { gradient: vec![S::zero(); parameters], loss: 0.0 };
        Self {
            desks: (0..Self::desks(tasks)).map(|_| desk()).collect(),
            parts: (0..tasks).map(part).collect(),
            gradient: vec![S::zero(); parameters],
        }
    }

    /// Number of desks for `tasks` tasks.
    pub fn desks(tasks: usize) -> usize {
        tasks.min(rayon::current_num_threads())
    }

    /// The sums of loss and gradient that `work` finds out at a desk, task by task.
    ///
    /// # Panics
    /// If there are more tasks than there is room for.
    pub fn sum<T: Send>(
        &mut self,
        tasks: impl ExactSizeIterator<Item = T> + Send,
        work: impl Fn(&mut D, T, &mut Part<S>) + Sync,
    ) -> (f64, &mut [S]) {
        let parts = &mut self.parts[..tasks.len()];
        let open = Mutex::new(parts.iter_mut().zip(tasks));
        let next = || open.lock().unwrap_or_else(PoisonError::into_inner).next();
        self.desks.par_iter_mut().for_each(|desk| {
            while let Some((part, task)) = next() {
                part.gradient.fill(S::zero());
                part.loss = 0.0;
                work(desk, task, part);
            }
        });
        self.gradient.fill(S::zero());
        let mut loss = 0.0;
        for part in &*parts {
            loss += part.loss;
            self.gradient.iter_mut().zip(&part.gradient).for_each(|(sum, &g)| *sum += g);
        }
        (loss, &mut self.gradient)
    }
}
