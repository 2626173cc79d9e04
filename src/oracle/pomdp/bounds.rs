//! Bounds on the value of a discounted process that hold at every belief (QP-B1 to QP-B3).
//!
//! Each is a set of vectors, one an action, and bounds the optimal value by `max over actions of <b, vector>`. The
//! iterations start beyond the value and move towards it monotonically, so wherever they stop they are bounds.

use super::alpha_vectors::{AlphaVector, AlphaVectors};
use super::backup::{expect, project};
use crate::problem::pomdp::Pomdp;
use crate::{Error, Result};

/// Iterations stop when no value changes by more than this, relative to the largest possible value.
const SETTLED: f64 = 1e-14;
const MAX_ITERATIONS: usize = 1_000_000;

/// The value if the state were seen from the next step on: `Q(s, a) = r(s, a) + gamma sum_s' P(s' | s, a) max_a' Q(s',
/// a')`. Its greedy policy is known as QMDP.
///
/// # Errors
/// [`Error::Parameter`] for a process that does not discount.
pub fn fully_observed(pomdp: &Pomdp) -> Result<AlphaVectors> {
    iterate(pomdp, f64::max, &|| true, |vectors, action| {
        let best: Vec<f64> = (0..pomdp.states())
            .map(|s| vectors.iter().map(|v| v.values[s]).fold(f64::NEG_INFINITY, f64::max))
            .collect();
        Some(expect(pomdp, action, &best))
    })
}

/// The fast informed bound (Hauskrecht 2000), never above [`fully_observed`]: the state is seen only after the next
/// observation, to which the next action already responds:
/// `Q(s, a) = r(s, a) + gamma sum_o max_a' sum_s' P(s' | s, a) P(o | a, s') Q(s', a')`.
///
/// # Errors
/// [`Error::Parameter`] for a process that does not discount.
pub fn fast_informed(pomdp: &Pomdp) -> Result<AlphaVectors> {
    fast_informed_while(pomdp, &|| true)
}

/// [`fast_informed`], iterated for as long as `go_on` says so, which is asked all the time.
pub(super) fn fast_informed_while(pomdp: &Pomdp, go_on: &dyn Fn() -> bool) -> Result<AlphaVectors> {
    iterate(pomdp, f64::max, go_on, |vectors, action| {
        let mut sum = vec![0.0; pomdp.states()];
        let mut best = sum.clone();
        for observation in 0..pomdp.observations() {
            best.fill(f64::NEG_INFINITY);
            for vector in vectors {
                if !go_on() {
                    return None;
                }
                let after = project(pomdp, action, observation, &vector.values);
                best.iter_mut().zip(after).for_each(|(best, v)| *best = best.max(v));
            }
            sum.iter_mut().zip(&best).for_each(|(total, best)| *total += best);
        }
        Some(sum)
    })
}

/// A lower bound: the best of the policies that take the same action for ever.
///
/// # Errors
/// [`Error::Parameter`] for a process that does not discount.
pub fn blind(pomdp: &Pomdp) -> Result<AlphaVectors> {
    blind_while(pomdp, &|| true)
}

/// [`blind`], iterated for as long as `go_on` says so.
pub(super) fn blind_while(pomdp: &Pomdp, go_on: &dyn Fn() -> bool) -> Result<AlphaVectors> {
    iterate(pomdp, f64::min, go_on, |vectors, action| {
        Some(expect(pomdp, action, &vectors[action].values))
    })
}

/// Iterates `Q_a = r_a + later(Q, a)` from the value of earning the extreme reward for ever, which is a bound as well;
/// a sweep in which `later` gives up counts for nothing.
fn iterate(
    pomdp: &Pomdp,
    extreme: fn(f64, f64) -> f64,
    go_on: &dyn Fn() -> bool,
    later: impl Fn(&[AlphaVector], usize) -> Option<Vec<f64>>,
) -> Result<AlphaVectors> {
    let discount = pomdp.discount();
    if discount >= 1.0 {
        return Err(Error::parameter("discount", discount, "less than 1 for an endless horizon"));
    }
    let reward = pomdp.rewards().iter().copied().reduce(extreme).expect("rewards of all pairs");
    let forever = reward / (1.0 - discount);
    let largest = pomdp.rewards().iter().fold(0.0_f64, |m, r| m.max(r.abs())) / (1.0 - discount);
    let mut vectors: Vec<AlphaVector> = (0..pomdp.actions())
        .map(|action| AlphaVector { action, values: vec![forever; pomdp.states()] })
        .collect();
    for _ in 0..MAX_ITERATIONS {
        let mut change = 0.0_f64;
        let next = (0..pomdp.actions()).map(|action| {
            let mut values = if go_on() { later(&vectors, action)? } else { return None };
            for (s, value) in values.iter_mut().enumerate() {
                *value += pomdp.reward(s, action);
                change = change.max((*value - vectors[action].values[s]).abs());
            }
            Some(AlphaVector { action, values })
        });
        let Some(next) = next.collect() else { break };
        vectors = next;
        if change <= SETTLED * largest {
            break;
        }
    }
    AlphaVectors::new(vectors)
}
