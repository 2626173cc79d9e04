//! What to do in every state at every step.

use ndarray::{Array2, ArrayView2};

use super::Mdp;
use crate::Result;

/// A policy: pi_h(a | s), steps x pairs; the entries of a state add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    probabilities: Array2<f64>,
    actions: usize,
}

impl Policy {
    /// The policy that draws every action with equal probability.
    ///
    /// # Errors
    /// Those of [`Mdp::check_horizon`].
    pub fn uniform(mdp: &Mdp, horizon: usize) -> Result<Self> {
        let actions = mdp.actions();
        Self::of(mdp, horizon, |_, _| vec![1.0 / actions as f64; actions])
    }

    /// The policy that draws from `law(step, state)`, an entry an action.
    ///
    /// # Errors
    /// Those of [`Mdp::check_horizon`].
    ///
    /// # Panics
    /// If a law has another number of actions.
    pub fn of(mdp: &Mdp, horizon: usize, law: impl Fn(usize, usize) -> Vec<f64>) -> Result<Self> {
        mdp.check_horizon(horizon)?;
        let actions = mdp.actions();
        let mut probabilities = Array2::zeros((horizon, mdp.pairs()));
        for (step, mut row) in probabilities.rows_mut().into_iter().enumerate() {
            let row = row.as_slice_mut().expect("a fresh array is contiguous");
            for (state, place) in row.chunks_exact_mut(actions).enumerate() {
                place.copy_from_slice(&law(step, state));
            }
        }
        Ok(Self { probabilities, actions })
    }

    /// The policy that takes the action of the largest value (the first of equals) in `pairs`, steps x pairs.
    ///
    /// # Panics
    /// If a row of `pairs` is no whole number of states, or an entry is NaN.
    #[must_use]
    pub fn greedy(pairs: ArrayView2<'_, f64>, actions: usize) -> Self {
        let mut probabilities = Array2::zeros(pairs.dim());
        for (values, mut chosen) in pairs.rows().into_iter().zip(probabilities.rows_mut()) {
            assert_eq!(values.len() % actions, 0, "a value for every action of every state");
            for state in 0..values.len() / actions {
                let first = state * actions;
                let best = (first..first + actions).fold(first, |best, pair| {
                    assert!(!values[pair].is_nan(), "values are numbers");
                    if values[pair] > values[best] { pair } else { best }
                });
                chosen[best] = 1.0;
            }
        }
        Self { probabilities, actions }
    }

    /// pi_h(a | s), steps x pairs.
    #[must_use]
    pub fn probabilities(&self) -> ArrayView2<'_, f64> {
        self.probabilities.view()
    }

    /// Number of steps.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.probabilities.nrows()
    }

    /// The law of the action in `state` at `step`.
    #[must_use]
    pub fn at(&self, step: usize, state: usize) -> Vec<f64> {
        let first = state * self.actions;
        (first..first + self.actions).map(|pair| self.probabilities[[step, pair]]).collect()
    }

    /// The most probable action (the first of equals) in `state` at `step`.
    #[must_use]
    pub fn action(&self, step: usize, state: usize) -> usize {
        let row = self.probabilities.row(step);
        let of = |action| row[state * self.actions + action];
        (1..self.actions).fold(0, |best, action| if of(action) > of(best) { action } else { best })
    }
}
