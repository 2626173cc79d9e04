//! The grid, its edges, and the scenarios that tuning uses.

use rand::{Rng, RngExt};

use super::*;
use crate::problem::bandit::{Means, RewardLaw};

/// Chooses arm 1 with a fixed probability.
struct Coin(f64);

impl BanditLearner for Coin {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        usize::from(rng.random::<f64>() < self.0)
    }

    fn observe(&mut self, _arm: usize, _reward: f64) {}
}

/// Two arms, of which arm 1 is better by 0.5.
fn problem() -> Bandit {
    let means = Means::Given { means: vec![0.25, 0.75], shuffled: false };
    Bandit { means, rewards: RewardLaw::Exact, ..Bandit::bernoulli(2, 10) }
}

fn tune(axes: &[&[f64]], build: impl Fn(&[f64]) -> f64 + Sync) -> Result<TunedSetting> {
    best_setting(&problem(), &Streams::new(0), 100, axes, |setting, _| Ok(Coin(build(setting))))
}

#[test]
fn finds_the_best_of_two_parameters_and_knows_edges() {
    let axis = [-1.0, 0.0, 1.0];
    let inside = |s: &[f64]| 1.0 - 0.3 * (s[0].abs() + s[1].abs());
    let tuned = tune(&[&axis, &axis], inside).unwrap();
    assert_eq!((tuned.setting, tuned.regret, tuned.at_edge), (vec![0.0, 0.0], 0.0, false));
    for end in [-1.0, 1.0] {
        let edge = |s: &[f64]| 1.0 - 0.3 * (s[0].abs() + (end - s[1]).abs());
        let tuned = tune(&[&axis, &axis], edge).unwrap();
        assert_eq!((tuned.setting, tuned.regret, tuned.at_edge), (vec![0.0, end], 0.0, true));
    }
}

/// A tie goes to the earliest; the reported regret is that of its setting.
#[test]
fn regret_is_the_mean_over_scenarios() {
    let tuned = tune(&[&[1.0, 2.0, 3.0]], |_| 0.0).unwrap();
    assert_eq!(tuned.setting, [1.0]);
    approx::assert_relative_eq!(tuned.regret, 5.0, epsilon = 1e-12);
}

#[test]
fn only_tuning_scenarios_are_met() {
    let problem = Bandit::bernoulli(3, 5);
    let expected = problem.scenario(&Streams::new(0), Purpose::Tuning, 0, 0, 0);
    let build = |_: &[f64], scenario: &BanditScenario| {
        assert_eq!(*scenario, expected);
        Ok(Coin(0.5))
    };
    best_setting(&problem, &Streams::new(0), 1, &[&[1.0]], build).unwrap();
}

#[test]
fn bad_grids_and_refused_settings_are_errors() {
    for axes in [&[][..], &[&[][..]], &[&[1.0, 1.0][..]], &[&[1.0, f64::NAN][..]]] {
        assert!(tune(axes, |_| 0.5).unwrap_err().to_string().contains("axes"));
    }
    let refuse = |setting: &[f64], _: &BanditScenario| -> Result<Coin> {
        Err(Error::parameter("epsilon", setting[0], "less"))
    };
    let streams = Streams::new(0);
    let error = best_setting(&problem(), &streams, 9, &[&[3.0]], refuse).err().unwrap();
    assert_eq!(error.to_string(), "epsilon = 3: expected less");
    let build = |_: &[f64], _: &BanditScenario| Ok(Coin(0.5));
    assert!(best_setting(&problem(), &streams, 0, &[&[3.0]], build).is_err());
    let bad = Bandit { arms: 0, ..problem() };
    assert!(best_setting(&bad, &streams, 1, &[&[3.0]], build).is_err());
}
