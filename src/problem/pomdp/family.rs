//! Random processes with a knob for how much is seen (QP-D3).

use ndarray::{Array2, Axis};
use rand::{Rng, RngExt};
use rand_distr::Distribution;
use rand_distr::multi::Dirichlet;
use serde::{Deserialize, Serialize};

use super::Pomdp;
use super::check::check_observations;
use crate::problem::mdp::{Mdp, check_sizes};
use crate::{Error, Result};

/// P(o | a, s') of a player who sees the class `s' mod observations` of the state with probability `rho`, and otherwise
/// any observation: (actions x states) x observations. Hides any process, one with linear features, say, through
/// [`Pomdp::hide`].
///
/// The channel of a smaller rho is a garbling of that of a larger one, so that values do not fall with rho (QP-L3).
#[must_use]
pub fn class_channel(states: usize, actions: usize, observations: usize, rho: f64) -> Array2<f64> {
    let noise = (1.0 - rho) / observations as f64;
    Array2::from_shape_fn((actions * states, observations), |(row, seen)| {
        if row % states % observations == seen { rho + noise } else { noise }
    })
}

/// How random processes are drawn. They start in every state with equal probability and do not discount.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Family {
    /// Number of states.
    pub states: usize,
    /// Number of actions.
    pub actions: usize,
    /// Number of observations.
    pub observations: usize,
    /// Probability rho in [0, 1] with which the class `s' mod observations` of the state is seen; otherwise any
    /// observation is.
    pub observability: f64,
    /// Concentration of the symmetric Dirichlet law of every transition row.
    pub concentration: f64,
    /// Rewards are uniform numbers from [0, 1] to this power: 1 spreads them evenly, 6 makes high ones rare.
    pub reward_power: f64,
}

impl Family {
    /// Sparse rows (concentration 1/2), rewards spread evenly.
    #[must_use]
    pub fn new(states: usize, actions: usize, observations: usize, observability: f64) -> Self {
        let (concentration, reward_power) = (0.5, 1.0);
        Self { states, actions, observations, observability, concentration, reward_power }
    }

    /// Refuses what cannot be drawn.
    ///
    /// # Errors
    /// [`Error::Parameter`] for sizes of 0 or absurd ones, an observability outside [0, 1], a concentration or power
    /// outside [1e-3, 1e3].
    pub fn check(&self) -> Result<()> {
        check_sizes(self.states, self.actions)?;
        check_observations(self.states, self.actions, self.observations)?;
        if !(0.0..=1.0).contains(&self.observability) {
            let value = self.observability;
            return Err(Error::parameter("observability", value, "a number from 0 to 1"));
        }
        for (field, value) in
            [("concentration", self.concentration), ("reward_power", self.reward_power)]
        {
            if !(1e-3..=1e3).contains(&value) {
                return Err(Error::parameter(field, value, "a number from 0.001 to 1000"));
            }
        }
        Ok(())
    }

    /// Draws a process. What is drawn does not depend on the observability: the same generator gives the same states
    /// and rewards behind a better or worse view.
    ///
    /// # Errors
    /// Those of [`Self::check`].
    pub fn draw(&self, rng: &mut impl Rng) -> Result<Pomdp> {
        self.check()?;
        let transitions = self.transitions(rng);
        let pairs = self.states * self.actions;
        let rewards = (0..pairs).map(|_| rng.random::<f64>().powf(self.reward_power)).collect();
        let start = vec![1.0 / self.states as f64; self.states];
        let mdp = Mdp::new(self.actions, transitions, rewards, start, 1.0)?;
        Pomdp::hide(
            mdp,
            class_channel(self.states, self.actions, self.observations, self.observability),
        )
    }

    /// Draws a transition table, pairs x states.
    pub(crate) fn transitions(&self, rng: &mut impl Rng) -> Array2<f64> {
        let pairs = self.states * self.actions;
        if self.states == 1 {
            return Array2::ones((pairs, 1));
        }
        let law = Dirichlet::new(&vec![self.concentration; self.states])
            .expect("at least two states and a concentration that was checked");
        let mut table = Array2::zeros((pairs, self.states));
        for mut row in table.axis_iter_mut(Axis(0)) {
            let drawn: Vec<f64> = law.sample(rng);
            let sum: f64 = drawn.iter().sum();
            row.iter_mut().zip(drawn).for_each(|(p, x)| *p = x / sum);
        }
        table
    }
}
