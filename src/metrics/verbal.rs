//! Players of scenarios in words: plays of whoever speaks, and classical learners on the same scenarios, so that differences
//! are paired.

use super::exploration::suffix_failure;
use crate::learner::Learner;
use crate::learner::bandit::play::{decision_stream, play as play_bandit};
use crate::learner::bandit::spec::{BanditSpec, Knowledge};
use crate::learner::play::play as play_online;
use crate::learner::spec::{LearnerSpec, Scale};
use crate::learner::verbal::class::{Source, Told, World};
use crate::learner::verbal::record::Trajectory;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::BanditScenario;
use crate::{Error, Result};

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
            World::FullInformation(_) | World::Mdp(..) | World::Pomdp(..) => None,
        };
        let failures = plays.chunks(runs).zip(told).map(failures).collect();
        Self { player: player.into(), regret, failures }
    }

    /// The classical learner of this name, with its defaults, on scenarios `told` of `source` that were drawn for `purpose`.
    ///
    /// # Errors
    /// A name that is none of a learner for the source, or a learner that cannot play it.
    pub fn of_learner(
        name: &str,
        source: &Source,
        told: &[Told],
        streams: &Streams,
        purpose: Purpose,
    ) -> Result<Self> {
        let (mut regret, mut failures) = (Vec::new(), None);
        match source {
            Source::Bandit(bandit) => {
                let prepared = name.parse::<BanditSpec>()?.prepare(Knowledge::of(bandit))?;
                let failures = failures.insert(Vec::new());
                for (i, told) in told.iter().enumerate() {
                    let World::Bandit(scenario) = &told.world else { continue };
                    let mut learner = prepared.build(scenario.present())?;
                    let mut rng = decision_stream(streams, purpose, 0, i, 0);
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
            Source::Mdp(_) | Source::Pomdp(_) => {
                let expected = "a bandit or full information: no classical learner plays processes";
                return Err(Error::parameter("source", "a process", expected));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::verbal::class::{Class, draw_by_turns, episodes};
    use crate::learner::verbal::habit::{self, Habit, Speech};
    use crate::problem::bandit::{Bandit, Means};
    use crate::problem::verbal::answer::Reading;
    use crate::problem::verbal::context::{Library, Part};
    use crate::problem::verbal::telling::{Rewards, Style};

    #[test]
    fn regret_and_failures_are_means_over_the_plays_of_a_scenario() {
        let means = Means::Given { means: vec![1.0, 0.0], shuffled: true };
        let source = Source::Bandit(Bandit { means, ..Bandit::bernoulli(2, 10) });
        let (rewards, style) = (Rewards::ZeroOne, Style::default());
        let class = Class { source, rewards, style, part: Part::Training };
        let (library, streams) = (Library::bundled().unwrap(), Streams::new(1));
        let purpose = Purpose::Evaluation;
        let told = draw_by_turns(std::slice::from_ref(&class), &library, 12, &streams, purpose, 0);
        let told = told.unwrap();
        let open = episodes(&told, 2, &streams, purpose, 0).unwrap();
        let stick = vec![Speech::new(Habit::Stick, 0, 0.0).unwrap(); 24];
        let plays = habit::play(&stick, open, &streams, purpose, Reading::Strict).unwrap();
        let played = Played::of_plays("stick", &plays, &told, 2);
        // Whoever sticks has a regret of 10 and fails, or neither.
        let failures = played.failures.unwrap();
        for (i, (regret, failure)) in played.regret.iter().zip(&failures).enumerate() {
            assert_eq!(*regret, (plays[2 * i].regret + plays[2 * i + 1].regret) / 2.0);
            assert_eq!(*regret, 10.0 * failure);
        }
        assert!(failures.contains(&0.5), "{failures:?}");
        // Greedy tries both and stays with the best, on the same scenarios.
        let of_learner = |name| Played::of_learner(name, &class.source, &told, &streams, purpose);
        let greedy = of_learner("greedy").unwrap();
        assert_eq!(greedy.failures, Some(vec![0.0; 12]));
        assert!(greedy.regret.iter().all(|regret| *regret <= 1.0), "{:?}", greedy.regret);
        assert!(of_learner("hedge").is_err());
    }
}
