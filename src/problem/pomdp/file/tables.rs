//! Probability tables while a file fills them, entry by entry.

use std::ops::Range;

use ndarray::Array2;

/// How far from 1 the probabilities of a row of a file may add up: files round them.
const FILE_TOLERANCE: f64 = 1e-4;
/// Sums this near to 1 are rounding of the addition; such rows stay as they are, so that what was written is read back.
const EXACT: f64 = 1e-9;
/// Largest number of entries that the lines of a file may write, wildcards counted in full.
const MAX_WRITES: usize = 1 << 30;

/// Keeps files of many wildcards from running for long.
#[derive(Default)]
pub(super) struct Budget {
    spent: usize,
}

impl Budget {
    /// Accounts for `writes` entries.
    pub fn spend(&mut self, writes: usize) -> Result<(), String> {
        self.spent = self.spent.saturating_add(writes);
        if self.spent <= MAX_WRITES {
            return Ok(());
        }
        Err(format!(
            "the lines up to here set more than {MAX_WRITES} entries, wildcards counted in full"
        ))
    }
}

/// One row for all, or a row each.
pub(super) struct Given {
    pub values: Vec<f64>,
    pub columns: usize,
}

/// Laws, a row for every action and state (`action * states + state`).
pub(super) struct Rows {
    table: Array2<f64>,
    states: usize,
}

impl Rows {
    /// All zero: `rows` is actions x states.
    pub fn new(actions: usize, states: usize, columns: usize) -> Self {
        Self { table: Array2::zeros((actions * states, columns)), states }
    }

    /// Sets single entries.
    pub fn set(
        &mut self,
        actions: Range<usize>,
        states: Range<usize>,
        columns: Range<usize>,
        value: f64,
        budget: &mut Budget,
    ) -> Result<(), String> {
        budget.spend(actions.len() * states.len() * columns.len())?;
        self.each_row(actions, states, |_, row| row[columns.clone()].fill(value));
        Ok(())
    }

    /// Sets rows: all to the same, or each to its own.
    pub fn set_rows(
        &mut self,
        actions: Range<usize>,
        states: Range<usize>,
        given: &Given,
        budget: &mut Budget,
    ) -> Result<(), String> {
        budget.spend(actions.len() * states.len() * given.columns)?;
        let one = given.values.len() == given.columns;
        self.each_row(actions, states, |state, row| {
            let first = if one { 0 } else { state * given.columns };
            row.copy_from_slice(&given.values[first..first + given.columns]);
        });
        Ok(())
    }

    fn each_row(
        &mut self,
        actions: Range<usize>,
        states: Range<usize>,
        mut set: impl FnMut(usize, &mut [f64]),
    ) {
        let (all, columns) = (self.states, self.table.ncols());
        let table = self.table.as_slice_mut().expect("tables are contiguous");
        for action in actions {
            for state in states.clone() {
                let first = (action * all + state) * columns;
                set(state, &mut table[first..first + columns]);
            }
        }
    }

    /// The table, its rows normalised; `place(action, state)` names a row in errors about `keyword`.
    pub fn finish(
        mut self,
        keyword: &str,
        place: impl Fn(usize, usize) -> String,
    ) -> Result<Array2<f64>, String> {
        let (states, columns) = (self.states, self.table.ncols());
        let table = self.table.as_slice_mut().expect("tables are contiguous");
        for (i, row) in table.chunks_exact_mut(columns).enumerate() {
            settle(row).map_err(|sum| {
                let place = place(i / states, i % states);
                format!("{keyword}: {place}: the probabilities add up to {sum}, expected 1")
            })?;
        }
        Ok(self.table)
    }
}

/// Normalises a law whose sum is 1 up to the rounding of a file; otherwise returns the sum.
pub(super) fn settle(law: &mut [f64]) -> Result<(), f64> {
    let sum: f64 = law.iter().sum();
    if (sum - 1.0).abs() > FILE_TOLERANCE {
        return Err(sum);
    }
    if (sum - 1.0).abs() > EXACT {
        law.iter_mut().for_each(|p| *p /= sum);
    }
    Ok(())
}
