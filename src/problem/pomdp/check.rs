//! What a table must fulfil to be a process; a refusal names the state, the action and the observation.

use std::collections::HashSet;

use super::Tables;
use crate::problem::mdp::{check_law, check_sizes};
use crate::{Error, Result};

/// Largest number of observation probabilities; rejects absurd sizes.
const MAX_ENTRIES: usize = 1 << 28;

/// Refuses tables that are no partially observed process.
///
/// # Errors
/// [`Error::Parameter`] that names the state, action or observation for a row that is no probability law (to 1e-9) or a
/// reward that is not finite; for names that are missing, empty or given twice, shapes that do not fit, absurd sizes, a
/// start that is no law, a discount outside [0, 1].
pub fn check_model(tables: &Tables) -> Result<()> {
    let names = &tables.names;
    let (states, actions) = (names.states.len(), names.actions.len());
    let observations = names.observations.len();
    check_sizes(states, actions)?;
    check_observations(states, actions, observations)?;
    check_names("states", &names.states)?;
    check_names("actions", &names.actions)?;
    check_names("observations", &names.observations)?;
    let pairs = states * actions;
    check_shape("transitions", tables.transitions.dim(), (pairs, states))?;
    check_shape("observations", tables.observations.dim(), (pairs, observations))?;
    check_shape("rewards", (tables.rewards.len(), 1), (pairs, 1))?;
    check_shape("start", (tables.start.len(), 1), (states, 1))?;
    let state = |i: usize| format!("state {}", names.states[i]);
    let action = |i: usize| format!("action {}", names.actions[i]);
    for (pair, row) in tables.transitions.rows().into_iter().enumerate() {
        let place = format!("{}, {}", state(pair / actions), action(pair % actions));
        check_row("transitions", &place, "to state", &names.states, row.iter().copied())?;
    }
    for (row, law) in tables.observations.rows().into_iter().enumerate() {
        let place = format!("{}, reached {}", action(row / states), state(row % states));
        check_row("observations", &place, "observation", &names.observations, law.iter().copied())?;
    }
    if let Some(pair) = tables.rewards.iter().position(|r| !r.is_finite()) {
        let place = format!("rewards[{}, {}]", state(pair / actions), action(pair % actions));
        return Err(Error::parameter(place, tables.rewards[pair], "a finite number"));
    }
    check_row("start", "", "state", &names.states, tables.start.iter().copied())?;
    if !(0.0..=1.0).contains(&tables.discount) {
        return Err(Error::parameter("discount", tables.discount, "a number from 0 to 1"));
    }
    Ok(())
}

/// Refuses a number of observations that is 0 or absurd beside the other sizes.
pub(super) fn check_observations(states: usize, actions: usize, observations: usize) -> Result<()> {
    if observations == 0 {
        return Err(Error::parameter("observations", 0, "at least 1"));
    }
    let entries = states.checked_mul(actions).and_then(|n| n.checked_mul(observations));
    if entries.is_none_or(|n| n > MAX_ENTRIES) {
        let size = format!("{observations} observations for {states} states and {actions} actions");
        let expected = format!("at most {MAX_ENTRIES} observation probabilities");
        return Err(Error::parameter("observations", size, expected));
    }
    Ok(())
}

fn check_names(field: &str, names: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(Error::parameter(format!("{field}[{i}]"), "\"\"", "a name"));
        }
        if !seen.insert(name) {
            return Err(Error::parameter(format!("{field}[{i}]"), name, "a name given once"));
        }
    }
    Ok(())
}

fn check_shape(field: &str, given: (usize, usize), expected: (usize, usize)) -> Result<()> {
    if given == expected {
        return Ok(());
    }
    let show = |(rows, columns)| format!("a table of {rows} x {columns}");
    Err(Error::parameter(field, show(given), show(expected)))
}

/// A law over named things; the entry at fault is named, not numbered.
fn check_row(
    field: &str,
    place: &str,
    kind: &str,
    names: &[String],
    law: impl Iterator<Item = f64> + Clone,
) -> Result<()> {
    let bad = law.clone().position(|p| !(0.0..=1.0 + 1e-9).contains(&p));
    if let Some(i) = bad {
        let entry = [place, &format!("{kind} {}", names[i])].join(", ");
        let name = format!("{field}[{}]", entry.trim_start_matches(", "));
        let value = law.clone().nth(i).unwrap_or(f64::NAN);
        return Err(Error::parameter(name, value, "a probability from 0 to 1"));
    }
    let name = || if place.is_empty() { field.to_owned() } else { format!("{field}[{place}]") };
    check_law(name, law)
}
