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
    Maze(Mazes),
}

/// Which mazes. There are few different ones, so that those that a model is examined in have to be kept from its training.
/// Neither part tells anything about the turns at the junction, or about single places before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mazes {
    /// Two thirds of them.
    Training,
    /// The third in which the numbers of the actions that lead forward add up to a multiple of three.
    HeldOut,
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
            Self::Maze(_) => classics::MAZE_ACTIONS,
        }
    }

    /// Number of observations.
    #[must_use]
    pub fn observations(&self) -> usize {
        match self {
            Self::Factors { observations, .. } => *observations,
            Self::Maze(_) => classics::MAZE_OBSERVATIONS,
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
            Self::Maze(mazes) => HiddenTask::plain(maze(*mazes, setting, rng)?),
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
fn maze(mazes: Mazes, setting: &HiddenSetting, rng: &mut impl Rng) -> Result<Pomdp> {
    if setting.horizon < SHORTEST_MAZE {
        let expected = format!("at least {SHORTEST_MAZE} for a maze");
        return Err(Error::parameter("horizon", setting.horizon, expected));
    }
    let mut tables = classics::t_maze(setting.horizon - 2, 1.0)?.tables();
    let (states, actions, places) =
        (tables.names.states.len(), classics::MAZE_ACTIONS, setting.horizon);
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
    let numbers = numbers(mazes, places, rng);
    let (transitions, rewards) = (tables.transitions.clone(), tables.rewards.clone());
    for (place, numbers) in numbers.into_iter().enumerate() {
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

/// The numbers of the actions at every place, forward first, of one of `mazes`.
fn numbers(
    mazes: Mazes,
    places: usize,
    rng: &mut impl Rng,
) -> Vec<[usize; classics::MAZE_ACTIONS]> {
    loop {
        let mut numbers = vec![std::array::from_fn(|action| action); places];
        numbers.iter_mut().for_each(|numbers| numbers.shuffle(rng));
        // The last place is the junction, where no way leads forward.
        let sum: usize = numbers[..places - 1].iter().map(|numbers| numbers[0]).sum();
        if sum.is_multiple_of(3) == (mazes == Mazes::HeldOut) {
            return numbers;
        }
    }
}

#[cfg(test)]
mod tests;
