//! Laws and shapes of the families.

use ndarray::Array2;

use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::decision_set::norm;

fn all() -> Vec<RewardFamily> {
    use RewardFamily::*;
    vec![
        Alternating,
        Drift { drift: 0.6, noise: 0.8 },
        Gaussian { spread: 1.0, noise: 0.5 },
        Uniform { width: 0.3 },
        Sinusoid { amplitude: 1.0, cycles: 2.0, noise: 0.1 },
        LinearTrend { slope: 1.0, noise: 0.2 },
        RandomWalk { step: 0.2, noise: 0.2 },
        Piecewise { switches: 3, drift: 1.0, noise: 0.0 },
        RewardFamily::balanced(),
    ]
}

fn draw(family: &RewardFamily, horizon: usize, d: usize, scenario: usize) -> Array2<f64> {
    let mut rng = Streams::new(3).stream(Purpose::Training, 0, scenario, 0);
    family.draw(horizon, d, &mut rng)
}

#[test]
fn every_family_draws_every_shape() {
    for family in all() {
        family.check(2).unwrap();
        for (horizon, d) in [(1, 1), (1, 3), (2, 1), (7, 2), (20, 5)] {
            let rewards = draw(&family, horizon, d, 0);
            assert_eq!(rewards.dim(), (horizon, d));
            assert!(rewards.iter().all(|r| r.is_finite()), "{family:?}");
        }
    }
}

#[test]
fn alternating_sums_to_zero_and_has_length_one() {
    let rewards = draw(&RewardFamily::Alternating, 6, 4, 1);
    assert!(rewards.sum_axis(ndarray::Axis(0)).iter().all(|s| *s == 0.0));
    approx::assert_relative_eq!(norm(&rewards.row(3).to_vec()), 1.0, epsilon = 1e-12);
}

/// E|R|^2 = drift^2 + noise^2 whatever the dimension; the mean of a scenario has length drift.
#[test]
fn drift_has_the_stated_moments() {
    for d in [1, 2, 6] {
        let family = RewardFamily::Drift { drift: 0.6, noise: 0.8 };
        let (n, horizon) = (400, 50);
        let (mut square, mut mean_square) = (0.0, 0.0);
        for scenario in 0..n {
            let rewards = draw(&family, horizon, d, scenario);
            square += rewards.iter().map(|r| r * r).sum::<f64>() / (n * horizon) as f64;
            let mean = rewards.mean_axis(ndarray::Axis(0)).unwrap();
            mean_square += mean.dot(&mean) / n as f64;
        }
        approx::assert_relative_eq!(square, 1.0, epsilon = 0.05);
        let expected = 0.36 + 0.64 / horizon as f64;
        approx::assert_relative_eq!(mean_square, expected, epsilon = 0.03);
    }
}

#[test]
fn piecewise_changes_direction_the_stated_number_of_times() {
    let family = RewardFamily::Piecewise { switches: 3, drift: 1.0, noise: 0.0 };
    let rewards = draw(&family, 20, 3, 0);
    let changes = (1..20).filter(|&t| rewards.row(t) != rewards.row(t - 1)).count();
    assert_eq!(changes, 3);
}

#[test]
fn mixture_frequencies_follow_the_weights() {
    let n = 4000;
    let alternating = (0..n)
        .filter(|&s| {
            let rewards = draw(&RewardFamily::balanced(), 2, 2, s);
            rewards.sum_axis(ndarray::Axis(0)).iter().all(|v| *v == 0.0)
        })
        .count() as f64
        / n as f64;
    assert!((alternating - 0.4).abs() < 0.03, "{alternating}");
}

#[test]
fn bad_parameters_are_named() {
    let negative = RewardFamily::Drift { drift: 0.1, noise: -1.0 };
    assert!(negative.check(2).unwrap_err().to_string().contains("noise"));
    let mixture = RewardFamily::Mixture { parts: vec![(0.0, RewardFamily::Alternating)] };
    assert!(mixture.check(2).unwrap_err().to_string().contains("weight"));
    assert!(RewardFamily::Mixture { parts: vec![] }.check(2).is_err());
    assert!(RewardFamily::Uniform { width: f64::NAN }.check(2).is_err());
}
