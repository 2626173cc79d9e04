//! Choosing the parameters of a bandit learner on scenarios of their own, so that comparisons are fair.

use super::BanditLearner;
use super::play::{one_by_one, play_groups};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::{Bandit, BanditScenario};
use crate::{Error, Result};

/// The best setting of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct TunedSetting {
    /// One value a parameter.
    pub setting: Vec<f64>,
    /// Its mean final regret on the tuning scenarios.
    pub regret: f64,
    /// Whether some value is the first or last of its axis, so that a wider grid might hold a better one.
    pub at_edge: bool,
}

/// The setting of lowest mean final regret over scenarios `0..count` of [`Purpose::Tuning`], of all combinations of one
/// value from each of `axes`; the earliest of equals.
///
/// The regret is [`Bandit::regret`]: pseudo-regret for stationary problems, else dynamic regret. Every setting meets the
/// same scenarios and the same decision streams. `build` makes the learner of a setting for a scenario, of which it should
/// use the number of arms present and the horizon.
///
/// # Errors
/// A problem that does not pass its check; no scenario; no axis or an empty one; values of an axis that do not increase; the
/// first error of `build`; regrets that are not finite for any setting.
pub fn best_setting<L: BanditLearner>(
    problem: &Bandit,
    streams: &Streams,
    count: usize,
    axes: &[&[f64]],
    build: impl Fn(&[f64], &BanditScenario) -> Result<L> + Sync,
) -> Result<TunedSetting> {
    problem.check()?;
    if count == 0 {
        return Err(Error::parameter("tuning scenarios", count, "at least 1"));
    }
    let increasing = |axis: &[f64]| axis.windows(2).all(|pair| pair[0] < pair[1]);
    if axes.is_empty() || axes.iter().any(|axis| axis.is_empty() || !increasing(axis)) {
        let expected = "an increasing list of values for each parameter";
        return Err(Error::parameter("axes", format!("{axes:?}"), expected));
    }
    let scenario = |index| problem.scenario(streams, Purpose::Tuning, 0, index, 0);
    let mut best: Option<TunedSetting> = None;
    for number in 0..axes.iter().map(|axis| axis.len()).product() {
        let (setting, at_edge) = combination(axes, number);
        let player = one_by_one(*streams, Purpose::Tuning, |s| build(&setting, s));
        let totals =
            play_groups(count, scenario, player, |s, chosen| problem.regret().total(s, chosen))?;
        let regret = totals.iter().sum::<f64>() / count as f64;
        if regret.is_finite() && best.as_ref().is_none_or(|best| regret < best.regret) {
            best = Some(TunedSetting { setting, regret, at_edge });
        }
    }
    best.ok_or_else(|| Error::parameter("regret", "not finite", "a setting with finite regret"))
}

/// Combination `number` of one value from each axis, the last axis running fastest, and whether one of them is at an end.
fn combination(axes: &[&[f64]], mut number: usize) -> (Vec<f64>, bool) {
    let mut setting = vec![0.0; axes.len()];
    let mut at_edge = false;
    for (value, axis) in setting.iter_mut().zip(axes).rev() {
        let place = number % axis.len();
        number /= axis.len();
        *value = axis[place];
        at_edge |= place == 0 || place + 1 == axis.len();
    }
    (setting, at_edge)
}

#[cfg(test)]
mod tests;
