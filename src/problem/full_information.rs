//! Full-information online learning: before round t the learner sees R_1 .. R_{t-1}, decides, and is paid `<decision, R_t>`.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::decision_set::DecisionSet;
use super::family::RewardFamily;
use crate::numeric::rng::{Purpose, Streams};
use crate::{Error, Result};

/// Largest number of reward entries (horizon x dimension) of one scenario; rejects absurd sizes before any allocation.
const MAX_ENTRIES: usize = 1 << 26;

/// A problem: where decisions live, how long a scenario is, and which rewards it draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullInformation {
    /// The set of decisions.
    pub set: DecisionSet,
    /// Dimension d of decisions and rewards (number of arms).
    pub dimension: usize,
    /// Number of rounds T of a scenario.
    pub horizon: usize,
    /// Law of the reward sequences.
    pub family: RewardFamily,
}

impl FullInformation {
    /// The default problem of the single-layer experiments: the unit ball and the balanced family.
    pub fn balanced(dimension: usize, horizon: usize) -> Self {
        Self { set: DecisionSet::UNIT_BALL, dimension, horizon, family: RewardFamily::balanced() }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// `dimension` or `horizon` of 0 or so large that a scenario would not fit, and errors of the set and the family.
    pub fn check(&self) -> Result<()> {
        for (field, value) in [("dimension", self.dimension), ("horizon", self.horizon)] {
            if value == 0 {
                return Err(Error::parameter(field, value, "at least 1"));
            }
        }
        if self.dimension.saturating_mul(self.horizon) > MAX_ENTRIES {
            return Err(Error::parameter(
                "horizon x dimension",
                format!("{} x {}", self.horizon, self.dimension),
                format!("at most {MAX_ENTRIES} entries"),
            ));
        }
        self.set.check()?;
        self.family.check(self.dimension)
    }

    /// The rewards (horizon x d) of one scenario of `purpose`; the same arguments always give the same rewards.
    ///
    /// `copy` 0 is the scenario itself; rollouts that must not share rewards (RMFT-R5) draw a copy each.
    pub fn scenario(
        &self,
        streams: &Streams,
        purpose: Purpose,
        iteration: usize,
        index: usize,
        copy: usize,
    ) -> Array2<f64> {
        let mut rng = streams.stream(purpose, iteration, index, copy);
        self.family.draw(self.horizon, self.dimension, &mut rng)
    }

    /// [`scenario`](Self::scenario), written over `rewards` (horizon x d); it allocates nothing once `scratch` has held 2 d
    /// numbers.
    pub fn scenario_into(
        &self,
        streams: &Streams,
        purpose: Purpose,
        (iteration, index, copy): (usize, usize, usize),
        rewards: &mut Array2<f64>,
        scratch: &mut Vec<f64>,
    ) {
        let mut rng = streams.stream(purpose, iteration, index, copy);
        self.family.draw_into(rewards, scratch, &mut rng);
    }

    /// The first `count` scenarios of `purpose`.
    pub fn scenarios(&self, streams: &Streams, purpose: Purpose, count: usize) -> Vec<Array2<f64>> {
        (0..count).map(|index| self.scenario(streams, purpose, 0, index, 0)).collect()
    }
}
