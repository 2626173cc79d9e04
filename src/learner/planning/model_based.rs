//! Learners that are told the model, and plan less well than they could.

use ndarray::Array2;

use crate::Result;
use crate::numeric::order::argmax;
use crate::oracle::finite_horizon::backward_induction;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::oracle::pomdp::policy_evaluation::surely;
use crate::problem::mdp::{Mdp, Policy};
use crate::problem::pomdp::{Pomdp, Step};

/// The policy that takes what earns most at once.
///
/// # Errors
/// Those of [`Mdp::check_horizon`].
pub fn myopic(mdp: &Mdp, horizon: usize) -> Result<Policy> {
    Ok(Policy::greedy(rewards(mdp, horizon)?.view(), mdp.actions()))
}

/// Rewards as values of every step, steps x pairs.
fn rewards(mdp: &Mdp, horizon: usize) -> Result<Array2<f64>> {
    mdp.check_horizon(horizon)?;
    Ok(Array2::from_shape_fn((horizon, mdp.pairs()), |(_, pair)| mdp.rewards()[pair]))
}

/// Takes the action of the largest expected value under the belief, `max_a sum_s b(s) Q_h(s, a)`, with values Q that forget
/// that the state stays hidden.
#[derive(Clone, Debug)]
pub struct BeliefPolicy<'a> {
    pomdp: &'a Pomdp,
    /// Q_h(s, a), steps x pairs.
    values: Array2<f64>,
}

impl<'a> BeliefPolicy<'a> {
    /// QMDP (Littman, Cassandra and Kaelbling 1995): values as if the state were seen from the next step on.
    ///
    /// # Errors
    /// Those of [`backward_induction`].
    pub fn qmdp(pomdp: &'a Pomdp, horizon: usize) -> Result<Self> {
        Ok(Self { pomdp, values: backward_induction(pomdp, horizon)?.pairs })
    }

    /// What earns most at once.
    ///
    /// # Errors
    /// Those of [`Mdp::check_horizon`].
    pub fn myopic(pomdp: &'a Pomdp, horizon: usize) -> Result<Self> {
        Ok(Self { pomdp, values: rewards(pomdp, horizon)? })
    }

    /// The law of the next action; uniform after what cannot happen under the model.
    ///
    /// # Panics
    /// If the history is as long as the horizon.
    #[must_use]
    pub fn law(&self, history: &[Step]) -> Vec<f64> {
        let actions = self.pomdp.actions();
        let Some(belief) = self.pomdp.belief_after(history) else {
            return vec![1.0 / actions as f64; actions];
        };
        let row = self.values.row(history.len());
        let value = |action| -> f64 {
            belief.iter().enumerate().map(|(s, b)| b * row[self.pomdp.pair(s, action)]).sum()
        };
        surely(argmax((0..actions).map(value)), actions)
    }
}

/// The policy that a tree of values holds to be best: that of the nominal model, of the pessimist, or the oracle's own.
/// Uniform after what the tree holds impossible.
pub fn by_tree(tree: &HistoryTree, actions: usize) -> impl Fn(&[Step]) -> Vec<f64> {
    move |history| match tree.action(history) {
        Some(action) => surely(action, actions),
        None => vec![1.0 / actions as f64; actions],
    }
}
