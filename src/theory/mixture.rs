//! The pure mixture of alternating and drifting rewards, where the best step size has a closed form (RMFT-P4).

/// Expected regret of FTRL(eta) on the unit ball: `p eta T / 2 + (1 - p) / (2 eta)`, with probability `p` of alternating
/// rewards, else a drift of length `delta`. It leaves out `(1 - p) delta / 2` and less than `(1 - p) eta delta^2 / 8`.
pub fn expected_regret(p: f64, eta: f64, horizon: usize) -> f64 {
    p * eta * horizon as f64 / 2.0 + (1.0 - p) / (2.0 * eta)
}

/// The minimiser of [`expected_regret`]: `sqrt((1 - p) / (p T))`.
pub fn best_step(p: f64, horizon: usize) -> f64 {
    ((1.0 - p) / (p * horizon as f64)).sqrt()
}

/// The regret at [`best_step`]: `sqrt(p (1 - p) T)`.
pub fn best_regret(p: f64, horizon: usize) -> f64 {
    (p * (1.0 - p) * horizon as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::ftrl::{Ftrl, FtrlStep};
    use crate::learner::play::regret_curves;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::decision_set::DecisionSet;
    use crate::problem::family::RewardFamily;
    use crate::problem::full_information::FullInformation;

    #[test]
    fn the_best_step_is_a_minimum_and_attains_the_best_regret() {
        let (p, horizon) = (0.3, 100);
        let best = best_step(p, horizon);
        let value = expected_regret(p, best, horizon);
        approx::assert_relative_eq!(value, best_regret(p, horizon), epsilon = 1e-12);
        assert!(value < expected_regret(p, 1.01 * best, horizon));
        assert!(value < expected_regret(p, 0.99 * best, horizon));
    }

    /// The formula and the constant it leaves out, (1 - p) 0.6 / 2, against simulated regret at T = 160.
    #[test]
    fn the_formula_matches_simulation() {
        let problem = FullInformation {
            family: RewardFamily::pure_mixture(0.5),
            ..FullInformation::balanced(2, 160)
        };
        let scenarios = problem.scenarios(&Streams::new(0), Purpose::Theory, 2000);
        for factor in [0.7, 1.0, 1.5] {
            let eta = factor * best_step(0.5, 160);
            let curves = regret_curves(problem.set, &scenarios, |_| {
                Ftrl::new(DecisionSet::UNIT_BALL, 2, FtrlStep::Fixed(eta), false)
            });
            let simulated = curves.column(159).mean().unwrap();
            let expected = expected_regret(0.5, eta, 160) + 0.15;
            approx::assert_relative_eq!(simulated, expected, max_relative = 0.03);
        }
    }
}
