//! Backward induction and exact evaluation of policies over a finite horizon (Q-D3).
//!
//! Steps are counted h = 0 .. H-1; tables have a row a step. With `gamma` the discount of the process:
//!
//! ```text
//! Q_h(s, a) = r(s, a) + gamma sum_s' P(s' | s, a) V_{h+1}(s'),   V_H = 0
//! optimal:   V_h(s) = max_a Q_h(s, a)
//! policy pi: V_h(s) = sum_a pi_h(a | s) Q_h(s, a)
//! ```

use ndarray::{Array1, Array2, ArrayView1};

use crate::Result;
use crate::problem::mdp::{Mdp, Policy};

/// Values of one policy (or of the optimal one) at every step.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// Q_h(s, a), steps x pairs.
    pub pairs: Array2<f64>,
    /// V_h(s), (steps + 1) x states; the last row is 0.
    pub states: Array2<f64>,
}

impl Values {
    /// Expected return from the law of the first state.
    #[must_use]
    pub fn at_start(&self, mdp: &Mdp) -> f64 {
        self.states.row(0).dot(&ArrayView1::from(mdp.start()))
    }
}

/// The optimal values over `horizon` steps.
///
/// # Errors
/// Those of [`Mdp::check_horizon`].
pub fn backward_induction(mdp: &Mdp, horizon: usize) -> Result<Values> {
    mdp.check_horizon(horizon)?;
    Ok(backward(mdp, horizon, |_, values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max)))
}

/// The values of `policy`, exactly.
///
/// # Panics
/// If `policy` is one of another process (number of pairs).
#[must_use]
pub fn evaluate(mdp: &Mdp, policy: &Policy) -> Values {
    assert_eq!(policy.probabilities().ncols(), mdp.pairs(), "a policy for this process");
    backward(mdp, policy.horizon(), |(step, state), values| {
        let first = mdp.pair(state, 0);
        let probabilities = policy.probabilities();
        values
            .iter()
            .enumerate()
            .map(|(action, value)| probabilities[[step, first + action]] * value)
            .sum()
    })
}

/// Backward over the steps; `settle((step, state), values of the actions)` is the value of the state.
fn backward(mdp: &Mdp, horizon: usize, settle: impl Fn((usize, usize), &[f64]) -> f64) -> Values {
    let mut values = Values {
        pairs: Array2::zeros((horizon, mdp.pairs())),
        states: Array2::zeros((horizon + 1, mdp.states())),
    };
    let rewards = ArrayView1::from(mdp.rewards());
    for step in (0..horizon).rev() {
        let mut pairs = mdp.transitions().dot(&values.states.row(step + 1));
        pairs *= mdp.discount();
        pairs += &rewards;
        let of_actions = pairs.as_slice().expect("a fresh array is contiguous");
        for (state, of_actions) in of_actions.chunks_exact(mdp.actions()).enumerate() {
            values.states[[step, state]] = settle((step, state), of_actions);
        }
        values.pairs.row_mut(step).assign(&pairs);
    }
    values
}

/// d_h(s): the law of the state at every step under `policy`, steps x states.
///
/// # Panics
/// If `policy` is one of another process (number of pairs).
#[must_use]
pub fn state_laws(mdp: &Mdp, policy: &Policy) -> Array2<f64> {
    assert_eq!(policy.probabilities().ncols(), mdp.pairs(), "a policy for this process");
    let mut laws = Array2::zeros((policy.horizon(), mdp.states()));
    let mut law = Array1::from(mdp.start().to_vec());
    for (mut row, probabilities) in laws.rows_mut().into_iter().zip(policy.probabilities().rows()) {
        row.assign(&law);
        let of_pairs: Array1<f64> = probabilities
            .iter()
            .enumerate()
            .map(|(pair, p)| p * law[pair / mdp.actions()])
            .collect();
        law = mdp.transitions().t().dot(&of_pairs);
    }
    laws
}

#[cfg(test)]
mod tests;
