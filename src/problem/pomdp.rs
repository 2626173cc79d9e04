//! Partially observed Markov decision processes (QP-D1): the state is hidden, an observation after each action tells of
//! it.
//!
//! ```text
//! first state ~ start;  act;  earn r(s, a);  s' ~ P(. | s, a);  see o ~ P(o | a, s');  act;  ...
//! ```
//!
//! The first action is taken before anything is seen.

mod belief;
mod check;
pub mod classics;
pub mod family;
pub mod file;

pub use belief::{Step, Update};
pub use check::check_model;

use std::ops::Deref;

use ndarray::{Array2, ArrayView2};

use super::mdp::Mdp;
use crate::Result;

/// Names of states, actions and observations; their numbers are their places in these lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Of the states.
    pub states: Vec<String>,
    /// Of the actions.
    pub actions: Vec<String>,
    /// Of the observations.
    pub observations: Vec<String>,
}

impl Names {
    /// Numbers as names.
    #[must_use]
    pub fn numbered(states: usize, actions: usize, observations: usize) -> Self {
        let count = |n: usize| (0..n).map(|i| i.to_string()).collect();
        Self { states: count(states), actions: count(actions), observations: count(observations) }
    }
}

/// The tables of a process, not yet checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Tables {
    /// Names; they also say how many states, actions and observations there are.
    pub names: Names,
    /// P(s' | s, a), pairs x states; row `s * actions + a`.
    pub transitions: Array2<f64>,
    /// P(o | a, s'), (actions x states) x observations; row `a * states + s'`, s' the state that the action led to.
    pub observations: Array2<f64>,
    /// r(s, a), an entry a pair.
    pub rewards: Vec<f64>,
    /// Law of the first state.
    pub start: Vec<f64>,
    /// Weight of what comes a step later, in [0, 1].
    pub discount: f64,
}

/// A finite partially observed Markov decision process. Dereferences to the [`Mdp`] that a player who sees the state
/// faces.
///
/// ```
/// use lowregret::problem::pomdp::classics;
///
/// let tiger = classics::tiger(0.95)?;
/// let heard = tiger.update(tiger.start(), 0, 0).expect("it can be heard on either side");
/// assert_eq!(tiger.names().actions[0], "listen");
/// assert!((heard.belief[0] - 0.85).abs() < 1e-12);
/// # Ok::<(), lowregret::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pomdp {
    mdp: Mdp,
    observations: Array2<f64>,
    names: Names,
}

impl Deref for Pomdp {
    type Target = Mdp;

    fn deref(&self) -> &Mdp {
        &self.mdp
    }
}

impl Pomdp {
    /// A process from its tables.
    ///
    /// # Errors
    /// Those of [`check_model`].
    pub fn new(tables: Tables) -> Result<Self> {
        check_model(&tables)?;
        let Tables { names, transitions, observations, rewards, start, discount } = tables;
        let mdp = Mdp::new(names.actions.len(), transitions, rewards, start, discount)?;
        Ok(Self { mdp, observations, names })
    }

    /// A process whose states show themselves only through `observations` (laid out as in [`Tables`]), with numbers as
    /// names.
    ///
    /// # Errors
    /// Those of [`check_model`].
    pub fn hide(mdp: Mdp, observations: Array2<f64>) -> Result<Self> {
        Self::new(Tables {
            names: Names::numbered(mdp.states(), mdp.actions(), observations.ncols()),
            transitions: mdp.transitions().to_owned(),
            observations,
            rewards: mdp.rewards().to_vec(),
            start: mdp.start().to_vec(),
            discount: mdp.discount(),
        })
    }

    /// The same process as tables, to be changed and made anew.
    #[must_use]
    pub fn tables(&self) -> Tables {
        Tables {
            names: self.names.clone(),
            transitions: self.mdp.transitions().to_owned(),
            observations: self.observations.clone(),
            rewards: self.mdp.rewards().to_vec(),
            start: self.mdp.start().to_vec(),
            discount: self.mdp.discount(),
        }
    }

    /// The process of a player who sees the state.
    #[must_use]
    pub fn mdp(&self) -> &Mdp {
        &self.mdp
    }

    /// Number of observations.
    #[must_use]
    pub fn observations(&self) -> usize {
        self.observations.ncols()
    }

    /// P(o | a, s'), (actions x states) x observations; row `a * states + s'`.
    #[must_use]
    pub fn observation_laws(&self) -> ArrayView2<'_, f64> {
        self.observations.view()
    }

    /// P(observation | action, state that it led to).
    #[must_use]
    pub fn observation_probability(
        &self,
        action: usize,
        reached: usize,
        observation: usize,
    ) -> f64 {
        self.observations[[action * self.states() + reached, observation]]
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }
}

#[cfg(test)]
mod tests;
