//! Choosing the step size of a classical learner on scenarios of their own, so that comparisons are fair.

use ndarray::Array2;

use super::Learner;
use super::play::regret_curves;
use crate::problem::decision_set::DecisionSet;
use crate::{Error, Result};

/// Steps of the grid; its minimum is refined by a parabola.
const GRID: usize = 40;

/// The best step size found, and the mean final regret it had on the scenarios it was chosen on.
#[derive(Clone, Copy, Debug)]
pub struct Tuned {
    /// Step size.
    pub step: f64,
    /// Mean final regret on the tuning scenarios.
    pub regret: f64,
}

/// The step size between `low` and `high` with the lowest mean final regret on `scenarios`: the best of a geometric grid,
/// refined by the parabola through it and its neighbours in the logarithm of the step.
///
/// `build` makes the learner of a step size.
///
/// # Errors
/// No scenario or no round; bounds that are not 0 < low < high; a minimum at the edge of the range, which is then too small.
pub fn best_step<L: Learner>(
    set: DecisionSet,
    scenarios: &[Array2<f64>],
    (low, high): (f64, f64),
    build: impl Fn(f64) -> L + Sync,
) -> Result<Tuned> {
    if !(low > 0.0 && low < high && high.is_finite()) {
        return Err(Error::parameter(
            "range of step sizes",
            format!("{low} to {high}"),
            "0 < low < high",
        ));
    }
    let regret_of = |step: f64| {
        let curves = regret_curves(set, scenarios, |_| build(step));
        let last = curves.columns().into_iter().next_back().and_then(|column| column.mean());
        last.ok_or_else(|| {
            Error::parameter("scenarios", "none", "at least one with at least one round")
        })
    };
    let spacing = (high / low).ln() / (GRID - 1) as f64;
    let steps: Vec<f64> = (0..GRID).map(|i| low * (spacing * i as f64).exp()).collect();
    let regrets = steps.iter().map(|&step| regret_of(step)).collect::<Result<Vec<f64>>>()?;
    let best = (0..GRID).min_by(|&a, &b| regrets[a].total_cmp(&regrets[b])).unwrap_or_default();
    if best == 0 || best == GRID - 1 {
        let expected = "a range that holds the best step size inside";
        return Err(Error::parameter("range of step sizes", format!("{low} to {high}"), expected));
    }
    let (before, here, after) = (regrets[best - 1], regrets[best], regrets[best + 1]);
    let curvature = before - 2.0 * here + after;
    let shift = if curvature > 0.0 { 0.5 * (before - after) / curvature } else { 0.0 };
    let step = steps[best] * (shift * spacing).exp();
    Ok(Tuned { step, regret: regret_of(step)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::ftrl::{Ftrl, FtrlStep};
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::family::RewardFamily;
    use crate::problem::full_information::FullInformation;

    fn ftrl(eta: f64) -> Ftrl {
        Ftrl::new(DecisionSet::UNIT_BALL, 2, FtrlStep::Fixed(eta), false)
    }

    /// On the pure mixture the answer is known (RMFT-P4), and lies between the points of the grid.
    #[test]
    fn finds_the_known_minimum() {
        let problem = FullInformation {
            family: RewardFamily::pure_mixture(0.5),
            ..FullInformation::balanced(2, 100)
        };
        let scenarios = problem.scenarios(&Streams::new(2), Purpose::Tuning, 2000);
        let share =
            scenarios.iter().filter(|r| r.row(0).sum() == -r.row(1).sum()).count() as f64 / 2000.0;
        let tuned = best_step(problem.set, &scenarios, (0.01, 1.0), ftrl).unwrap();
        approx::assert_relative_eq!(
            tuned.step,
            ((1.0 - share) / (share * 100.0)).sqrt(),
            max_relative = 0.03
        );
    }

    #[test]
    fn a_minimum_at_the_edge_is_refused() {
        let alternating =
            Array2::from_shape_fn((20, 2), |(t, _)| if t % 2 == 0 { 1.0 } else { -1.0 });
        let message =
            best_step(DecisionSet::UNIT_BALL, &[alternating], (0.01, 1.0), ftrl).unwrap_err();
        assert!(message.to_string().contains("inside"));
        assert!(best_step(DecisionSet::UNIT_BALL, &[], (0.01, 1.0), ftrl).is_err());
        assert!(best_step(DecisionSet::UNIT_BALL, &[], (1.0, 0.1), ftrl).is_err());
    }
}
