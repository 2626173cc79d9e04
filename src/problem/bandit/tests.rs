//! Laws, shapes, keys and refusals of bandit problems.

mod means;
mod rewards;

use super::*;
use crate::problem::reward_table::RewardTable;

fn laws_of_means() -> Vec<Means> {
    let (low, high) = (0.1, 0.9);
    vec![
        Means::Uniform { low, high },
        Means::Normal { center: 0.3, spread: 0.0 },
        Means::Given { means: vec![0.1, 0.2, 0.3, 0.4], shuffled: false },
        Means::Given { means: vec![0.1, 0.2, 0.3, 0.4], shuffled: true },
        Means::Gap { best: 0.6, gap: 0.2 },
        Means::Switches { count: 3, low, high },
        Means::Sinusoid { cycles: 1.5, low, high },
        Means::Sinusoid { cycles: 100.0, low, high },
        Means::RandomWalk { step: 0.05, low, high },
        Means::RandomWalk { step: 5.0, low, high },
        Means::Rotting { low, high, fall: 0.5 },
        Means::Rotting { low, high, fall: 1000.0 },
        Bandit::drifting_mixture(4, 30).means,
    ]
}

fn laws_of_rewards() -> Vec<RewardLaw> {
    vec![
        RewardLaw::Bernoulli,
        RewardLaw::Gaussian { std: 0.7 },
        RewardLaw::Uniform { width: 0.4 },
        RewardLaw::Beta { concentration: 3.0 },
        RewardLaw::Beta { concentration: 0.01 },
        RewardLaw::HeavyTailed { scale: 0.1, degrees: 5.0 },
        RewardLaw::Exact,
    ]
}

fn with_means(means: Means) -> Bandit {
    Bandit { means, ..Bandit::bernoulli(4, 30) }
}

fn draw(problem: &Bandit, index: usize) -> BanditScenario {
    problem.scenario(&Streams::new(3), Purpose::Training, 0, index, 0)
}

fn means_of(scenario: &BanditScenario) -> Vec<f64> {
    (0..scenario.horizon()).flat_map(|t| scenario.means(t).to_vec()).collect()
}

fn rewards_of(scenario: &BanditScenario) -> Vec<f64> {
    (0..scenario.horizon()).flat_map(|t| scenario.rewards(t).to_vec()).collect()
}

#[test]
fn horizons_of_one_round_and_single_arms_are_drawn() {
    for means in laws_of_means() {
        let means = match means {
            Means::Given { shuffled, .. } => Means::Given { means: vec![0.5], shuffled },
            Means::Switches { low, high, .. } => Means::Switches { count: 0, low, high },
            Means::Mixture { .. } => Bandit::drifting_mixture(1, 1).means,
            other => other,
        };
        for rewards in laws_of_rewards() {
            let problem = Bandit { means: means.clone(), rewards, ..Bandit::bernoulli(1, 1) };
            problem.check().unwrap();
            let scenario = draw(&problem, 0);
            assert_eq!((scenario.variation(), scenario.total_pseudo_regret(&[0usize])), (0.0, 0.0));
        }
    }
}

#[test]
fn absent_arms_stay_empty_and_numbers_of_arms_are_uniform() {
    for means in laws_of_means() {
        for rewards in laws_of_rewards() {
            let problem = Bandit { fewest: Some(2), rewards, ..with_means(means.clone()) };
            problem.check().unwrap();
            let mut scenario = problem.empty_scenario();
            let mut seen = [0; 5];
            let streams = Streams::new(1);
            for index in 0..300 {
                problem.scenario_into(&streams, Purpose::Training, 0, index, 0, &mut scenario);
                let present = scenario.present();
                seen[present] += 1;
                for t in 0..30 {
                    assert!(scenario.means(t)[..present].iter().all(|mean| *mean > 0.0));
                    assert!(scenario.means(t)[present..].iter().all(|mean| *mean == 0.0));
                    assert!(scenario.rewards(t)[present..].iter().all(|reward| *reward == 0.0));
                }
            }
            // 100 each, standard deviation 8.
            assert!(seen[2..].iter().all(|count| (65..=135).contains(count)), "{seen:?}");
        }
    }
}

