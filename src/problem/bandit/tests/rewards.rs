//! Laws of rewards: means, variances, ranges, edges.

use rand::Rng;

use super::*;

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

/// A generator that is stuck.
struct Stuck(u64);

impl rand::TryRng for Stuck {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Self::Error> {
        Ok(self.0 as u32)
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Self::Error> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> std::result::Result<(), Self::Error> {
        bytes.fill(self.0 as u8);
        Ok(())
    }
}

/// Means 0 and 1 are certain, whatever the words.
#[test]
fn certain_bernoulli_rewards_are_certain() {
    let means = Means::Given { means: vec![0.0, 1.0], shuffled: false };
    let problem = Bandit { means, ..Bandit::bernoulli(2, 1) };
    let mut scenario = draw(&problem, 0);
    for stuck in [0, u64::MAX] {
        problem.draw_rewards(&mut Stuck(stuck), &mut scenario);
        assert_eq!(scenario.rewards(0), [0.0, 1.0]);
    }
}
