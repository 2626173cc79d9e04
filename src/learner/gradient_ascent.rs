//! Online (projected) gradient ascent, Zinkevich 2003.

use super::Learner;
use crate::problem::decision_set::DecisionSet;

/// Moves the last decision along the last reward and projects: `decision <- Proj(decision + eta_t * R)`.
///
/// Unlike FTRL it forgets what the projection cut off.
#[derive(Clone, Debug)]
pub struct GradientAscent {
    set: DecisionSet,
    step: f64,
    anytime: bool,
    round: usize,
    decision: Vec<f64>,
}

impl GradientAscent {
    /// Starts at the centre; the step is `step`, or `step / sqrt t` when `anytime`.
    pub fn new(set: DecisionSet, d: usize, step: f64, anytime: bool) -> Self {
        let mut decision = vec![0.0; d];
        set.center(&mut decision);
        Self { set, step, anytime, round: 0, decision }
    }
}

impl Learner for GradientAscent {
    fn decide(&mut self, decision: &mut [f64]) {
        decision.copy_from_slice(&self.decision);
    }

    fn observe(&mut self, reward: &[f64]) {
        self.round += 1;
        let eta = if self.anytime { self.step / (self.round as f64).sqrt() } else { self.step };
        for (p, r) in self.decision.iter_mut().zip(reward) {
            *p += eta * r;
        }
        self.set.project(&mut self.decision);
    }
}
