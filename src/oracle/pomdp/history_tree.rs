//! The optimal value of every history over a few steps (QP-R1).
//!
//! Beliefs stay unnormalised: with `u_h(s)` the probability that the observations of history `h` come under its actions
//! and the state is then `s`,
//!
//! ```text
//! Q(h, a) = <u_h, r_a> + gamma sum_o V(h a o),   V(h) = max_a Q(h, a),   u_{h a o} = (u_h P_a) * P(o | a, .)
//! ```

use ndarray::{Array2, ArrayView1};

use crate::numeric::order::argmax;
use crate::problem::pomdp::{Pomdp, Step};
use crate::{Error, Result};

/// Largest number of values that are kept.
const MAX_VALUES: usize = 1 << 27;
/// Most steps of a recursion over histories.
const MAX_STEPS: usize = 1000;

/// Values of all histories that are shorter than the horizon.
#[derive(Clone, Debug)]
pub struct HistoryTree {
    actions: usize,
    observations: usize,
    levels: Vec<Level>,
    value: f64,
}

/// All histories of one length, in the order of their steps (first step first, action before observation).
#[derive(Clone, Debug)]
struct Level {
    /// Whether the observations can come under the actions.
    possible: Vec<bool>,
    /// Q(h, a) given the history, histories x actions; 0 for what cannot happen.
    pairs: Array2<f64>,
}

impl HistoryTree {
    /// Solves `pomdp` over `horizon` steps.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a `horizon` outside 1 to 1000, or one with more than 2^27 values to keep.
    pub fn solve(pomdp: &Pomdp, horizon: usize) -> Result<Self> {
        let mut tree = Self::empty(pomdp, horizon)?;
        let mut beliefs = vec![vec![0.0; pomdp.states()]; horizon];
        beliefs[0].copy_from_slice(pomdp.start());
        tree.value = tree.visit(pomdp, (0, 0), 1.0, &mut beliefs);
        Ok(tree)
    }

    /// A tree of zeros for histories of `pomdp`.
    pub(crate) fn empty(pomdp: &Pomdp, horizon: usize) -> Result<Self> {
        let (actions, observations) = (pomdp.actions(), pomdp.observations());
        check_horizon(pomdp, horizon)?;
        let levels = (0..horizon).map(|t| {
            let histories = (actions * observations).pow(t as u32);
            Level { possible: vec![false; histories], pairs: Array2::zeros((histories, actions)) }
        });
        Ok(Self { actions, observations, levels: levels.collect(), value: 0.0 })
    }

    /// The value of a history (its length and number) times the mass of its belief, which is the first of `beliefs`.
    fn visit(
        &mut self,
        pomdp: &Pomdp,
        (depth, node): (usize, usize),
        mass: f64,
        beliefs: &mut [Vec<f64>],
    ) -> f64 {
        let (belief, deeper) = beliefs.split_first_mut().expect("a belief a step");
        let mut best = f64::NEG_INFINITY;
        for action in 0..self.actions {
            let mut value = pomdp.expected_reward(belief, action);
            if !deeper.is_empty() {
                let predicted = pomdp.predict(belief, action);
                for observation in 0..self.observations {
                    let mass = pomdp.weigh_into(&predicted, action, observation, &mut deeper[0]);
                    if mass > 0.0 {
                        let next = (depth + 1, self.child(node, action, observation));
                        value += pomdp.discount() * self.visit(pomdp, next, mass, deeper);
                    }
                }
            }
            self.set((depth, node), action, value / mass);
            best = best.max(value);
        }
        best
    }

    /// The number of a history that goes on from another one.
    pub(crate) fn child(&self, node: usize, action: usize, observation: usize) -> usize {
        (node * self.actions + action) * self.observations + observation
    }

    /// Sets Q of a possible history, given by its length and number.
    pub(crate) fn set(&mut self, (depth, node): (usize, usize), action: usize, value: f64) {
        let level = &mut self.levels[depth];
        level.possible[node] = true;
        level.pairs[[node, action]] = value;
    }

    /// Sets the value of the whole.
    pub(crate) fn set_value(&mut self, value: f64) {
        self.value = value;
    }

    /// The optimal value.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Number of steps.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.levels.len()
    }

    /// Q(h, a) of every action, or `None` for a history that cannot happen, is not shorter than the horizon, or has a
    /// step that is none of the process.
    #[must_use]
    pub fn pairs(&self, history: &[Step]) -> Option<ArrayView1<'_, f64>> {
        let node = history.iter().try_fold(0, |node: usize, step| {
            let known = step.action < self.actions && step.observation < self.observations;
            known.then(|| self.child(node, step.action, step.observation))
        });
        let level = self.levels.get(history.len())?;
        let node = node.filter(|node| level.possible[*node])?;
        Some(level.pairs.row(node))
    }

    /// The best action after a history (the first of equals), or `None` as for [`Self::pairs`].
    #[must_use]
    pub fn action(&self, history: &[Step]) -> Option<usize> {
        self.pairs(history).map(argmax)
    }
}

/// Refuses a number of steps that is 0, or too deep for a recursion.
pub(crate) fn check_steps(horizon: usize) -> Result<()> {
    if (1..=MAX_STEPS).contains(&horizon) {
        return Ok(());
    }
    Err(Error::parameter("horizon", horizon, format!("1 to {MAX_STEPS} steps")))
}

fn check_horizon(pomdp: &Pomdp, horizon: usize) -> Result<()> {
    check_steps(horizon)?;
    let branches = pomdp.actions().saturating_mul(pomdp.observations());
    let (mut level, mut total): (usize, usize) = (1, 0);
    for _ in 0..horizon {
        total = total.saturating_add(level.saturating_mul(pomdp.actions() + 1));
        level = level.saturating_mul(branches);
    }
    if total > MAX_VALUES {
        let expected = format!("few enough steps for {MAX_VALUES} values of histories");
        return Err(Error::parameter("horizon", horizon, expected));
    }
    Ok(())
}
