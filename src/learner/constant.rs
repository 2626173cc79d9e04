//! Learners that never move: the centre of the decision set, and the best fixed decision in hindsight.

use ndarray::{ArrayView2, Axis};

use super::Learner;
use crate::problem::decision_set::DecisionSet;

/// Plays one decision in every round.
#[derive(Clone, Debug)]
pub struct Constant {
    decision: Vec<f64>,
}

impl Constant {
    /// The centre of the set: 0 in the ball, the uniform distribution in the simplex.
    pub fn center(set: DecisionSet, d: usize) -> Self {
        let mut decision = vec![0.0; d];
        set.center(&mut decision);
        Self { decision }
    }

    /// The best fixed decision for these rewards (rounds x d), known only in hindsight: its final regret is 0.
    pub fn best_in_hindsight(set: DecisionSet, rewards: ArrayView2<f64>) -> Self {
        let mut decision = vec![0.0; rewards.ncols()];
        set.maximizer(&rewards.sum_axis(Axis(0)).to_vec(), &mut decision);
        Self { decision }
    }
}

impl Learner for Constant {
    fn decide(&mut self, decision: &mut [f64]) {
        decision.copy_from_slice(&self.decision);
    }

    fn observe(&mut self, _reward: &[f64]) {}
}
