//! The hyper-parameters of Iterative RMFT.

use serde::{Deserialize, Serialize};

use super::selection::Weighting;
use crate::nn::schedule::Schedule;
use crate::{Error, Result};

/// Largest number of rounds of all trajectories of an iteration; rejects absurd sizes before any allocation.
const MAX_ROUNDS: usize = 1 << 26;

/// Largest number of passes: a stop, or a kill, is noticed between iterations.
const MAX_PASSES: usize = 10_000;

/// Lowest temperature of a categorical policy; logits divided by less would overflow.
const LEAST_TEMPERATURE: f64 = 1e-3;

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
    /// Other k from some iterations on, in order; none by default.
    #[serde(default)]
    pub keep_later: Vec<KeepFrom>,
    /// Weights of the kept trajectories of a scenario in the fit.
    #[serde(default)]
    pub weighting: Weighting,
    /// Number of iterations.
    pub iterations: usize,
    /// Passes through the kept trajectories of an iteration.
    pub passes: usize,
    /// Sequences of an optimiser step; all of them when absent.
    #[serde(default)]
    pub batch: Option<usize>,
    /// Exploration: standard deviation of Gaussian decisions, temperature of categorical ones.
    pub exploration: Schedule,
    /// Learning rate of AdamW.
    pub learning_rate: Schedule,
    /// Iterations in which the learning rate rises to the start of its schedule.
    #[serde(default)]
    pub warm_up: usize,
    /// Decay rate of AdamW's second moments.
    pub beta2: f64,
    /// Decoupled weight decay of AdamW.
    #[serde(default)]
    pub weight_decay: f64,
    /// Largest norm of a gradient; longer ones are shortened to it.
    #[serde(default)]
    pub clip: Option<f64>,
    /// Whether the trajectories of a scenario face the same rewards. Full information needs it (RMFT-R5).
    pub shared_rewards: bool,
    /// Whether the trajectories are those of the model as it stands; `false` rolls out the untrained model throughout
    /// (one round of fine-tuning, on as many trajectories).
    pub iterated: bool,
    /// Look at the regret on validation scenarios every so many iterations, and end with the best parameters seen.
    #[serde(default)]
    pub keep_best: Option<usize>,
}

/// From iteration `from` on, keep `keep` trajectories of each scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepFrom {
    /// Zero-based iteration.
    pub from: usize,
    /// Trajectories kept per scenario.
    pub keep: usize,
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
            keep_later: Vec::new(),
            weighting: Weighting::Equal,
            iterations: 600 + 4 * horizon,
            passes: 4,
            batch: None,
            exploration: Schedule { start: widest * length, end: 0.2 * length },
            learning_rate: Schedule::cosine(3e-3, 0.02),
            warm_up: 0,
            beta2: 0.999,
            weight_decay: 0.0,
            clip: None,
            shared_rewards: true,
            iterated: true,
            keep_best: None,
        }
    }

    /// The recipe of the Transformers on bandits: three of four trajectories kept, and a learning rate that decays.
    pub fn transformer(iterations: usize) -> Self {
        Self {
            scenarios: 512,
            rollouts: 4,
            keep: 3,
            keep_later: Vec::new(),
            weighting: Weighting::Equal,
            iterations,
            passes: 1,
            batch: Some(64),
            exploration: Schedule::constant(1.0),
            learning_rate: Schedule::cosine(1.5e-3, 0.02),
            warm_up: 0,
            beta2: 0.98,
            weight_decay: 0.0,
            clip: Some(1.0),
            shared_rewards: true,
            iterated: true,
            keep_best: None,
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// A count of 0, more than 10 000 passes, a k that is larger than `rollouts`, stages of k out of order, a negative or infinite schedule, a
    /// `beta2` outside [0, 1), a weight decay, clip or temperature that is no positive number.
    pub fn check(&self) -> Result<()> {
        for (field, value) in [
            ("scenarios", Some(self.scenarios)),
            ("rollouts", Some(self.rollouts)),
            ("iterations", Some(self.iterations)),
            ("passes", Some(self.passes)),
            ("batch", self.batch),
            ("keep_best", self.keep_best),
        ] {
            if value == Some(0) {
                return Err(Error::parameter(field, 0, "at least 1"));
            }
        }
        if self.passes > MAX_PASSES {
            return Err(Error::parameter("passes", self.passes, format!("at most {MAX_PASSES}")));
        }
        let stages = self.keep_later.iter().map(|stage| ("keep_later.keep", stage.keep));
        for (field, keep) in std::iter::once(("keep", self.keep)).chain(stages) {
            if keep == 0 {
                return Err(Error::parameter(field, 0, "at least 1"));
            }
            if keep > self.rollouts {
                let expected = format!("at most rollouts = {}", self.rollouts);
                return Err(Error::parameter(field, keep, expected));
            }
        }
        if !self.keep_later.is_sorted_by(|a, b| a.from < b.from) {
            let froms: Vec<usize> = self.keep_later.iter().map(|stage| stage.from).collect();
            let expected = "iterations in increasing order";
            return Err(Error::parameter("keep_later.from", format!("{froms:?}"), expected));
        }
        if !(0.0..1.0).contains(&self.beta2) {
            return Err(Error::parameter("beta2", self.beta2, "a number in [0, 1)"));
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return Err(Error::parameter(
                "weight_decay",
                self.weight_decay,
                "a finite number >= 0",
            ));
        }
        if let Some(clip) = self.clip
            && !(clip > 0.0 && clip.is_finite())
        {
            return Err(Error::parameter("clip", clip, "a positive finite number"));
        }
        self.weighting.check()?;
        self.exploration.check("exploration")?;
        self.learning_rate.check("learning_rate")
    }

    /// Checks what drawing from finitely many arms needs: exploration is a temperature, and the trajectories of an
    /// iteration, each of `horizon` rounds, are not absurdly many.
    ///
    /// # Errors
    /// A temperature below 0.001; more than 2^26 rounds in all.
    pub(super) fn check_categorical(&self, horizon: usize) -> Result<()> {
        let coldest = self.exploration.start.min(self.exploration.end);
        if coldest < LEAST_TEMPERATURE {
            let expected = format!("a temperature of at least {LEAST_TEMPERATURE} throughout");
            return Err(Error::parameter("exploration", coldest, expected));
        }
        if self.steps_each(horizon) > MAX_ROUNDS {
            return Err(Error::parameter(
                "scenarios x rollouts x horizon",
                format!("{} x {} x {horizon}", self.scenarios, self.rollouts),
                format!("at most {MAX_ROUNDS} rounds an iteration"),
            ));
        }
        Ok(())
    }

    /// Environment steps of an iteration: the rounds of all trajectories.
    pub fn steps_each(&self, horizon: usize) -> usize {
        self.scenarios.saturating_mul(self.rollouts).saturating_mul(horizon)
    }

    /// Trajectories kept per scenario at `iteration`.
    pub fn keep_at(&self, iteration: usize) -> usize {
        let stage = self.keep_later.iter().rev().find(|stage| stage.from <= iteration);
        stage.map_or(self.keep, |stage| stage.keep)
    }

    /// The largest k of all iterations.
    pub fn largest_keep(&self) -> usize {
        self.keep_later.iter().map(|stage| stage.keep).fold(self.keep, usize::max)
    }

    /// Whether the regret on validation scenarios is measured after `iteration`: every so often, and at the end.
    pub(super) fn looks_at_validation(&self, iteration: usize) -> bool {
        self.keep_best.is_some_and(|every| {
            (iteration + 1).is_multiple_of(every) || iteration + 1 == self.iterations
        })
    }
}
