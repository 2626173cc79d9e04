//! Optimal play over a finite horizon: a set of alpha vectors for every number of steps to go.

use std::fmt::Write;
use std::path::Path;

use super::alpha_vectors::AlphaVectors;
use crate::problem::pomdp::{Pomdp, Step};
use crate::{Error, Result, files};

/// One value function for each number of steps to go.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    stages: Vec<AlphaVectors>,
}

impl Plan {
    /// A plan from value functions with 1, 2, ... steps to go.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no stage, or stages of different numbers of states.
    pub fn new(stages: Vec<AlphaVectors>) -> Result<Self> {
        let Some(first) = stages.first() else {
            return Err(Error::parameter("stages", 0, "at least one"));
        };
        let states = first.states();
        if let Some(odd) = stages.iter().find(|stage| stage.states() != states) {
            let given = format!("vectors over {} states", odd.states());
            return Err(Error::parameter("stages", given, format!("vectors over {states} states")));
        }
        Ok(Self { stages })
    }

    /// Refuses a plan that cannot belong to a process.
    ///
    /// # Errors
    /// Those of [`AlphaVectors::check`].
    pub fn check(&self, pomdp: &Pomdp) -> Result<()> {
        self.stages.iter().try_for_each(|stage| stage.check(pomdp))
    }

    /// Number of steps.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.stages.len()
    }

    /// The value function with `to_go` steps to go.
    ///
    /// # Panics
    /// If `to_go` is 0 or more than the horizon.
    #[must_use]
    pub fn stage(&self, to_go: usize) -> &AlphaVectors {
        &self.stages[to_go - 1]
    }

    /// The optimal value of a belief over the whole horizon.
    #[must_use]
    pub fn value(&self, belief: &[f64]) -> f64 {
        self.stage(self.horizon()).value(belief)
    }

    /// The best action after a history shorter than the horizon, or `None` if it cannot happen.
    ///
    /// # Panics
    /// If the history is as long as the horizon or longer.
    #[must_use]
    pub fn action(&self, pomdp: &Pomdp, history: &[Step]) -> Option<usize> {
        let stage = self.stage(self.horizon() - history.len());
        pomdp.belief_after(history).map(|belief| stage.action(&belief))
    }

    /// The plan as text: for every stage a line `to-go` with its number and the stage's vectors in the format `.alpha`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (to_go, stage) in (1..).zip(&self.stages) {
            write!(out, "to-go {to_go}\n{}", stage.text()).expect("a string takes any text");
        }
        out
    }

    /// Reads what [`Self::text`] wrote.
    ///
    /// # Errors
    /// A message with the line of a stage out of order or of what is no alpha vector; those of [`Self::new`].
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let lines: Vec<(usize, &str)> = (1..).zip(text.lines()).collect();
        let mut stages = Vec::new();
        for block in lines.chunk_by(|_, (_, next)| !next.starts_with("to-go")) {
            let (number, head) = block[0];
            let expected = format!("to-go {}", stages.len() + 1);
            if head.trim() != expected {
                return Err(format!("line {number}: expected \"{expected}\", found \"{head}\""));
            }
            stages.push(AlphaVectors::parse_lines(block[1..].iter().copied())?);
        }
        Self::new(stages).map_err(|error| error.to_string())
    }

    /// Writes [`Self::text`] to a file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write_atomic(path, self.text().as_bytes())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, or holds no plan (the message has the line).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(Error::file(path, "read"))?;
        Self::parse(&text).map_err(|message| Error::content(path, message))
    }
}
