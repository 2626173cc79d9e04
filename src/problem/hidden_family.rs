//! Families of processes whose state is hidden, from which planning tasks are drawn (SFT-D4 to SFT-D6).

use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::apomdp::Apomdp;
use super::linear_mdp;
use super::pomdp::family::class_channel;
use super::pomdp::{Pomdp, classics};
use crate::{Error, Result};

/// Shortest horizon of a maze: entrance, corridor, junction.
const SHORTEST_MAZE: usize = 3;
/// Places of a maze at which the signal is shown.
const ENTRANCE: usize = 1;

/// What tasks have in common.
#[derive(Clone, Debug)]
pub enum HiddenFamily {
    /// Linear processes with common features behind [`class_channel`]; ambiguous ones have several models, each a mixture of
    /// the nominal process and another of the family.
    Factors {
        /// Features and the law of tasks.
        family: linear_mdp::Family,
        /// Number of observations.
        observations: usize,
        /// Number of models of a task with a positive radius.
        models: usize,
    },
    /// [`classics::t_maze`] whose actions have other numbers at every place. Observability is how reliable the signal is.
    Maze,
}

/// The knobs of a task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HiddenSetting {
    /// Number of steps.
    pub horizon: usize,
    /// Probability in [0, 1] that an observation tells something; otherwise any is made.
    pub observability: f64,
    /// Weight in [0, 1] of what the models do not have in common; 0 leaves one model.
    pub radius: f64,
    /// Weight in [0, 1] of the worst model.
    pub pessimism: f64,
}

/// A task.
#[derive(Clone, Debug)]
pub struct HiddenTask {
    /// The process: one model, or a cloud of them.
    pub process: Apomdp,
    /// The model at the centre of the cloud; the model itself if there is one only.
    pub nominal: Pomdp,
}

impl HiddenSetting {
    /// One model.
    #[must_use]
    pub fn plain(horizon: usize, observability: f64) -> Self {
        Self { horizon, observability, radius: 0.0, pessimism: 1.0 }
    }

    /// What players are told: observability, radius, pessimism.
    #[must_use]
    pub fn knobs(&self) -> [f64; 3] {
        [self.observability, self.radius, self.pessimism]
    }

    /// Checks every field.
    ///
    /// # Errors
    /// No step, a knob outside [0, 1].
    pub fn check(&self) -> Result<()> {
        if self.horizon == 0 {
            return Err(Error::parameter("horizon", 0, "at least 1"));
        }
        for (field, value) in [
            ("observability", self.observability),
            ("radius", self.radius),
            ("pessimism", self.pessimism),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::parameter(field, value, "a number from 0 to 1"));
            }
        }
        Ok(())
    }
}

impl HiddenFamily {
    /// Number of actions.
    #[must_use]
    pub fn actions(&self) -> usize {
        match self {
            Self::Factors { family, .. } => family.actions(),
            Self::Maze => 3,
        }
    }

    /// Number of observations.
    #[must_use]
    pub fn observations(&self) -> usize {
        match self {
            Self::Factors { observations, .. } => *observations,
            Self::Maze => 5,
        }
    }

    /// Draws a task. The nominal process does not depend on the knobs: the same generator gives the same one.
    ///
    /// # Errors
    /// Those of [`HiddenSetting::check`]; no observation or model; a maze over fewer than 3 steps.
    pub fn task(&self, setting: &HiddenSetting, rng: &mut impl Rng) -> Result<HiddenTask> {
        setting.check()?;
        match self {
            Self::Factors { family, observations, models } => {
                let nominal = family.task(rng).mdp;
                let channel = class_channel(
                    nominal.states(),
                    nominal.actions(),
                    *observations,
                    setting.observability,
                );
                let nominal = Pomdp::hide(nominal, channel)?;
                if setting.radius == 0.0 {
                    return HiddenTask::plain(nominal);
                }
                let cloud = (0..*models).map(|_| {
                    let own = family.task(rng).mdp.transitions().to_owned();
                    let mut tables = nominal.tables();
                    tables.transitions *= 1.0 - setting.radius;
                    tables.transitions.scaled_add(setting.radius, &own);
                    Pomdp::new(tables)
                });
                let process = Apomdp::new(cloud.collect::<Result<_>>()?, setting.pessimism)?;
                Ok(HiddenTask { process, nominal })
            }
            Self::Maze => HiddenTask::plain(maze(setting, rng)?),
        }
    }
}

impl HiddenTask {
    /// A task of one model.
    ///
    /// # Errors
    /// None that a process can cause.
    pub fn plain(nominal: Pomdp) -> Result<Self> {
        Ok(Self { process: Apomdp::new(vec![nominal.clone()], 1.0)?, nominal })
    }
}

/// A maze that takes all steps of the horizon.
fn maze(setting: &HiddenSetting, rng: &mut impl Rng) -> Result<Pomdp> {
    if setting.horizon < SHORTEST_MAZE {
        let expected = format!("at least {SHORTEST_MAZE} for a maze");
        return Err(Error::parameter("horizon", setting.horizon, expected));
    }
    let mut tables = classics::t_maze(setting.horizon - 2, 1.0)?.tables();
    let (states, actions, places) = (tables.names.states.len(), 3, setting.horizon);
    // 1. The signal: both sides show either with the probability that observability leaves to chance.
    let chance = (1.0 - setting.observability) / 2.0;
    for action in 0..actions {
        for side in 0..2 {
            let mut row = tables.observations.row_mut(action * states + side * places + ENTRANCE);
            row[side] = 1.0 - chance;
            row[1 - side] = chance;
        }
    }
    // 2. Other numbers for the actions at every place, the same on both sides.
    let (transitions, rewards) = (tables.transitions.clone(), tables.rewards.clone());
    for place in 0..places {
        let mut numbers: Vec<usize> = (0..actions).collect();
        numbers.shuffle(rng);
        for (action, number) in numbers.into_iter().enumerate() {
            for side in 0..2 {
                let first = (side * places + place) * actions;
                let row = transitions.row(first + action);
                tables.transitions.row_mut(first + number).assign(&row);
                tables.rewards[first + number] = rewards[first + action];
            }
        }
    }
    Pomdp::new(tables)
}

#[cfg(test)]
mod tests;
