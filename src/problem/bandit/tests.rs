//! Laws, shapes, keys and refusals of bandit problems.

use rand::Rng;

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

/// The budget holds for every drawn scenario, and is not idle: some law comes near it.
#[test]
fn means_stay_in_their_range_and_budget() {
    for means in laws_of_means() {
        let problem = with_means(means);
        problem.check().unwrap();
        let (low, high) = problem.means.range();
        let budget = problem.variation_budget();
        assert_eq!(problem.means.is_stationary(), budget == 0.0);
        for index in 0..300 {
            let scenario = draw(&problem, index);
            assert!(means_of(&scenario).iter().all(|m| (low..=high).contains(m)), "{problem:?}");
            let variation = scenario.variation();
            assert!(variation <= budget * (1.0 + 1e-12), "{variation} {problem:?}");
        }
    }
}

/// Budgets are met up to the stated factor where the draw can be made extreme: many arms, small changes.
#[test]
fn budgets_are_not_idle() {
    for (means, share) in [
        (Means::Switches { count: 3, low: 0.0, high: 1.0 }, 0.9),
        (Means::Sinusoid { cycles: 2.0, low: 0.0, high: 1.0 }, 0.98),
        (Means::RandomWalk { step: 0.01, low: 0.0, high: 1.0 }, 0.98),
        (Means::Rotting { low: 0.0, high: 1.0, fall: 0.1 }, 0.98),
    ] {
        let problem = Bandit { means, ..Bandit::bernoulli(300, 100) };
        let scenario = draw(&problem, 0);
        assert!(scenario.variation() > share * problem.variation_budget(), "{problem:?}");
    }
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

/// The mean of many draws is within four standard errors of the arm's mean; draws stay in the law's range.
#[test]
fn rewards_have_their_mean_and_range() {
    let given = vec![0.0, 0.03, 0.5, 0.8, 1.0];
    for rewards in laws_of_rewards() {
        let means = Means::Given { means: given.clone(), shuffled: false };
        let problem = Bandit { means, rewards, ..Bandit::bernoulli(5, 40_000) };
        problem.check().unwrap();
        let scenario = draw(&problem, 1);
        for (arm, &mean) in given.iter().enumerate() {
            let n = 40_000.0;
            let values: Vec<f64> = (0..40_000).map(|t| scenario.reward(t, arm)).collect();
            let measured = values.iter().sum::<f64>() / n;
            let square = values.iter().map(|v| (v - measured).powi(2)).sum::<f64>() / n;
            let error = (square / n).sqrt();
            assert!(
                (measured - mean).abs() <= 4.0 * error + 1e-12,
                "{rewards:?} {measured} {mean}"
            );
            let (variance, in_range): (f64, fn(f64, f64) -> bool) = match rewards {
                RewardLaw::Bernoulli => (mean * (1.0 - mean), |v, _| v == 0.0 || v == 1.0),
                RewardLaw::Gaussian { std } => (std * std, |v, _| v.is_finite()),
                RewardLaw::Uniform { width } => {
                    (width * width / 12.0, |v, m| (v - m).abs() <= 0.2 + 1e-12)
                }
                RewardLaw::Beta { concentration } => {
                    (mean * (1.0 - mean) / (1.0 + concentration), |v, _| (0.0..=1.0).contains(&v))
                }
                RewardLaw::HeavyTailed { scale, degrees } => {
                    (scale * scale * degrees / (degrees - 2.0), |v, _| v.is_finite())
                }
                RewardLaw::Exact => (0.0, |v, m| v == m),
            };
            assert!(values.iter().all(|&v| in_range(v, mean)), "{rewards:?}");
            assert!((square - variance).abs() <= 0.15 * variance + 1e-12, "{rewards:?} {square}");
        }
    }
}

/// Every reward law and drift, with the smallest and largest parameters that are let through.
#[test]
fn draws_are_finite_at_the_edges() {
    for rewards in [
        RewardLaw::Beta { concentration: 1e-3 },
        RewardLaw::Beta { concentration: 1e6 },
        RewardLaw::HeavyTailed { scale: 1.0, degrees: 1.0001 },
        RewardLaw::HeavyTailed { scale: 1.0, degrees: 1e300 },
    ] {
        let problem = Bandit { rewards, ..Bandit::drifting_mixture(20, 500) };
        problem.check().unwrap();
        assert!(rewards_of(&draw(&problem, 0)).iter().all(|r| r.is_finite()), "{rewards:?}");
    }
}

#[test]
fn switches_happen_as_often_as_stated_and_anywhere() {
    let problem = with_means(Means::Switches { count: 2, low: 0.0, high: 1.0 });
    let mut seen = [0; 30];
    for index in 0..3000 {
        let scenario = draw(&problem, index);
        let changes = (1..30).filter(|&t| scenario.means(t) != scenario.means(t - 1));
        let changes: Vec<usize> = changes.collect();
        assert_eq!(changes.len(), 2);
        changes.iter().for_each(|&t| seen[t] += 1);
    }
    // 3000 * 2 / 29 each: 207, standard deviation 14.
    assert!(seen[1..].iter().all(|count| (140..=275).contains(count)), "{seen:?}");
}

#[test]
fn walks_take_every_step_and_stay_uniform() {
    let problem = with_means(Means::RandomWalk { step: 0.3, low: 0.0, high: 1.0 });
    let mut thirds = [0; 3];
    for index in 0..2000 {
        let last = draw(&problem, index).means(29)[1];
        thirds[((last * 3.0) as usize).min(2)] += 1;
    }
    // A reflected walk keeps the uniform law: 667 each, standard deviation 21.
    assert!(thirds.iter().all(|count| (580..=755).contains(count)), "{thirds:?}");
}

#[test]
fn rotting_means_only_fall_and_each_at_its_own_rate() {
    let problem = with_means(Means::Rotting { low: 0.2, high: 0.9, fall: 0.5 });
    let scenario = draw(&problem, 0);
    for t in 1..30 {
        let (now, before) = (scenario.means(t), scenario.means(t - 1));
        assert!(now.iter().zip(before).all(|(now, before)| now <= before));
    }
    let falls: Vec<f64> = (0..4).map(|a| scenario.means(0)[a] - scenario.means(1)[a]).collect();
    assert!(falls.iter().all(|f| falls.iter().filter(|g| *g == f).count() == 1), "{falls:?}");
}

#[test]
fn the_hard_instance_places_its_best_arm_uniformly() {
    let problem = Bandit::hard_instance();
    problem.check().unwrap();
    let mut seen = [0; 5];
    for index in 0..2000 {
        let scenario = draw(&problem, index);
        let best: Vec<usize> = (0..5).filter(|&a| scenario.is_best(0, a)).collect();
        assert_eq!(best.len(), 1);
        seen[best[0]] += 1;
        let mut means = scenario.means(99).to_vec();
        means.sort_by(f64::total_cmp);
        assert!(means.iter().zip([0.4, 0.4, 0.4, 0.4, 0.6]).all(|(a, b)| (a - b).abs() < 1e-12));
    }
    // 400 each, standard deviation 18.
    assert!(seen.iter().all(|count| (325..=475).contains(count)), "{seen:?}");
}

#[test]
fn shuffled_means_go_to_every_arm() {
    let problem = with_means(Means::Given { means: vec![0.1, 0.2, 0.3, 0.4], shuffled: true });
    let mut seen = [[0; 4]; 4];
    for index in 0..2000 {
        for (arm, mean) in draw(&problem, index).means(0).iter().enumerate() {
            seen[arm][(mean * 10.0).round() as usize - 1] += 1;
        }
    }
    // 500 each, standard deviation 19.
    assert!(seen.as_flattened().iter().all(|count| (420..=580).contains(count)), "{seen:?}");
}

#[test]
fn mixtures_follow_their_weights() {
    let part = |mean: f64| Means::Given { means: vec![mean; 4], shuffled: false };
    let parts = vec![(1.0, part(0.1)), (2.0, part(0.2)), (5.0, part(0.3))];
    let problem = with_means(Means::Mixture { parts });
    let mut seen = [0; 3];
    for index in 0..4000 {
        seen[(draw(&problem, index).means(0)[0] * 10.0).round() as usize - 1] += 1;
    }
    // 500, 1000, 2500, standard deviation at most 31.
    let close = |count: i32, expected: i32| (count - expected).abs() < 125;
    assert!(close(seen[0], 500) && close(seen[1], 1000) && close(seen[2], 2500), "{seen:?}");
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

/// Bernoulli rewards are words of the stream below the mean's share of 2^32, taken in order.
#[test]
fn bernoulli_rewards_are_threshold_crossings() {
    let problem = Bandit::bernoulli(7, 50);
    let scenario = draw(&problem, 0);
    let mut rng = Streams::new(3).stream(Purpose::Training, 0, 0, 1);
    for t in 0..50 {
        for (mean, reward) in scenario.means(t).iter().zip(scenario.rewards(t)) {
            let below = f64::from(rng.next_u32()) < mean * 2f64.powi(32);
            assert_eq!(*reward, f64::from(u8::from(below)));
        }
    }
}

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
fn variation_is_the_sum_of_largest_changes() {
    let means = ndarray::array![[0.0, 1.0], [0.5, 1.0], [0.0, 0.0]];
    let scenario = BanditScenario::from_rewards(means.view()).unwrap();
    assert_eq!(scenario.variation(), 1.5);
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
