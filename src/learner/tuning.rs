//! Choosing the step size of a classical learner on scenarios of their own, so that comparisons are fair.

use ndarray::Array2;

use super::Learner;
use super::play::regret_curves;
use crate::problem::decision_set::DecisionSet;

/// The step size in `candidates` with the lowest mean final regret on `scenarios`, and that regret.
///
/// `build` makes the learner of a step size. `None` when a list is empty.
pub fn best_step<L: Learner>(
    set: DecisionSet,
    scenarios: &[Array2<f64>],
    candidates: &[f64],
    build: impl Fn(f64) -> L + Sync,
) -> Option<(f64, f64)> {
    let last = scenarios.first()?.nrows().checked_sub(1)?;
    candidates
        .iter()
        .filter_map(|&step| {
            let curves = regret_curves(set, scenarios, |_| build(step));
            Some((step, curves.column(last).mean()?))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
}

/// `count` numbers from `low` to `high` with equal ratios, both ends included.
pub fn geometric_grid(low: f64, high: f64, count: usize) -> Vec<f64> {
    let ratio = high / low;
    let steps = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|i| low * ratio.powf(i as f64 / steps)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::ftrl::{Ftrl, FtrlStep};

    #[test]
    fn picks_the_step_that_suits_the_rewards() {
        // Alternating rewards punish every step; constant rewards reward a large one.
        let alternating =
            Array2::from_shape_fn((20, 1), |(t, _)| if t % 2 == 0 { 1.0 } else { -1.0 });
        let constant = Array2::ones((20, 1));
        let grid = geometric_grid(0.01, 1.0, 5);
        let best = |rewards: Array2<f64>| {
            best_step(DecisionSet::UNIT_BALL, &[rewards], &grid, |eta| {
                Ftrl::new(DecisionSet::UNIT_BALL, 1, FtrlStep::Fixed(eta), false)
            })
            .unwrap()
        };
        assert_eq!(best(alternating).0, 0.01);
        approx::assert_relative_eq!(best(constant).0, 1.0, epsilon = 1e-12);
        approx::assert_relative_eq!(grid[2], 0.1, epsilon = 1e-12);
    }
}
