//! Playing learners on bandit scenarios: one, or many on all threads.
//!
//! Models decide many scenarios in lock-step, classical learners one at a time; so the unit of work is a *player of a
//! group*, a function from scenarios (and the index of the first) to the arms chosen on each. [`one_by_one`] makes such a
//! player of a learner. Scenarios are drawn inside the tasks, and each task's randomness is keyed by scenario, so that
//! results are the same for any number of threads and only results are stored.

use ndarray::ArrayView2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::BanditLearner;
use crate::Result;
use crate::numeric::parallel;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::BanditScenario;

/// Number of scenarios of a group; the last group of a set may be smaller.
pub const GROUP: usize = 64;

/// The generator of a player's own decisions on one scenario, disjoint from those of its means and rewards
/// ([`Bandit::scenario`](crate::problem::bandit::Bandit::scenario)): rollout slots counted from the last one down.
///
/// `run` tells several runs on one scenario apart; it is 0 where there is only one.
pub fn decision_stream(
    streams: &Streams,
    purpose: Purpose,
    iteration: usize,
    index: usize,
    run: usize,
) -> ChaCha8Rng {
    streams.stream(purpose, iteration, index, usize::MAX - run)
}

/// Plays the scenario to its end and returns the arm chosen in each round.
///
/// # Panics
/// If the learner chooses an arm that is not present, as may all functions of this module.
pub fn play(
    scenario: &BanditScenario,
    learner: &mut (impl BanditLearner + ?Sized),
    rng: &mut dyn Rng,
) -> Vec<usize> {
    (0..scenario.horizon())
        .map(|round| {
            let arm = learner.choose(rng);
            learner.observe(arm, scenario.reward(round, arm));
            arm
        })
        .collect()
}

/// What `learner` earns in each round of `rewards` (rounds x arms).
///
/// # Panics
/// As [`play`].
pub fn earnings(
    learner: &mut (impl BanditLearner + ?Sized),
    rewards: ArrayView2<f64>,
    rng: &mut dyn Rng,
) -> Vec<f64> {
    let round = |row: ndarray::ArrayView1<f64>| {
        let arm = learner.choose(rng);
        learner.observe(arm, row[arm]);
        row[arm]
    };
    rewards.outer_iter().map(round).collect()
}

/// The player of groups that gives each scenario a fresh learner of its own and the decisions' stream of `purpose`.
///
/// `build` makes the learner of a scenario, of which it should use the number of arms present and the horizon; only a
/// hindsight comparator may look at more.
pub fn one_by_one<L: BanditLearner>(
    streams: Streams,
    purpose: Purpose,
    build: impl Fn(&BanditScenario) -> Result<L> + Sync,
) -> impl Fn(&[BanditScenario], usize) -> Result<Vec<Vec<usize>>> + Sync {
    move |scenarios, first| {
        let play_one = |(i, scenario)| {
            let mut rng = decision_stream(&streams, purpose, 0, first + i, 0);
            Ok(play(scenario, &mut build(scenario)?, &mut rng))
        };
        scenarios.iter().enumerate().map(play_one).collect()
    }
}

/// Plays scenarios `0..count` in groups of [`GROUP`] on all threads of the current pool, and returns what `measure` makes
/// of each scenario and the arms chosen on it, in the order of scenarios.
///
/// `scenario` draws (or clones) a scenario by its index; `player` chooses the arms of a group.
///
/// # Errors
/// The first error of `player`.
///
/// # Panics
/// If `player` answers another number of scenarios or of rounds than it was given.
pub fn play_groups<R: Send>(
    count: usize,
    scenario: impl Fn(usize) -> BanditScenario + Sync,
    player: impl Fn(&[BanditScenario], usize) -> Result<Vec<Vec<usize>>> + Sync,
    measure: impl Fn(&BanditScenario, &[usize]) -> R + Sync,
) -> Result<Vec<R>> {
    let group = |number: usize| {
        let first = number * GROUP;
        let scenarios: Vec<_> = (first..count.min(first + GROUP)).map(&scenario).collect();
        let chosen = player(&scenarios, first)?;
        assert_eq!(chosen.len(), scenarios.len(), "one answer a scenario");
        let measured = scenarios.iter().zip(&chosen).map(|(scenario, chosen)| {
            assert_eq!(chosen.len(), scenario.horizon(), "one arm a round");
            measure(scenario, chosen)
        });
        Ok(measured.collect::<Vec<R>>())
    };
    let groups = parallel::try_over(count.div_ceil(GROUP), group)?;
    Ok(groups.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests;
