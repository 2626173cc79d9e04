//! What a learner is shown of a task before it decides: samples of every step (Q-D5).

use ndarray::{Array2, Array3, Axis};
use rand::Rng;

use super::multinomial::multinomial;
use crate::problem::mdp::{Mdp, Policy};
use crate::{Error, Result};

/// Largest number of samples of a step, so that counts stay exact and sums of them too.
const MAX_SAMPLES: usize = 1 << 40;

/// `samples` (state, action, next state) triples of every step, as counts: their order carries nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Number M of samples of each step.
    pub samples: usize,
    /// How often each pair was seen at each step, steps x pairs; a row adds up to `samples`.
    pub visits: Array2<f64>,
    /// How often each pair led to each state, steps x pairs x states; `None` where nobody asked.
    pub arrivals: Option<Array3<f64>>,
}

impl Context {
    /// Independent samples of every step in which all pairs are equally likely, without next states.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no samples, or more than 2^40; those of [`Mdp::check_horizon`].
    pub fn generative(
        mdp: &Mdp,
        horizon: usize,
        samples: usize,
        rng: &mut impl Rng,
    ) -> Result<Self> {
        check_samples("samples", samples)?;
        mdp.check_horizon(horizon)?;
        let weights = vec![1.0; mdp.pairs()];
        let mut visits = Array2::zeros((horizon, mdp.pairs()));
        for mut row in visits.rows_mut() {
            multinomial(samples, &weights, row.as_slice_mut().expect("contiguous"), rng);
        }
        Ok(Self { samples, visits, arrivals: None })
    }

    /// The same visits, each with a next state.
    #[must_use]
    pub fn with_arrivals(mut self, mdp: &Mdp, rng: &mut impl Rng) -> Self {
        let (horizon, pairs) = self.visits.dim();
        let mut arrivals = Array3::zeros((horizon, pairs, mdp.states()));
        for (visits, mut table) in
            self.visits.rows().into_iter().zip(arrivals.axis_iter_mut(Axis(0)))
        {
            for ((&n, law), mut row) in
                visits.iter().zip(mdp.transitions().rows()).zip(table.rows_mut())
            {
                let law = law.to_vec();
                multinomial(n as usize, &law, row.as_slice_mut().expect("contiguous"), rng);
            }
        }
        self.arrivals = Some(arrivals);
        self
    }

    /// What `trajectories` runs of `policy` see: one sample of every step each. Samples of one step are independent, those
    /// of different steps are not.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no trajectories, or more than 2^40.
    pub fn of_trajectories(
        mdp: &Mdp,
        policy: &Policy,
        trajectories: usize,
        rng: &mut impl Rng,
    ) -> Result<Self> {
        check_samples("trajectories", trajectories)?;
        let horizon = policy.horizon();
        let mut visits = Array2::zeros((horizon, mdp.pairs()));
        let mut arrivals = Array3::zeros((horizon, mdp.pairs(), mdp.states()));
        // All runs advance together: only how many are where matters.
        let mut states = vec![0.0; mdp.states()];
        multinomial(trajectories, mdp.start(), &mut states, rng);
        for step in 0..horizon {
            let mut next = vec![0.0; mdp.states()];
            for (state, &here) in states.iter().enumerate() {
                let mut acted = vec![0.0; mdp.actions()];
                multinomial(here as usize, &policy.at(step, state), &mut acted, rng);
                for (action, &n) in acted.iter().enumerate() {
                    let pair = mdp.pair(state, action);
                    visits[[step, pair]] = n;
                    let law = mdp.transitions().row(pair).to_vec();
                    let mut moved = arrivals.index_axis_mut(Axis(0), step);
                    let mut moved = moved.row_mut(pair);
                    multinomial(n as usize, &law, moved.as_slice_mut().expect("contiguous"), rng);
                    next.iter_mut().zip(&moved).for_each(|(next, moved)| *next += moved);
                }
            }
            states = next;
        }
        Ok(Self { samples: trajectories, visits, arrivals: Some(arrivals) })
    }
}

fn check_samples(field: &str, samples: usize) -> Result<()> {
    if (1..=MAX_SAMPLES).contains(&samples) {
        return Ok(());
    }
    Err(Error::parameter(field, samples, format!("1 to {MAX_SAMPLES}")))
}
