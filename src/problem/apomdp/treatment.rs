//! A small dynamic treatment problem whose response is ambiguous; all numbers are made up for this project.

use super::Apomdp;
use crate::Result;
use crate::problem::pomdp::{Pomdp, file};

/// All but how often the strong drug works.
const TREATMENT: &str = include_str!("treatment.POMDP");
/// Probability that the strong drug improves the state, in each model.
const RESPONSES: [f64; 3] = [0.25, 0.5, 0.9];

/// A patient whose disease shows only through a noisy marker: wait, give a mild drug that works in half of the steps,
/// or a strong one of which nobody knows whether it works in 25, 50 or 90 % of the steps. Meant for a few steps,
/// without discount.
///
/// The drug's burden is certain and its response is not, so pessimists give the mild drug and optimists the strong one.
///
/// # Errors
/// [`crate::Error::Parameter`] for a pessimism outside [0, 1].
pub fn treatment(pessimism: f64) -> Result<Apomdp> {
    let nominal = file::parse(TREATMENT.as_bytes()).expect("our own file");
    let models = RESPONSES.iter().map(|response| {
        let mut tables = nominal.tables();
        let strong = tables.names.actions.len() - 1;
        let worst = tables.names.states.len() - 1;
        for state in 0..=worst {
            // With the drug's response the state improves by one; otherwise it moves as with the mild drug without one.
            let mut row = tables.transitions.row_mut(state * tables.names.actions.len() + strong);
            row.fill(0.0);
            row[state.saturating_sub(1)] += response;
            row[state] += 0.7 * (1.0 - response);
            row[worst.min(state + 1)] += 0.3 * (1.0 - response);
        }
        Pomdp::new(tables)
    });
    Apomdp::new(models.collect::<Result<_>>()?, pessimism)
}
