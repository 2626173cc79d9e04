//! Classes of scenarios in words: what is drawn, how it is told, and who plays many of them (TEXT-D1).

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::play::{Episode, Key};
use super::record::Trajectory;
use super::scene::Scene;
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::finite_horizon::{Values, backward_induction};
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::problem::bandit::{Bandit, BanditScenario};
use crate::problem::decision_set::DecisionSet;
use crate::problem::full_information::FullInformation;
use crate::problem::mdp::Mdp;
use crate::problem::pomdp::Pomdp;
use crate::problem::pomdp::family::Family;
use crate::problem::verbal::answer::Unparsed;
use crate::problem::verbal::context::{Library, Part};
use crate::problem::verbal::reading::Agreement;
use crate::problem::verbal::telling::{Kind, Rewards, Shape, Style, Telling};
use crate::{Error, Result};

/// What scenarios are drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A bandit.
    Bandit(Bandit),
    /// Full information on the simplex.
    FullInformation(FullInformation),
    /// Processes whose state is seen.
    Mdp(Process),
    /// Processes whose state is hidden. The oracle's values of all histories are kept: few steps, actions and observations.
    Pomdp(Process),
}

/// Processes over a number of steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// How they are drawn; where the state is seen, without observations.
    pub family: Family,
    /// Number of steps.
    pub horizon: usize,
}

/// A class of scenarios and how they are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// What is drawn.
    pub source: Source,
    /// How rewards of a bandit are told.
    pub rewards: Rewards,
    /// How everything else is told.
    pub style: Style,
    /// The contexts.
    pub part: Part,
}

/// A scenario of any kind.
#[derive(Clone, Debug)]
pub enum World {
    /// A bandit.
    Bandit(BanditScenario),
    /// Rewards, rounds x arms.
    FullInformation(Array2<f64>),
    /// A process and its optimal values.
    Mdp(Mdp, Values),
    /// A hidden process and the optimal values of its histories.
    Pomdp(Pomdp, HistoryTree),
}

impl World {
    /// What is played.
    #[must_use]
    pub fn scene(&self) -> Scene<'_> {
        match self {
            Self::Bandit(scenario) => Scene::bandit(scenario),
            Self::FullInformation(rewards) => Scene::from(rewards),
            Self::Mdp(mdp, values) => Scene::Mdp(mdp, values),
            Self::Pomdp(pomdp, tree) => Scene::Pomdp(pomdp, tree),
        }
    }
}

/// A scenario in words.
#[derive(Clone, Debug)]
pub struct Told<'l> {
    /// How it is told.
    pub telling: Telling<'l>,
    /// What happens.
    pub world: World,
}

impl Class {
    /// Checks what is drawn.
    ///
    /// # Errors
    /// Those of the problem's own check; full information on another set than the simplex; a process without steps.
    pub fn check(&self) -> Result<()> {
        match &self.source {
            Source::Bandit(bandit) => bandit.check(),
            Source::FullInformation(problem) => match problem.set {
                // Words name arms, or probabilities of them.
                DecisionSet::Simplex => problem.check(),
                set => Err(Error::parameter("set", format!("{set:?}"), "the simplex")),
            },
            Source::Mdp(process) | Source::Pomdp(process) => {
                if process.horizon == 0 {
                    return Err(Error::parameter("horizon", 0, "at least 1"));
                }
                process.family.check()
            }
        }
    }

    /// What is told about.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let (kind, arms, rounds) = match &self.source {
            Source::Bandit(bandit) => {
                let still = bandit.means.is_stationary();
                let kind = if still { Kind::Bandit } else { Kind::DriftingBandit };
                (kind, bandit.arms, bandit.horizon)
            }
            Source::FullInformation(problem) => {
                (Kind::FullInformation, problem.dimension, problem.horizon)
            }
            Source::Mdp(Process { family, horizon }) => {
                (Kind::Mdp { states: family.states }, family.actions, *horizon)
            }
            Source::Pomdp(Process { family, horizon }) => {
                let Family { states, actions, observations, .. } = *family;
                (Kind::Pomdp { states, observations }, actions, *horizon)
            }
        };
        Shape { kind, arms, rounds, rewards: self.rewards }
    }

    /// Scenario `index` of iteration `iteration`; the same numbers give the same scenario in the same words.
    ///
    /// # Errors
    /// Those of [`Telling::of_scenario`]; a process that cannot be drawn or solved.
    pub fn draw<'l>(
        &self,
        library: &'l Library,
        streams: &Streams,
        purpose: Purpose,
        (iteration, index): (usize, usize),
    ) -> Result<Told<'l>> {
        let key = (iteration, index);
        let (shape, style) = (self.shape(), &self.style);
        let telling =
            Telling::of_scenario(library, self.part, &shape, style, streams, purpose, key)?;
        let world = match &self.source {
            Source::Bandit(bandit) => {
                World::Bandit(bandit.scenario(streams, purpose, iteration, index, 0))
            }
            Source::FullInformation(problem) => {
                World::FullInformation(problem.scenario(streams, purpose, iteration, index, 0))
            }
            Source::Mdp(Process { family, horizon }) => {
                let drawn = family.draw(&mut streams.stream(purpose, iteration, index, 0))?;
                let values = backward_induction(&drawn, *horizon)?;
                World::Mdp(drawn.mdp().clone(), values)
            }
            Source::Pomdp(Process { family, horizon }) => {
                let drawn = family.draw(&mut streams.stream(purpose, iteration, index, 0))?;
                let tree = HistoryTree::solve(&drawn, *horizon)?;
                World::Pomdp(drawn, tree)
            }
        };
        Ok(Told { telling, world })
    }
}

/// `count` scenarios of an iteration, of the classes by turns.
///
/// # Errors
/// Those of [`Class::draw`].
pub fn draw_by_turns<'l>(
    classes: &[Class],
    library: &'l Library,
    count: usize,
    streams: &Streams,
    purpose: Purpose,
    iteration: usize,
) -> Result<Vec<Told<'l>>> {
    let draw =
        |i: usize| classes[i % classes.len()].draw(library, streams, purpose, (iteration, i));
    (0..count).map(draw).collect()
}

/// The plays of every scenario, `runs` of each one after the other.
///
/// # Errors
/// Those of [`Episode::begin`].
pub fn episodes<'a>(
    told: &'a [Told],
    runs: usize,
    streams: &Streams,
    purpose: Purpose,
    iteration: usize,
) -> Result<Vec<Episode<'a>>> {
    let begin = |place: usize| {
        let (scenario, run) = (place / runs, place % runs);
        let Told { telling, world } = &told[scenario];
        Episode::begin(telling, world.scene(), streams, purpose, Key { iteration, scenario, run })
    };
    (0..told.len() * runs).map(begin).collect()
}

/// How many answers in `plays`, `runs` of each scenario one after the other, could not be read, and how many of the counts that they
/// write are right.
#[must_use]
pub fn said(plays: &[Trajectory], told: &[Told], runs: usize) -> (Unparsed, Agreement) {
    let (mut unparsed, mut agreement) = (Unparsed::default(), Agreement::default());
    for (plays, told) in plays.chunks(runs).zip(told) {
        for play in plays {
            unparsed.add(&play.unparsed);
            agreement.add(&play.agreement(&told.telling));
        }
    }
    (unparsed, agreement)
}

#[cfg(test)]
mod tests;
