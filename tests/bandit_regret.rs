//! Identities that bandit regrets obey exactly, whatever is drawn and whatever is chosen.

use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::{Bandit, BanditRegret, BanditScenario, Means, RewardLaw};
use proptest::prelude::*;

const ALL: [BanditRegret; 3] =
    [BanditRegret::Pseudo, BanditRegret::Dynamic, BanditRegret::Realised];

/// A problem with some arms absent, from every kind of means.
fn problems(stationary: bool) -> impl Strategy<Value = Bandit> {
    (1usize..6, 2usize..30, 0usize..4, 0.0..1.0f64).prop_map(move |(arms, horizon, kind, x)| {
        let (low, high) = (0.5 * x, 1.0 - 0.4 * x);
        let means = match (stationary, kind) {
            (true, 0 | 1) => Means::Uniform { low, high },
            (true, 2) => Means::Gap { best: high, gap: 0.3 * x },
            (true, _) => Means::Normal { center: x, spread: 2.0 * x },
            (false, 0) => Means::Switches { count: horizon / 2, low, high },
            (false, 1) => Means::Sinusoid { cycles: 5.0 * x, low, high },
            (false, 2) => Means::RandomWalk { step: x, low, high },
            (false, _) => Means::Rotting { low, high, fall: 2.0 * x },
        };
        let rewards = RewardLaw::Gaussian { std: x };
        Bandit { arms, fewest: Some(1), horizon, means, rewards }
    })
}

/// A drawn scenario, and arms chosen by `picks` among those present.
fn played(problem: &Bandit, index: usize, picks: &[usize]) -> (BanditScenario, Vec<usize>) {
    problem.check().unwrap();
    let scenario = problem.scenario(&Streams::new(9), Purpose::Evaluation, 0, index, 0);
    let rounds = picks.iter().take(problem.horizon);
    let chosen = rounds.map(|pick| pick % scenario.present()).collect();
    (scenario, chosen)
}

fn picks() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0usize..1000, 30)
}

proptest! {
    /// On stationary scenarios pseudo-regret is dynamic regret, never negative and never falling.
    #[test]
    fn stationary_regrets_agree(problem in problems(true), index in 0usize..1000, picks in picks()) {
        let (scenario, chosen) = played(&problem, index, &picks);
        let (pseudo, dynamic) = (scenario.pseudo_regret(&chosen), scenario.dynamic_regret(&chosen));
        for (p, d) in pseudo.iter().zip(&dynamic) {
            prop_assert!((p - d).abs() < 1e-9 && *d >= 0.0, "{p} {d}");
        }
        prop_assert!(dynamic.is_sorted());
    }

    /// Dynamic regret is never negative, never falls, and is never below pseudo-regret, after any round.
    #[test]
    fn dynamic_regret_is_the_larger(problem in problems(false), index in 0usize..1000, picks in picks()) {
        let (scenario, chosen) = played(&problem, index, &picks);
        let (pseudo, dynamic) = (scenario.pseudo_regret(&chosen), scenario.dynamic_regret(&chosen));
        prop_assert!(dynamic.is_sorted() && dynamic[0] >= 0.0);
        for (p, d) in pseudo.iter().zip(&dynamic) {
            prop_assert!(*d >= p - 1e-9, "{p} {d}");
        }
    }

    /// A total is the end of its curve to the last bit, for any number of rounds, and whatever type names the arms.
    #[test]
    fn totals_end_their_curves(
        problem in problems(false), index in 0usize..1000, picks in picks(), rounds in 0usize..30,
    ) {
        let (scenario, chosen) = played(&problem, index, &picks);
        let chosen = &chosen[..rounds.min(chosen.len())];
        let small: Vec<u8> = chosen.iter().map(|&arm| arm as u8).collect();
        for regret in ALL {
            let curve = regret.curve(&scenario, chosen);
            prop_assert_eq!(curve.len(), chosen.len());
            prop_assert_eq!(regret.total(&scenario, chosen), curve.last().copied().unwrap_or(0.0));
            prop_assert_eq!(regret.curve(&scenario, &small), curve);
        }
    }

    /// Somebody who stays with the best fixed arm has no regret against it, and anybody who stays with any arm has some.
    #[test]
    fn the_best_fixed_arm_has_no_regret(problem in problems(false), index in 0usize..1000) {
        let (scenario, _) = played(&problem, index, &[]);
        for regret in [BanditRegret::Pseudo, BanditRegret::Realised] {
            let constant = |arm: usize| regret.total(&scenario, &vec![arm; problem.horizon]);
            let all: Vec<f64> = (0..scenario.present()).map(constant).collect();
            prop_assert!(all.iter().all(|r| *r >= 0.0) && all.contains(&0.0), "{all:?}");
        }
    }

    /// Who follows the best arm of each round has no dynamic regret, and so pseudo-regret that is not positive.
    #[test]
    fn following_the_drift_has_no_dynamic_regret(problem in problems(false), index in 0usize..1000) {
        let (scenario, _) = played(&problem, index, &[]);
        let best = |t| (0..scenario.present()).find(|&arm| scenario.is_best(t, arm)).unwrap();
        let chosen: Vec<usize> = (0..problem.horizon).map(best).collect();
        prop_assert_eq!(scenario.total_dynamic_regret(&chosen), 0.0);
        prop_assert!(scenario.total_pseudo_regret(&chosen) < 1e-9);
    }

    /// Realised regret differs from pseudo-regret by the noise of the arm compared with and of the arms chosen: without
    /// noise they agree.
    #[test]
    fn without_noise_realised_regret_is_pseudo_regret(
        problem in problems(false), index in 0usize..1000, picks in picks(),
    ) {
        let exact = Bandit { rewards: RewardLaw::Exact, ..problem };
        let (scenario, chosen) = played(&exact, index, &picks);
        prop_assert_eq!(scenario.pseudo_regret(&chosen), scenario.realised_regret(&chosen));
    }

    /// No drawn variation exceeds the budget known before.
    #[test]
    fn variation_stays_within_its_budget(problem in problems(false), index in 0usize..1000) {
        let (scenario, _) = played(&problem, index, &[]);
        let (variation, budget) = (scenario.variation(), problem.variation_budget());
        prop_assert!(variation <= budget * (1.0 + 1e-12), "{variation} {budget}");
    }
}

/// By hand: means (rounds x arms) 1 0 / 0 1 / 0 1, chosen arms 0, 0, 1.
#[test]
fn a_small_example() {
    let rewards = ndarray::array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]];
    let scenario = BanditScenario::from_rewards(rewards.view()).unwrap();
    let chosen = [0usize, 0, 1];
    assert_eq!(scenario.dynamic_regret(&chosen), [0.0, 1.0, 1.0]);
    assert_eq!(scenario.pseudo_regret(&chosen), [0.0, 0.0, 0.0]);
    assert_eq!(scenario.realised_regret(&[1usize, 0, 0]), [1.0, 1.0, 2.0]);
    assert_eq!(scenario.pseudo_regret(&[0usize, 1, 1]), [0.0, -1.0, -1.0]);
}
