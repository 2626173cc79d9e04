//! The hyper-parameters of Iterative RMFT.

use serde::{Deserialize, Serialize};

use crate::nn::schedule::Schedule;
use crate::problem::full_information::FullInformation;
use crate::{Error, Result};

/// Scenarios a task rolls out one after the other. Fixed, so that results do not depend on the number of threads.
pub(super) const SCENARIOS_PER_TASK: usize = 16;

/// Largest number of numbers the buffers of a run may hold; rejects absurd sizes before any allocation.
const MAX_BUFFERED: usize = 1 << 28;

/// Every hyper-parameter of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmftConfig {
    /// Number of scenarios M an iteration.
    pub scenarios: usize,
    /// Trajectories L per scenario.
    pub rollouts: usize,
    /// Trajectories k kept per scenario.
    pub keep: usize,
    /// Number of iterations.
    pub iterations: usize,
    /// Optimiser steps on the kept trajectories of an iteration.
    pub fit_steps: usize,
    /// Standard deviation sigma of the exploration noise.
    pub exploration: Schedule,
    /// Learning rate of AdamW.
    pub learning_rate: Schedule,
    /// Whether the trajectories of a scenario face the same rewards. They must (RMFT-R5); `false` is for the ablation.
    pub shared_rewards: bool,
}

impl RmftConfig {
    /// The recipe of the single-layer experiments at horizon `horizon` in dimension `d`.
    ///
    /// Longer horizons need more iterations (the way shortens more slowly than T^(-1), RMFT-P3), which a wider start of
    /// exploration shortens (sigma ~ sqrt T); exploration ends narrow, so that the rest point is that of small noise.
    pub fn single_layer(horizon: usize, d: usize) -> Self {
        let length = (2.0 / d as f64).sqrt();
        let widest = (0.082 * (horizon as f64).sqrt()).max(0.2);
        Self {
            scenarios: 256,
            rollouts: 32,
            keep: 4,
            iterations: 600 + 4 * horizon,
            fit_steps: 4,
            exploration: Schedule { start: widest * length, end: 0.2 * length },
            learning_rate: Schedule::cosine(3e-3, 0.02),
            shared_rewards: true,
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// A count of 0, `keep` > `rollouts`, a negative or infinite schedule.
    pub fn check(&self) -> Result<()> {
        for (field, value) in [
            ("scenarios", self.scenarios),
            ("rollouts", self.rollouts),
            ("keep", self.keep),
            ("iterations", self.iterations),
            ("fit_steps", self.fit_steps),
        ] {
            if value == 0 {
                return Err(Error::parameter(field, value, "at least 1"));
            }
        }
        if self.keep > self.rollouts {
            let expected = format!("at most rollouts = {}", self.rollouts);
            return Err(Error::parameter("keep", self.keep, expected));
        }
        self.exploration.check("exploration")?;
        self.learning_rate.check("learning_rate")
    }

    /// Checks every field, the problem, and that the buffers of a run on it fit in memory.
    ///
    /// # Errors
    /// Those of [`check`](Self::check) and of the problem; sizes whose buffers would hold more than 2^28 numbers.
    pub fn check_for(&self, problem: &FullInformation) -> Result<()> {
        problem.check()?;
        self.check()?;
        let sequence = problem.horizon.saturating_mul(problem.dimension);
        // Rewards, targets, and what forward and backward keep of every kept sequence ...
        let kept = self.scenarios.saturating_mul(self.sequences_kept()).saturating_mul(7);
        // ... and for each task raw decisions and a forward pass.
        let tasks = self.scenarios.div_ceil(SCENARIOS_PER_TASK);
        let desks = tasks
            .saturating_mul(self.rollouts.saturating_add(self.sequences_drawn().saturating_mul(5)));
        let buffered = kept.saturating_add(desks).saturating_mul(sequence);
        if buffered > MAX_BUFFERED {
            return Err(Error::parameter(
                "scenarios, rollouts, horizon, dimension",
                format!(
                    "{}, {}, {}, {}",
                    self.scenarios, self.rollouts, problem.horizon, problem.dimension
                ),
                format!(
                    "sizes whose buffers hold at most {MAX_BUFFERED} numbers (these: {buffered})"
                ),
            ));
        }
        Ok(())
    }

    /// Reward sequences drawn per scenario.
    pub(super) fn sequences_drawn(&self) -> usize {
        if self.shared_rewards { 1 } else { self.rollouts }
    }

    /// Training sequences made of a scenario's kept trajectories.
    pub(super) fn sequences_kept(&self) -> usize {
        if self.shared_rewards { 1 } else { self.keep }
    }
}
