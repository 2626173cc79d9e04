//! Players of scenarios in words: plays of whoever speaks, and classical learners on the same scenarios, so that differences
//! are paired.

use super::exploration::suffix_failure;
use crate::Result;
use crate::learner::Learner;
use crate::learner::bandit::play::{decision_stream, play as play_bandit};
use crate::learner::bandit::spec::{BanditSpec, Knowledge};
use crate::learner::play::play as play_online;
use crate::learner::spec::{LearnerSpec, Scale};
use crate::learner::verbal::class::{Source, Told, World};
use crate::learner::verbal::record::Trajectory;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::BanditScenario;

/// What a player did on every scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// Name of the player.
    pub player: String,
    /// Regret, the mean over the plays of a scenario.
    pub regret: Vec<f64>,
    /// Share of the plays of a scenario that never chose the best arm in their second half, where arms are chosen.
    pub failures: Option<Vec<f64>>,
}

impl Played {
    /// What was played in words, `runs` plays of each scenario one after the other.
    pub fn of_plays(
        player: impl Into<String>,
        plays: &[Trajectory],
        told: &[Told],
        runs: usize,
    ) -> Self {
        let regret = |plays: &[Trajectory]| mean(plays.iter().map(|play| play.regret));
        let regret = plays.chunks(runs).map(regret).collect();
        let failures = |(plays, told): (&[Trajectory], &Told)| match &told.world {
            World::Bandit(scenario) => Some(mean(plays.iter().map(|play| {
                let chosen: Vec<usize> =
                    play.rounds.iter().filter_map(|round| round.action).collect();
                failed(scenario, &chosen)
            }))),
            World::FullInformation(_) => None,
        };
        let failures = plays.chunks(runs).zip(told).map(failures).collect();
        Self { player: player.into(), regret, failures }
    }

    /// The classical learner of this name, with its defaults, on scenarios `told` of `source`.
    ///
    /// # Errors
    /// A name that is none of a learner for the source, or a learner that cannot play it.
    pub fn of_learner(
        name: &str,
        source: &Source,
        told: &[Told],
        streams: &Streams,
    ) -> Result<Self> {
        let (mut regret, mut failures) = (Vec::new(), None);
        match source {
            Source::Bandit(bandit) => {
                let prepared = name.parse::<BanditSpec>()?.prepare(Knowledge::of(bandit))?;
                let failures = failures.insert(Vec::new());
                for (i, told) in told.iter().enumerate() {
                    let World::Bandit(scenario) = &told.world else { continue };
                    let mut learner = prepared.build(scenario.present())?;
                    let mut rng = decision_stream(streams, Purpose::Evaluation, 0, i, 0);
                    let chosen = play_bandit(scenario, &mut *learner, &mut rng);
                    regret.push(scenario.regret().total(scenario, &chosen));
                    failures.push(failed(scenario, &chosen));
                }
            }
            Source::FullInformation(problem) => {
                // Rewards are within the unit cube, about: a vector is as long as the root of the number of arms.
                let bound = (problem.dimension as f64).sqrt();
                let scale = Scale { rounds: problem.horizon, bound };
                let spec: LearnerSpec = name.parse()?;
                for told in told {
                    let World::FullInformation(rewards) = &told.world else { continue };
                    let mut learner: Box<dyn Learner> =
                        spec.build(problem.set, scale, rewards.view());
                    let curve = play_online(problem.set, &mut *learner, rewards.view());
                    regret.extend(curve.last().copied());
                }
            }
        }
        Ok(Self { player: name.to_owned(), regret, failures })
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn failed(scenario: &BanditScenario, chosen: &[usize]) -> f64 {
    f64::from(u8::from(suffix_failure(scenario, chosen, chosen.len() / 2)))
}
