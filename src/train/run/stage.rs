//! Running one stage: iteration after iteration, with checkpoints.

use std::ops::ControlFlow;

use serde_json::Value;

use super::Event;
use super::history::History;
use crate::Result;
use crate::model::weights::Stored;
use crate::train::checkpoint::folder::Folder;
use crate::train::checkpoint::{Checkpoint, Scored};
use crate::train::course::{HistoryRow, Length, Visitor};
use crate::train::resumable::{Resumable, State};

/// Runs the stages that it visits.
pub struct Driver<'a, S> {
    /// The resolved recipe.
    pub recipe: &'a Value,
    /// Iterations from one checkpoint to the next.
    pub every: usize,
    pub folder: &'a Folder,
    pub history: History,
    pub observe: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    /// Zero-based stage, and how long it is.
    pub stage: usize,
    pub length: Length,
    /// Environment steps of the stages before it.
    pub steps_before: usize,
    /// Iterations completed in all stages.
    pub completed: usize,
    /// The best checkpoint of the stage.
    pub best: Option<Scored>,
    /// Where the stage goes on, if it was under way.
    pub state: Option<State<S>>,
    /// Whether the observer has stopped the run.
    pub stopped: bool,
}

impl<S: Stored> Visitor<S> for Driver<'_, S> {
    fn visit<T>(&mut self, mut trainer: T) -> Result<()>
    where
        T: Resumable<Scalar = S>,
        T::Report: Into<HistoryRow>,
    {
        if let Some(state) = self.state.take() {
            trainer.restore(state);
        }
        loop {
            let report = match trainer.step() {
                Ok(Some(report)) => report,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.history.write()?;
                    return Err(error);
                }
            };
            let row = self.row(report.into());
            self.completed += 1;
            self.history.push(row);
            self.stopped = (self.observe)(Event::Iteration(&row)).is_break();
            let due = row.iteration.is_multiple_of(self.every);
            let last = row.iteration == self.length.iterations;
            if due || last {
                self.score(row.iteration);
            }
            if due || last || self.stopped {
                self.history.write()?;
                self.folder.write(&Checkpoint {
                    recipe: self.recipe.clone(),
                    stage: self.stage,
                    completed: self.completed,
                    best: self.best,
                    state: trainer.state(),
                })?;
            }
            if self.stopped {
                return Ok(());
            }
        }
    }
}

impl<S> Driver<'_, S> {
    fn row(&self, measured: HistoryRow) -> HistoryRow {
        let steps = measured.iteration.saturating_mul(self.length.steps_each);
        HistoryRow {
            stage: self.stage + 1,
            steps: self.steps_before.saturating_add(steps),
            ..measured
        }
    }

    /// Sees whether the checkpoint after `iteration` of the stage is the best: by the regret on validation scenarios
    /// where it was just measured, else by the mean regret (or loss) of the iterations since the checkpoint before.
    fn score(&mut self, iteration: usize) {
        let since = match iteration % self.every {
            0 => self.every,
            since => since,
        };
        let rows = self.history.newest(since);
        let Some(newest) = rows.last() else { return };
        let mean = rows.iter().map(|row| row.regret.unwrap_or(row.loss)).sum::<f64>();
        let score = newest.validation_regret.unwrap_or(mean / rows.len() as f64);
        if self.best.is_none_or(|best| score < best.score) {
            self.best = Some(Scored { completed: self.completed, score });
        }
    }
}
