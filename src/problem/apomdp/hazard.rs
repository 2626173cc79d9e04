//! Ambiguity about one number, the risk of an absorbing end (QP-L8): the worst and the best model are the same at every
//! belief, and the ambiguous process is a plain one.

use ndarray::{Array2, Axis};

use super::Apomdp;
use crate::problem::pomdp::{Pomdp, Tables};
use crate::{Error, Result};

/// `base` with a risk of an end, without reward and for ever, in every step; the end is seen when it comes.
///
/// # Errors
/// [`Error::Parameter`] for a `hazard` outside [0, 1], a negative reward, or a state or observation already named
/// "dead".
pub fn with_hazard(base: &Pomdp, hazard: f64) -> Result<Pomdp> {
    if !(0.0..=1.0).contains(&hazard) {
        return Err(Error::parameter("hazard", hazard, "a number from 0 to 1"));
    }
    if let Some(reward) = base.rewards().iter().find(|r| **r < 0.0) {
        return Err(Error::parameter("rewards", reward, "no negative reward, the end has 0"));
    }
    let (states, actions, seen) = (base.states(), base.actions(), base.observations());
    let mut tables = base.tables();
    tables.names.states.push("dead".into());
    tables.names.observations.push("dead".into());
    let mut transitions = Array2::zeros(((states + 1) * actions, states + 1));
    for (pair, mut row) in transitions.axis_iter_mut(Axis(0)).enumerate() {
        if pair < states * actions {
            let alive = base.transitions();
            row.iter_mut().zip(alive.row(pair)).for_each(|(p, q)| *p = (1.0 - hazard) * q);
            row[states] = hazard;
        } else {
            row[states] = 1.0;
        }
    }
    let mut observations = Array2::zeros((actions * (states + 1), seen + 1));
    for action in 0..actions {
        for state in 0..states {
            let law = base.observation_laws();
            let law = law.row(action * states + state);
            let mut row = observations.row_mut(action * (states + 1) + state);
            row.iter_mut().zip(law).for_each(|(p, q)| *p = *q);
        }
        observations[[action * (states + 1) + states, seen]] = 1.0;
    }
    tables.rewards.extend(std::iter::repeat_n(0.0, actions));
    tables.start.push(0.0);
    Pomdp::new(Tables { transitions, observations, ..tables })
}

/// The ambiguous process whose models are `base` with each of these hazards.
///
/// # Errors
/// Those of [`with_hazard`] and [`Apomdp::new`].
pub fn hazards(base: &Pomdp, hazards: &[f64], pessimism: f64) -> Result<Apomdp> {
    let models = hazards.iter().map(|hazard| with_hazard(base, *hazard));
    Apomdp::new(models.collect::<Result<_>>()?, pessimism)
}
