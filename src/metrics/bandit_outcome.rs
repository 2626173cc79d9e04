//! What a bandit player achieved on many scenarios: regrets and how it explored.

use ndarray::{Array2, ArrayView1, Axis};
use serde::Serialize;

use super::curve::{CurvePoint, final_regret, mean_curve};
use super::exploration::{Exploration, ExplorationRun};
use super::interval::Estimate;
use crate::learner::bandit::BanditLearner;
use crate::learner::bandit::play::{one_by_one, play_groups};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::{Bandit, BanditRegret, BanditScenario};
use crate::{Error, Result};

/// One regret over many scenarios.
#[derive(Clone, Debug, Serialize)]
pub struct RegretOutcome {
    /// Final regret of each scenario, for paired comparisons ([`Estimate::difference`]) with a player of the same ones.
    pub finals: Vec<f64>,
    /// Mean regret after each round, with its interval.
    pub curve: Vec<CurvePoint>,
}

impl RegretOutcome {
    /// Mean final regret with its 95 % interval.
    ///
    /// # Errors
    /// As [`Estimate::of`].
    pub fn last(&self) -> Result<Estimate> {
        Estimate::of(&self.finals)
    }

    /// Mean regret after each round, as [`growth_exponent`](super::growth::growth_exponent) takes it.
    pub fn mean_curve(&self) -> Vec<f64> {
        self.curve.iter().map(|point| point.mean).collect()
    }
}

/// A player's record on many scenarios.
#[derive(Clone, Debug, Serialize)]
pub struct BanditOutcome {
    /// Pseudo-regret.
    pub pseudo: RegretOutcome,
    /// Dynamic regret.
    pub dynamic: RegretOutcome,
    /// Realised regret.
    pub realised: RegretOutcome,
    /// How it explored.
    pub exploration: Exploration,
}

impl BanditOutcome {
    /// The outcome in one regret.
    pub fn regret(&self, regret: BanditRegret) -> &RegretOutcome {
        match regret {
            BanditRegret::Pseudo => &self.pseudo,
            BanditRegret::Dynamic => &self.dynamic,
            BanditRegret::Realised => &self.realised,
        }
    }
}

/// Plays scenarios `0..count`, all of one horizon, and accounts for them; see [`play_groups`] for the arguments.
///
/// Only results are stored: three curves a scenario while it runs, one number a scenario and regret afterwards.
///
/// # Errors
/// No scenario; scenarios of different horizons; the first error of `player`; rewards that overflow.
///
/// # Panics
/// As [`play_groups`].
pub fn evaluate(
    count: usize,
    scenario: impl Fn(usize) -> BanditScenario + Sync,
    player: impl Fn(&[BanditScenario], usize) -> Result<Vec<Vec<usize>>> + Sync,
) -> Result<BanditOutcome> {
    const REGRETS: [BanditRegret; 3] =
        [BanditRegret::Pseudo, BanditRegret::Dynamic, BanditRegret::Realised];
    let measured = play_groups(count, scenario, player, |scenario, chosen| {
        let curves = REGRETS.map(|regret| regret.curve(scenario, chosen));
        (ExplorationRun::of(scenario, chosen), curves)
    })?;
    let (runs, curves): (Vec<ExplorationRun>, Vec<[Vec<f64>; 3]>) = measured.into_iter().unzip();
    let outcome = |number: usize| {
        let table = table_of(curves.iter().map(|curves| &curves[number]))?;
        Ok(RegretOutcome { finals: final_regret(table.view()), curve: mean_curve(table.view())? })
    };
    Ok(BanditOutcome {
        exploration: Exploration::of(&runs)?,
        pseudo: outcome(0)?,
        dynamic: outcome(1)?,
        realised: outcome(2)?,
    })
}

/// Curves of one regret (scenario x round) over scenarios `0..count`, as
/// [`bootstrap_growth`](super::growth::bootstrap_growth) takes them; see [`play_groups`] for the arguments.
///
/// # Errors
/// Scenarios of different horizons; the first error of `player`.
///
/// # Panics
/// As [`play_groups`].
pub fn regret_curves(
    regret: BanditRegret,
    count: usize,
    scenario: impl Fn(usize) -> BanditScenario + Sync,
    player: impl Fn(&[BanditScenario], usize) -> Result<Vec<Vec<usize>>> + Sync,
) -> Result<Array2<f64>> {
    let curves = play_groups(count, scenario, player, |s, chosen| regret.curve(s, chosen))?;
    table_of(curves.iter())
}

/// Curves of equal length as the rows of a table.
fn table_of<'a>(
    mut curves: impl ExactSizeIterator<Item = &'a Vec<f64>> + Clone,
) -> Result<Array2<f64>> {
    let rounds = curves.clone().next().map_or(0, Vec::len);
    if let Some(other) = curves.clone().find(|curve| curve.len() != rounds) {
        let expected = format!("{rounds}, as in the first scenario");
        return Err(Error::parameter("horizon", other.len(), expected));
    }
    let mut table = Array2::zeros((curves.len(), rounds));
    for (mut row, curve) in table.axis_iter_mut(Axis(0)).zip(&mut curves) {
        row.assign(&ArrayView1::from(curve));
    }
    Ok(table)
}

/// [`evaluate`] of a classical learner, a fresh one a scenario, on the first `count` scenarios of `purpose`.
///
/// `build` makes the learner of a scenario, of which it should use the number of arms present and the horizon; only a
/// hindsight comparator may look at more.
///
/// ```
/// use lowregret::learner::bandit::greedy::Greedy;
/// use lowregret::metrics::bandit_outcome::evaluate_learner;
/// use lowregret::numeric::rng::{Purpose, Streams};
/// use lowregret::problem::bandit::Bandit;
///
/// let problem = Bandit::hard_instance();
/// let outcome = evaluate_learner(&problem, Streams::new(0), Purpose::Evaluation, 500, |scenario| {
///     Greedy::new(scenario.present())
/// })?;
/// assert!(outcome.exploration.suffix_failure.mean > 0.3);
/// assert!(outcome.pseudo.last()?.mean > 5.0);
/// # Ok::<(), lowregret::Error>(())
/// ```
///
/// # Errors
/// A problem that does not pass its check, and as [`evaluate`]; the first error of `build`.
///
/// # Panics
/// If the learner chooses an arm that is not present.
pub fn evaluate_learner<L: BanditLearner>(
    problem: &Bandit,
    streams: Streams,
    purpose: Purpose,
    count: usize,
    build: impl Fn(&BanditScenario) -> Result<L> + Sync,
) -> Result<BanditOutcome> {
    problem.check()?;
    let scenario = |index| problem.scenario(&streams, purpose, 0, index, 0);
    evaluate(count, scenario, one_by_one(streams, purpose, build))
}

#[cfg(test)]
mod tests;
