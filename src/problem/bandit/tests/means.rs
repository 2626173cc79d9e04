//! Laws of means: ranges, budgets, frequencies.

use super::*;

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

/// The stated formulas, by hand, on both sides of each minimum.
#[test]
fn budgets_are_the_stated_ones() {
    let (low, high) = (0.25, 0.75);
    for (means, budget) in [
        (Means::Gap { best: 0.6, gap: 0.2 }, 0.0),
        (Means::Switches { count: 3, low, high }, 1.5),
        (Means::Sinusoid { cycles: 1.0, low, high }, 29.0 / 60.0 * std::f64::consts::PI),
        (Means::Sinusoid { cycles: 1e3, low, high }, 14.5),
        (Means::RandomWalk { step: 0.1, low, high }, 2.9),
        (Means::RandomWalk { step: 5.0, low, high }, 14.5),
        (Means::Rotting { low, high, fall: 0.3 }, 0.29),
        (Means::Rotting { low, high, fall: 1e3 }, 14.5),
        (Bandit::drifting_mixture(4, 30).means, 2.9 / 30.0 * 10.0 * std::f64::consts::PI),
    ] {
        approx::assert_relative_eq!(means.variation_budget(30), budget, epsilon = 1e-12);
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
fn variation_is_the_sum_of_largest_changes() {
    let means = ndarray::array![[0.0, 1.0], [0.5, 1.0], [0.0, 0.0]];
    let scenario = BanditScenario::from_rewards(means.view()).unwrap();
    assert_eq!(scenario.variation(), 1.5);
}
