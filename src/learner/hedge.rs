//! Hedge (exponential weights; Freund and Schapire 1997) over the corners of the decision set.

use super::Learner;
use super::memory::Memory;
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
    memory: Memory,
}

impl Hedge {
    /// Step `step`, or `step / sqrt t` when `anytime`.
    pub fn new(set: DecisionSet, d: usize, step: f64, anytime: bool, optimistic: bool) -> Self {
        Self { set, step, anytime, memory: Memory::new(d, optimistic) }
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
            if self.anytime { self.step / self.memory.coming_round().sqrt() } else { self.step };
        self.memory.write_scores(decision);
        decision.iter_mut().for_each(|v| *v *= eta);
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
        self.memory.observe(reward);
    }
}
