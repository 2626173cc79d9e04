//! The step size at which Iterative RMFT comes to rest (RMFT-P3), to first order in the exploration noise.

use ndarray::{Array2, ArrayView1};

use super::selection::sums_before;
use crate::numeric::parallel;
use crate::problem::decision_set::{DecisionSet, norm};

/// The force on eta at FTRL(eta): the mean over `scenarios` of `sum_t <P_t R_t, S_{t-1}> / sqrt(sum_t |P_t R_t|^2)`, where
/// P_t is the Jacobian of the projection at `eta S_{t-1}`. Positive: selection makes eta grow.
pub fn force(set: DecisionSet, eta: f64, scenarios: &[Array2<f64>]) -> f64 {
    let forces = parallel::each(scenarios, |rewards| scenario_force(set, eta, rewards));
    forces.iter().sum::<f64>() / scenarios.len() as f64
}

/// The rest point: the root of [`force`] in eta between `low` and `high`, on the given scenarios.
///
/// Keep `high` below 1 for rewards of length about 1: above, alternating rewards exert no force to first order and the sign
/// turns again.
pub fn rest_point(set: DecisionSet, scenarios: &[Array2<f64>], low: f64, high: f64) -> f64 {
    bisect(|eta| force(set, eta, scenarios), low, high)
}

/// The root of a function that falls from positive to negative between `low` and `high`, by bisection on the logarithmic
/// scale; an end of the interval if it does not change sign.
fn bisect(function: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..24 {
        let middle = (low * high).sqrt();
        if function(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

fn scenario_force(set: DecisionSet, eta: f64, rewards: &Array2<f64>) -> f64 {
    let before = sums_before(rewards);
    let (mut pull, mut square) = (0.0, 0.0);
    for (reward, sum) in rewards.outer_iter().zip(before.outer_iter()) {
        let through = through_projection(set, &sum.mapv(|v| eta * v).to_vec(), reward);
        pull += through.iter().zip(sum).map(|(a, b)| a * b).sum::<f64>();
        square += through.iter().map(|v| v * v).sum::<f64>();
    }
    if square > 0.0 { pull / square.sqrt() } else { 0.0 }
}

/// `P R`, P the Jacobian of the projection at `x` (symmetric in both sets).
pub(super) fn through_projection(set: DecisionSet, x: &[f64], reward: ArrayView1<f64>) -> Vec<f64> {
    match set {
        DecisionSet::Ball { radius } => {
            let length = norm(x);
            if length <= radius {
                return reward.to_vec();
            }
            // Outside: (radius / |x|) (I - x x^T / |x|^2).
            let along = x.iter().zip(reward).map(|(a, b)| a * b).sum::<f64>() / (length * length);
            x.iter().zip(reward).map(|(&v, &r)| radius / length * (r - along * v)).collect()
        }
        DecisionSet::Simplex => {
            // Within the support of the projection: minus the mean; outside: 0.
            let mut p = x.to_vec();
            set.project(&mut p);
            let support = p.iter().filter(|&&v| v > 0.0).count() as f64;
            let mean = p.iter().zip(reward).filter(|(v, _)| **v > 0.0).map(|(_, r)| r).sum::<f64>()
                / support;
            p.iter().zip(reward).map(|(&v, &r)| if v > 0.0 { r - mean } else { 0.0 }).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The Jacobian against central differences of the projection, wherever that is differentiable.
        #[test]
        fn jacobian_matches_differences(
            x in proptest::collection::vec(-3.0..3.0f64, 3),
            direction in proptest::collection::vec(-1.0..1.0f64, 3),
            simplex in any::<bool>(),
        ) {
            let set = if simplex { DecisionSet::Simplex } else { DecisionSet::UNIT_BALL };
            let step = 1e-6;
            let moved = |sign: f64| {
                let mut y: Vec<f64> =
                    x.iter().zip(&direction).map(|(a, b)| a + sign * step * b).collect();
                set.project(&mut y);
                y
            };
            let (up, down, here) = (moved(1.0), moved(-1.0), moved(0.0));
            let kink = (0..3).any(|i| (up[i] == 0.0) != (down[i] == 0.0) || (simplex && here[i] > 0.0 && here[i] < 1e-5))
                || (norm(&x) - 1.0).abs() < 1e-4;
            prop_assume!(!kink);
            let exact = through_projection(set, &x, ArrayView1::from(&direction));
            for i in 0..3 {
                let numeric = (up[i] - down[i]) / (2.0 * step);
                prop_assert!((numeric - exact[i]).abs() < 1e-6, "{numeric} {}", exact[i]);
            }
        }
    }

    #[test]
    fn bisection_finds_the_root() {
        approx::assert_relative_eq!(bisect(|x| 3.0 - x, 0.1, 50.0), 3.0, max_relative = 1e-6);
    }
}
