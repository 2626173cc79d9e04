//! Players of a full-information problem side by side: all on the same scenarios, so that differences are paired.

use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::curve::{CurvePoint, final_regret, mean_curve};
use super::growth::{Growth, GrowthInterval, bootstrap_growth, growth_exponent};
use super::interval::Estimate;
use crate::learner::Learner;
use crate::learner::play::regret_curves;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::full_information::FullInformation;
use crate::{Error, Result};

/// Resamples of the interval of a growth exponent.
const RESAMPLES: usize = 400;

/// The records of any number of players on scenarios `0..count` of [`Purpose::Evaluation`].
#[derive(Clone, Debug)]
pub struct OnlineComparison {
    problem: FullInformation,
    streams: Streams,
    scenarios: Vec<Array2<f64>>,
    entries: Vec<OnlineEntry>,
}

/// One player's record.
#[derive(Clone, Debug)]
pub struct OnlineEntry {
    /// Name of the player.
    pub player: String,
    /// Training seed of a model.
    pub seed: Option<u64>,
    /// Final regret of each scenario.
    pub finals: Vec<f64>,
    /// Mean final regret.
    pub regret: Estimate,
    /// Mean regret after each round.
    pub curve: Vec<CurvePoint>,
    /// How the mean curve grows.
    pub growth: Growth,
    /// Its exponent's interval, scenarios resampled.
    pub growth_interval: GrowthInterval,
}

/// One player's record as a row of a table.
#[derive(Clone, Debug, Serialize)]
pub struct OnlineRow {
    /// Name of the problem.
    pub problem: String,
    /// Name of the player.
    pub player: String,
    /// Training seed of a model.
    pub seed: Option<u64>,
    /// Mean final regret.
    pub regret: f64,
    /// Lower end of its 95 % interval over scenarios.
    pub regret_low: Option<f64>,
    /// Upper end.
    pub regret_high: Option<f64>,
    /// Fitted exponent of growth of the mean regret curve.
    pub growth_exponent: Option<f64>,
    /// Lower end of its 95 % bootstrap interval.
    pub growth_low: Option<f64>,
    /// Upper end.
    pub growth_high: Option<f64>,
    /// p-value of "the exponent is 1 or more".
    pub growth_p_value: Option<f64>,
    /// Rounds left out of the fit because mean regret is not positive there.
    pub growth_dropped: usize,
    /// Number of scenarios.
    pub scenarios: usize,
}

impl OnlineComparison {
    /// Nobody yet, on the first `count` evaluation scenarios of `seed`.
    ///
    /// # Errors
    /// A bad problem, or fewer than two scenarios.
    pub fn new(problem: &FullInformation, seed: u64, count: usize) -> Result<Self> {
        problem.check()?;
        if count < 2 {
            return Err(Error::parameter("scenarios", count, "at least 2"));
        }
        let streams = Streams::new(seed);
        let scenarios = problem.scenarios(&streams, Purpose::Evaluation, count);
        Ok(Self { problem: problem.clone(), streams, scenarios, entries: Vec::new() })
    }

    /// Lets a player play, a fresh one a scenario; `build` makes it from the scenario's rewards, which only a hindsight
    /// comparator may look at.
    ///
    /// # Errors
    /// Regret that is not finite.
    pub fn add<L: Learner>(
        &mut self,
        player: &str,
        seed: Option<u64>,
        build: impl Fn(ArrayView2<f64>) -> L + Sync,
    ) -> Result<()> {
        let curves = regret_curves(self.problem.set, &self.scenarios, build);
        let curve = mean_curve(curves.view())?;
        let means: Vec<f64> = curve.iter().map(|point| point.mean).collect();
        let finals = final_regret(curves.view());
        // The same resamples for every player.
        let mut rng = self.streams.stream(Purpose::Bootstrap, self.problem.horizon, 0, 0);
        self.entries.push(OnlineEntry {
            player: player.to_owned(),
            seed,
            regret: Estimate::of(&finals)?,
            finals,
            curve,
            growth: growth_exponent(&means)?,
            growth_interval: bootstrap_growth(curves.view(), RESAMPLES, &mut rng)?,
        });
        Ok(())
    }