/// What is absent decides no regret: with every mean negative, 0 would be the best arm.
#[test]
fn absent_arms_are_never_compared_with() {
    let means = Means::Uniform { low: -2.0, high: -1.0 };
    let rewards = RewardLaw::Gaussian { std: 0.1 };
    let problem = Bandit { fewest: Some(1), means, rewards, ..Bandit::bernoulli(4, 10) };
    let scenario = (0..100).map(|i| draw(&problem, i)).find(|s| s.present() == 1).unwrap();
    for regret in [BanditRegret::Pseudo, BanditRegret::Dynamic, BanditRegret::Realised] {
        assert_eq!(regret.total(&scenario, &[0usize; 10]), 0.0);
    }
    assert!(scenario.is_best(3, 0));
}

#[test]
fn the_same_key_gives_the_same_scenario_and_a_copy_other_rewards_only() {
    for problem in [Bandit::hard_instance(), Bandit::drifting_mixture(3, 40)] {
        let streams = Streams::new(5);
        let scenario = |purpose, iteration, index, copy| {
            problem.scenario(&streams, purpose, iteration, index, copy)
        };
        let one = scenario(Purpose::Training, 1, 2, 0);
        assert_eq!(one, scenario(Purpose::Training, 1, 2, 0));
        let copy = scenario(Purpose::Training, 1, 2, 1);
        assert_eq!(means_of(&one), means_of(&copy));
        assert_ne!(rewards_of(&one), rewards_of(&copy));
        for other in [
            scenario(Purpose::Evaluation, 1, 2, 0),
            scenario(Purpose::Training, 2, 2, 0),
            scenario(Purpose::Training, 1, 3, 0),
        ] {
            assert_ne!(rewards_of(&one), rewards_of(&other));
        }
    }
}

/// A scenario leaves nothing of what stood in its place before.
#[test]
fn drawing_into_a_used_scenario_is_drawing_anew() {
    let streams = Streams::new(2);
    for means in laws_of_means() {
        for rewards in laws_of_rewards() {
            let problem = Bandit { fewest: Some(1), rewards, ..with_means(means.clone()) };
            let mut used = problem.empty_scenario();
            for index in 0..8 {
                problem.scenario_into(&streams, Purpose::Training, 0, index, 0, &mut used);
                assert_eq!(used, problem.scenario(&streams, Purpose::Training, 0, index, 0));
            }
        }
    }
}

/// A changed draw would silently change every figure: these literals notice.
#[test]
fn draws_are_frozen() {
    let scenario = draw(&Bandit::bernoulli(3, 4), 7);
    assert_eq!(scenario.means(3), FROZEN_MEANS);
    assert_eq!(rewards_of(&scenario), FROZEN_REWARDS);
}

const FROZEN_MEANS: [f64; 3] = [0.00233084638856218, 0.1889539919594001, 0.5718425651913774];
const FROZEN_REWARDS: [f64; 12] = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0];

#[test]
fn tables_make_scenarios() {
    let table = RewardTable::parse(b"a,b\n3,4\n0,-1\n-1,0\n0,2\n1,1\n").unwrap();
    let scenarios = BanditScenario::from_table(&table, 2).unwrap();
    assert_eq!(scenarios.len(), 2);
    assert_eq!(scenarios[0].means(1), [0.0, -1.0]);
    assert_eq!(scenarios[0].rewards(1), [0.0, -1.0]);
    assert_eq!(scenarios[1].dynamic_regret(&[1usize, 0]), [0.0, 2.0]);
    assert!(BanditScenario::from_table(&table, 6).is_err());
    assert!(BanditScenario::from_rewards(ndarray::array![[1.0, f64::NAN]].view()).is_err());
    assert!(BanditScenario::from_rewards(ndarray::Array2::zeros((0, 3)).view()).is_err());
}

