//! One step back from a value function: what a vector of the next stage is worth now.

use super::alpha_vectors::{AlphaVector, best};
use crate::problem::pomdp::Pomdp;

/// `gamma sum_s' P(s' | s, a) P(o | a, s') next(s')` for every state: the discounted value of going on with `next`
/// after `observation`, counted only if that is what is seen.
pub(super) fn project(pomdp: &Pomdp, action: usize, observation: usize, next: &[f64]) -> Vec<f64> {
    let weighed: Vec<f64> = next
        .iter()
        .enumerate()
        .map(|(s, v)| v * pomdp.observation_probability(action, s, observation))
        .collect();
    expect(pomdp, action, &weighed)
}

/// `gamma sum_s' P(s' | s, a) values(s')` for every state.
pub(super) fn expect(pomdp: &Pomdp, action: usize, values: &[f64]) -> Vec<f64> {
    let table = pomdp.transitions();
    let rows = table.as_slice().expect("tables are contiguous").chunks_exact(pomdp.states());
    let of_action = rows.skip(action).step_by(pomdp.actions());
    let dot = |row: &[f64]| -> f64 { row.iter().zip(values).map(|(p, v)| p * v).sum() };
    of_action.map(|row| pomdp.discount() * dot(row)).collect()
}

/// The vector that is best at `belief` one step before `next`: the value there of acting once and going on by `next`;
/// `None` when `go_on`, which is asked for every action, says stop.
pub(super) fn point_backup(
    pomdp: &Pomdp,
    next: &[AlphaVector],
    belief: &[f64],
    go_on: &dyn Fn() -> bool,
) -> Option<AlphaVector> {
    let states = pomdp.states();
    let mut chosen: Option<(f64, AlphaVector)> = None;
    let (mut predicted, mut seen) = (vec![0.0; states], vec![0.0; states]);
    for action in 0..pomdp.actions() {
        if !go_on() {
            return None;
        }
        pomdp.predict_into(belief, action, &mut predicted);
        let mut later = vec![0.0; states];
        for observation in 0..pomdp.observations() {
            // What cannot be seen from here can be seen from elsewhere: any vector is a valid way to go on there.
            pomdp.weigh_into(&predicted, action, observation, &mut seen);
            let after = &best(next, &seen).0.values;
            for (s, sum) in later.iter_mut().enumerate() {
                *sum += after[s] * pomdp.observation_probability(action, s, observation);
            }
        }
        let mut values = expect(pomdp, action, &later);
        values.iter_mut().enumerate().for_each(|(s, v)| *v += pomdp.reward(s, action));
        let vector = AlphaVector { action, values };
        let value = vector.at(belief);
        if chosen.as_ref().is_none_or(|(best, _)| value > *best) {
            chosen = Some((value, vector));
        }
    }
    Some(chosen.expect("at least one action").1)
}
