//! What a policy of a hidden process earns when it is played, to be held against what its planner says.

use super::interval::Estimate;
use crate::numeric::parallel;
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::pomdp::simulation::{ExactBelief, discounted_return, simulate};
use crate::problem::pomdp::Pomdp;
use crate::{Error, Result};

/// Most runs, and most steps that all of them take together.
const MAX_RUNS: usize = 1 << 24;
const MAX_STEPS: usize = 1 << 32;

/// Mean discounted return of `runs` runs of `horizon` steps under `policy`, which chooses an action by the step and the
/// exact belief; with its 95 % interval.
///
/// # Errors
/// No run, more than 2^24 of them, or runs of more than 2^32 steps together; returns that overflow.
///
/// # Panics
/// If the policy chooses an action that the process does not have.
pub fn simulated_value(
    pomdp: &Pomdp,
    (runs, horizon): (usize, usize),
    seed: u64,
    policy: impl Fn(usize, &[f64]) -> usize + Sync,
) -> Result<Estimate> {
    let most = MAX_RUNS.min(MAX_STEPS / horizon.max(1));
    if !(1..=most).contains(&runs) {
        let expected = format!("1 to {most} runs of {horizon} steps");
        return Err(Error::parameter("simulations", runs, expected));
    }
    let streams = Streams::new(seed);
    let run = |run: usize| {
        let mut rng = streams.stream(Purpose::Evaluation, 0, run, 0);
        let mut belief = ExactBelief::new(pomdp);
        let played = simulate(pomdp, horizon, &mut belief, &policy, &mut rng);
        discounted_return(&played, pomdp.discount())
    };
    Estimate::of(&parallel::over(runs, run))
}

/// The number of steps after which whatever may still come is worth `tolerance` at most; `None` if it takes more than 2^20
/// steps, or the process does not discount.
#[must_use]
pub fn steps_that_matter(pomdp: &Pomdp, tolerance: f64) -> Option<usize> {
    let discount = pomdp.discount();
    let largest = pomdp.rewards().iter().fold(0.0_f64, |m, r| m.max(r.abs()));
    let (mut rest, mut steps) = (largest / (1.0 - discount), 0);
    while rest > tolerance {
        if steps == 1 << 20 || !rest.is_finite() {
            return None;
        }
        rest *= discount;
        steps += 1;
    }
    Some(steps.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::pomdp::pruning;
    use crate::problem::pomdp::classics;

    #[test]
    fn the_value_of_a_plan_is_met_by_its_runs() {
        let tiger = classics::tiger(0.95).unwrap();
        let plan = pruning::solve(&tiger, 6).unwrap();
        let policy = |step: usize, belief: &[f64]| plan.stage(6 - step).action(belief);
        let met = simulated_value(&tiger, (20_000, 6), 1, policy).unwrap();
        let value = plan.value(tiger.start());
        assert!(met.low.unwrap() < value && value < met.high.unwrap(), "{met:?} {value}");
        for bad in [(0, 6), (usize::MAX, 6), (1 << 25, 1)] {
            assert!(simulated_value(&tiger, bad, 1, policy).is_err());
        }
    }

    #[test]
    fn what_comes_late_does_not_matter() {
        let tiger = classics::tiger(0.95).unwrap();
        // 100 / 0.05 * 0.95^n <= 0.01.
        assert_eq!(
            steps_that_matter(&tiger, 0.01),
            Some((2e5f64.ln() / -0.95f64.ln()).ceil() as usize)
        );
        assert_eq!(steps_that_matter(&tiger, 1e9), Some(1));
        assert_eq!(steps_that_matter(&classics::tiger(1.0).unwrap(), 0.01), None);
    }
}
