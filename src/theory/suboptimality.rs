//! What a policy loses that is greedy with respect to estimated Q-functions: an identity and bounds on it (Q-D7, Q-B1 to
//! Q-B5).
//!
//! Throughout, `Delta_h = Qhat_h - Q*_h`, `pi` is greedy for Qhat, `a*` for Q*, `d_h` is the law of the state at step h under
//! pi, and `E_h` an average over `d_h` times `discount^h`.

use ndarray::{Array2, ArrayView2};

use crate::oracle::finite_horizon::{Values, state_laws};
use crate::problem::mdp::{Mdp, Policy};

/// A greedy policy beside the optimal values: all that the statements need.
#[derive(Clone, Debug)]
pub struct Greedy<'a> {
    optimal: &'a Values,
    actions: usize,
    policy: Policy,
    /// `discount^h d_h(s)`, steps x states.
    weights: Array2<f64>,
    /// Delta, steps x pairs.
    errors: Array2<f64>,
}

/// One state at one step, as a bound sees it.
struct Decision<'a> {
    /// Delta of every action.
    errors: &'a [f64],
    /// a*.
    best: usize,
    /// pi's action.
    chosen: usize,
}

impl<'a> Greedy<'a> {
    /// The policy that is greedy for `estimates` (steps x pairs) in a process with the values `optimal`.
    ///
    /// # Panics
    /// If the tables have different shapes, or an estimate is NaN.
    #[must_use]
    pub fn new(mdp: &Mdp, optimal: &'a Values, estimates: ArrayView2<'_, f64>) -> Self {
        let errors = &estimates - &optimal.pairs;
        let policy = Policy::greedy(estimates, mdp.actions());
        let mut weights = state_laws(mdp, &policy);
        let mut weight = 1.0;
        for mut law in weights.rows_mut() {
            law *= weight;
            weight *= mdp.discount();
        }
        Self { optimal, actions: mdp.actions(), policy, weights, errors }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The performance-difference identity: `V* - V^pi = sum_h E_h[Q*_h(s, a*) - Q*_h(s, pi)]`, exactly (Q-D7).
    #[must_use]
    pub fn performance_difference(&self) -> f64 {
        let actions = self.actions;
        self.sum(|step, state, decision| {
            let of = |action| self.optimal.pairs[[step, state * actions + action]];
            of(decision.best) - of(decision.chosen)
        })
    }

    /// `sum_h E_h[1{pi != a*} |Delta(a*) - Delta(pi)|]`: the two errors may cancel (Q-B1').
    #[must_use]
    pub fn joint_pair_bound(&self) -> f64 {
        self.sum(|_, _, Decision { errors, best, chosen }| (errors[best] - errors[chosen]).abs())
    }

    /// `sum_h E_h[1{pi != a*} (|Delta(a*)| + |Delta(pi)|)]` (Q-B1).
    #[must_use]
    pub fn pair_bound(&self) -> f64 {
        self.sum(
            |_, _, Decision { errors, best, chosen }| {
                if best == chosen { 0.0 } else { errors[best].abs() + errors[chosen].abs() }
            },
        )
    }

    /// `sum_h E_h[max_a Delta - min_a Delta]` (Q-B2').
    #[must_use]
    pub fn span_bound(&self) -> f64 {
        self.sum(|_, _, Decision { errors, .. }| {
            let largest = errors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let smallest = errors.iter().copied().fold(f64::INFINITY, f64::min);
            largest - smallest
        })
    }

    /// `2 sum_h E_h[max_a |Delta|]` (Q-B2).
    #[must_use]
    pub fn largest_error_bound(&self) -> f64 {
        2.0 * self.sum(|_, _, Decision { errors, .. }| {
            errors.iter().fold(0.0, |largest, error| f64::max(largest, error.abs()))
        })
    }

    /// `sum_h discount^h sqrt(2 A C_h eps_h)` with `eps_h` the mean of Delta^2 over all pairs and `C_h = S max_s d_h(s)`, by
    /// how much pi prefers a state to the uniform law (Q-B3).
    #[must_use]
    pub fn squared_error_bound(&self) -> f64 {
        let (pairs, states) = (self.errors.ncols() as f64, self.weights.ncols() as f64);
        let steps = self.weights.rows().into_iter().zip(self.errors.rows());
        steps
            .map(|(weights, errors)| {
                // discount^h: the law itself adds up to 1. Its square is one factor here and one in `weights`.
                let weight = weights.sum();
                let concentration = states * weights.iter().copied().fold(0.0, f64::max);
                let square = errors.dot(&errors) / pairs;
                (2.0 * self.actions as f64 * weight * concentration * square).sqrt()
            })
            .sum()
    }

    /// `sum_h E_h[of(step, state, decision)]`.
    fn sum(&self, of: impl Fn(usize, usize, Decision<'_>) -> f64) -> f64 {
        let mut sum = 0.0;
        for ((step, state), &weight) in self.weights.indexed_iter() {
            let pairs = state * self.actions..(state + 1) * self.actions;
            let optimal = self.optimal.pairs.row(step);
            let best = (1..self.actions).fold(0, |best, action| {
                if optimal[pairs.start + action] > optimal[pairs.start + best] {
                    action
                } else {
                    best
                }
            });
            let errors = self.errors.row(step);
            let errors = &errors.to_slice().expect("rows of a fresh table are contiguous")[pairs];
            let chosen = self.policy.action(step, state);
            sum += weight * of(step, state, Decision { errors, best, chosen });
        }
        sum
    }
}

/// `2 sum_h sqrt(B eps_h)` for estimates that are linear in the features, with `eps_h = delta_h^T Lambda delta_h` the
/// weighted square of the error of the weights and `B` the largest leverage (Q-B4). Neither the number of actions nor the
/// policy's preferences enter.
#[must_use]
pub fn feature_bound(largest_leverage: f64, errors: &[f64]) -> f64 {
    2.0 * errors.iter().map(|error| (largest_leverage * error).sqrt()).sum::<f64>()
}

/// `max phi^T Lambda^-1 phi` over the rows of `features` (pairs x factors), Lambda their mean second moment: the largest
/// leverage, at least the number of factors.
///
/// # Errors
/// [`Error::Singular`](crate::Error::Singular) when the features do not span their space.
pub fn largest_leverage(features: ArrayView2<'_, f64>) -> crate::Result<f64> {
    let second = features.t().dot(&features) / features.nrows() as f64;
    let solved = crate::numeric::linalg::cholesky_solve(second.view(), features.t())?;
    Ok(features
        .rows()
        .into_iter()
        .zip(solved.columns())
        .map(|(phi, solved)| phi.dot(&solved))
        .fold(0.0, f64::max))
}

/// `sum_h sqrt(2 A C eps_h)`: what is lost on average over tasks at most, with `eps_h` the mean squared error of the Q-function
/// at step h over tasks, contexts and pairs, and `C` the largest preference of any policy for a state: the number of states
/// will always do (Q-B5; Jensen's inequality on Q-B3).
#[must_use]
pub fn averaged_bound(actions: usize, concentration: f64, errors: &[f64]) -> f64 {
    let factor = 2.0 * actions as f64 * concentration;
    errors.iter().map(|error| (factor * error).sqrt()).sum()
}

#[cfg(test)]
mod tests;
