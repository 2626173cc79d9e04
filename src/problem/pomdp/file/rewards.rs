//! Reward lines of a file and their expectation r(s, a).

use std::ops::Range;

use ndarray::Array2;

use super::tables::Budget;

/// One line: it holds for these states, states reached and observations.
pub(super) struct Line {
    pub states: Range<usize>,
    pub reached: Range<usize>,
    pub seen: Range<usize>,
    /// One value for all; or one an observation; or one an observation for every state reached.
    pub values: Vec<f64>,
}

impl Line {
    /// Writes the line into a table states reached x observations.
    fn write(&self, table: &mut [f64], observations: usize) {
        for reached in self.reached.clone() {
            let row = &mut table[reached * observations..(reached + 1) * observations];
            match self.values.len() {
                1 => row[self.seen.clone()].fill(self.values[0]),
                n if n == observations => row.copy_from_slice(&self.values),
                _ => row.copy_from_slice(&self.values[reached * observations..][..observations]),
            }
        }
    }
}

/// All lines, in the order of the file.
pub(super) struct Rewards {
    lines: Vec<Line>,
    /// Numbers of the lines that speak of each action.
    of_action: Vec<Vec<usize>>,
}

impl Rewards {
    /// No lines yet.
    pub fn new(actions: usize) -> Self {
        Self { lines: Vec::new(), of_action: vec![Vec::new(); actions] }
    }

    /// Adds the next line.
    pub fn push(
        &mut self,
        actions: Range<usize>,
        line: Line,
        budget: &mut Budget,
    ) -> Result<(), String> {
        budget.spend(actions.len())?;
        self.of_action[actions].iter_mut().for_each(|numbers| numbers.push(self.lines.len()));
        self.lines.push(line);
        Ok(())
    }

    /// r(s, a) = sum over s', o of P(s' | s, a) P(o | a, s') R(a, s, s', o), pair by pair (`s * actions + a`); both
    /// tables have a row for every action and state.
    pub fn expectations(
        &self,
        transitions: &Array2<f64>,
        laws: &Array2<f64>,
        budget: &mut Budget,
    ) -> Result<Vec<f64>, String> {
        let (actions, states, observations) =
            (self.of_action.len(), transitions.ncols(), laws.ncols());
        let mut expected = vec![0.0; states * actions];
        let mut table = vec![0.0; states * observations];
        for (action, numbers) in self.of_action.iter().enumerate() {
            for state in 0..states {
                budget.spend(numbers.len())?;
                let lines = numbers.iter().map(|i| &self.lines[*i]);
                let lines: Vec<&Line> = lines.filter(|line| line.states.contains(&state)).collect();
                // Nothing before the last line that covers everything matters.
                let covers = |line: &&Line| line.reached.len() * line.seen.len() == table.len();
                let first = lines.iter().rposition(covers);
                let last = lines.len().checked_sub(1);
                expected[state * actions + action] = match (first, last) {
                    (_, None) => 0.0,
                    // Exact, where an expectation would round.
                    (first, last) if first == last && lines[lines.len() - 1].values.len() == 1 => {
                        lines[lines.len() - 1].values[0]
                    }
                    (first, _) => {
                        let lines = &lines[first.unwrap_or(0)..];
                        let writes = lines.iter().map(|line| line.reached.len() * line.seen.len());
                        budget.spend(writes.sum::<usize>().saturating_add(table.len()))?;
                        table.fill(0.0);
                        lines.iter().for_each(|line| line.write(&mut table, observations));
                        let row = transitions.row(action * states + state);
                        let mean = |reached: usize| -> f64 {
                            let law = laws.row(action * states + reached);
                            law.iter()
                                .zip(&table[reached * observations..])
                                .map(|(p, r)| p * r)
                                .sum()
                        };
                        row.iter()
                            .enumerate()
                            .filter(|(_, p)| **p > 0.0)
                            .map(|(s, p)| p * mean(s))
                            .sum()
                    }
                };
            }
        }
        Ok(expected)
    }
}
