//! Hedge (exponential weights; Freund and Schapire 1997) over the corners of the decision set.

use super::Learner;
use crate::problem::decision_set::DecisionSet;

/// Weighs experts by `exp(eta_t * (gain so far + hint))`.
///
/// On the simplex the experts are the arms. On a ball of radius rho they are the 2d points `+- rho e_i`, so decisions stay
/// in the inscribed cross-polytope: the usual way to run Hedge on vectors, at the price of the ball's rounder corners.
/// The optimistic form adds the last reward once more as a hint.
#[derive(Clone, Debug)]
pub struct Hedge {
    set: DecisionSet,
    step: f64,
    anytime: bool,
    optimistic: bool,
    round: usize,
    reward_sum: Vec<f64>,
    last_reward: Vec<f64>,
}

impl Hedge {
    /// Step `step`, or `step / sqrt t` when `anytime`.
    pub fn new(set: DecisionSet, d: usize, step: f64, anytime: bool, optimistic: bool) -> Self {
        Self {
            set,
            step,
            anytime,
            optimistic,
            round: 0,
            reward_sum: vec![0.0; d],
            last_reward: vec![0.0; d],
        }
    }

    /// Number of experts in dimension `d`.
    pub fn experts(set: DecisionSet, d: usize) -> usize {
        match set {
            DecisionSet::Ball { .. } => 2 * d,
            DecisionSet::Simplex => d,
        }
    }
}

impl Learner for Hedge {
    fn decide(&mut self, decision: &mut [f64]) {
        let eta =
            if self.anytime { self.step / ((self.round + 1) as f64).sqrt() } else { self.step };
        let hint = if self.optimistic { 1.0 } else { 0.0 };
        for ((out, &sum), &last) in decision.iter_mut().zip(&self.reward_sum).zip(&self.last_reward)
        {
            *out = eta * (sum + hint * last);
        }
        match self.set {
            DecisionSet::Simplex => {
                let top = decision.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                decision.iter_mut().for_each(|v| *v = (*v - top).exp());
                let total: f64 = decision.iter().sum();
                decision.iter_mut().for_each(|v| *v /= total);
            }
            DecisionSet::Ball { radius } => {
                decision.iter_mut().for_each(|v| *v *= radius);
                let top = decision.iter().fold(0.0f64, |top, v| top.max(v.abs()));
                let (up, down) = (|v: f64| (v - top).exp(), |v: f64| (-v - top).exp());
                let total: f64 = decision.iter().map(|&v| up(v) + down(v)).sum();
                decision.iter_mut().for_each(|v| *v = radius * (up(*v) - down(*v)) / total);
            }
        }
    }

    fn observe(&mut self, reward: &[f64]) {
        self.round += 1;
        self.last_reward.copy_from_slice(reward);
        for (sum, r) in self.reward_sum.iter_mut().zip(reward) {
            *sum += r;
        }
    }
}
