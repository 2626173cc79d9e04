//! A Transformer in planning tasks: labelled trajectories, stage after stage.

mod hidden;
mod mdp;

pub use hidden::{HiddenCourse, HiddenLaw, HiddenStage};
pub use mdp::{MdpCourse, MdpStage};

use serde::{Deserialize, Serialize};

use crate::model::planning_tokens::PlanningTokens;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::linear_mdp::{Family, TaskLaw};
use crate::{Error, Result};

/// Largest number of settings that a stage draws from.
const MAX_SETTINGS: usize = 10_000;

/// Largest number of numbers of a task.
const MAX_TASK: usize = 1 << 22;

/// Largest number of states, observations, actions or steps that tokens are made for.
const MAX_SIZE: usize = 4096;

/// Linear processes with common features, as data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearFamily {
    /// Number of states.
    pub states: usize,
    /// Number of actions.
    pub actions: usize,
    /// Number of factors.
    pub factors: usize,
    /// Concentration of the Dirichlet law of the features: the smaller, the more pairs have one factor.
    pub feature_concentration: f64,
    /// How tasks are drawn.
    pub tasks: TaskLaw,
    /// Number of the draw of the features; families of other numbers have other features.
    pub draw: usize,
}

impl LinearFamily {
    /// The family; `page` keeps the draws of seen and of hidden processes apart.
    fn family(&self, page: usize) -> Result<Family> {
        check_task(self, 0, 1)?;
        let mut rng = Streams::new(0).stream(Purpose::Theory, page, self.draw, 0);
        let sizes = (self.states, self.actions, self.factors);
        Family::draw(sizes, self.feature_concentration, self.tasks, &mut rng)
    }
}

/// Refuses tasks that are too large to be drawn for every sequence.
fn check_task(linear: &LinearFamily, observations: usize, models: usize) -> Result<()> {
    let row = linear.states.saturating_add(linear.factors).saturating_add(observations);
    let pairs = linear.states.saturating_mul(linear.actions);
    let numbers = pairs.saturating_mul(row).saturating_mul(models);
    if numbers > MAX_TASK {
        return Err(Error::parameter(
            "states, actions, factors, observations, models",
            [linear.states, linear.actions, linear.factors, observations, models]
                .map(|size| size.to_string())
                .join(", "),
            format!("a task of at most {MAX_TASK} numbers (these: {numbers})"),
        ));
    }
    Ok(())
}

fn check_grid(lengths: &[usize]) -> Result<()> {
    let settings = lengths.iter().fold(1, |product: usize, &n| product.saturating_mul(n));
    if (1..=MAX_SETTINGS).contains(&settings) {
        return Ok(());
    }
    let expected = format!("1 to {MAX_SETTINGS}: no empty list, and not too many values");
    Err(Error::parameter("settings", settings, expected))
}

fn tokens<'a>(
    seen: usize,
    actions: usize,
    horizons: impl Iterator<Item = &'a Vec<usize>>,
    knobs: usize,
) -> Result<PlanningTokens> {
    let horizon = horizons.flatten().copied().max().unwrap_or(0);
    for (field, value) in
        [("states, observations", seen), ("actions", actions), ("horizons", horizon)]
    {
        if !(1..=MAX_SIZE).contains(&value) {
            return Err(Error::parameter(field, value, format!("1 to {MAX_SIZE}")));
        }
    }
    Ok(PlanningTokens::new(seen, actions, horizon, knobs))
}