    /// All records, in the order in which they were added.
    pub fn entries(&self) -> &[OnlineEntry] {
        &self.entries
    }

    /// The records of `player`: one a training seed.
    pub fn of<'a>(&'a self, player: &'a str) -> impl Iterator<Item = &'a OnlineEntry> {
        self.entries.iter().filter(move |entry| entry.player == player)
    }

    /// Mean over scenarios of `entry`'s final regret minus that of `player` (its first record), paired.
    ///
    /// # Errors
    /// An unknown player.
    pub fn difference(&self, entry: &OnlineEntry, player: &str) -> Result<Estimate> {
        let Some(other) = self.of(player).next() else {
            return Err(Error::parameter("player", player, "one that has played"));
        };
        Estimate::difference(&entry.finals, &other.finals)
    }

    /// All records as rows; `problem` names the problem in them.
    pub fn rows(&self, problem: &str) -> Vec<OnlineRow> {
        let row = |entry: &OnlineEntry| OnlineRow {
            problem: problem.to_owned(),
            player: entry.player.clone(),
            seed: entry.seed,
            regret: entry.regret.mean,
            regret_low: entry.regret.low,
            regret_high: entry.regret.high,
            growth_exponent: entry.growth.fit.map(|fit| fit.exponent),
            growth_low: entry.growth_interval.low,
            growth_high: entry.growth_interval.high,
            growth_p_value: entry.growth.fit.map(|fit| fit.p_value),
            growth_dropped: entry.growth.dropped,
            scenarios: self.scenarios.len(),
        };
        self.entries.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::constant::Constant;
    use crate::learner::ftrl::{Ftrl, FtrlStep};
    use crate::problem::decision_set::DecisionSet;
    use crate::problem::family::RewardFamily;

    #[test]
    fn players_meet_the_same_reward_sequences() {
        let problem = FullInformation {
            set: DecisionSet::Simplex,
            family: RewardFamily::Gaussian { spread: 1.0, noise: 1.0 },
            ..FullInformation::balanced(3, 30)
        };
        let mut comparison = OnlineComparison::new(&problem, 5, 300).unwrap();
        let still = |_: ArrayView2<f64>| Constant::center(problem.set, 3);
        comparison.add("still", None, still).unwrap();
        let leader = |_: ArrayView2<f64>| Ftrl::new(problem.set, 3, FtrlStep::Leader, false);
        comparison.add("leader", Some(4), leader).unwrap();
        comparison.add("still", Some(1), still).unwrap();
        let names: Vec<_> =
            comparison.entries().iter().map(|e| (e.player.as_str(), e.seed)).collect();
        assert_eq!(names, [("still", None), ("leader", Some(4)), ("still", Some(1))]);
        let again = comparison.of("still").nth(1).unwrap();
        assert_eq!(comparison.difference(again, "still").unwrap().high, Some(0.0));
        let leader = comparison.of("leader").next().unwrap();
        assert!(comparison.difference(leader, "still").unwrap().high.unwrap() < -1.0);
        assert!(comparison.difference(leader, "nobody").is_err());
        // The scenarios are those of the problem: the centre's regret is the best arm's sum minus the mean one.
        let rewards = problem.scenario(&Streams::new(5), Purpose::Evaluation, 0, 7, 0);
        let sums: Vec<f64> = rewards.columns().into_iter().map(|c| c.sum()).collect();
        let best = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let expected = best - sums.iter().sum::<f64>() / 3.0;
        approx::assert_relative_eq!(again.finals[7], expected, epsilon = 1e-9);
        let rows = comparison.rows("small");
        assert!(rows[0].growth_exponent.unwrap() > 0.9 && rows[1].growth_exponent.unwrap() < 0.6);
        assert!(rows[1].growth_high.unwrap() < rows[0].growth_low.unwrap());
        assert_eq!((rows[1].scenarios, rows[1].seed), (300, Some(4)));
        assert!(OnlineComparison::new(&problem, 5, 1).is_err());
    }
}