#[test]
fn bad_problems_are_refused_by_name() {
    let base = || Bandit::bernoulli(3, 10);
    let low_high = "means.low to means.high";
    let cases = [
        (Bandit { arms: 0, ..base() }, "arms"),
        (Bandit { horizon: 0, ..base() }, "horizon"),
        (Bandit { arms: usize::MAX, horizon: 2, ..base() }, "horizon x arms"),
        (Bandit { fewest: Some(0), ..base() }, "fewest"),
        (Bandit { fewest: Some(4), ..base() }, "fewest"),
        (Bandit { means: Means::Uniform { low: 0.0, high: 1.1 }, ..base() }, "means"),
        (Bandit { means: Means::Normal { center: 0.5, spread: 0.1 }, ..base() }, "means"),
        (Bandit { means: Means::Gap { best: 0.1, gap: 0.2 }, ..base() }, "means"),
        (Bandit { means: Means::Gap { best: 0.1, gap: -0.2 }, ..base() }, "means.gap"),
        (Bandit { means: Means::Uniform { low: 0.7, high: 0.6 }, ..base() }, low_high),
        (Bandit { means: Means::Uniform { low: f64::NAN, high: 0.6 }, ..base() }, low_high),
        (
            Bandit { means: Means::Switches { count: 10, low: 0.0, high: 1.0 }, ..base() },
            "means.count",
        ),
        (
            Bandit { means: Means::Given { means: vec![0.5; 2], shuffled: true }, ..base() },
            "means.means",
        ),
        (Bandit { means: Means::Mixture { parts: vec![] }, ..base() }, "means.parts"),
        (
            Bandit { means: Means::Mixture { parts: vec![(0.0, base().means)] }, ..base() },
            "means.parts.weight",
        ),
        (
            Bandit {
                means: Means::Mixture {
                    parts: vec![(1.0, Means::Sinusoid { cycles: -1.0, low: 0.0, high: 1.0 })],
                },
                ..base()
            },
            "means.cycles",
        ),
        (Bandit { rewards: RewardLaw::Gaussian { std: -1.0 }, ..base() }, "rewards.std"),
        (
            Bandit { rewards: RewardLaw::Beta { concentration: 0.0 }, ..base() },
            "rewards.concentration",
        ),
        (
            Bandit { rewards: RewardLaw::HeavyTailed { scale: 1.0, degrees: 1.0 }, ..base() },
            "rewards.degrees",
        ),
    ];
    for (problem, field) in cases {
        match problem.check() {
            Err(Error::Parameter { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{problem:?}: {other:?}"),
        }
    }
    let normal = Means::Normal { center: 0.5, spread: 1.0 };
    Bandit { means: normal, rewards: RewardLaw::Gaussian { std: 1.0 }, ..base() }.check().unwrap();
}

#[test]
fn problems_survive_json_and_unknown_fields_do_not() {
    for means in laws_of_means() {
        for rewards in laws_of_rewards() {
            let problem = Bandit { fewest: Some(2), rewards, ..with_means(means.clone()) };
            let text = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Bandit>(&text).unwrap(), problem);
        }
    }
    let text = |means: &str, rewards: &str, more: &str| {
        format!(r#"{{"arms": 2, "horizon": 3, "means": {means}, "rewards": {rewards}{more}}}"#)
    };
    let (means, rewards) = (r#"{"kind": "gap", "best": 0.6, "gap": 0.2}"#, r#"{"kind": "exact"}"#);
    let problem: Bandit = serde_json::from_str(&text(means, rewards, "")).unwrap();
    assert_eq!(problem.fewest, None);
    let wide = r#"{"kind": "gap", "best": 0.6, "gap": 0.2, "wide": 1}"#;
    let noisy = r#"{"kind": "gaussian", "std": 0.3, "mean": 0.1}"#;
    for text in
        [text(wide, rewards, ""), text(means, noisy, ""), text(means, rewards, r#", "seed": 1"#)]
    {
        assert!(serde_json::from_str::<Bandit>(&text).is_err(), "{text}");
    }
}
