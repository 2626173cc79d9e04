//! Multi-armed bandits, stationary or drifting: in every round the learner chooses one of K arms and sees what it pays.
//!
//! A [`Bandit`] is a law of scenarios, as data. A [`BanditScenario`] fixes the mean of every arm in every round and what
//! every arm would pay in every round, so that learners are compared on the same rewards and regret needs no learner's word.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::numeric::rng::{Purpose, Streams};
use crate::{Error, Result};

mod means;
mod regret;
mod rewards;
mod scenario;

pub use means::Means;
pub use regret::BanditRegret;
pub use rewards::RewardLaw;
pub use scenario::BanditScenario;

/// Largest number of entries (horizon x arms) of one scenario; rejects absurd sizes before any allocation.
const MAX_ENTRIES: usize = 1 << 26;

/// A bandit problem: how many arms, for how long, with which means and which noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bandit {
    /// Number of arms K.
    pub arms: usize,
    /// `None`: all K arms are present. `Some(n)`: each scenario draws its number of present arms uniformly from n to K;
    /// the present arms are the first ones, the others have mean and reward 0 and nobody may choose them.
    #[serde(default)]
    pub fewest: Option<usize>,
    /// Number of rounds T of a scenario.
    pub horizon: usize,
    /// Law of the arms' means.
    pub means: Means,
    /// Law of a reward given its mean.
    pub rewards: RewardLaw,
}

impl Bandit {
    /// The hard instance of Krishnamurthy et al. (2024, arXiv 2403.15371): K = 5, T = 100, Bernoulli rewards, one arm of
    /// mean 0.6 at a place drawn uniformly, four of mean 0.4.
    pub fn hard_instance() -> Self {
        Self { means: Means::Gap { best: 0.6, gap: 0.2 }, ..Self::bernoulli(5, 100) }
    }

    /// Bernoulli rewards whose means are independent and uniform on \[0, 1\].
    pub fn bernoulli(arms: usize, horizon: usize) -> Self {
        Self {
            arms,
            fewest: None,
            horizon,
            means: Means::Uniform { low: 0.0, high: 1.0 },
            rewards: RewardLaw::Bernoulli,
        }
    }

    /// Bernoulli rewards whose means drift on \[0, 1\]: in equal parts two switches, one period of a sinusoid, and a
    /// random walk with steps of at most 0.1. No more switches than the horizon has room for.
    pub fn drifting_mixture(arms: usize, horizon: usize) -> Self {
        let (low, high) = (0.0, 1.0);
        let count = horizon.saturating_sub(1).min(2);
        let parts = vec![
            (1.0, Means::Switches { count, low, high }),
            (1.0, Means::Sinusoid { cycles: 1.0, low, high }),
            (1.0, Means::RandomWalk { step: 0.1, low, high }),
        ];
        Self { means: Means::Mixture { parts }, ..Self::bernoulli(arms, horizon) }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// `arms` or `horizon` of 0 or so large that a scenario would not fit; `fewest` outside 1 to `arms`; a bad number in
    /// `means` or `rewards`; means that can leave the interval \[0, 1\] where the law of the rewards needs it.
    pub fn check(&self) -> Result<()> {
        for (field, value) in [("arms", self.arms), ("horizon", self.horizon)] {
            if value == 0 {
                return Err(Error::parameter(field, value, "at least 1"));
            }
        }
        if self.arms.saturating_mul(self.horizon) > MAX_ENTRIES {
            return Err(Error::parameter(
                "horizon x arms",
                format!("{} x {}", self.horizon, self.arms),
                format!("at most {MAX_ENTRIES} entries"),
            ));
        }
        if let Some(fewest) = self.fewest
            && !(1..=self.arms).contains(&fewest)
        {
            return Err(Error::parameter("fewest", fewest, format!("1 to {}", self.arms)));
        }
        self.means.check(self.arms, self.horizon)?;
        self.rewards.check()?;
        let (low, high) = self.means.range();
        if self.rewards.needs_unit_means() && !(low >= 0.0 && high <= 1.0) {
            return Err(Error::parameter(
                "means",
                format!("between {low} and {high}"),
                "between 0 and 1, for Bernoulli and beta rewards",
            ));
        }
        Ok(())
    }

    /// The regret to judge a learner by: [`Pseudo`](BanditRegret::Pseudo) if the means stand still, else
    /// [`Dynamic`](BanditRegret::Dynamic).
    pub fn regret(&self) -> BanditRegret {
        if self.means.is_stationary() { BanditRegret::Pseudo } else { BanditRegret::Dynamic }
    }

    /// An a-priori bound on the variation of every scenario's means; see [`Means::variation_budget`].
    pub fn variation_budget(&self) -> f64 {
        self.means.variation_budget(self.horizon)
    }

    /// A scenario of the problem's shape in which every mean and every reward is 0, to draw into.
    pub fn empty_scenario(&self) -> BanditScenario {
        BanditScenario::zeros(self.arms, self.horizon)
    }

    /// Draws the number of present arms and the means. The problem must have passed [`check`](Self::check).
    ///
    /// # Panics
    /// If `scenario` has another shape than [`empty_scenario`](Self::empty_scenario).
    pub fn draw_means(&self, rng: &mut impl Rng, scenario: &mut BanditScenario) {
        self.assert_shape(scenario);
        let present = self.fewest.map_or(self.arms, |n| rng.random_range(n..=self.arms));
        scenario.set_present(present);
        self.means.draw(present, self.arms, scenario.means_mut(), rng);
    }

    /// Draws what every present arm would pay in every round, given the means in `scenario`.
    ///
    /// # Panics
    /// If `scenario` has another shape than [`empty_scenario`](Self::empty_scenario).
    pub fn draw_rewards(&self, rng: &mut impl Rng, scenario: &mut BanditScenario) {
        self.assert_shape(scenario);
        let present = scenario.present();
        let (means, rewards) = scenario.means_and_rewards_mut();
        self.rewards.draw(present, self.arms, means, rewards, rng);
    }

    /// One scenario of `purpose`; the same arguments always give the same scenario.
    ///
    /// `copy` 0 is the scenario itself; another `copy` has the same means and rewards of its own. The means come from the
    /// stream (purpose, iteration, index, 0), the rewards from (purpose, iteration, index, copy + 1).
    pub fn scenario(
        &self,
        streams: &Streams,
        purpose: Purpose,
        iteration: usize,
        index: usize,
        copy: usize,
    ) -> BanditScenario {
        let mut scenario = self.empty_scenario();
        self.scenario_into(streams, purpose, iteration, index, copy, &mut scenario);
        scenario
    }

    /// [`scenario`](Self::scenario), drawn into `scenario` without an allocation.
    ///
    /// # Panics
    /// If `scenario` has another shape than [`empty_scenario`](Self::empty_scenario).
    pub fn scenario_into(
        &self,
        streams: &Streams,
        purpose: Purpose,
        iteration: usize,
        index: usize,
        copy: usize,
        scenario: &mut BanditScenario,
    ) {
        self.draw_means(&mut streams.stream(purpose, iteration, index, 0), scenario);
        self.draw_rewards(&mut streams.stream(purpose, iteration, index, copy + 1), scenario);
    }

    fn assert_shape(&self, scenario: &BanditScenario) {
        assert_eq!(
            (scenario.horizon(), scenario.arms()),
            (self.horizon, self.arms),
            "a scenario of another shape"
        );
    }
}

#[cfg(test)]
mod tests;
