use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::pomdp::pruning;
use crate::problem::pomdp::classics;

#[test]
fn simulated_returns_average_to_the_value() {
    let tiger = classics::tiger(0.95).unwrap();
    let plan = pruning::solve(&tiger, 6).unwrap();
    let policy = |step: usize, belief: &[f64]| plan.stage(6 - step).action(belief);
    let runs = 20_000;
    let mean = |run: &dyn Fn(&mut rand_chacha::ChaCha8Rng) -> Vec<Moment>| {
        let returns: Vec<f64> = (0..runs)
            .map(|i| {
                let mut rng = Streams::new(5).stream(Purpose::Theory, 0, i, 0);
                discounted_return(&run(&mut rng), 0.95)
            })
            .collect();
        let mean = returns.iter().sum::<f64>() / runs as f64;
        let spread = returns.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / runs as f64;
        (mean, (spread / runs as f64).sqrt())
    };
    let (exact, error) =
        mean(&|rng| simulate(&tiger, 6, &mut ExactBelief::new(&tiger), policy, rng));
    let value = plan.value(tiger.start());
    assert!((exact - value).abs() < 4.0 * error && error < 0.3, "{exact} +- {error}, {value}");
    let (particles, _) = mean(&|rng| {
        let mut tracker = Particles::new(&tiger, 200, rng).unwrap();
        simulate(&tiger, 6, &mut tracker, policy, rng)
    });
    // Beliefs of 200 particles are nearly exact; the value can only be lower.
    assert!((particles - value).abs() < 0.5 + 4.0 * error, "{particles}, {value}");
}

#[test]
fn particles_follow_the_exact_belief() {
    let shuttle = classics::shuttle();
    let mut rng = Streams::new(6).stream(Purpose::Theory, 0, 0, 0);
    let count = 20_000;
    let mut particles = Particles::new(&shuttle, count, &mut rng).unwrap();
    let mut exact = ExactBelief::new(&shuttle);
    for (action, observation) in [(1, 3), (1, 3), (2, 3), (2, 3), (2, 0)] {
        particles.update(action, observation, &mut rng);
        exact.update(action, observation, &mut rng);
        for (p, b) in particles.belief().iter().zip(exact.belief()) {
            assert!((p - b).abs() < 6.0 / (count as f64).sqrt(), "{p} {b}");
        }
    }
    // What nobody expected: all particles move to the states that explain it.
    particles.update(0, 4, &mut rng);
    assert_eq!(particles.belief()[0], 1.0);
    assert!(Particles::new(&shuttle, 0, &mut rng).is_err());
}
