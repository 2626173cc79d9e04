//! Follow the regularised leader with the L2 regulariser, its limit follow-the-leader, and their optimistic forms.

use super::Learner;
use super::memory::Memory;
use crate::problem::decision_set::DecisionSet;

/// FTRL-L2: the decision of round t is the projection of `eta_t * (S_{t-1} + hint)`, S_{t-1} the sum of rewards seen
/// (RMFT-D2). With `hint = R_{t-1}` it is the optimistic form, which gains on slowly changing rewards.
#[derive(Clone, Debug)]
pub struct Ftrl {
    set: DecisionSet,
    step: FtrlStep,
    memory: Memory,
}

/// Step size of FTRL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FtrlStep {
    /// The same step size eta in every round.
    Fixed(f64),
    /// `eta_t = scale / sqrt t`: needs no horizon.
    Anytime(f64),
    /// eta = infinity: follow the leader, which has linear regret on alternating rewards.
    Leader,
}

/// The step size that minimises FTRL's regret bound over `rounds` rewards of length at most `bound` (RMFT-B1):
/// `sqrt(2 range / rounds) / bound`, i.e. rho / (G sqrt T) on the ball.
pub fn tuned_step(set: DecisionSet, d: usize, bound: f64, rounds: usize) -> f64 {
    (2.0 * set.regularizer_range(d) / rounds as f64).sqrt() / bound
}

impl Ftrl {
    /// A learner that has seen nothing.
    pub fn new(set: DecisionSet, d: usize, step: FtrlStep, optimistic: bool) -> Self {
        Self { set, step, memory: Memory::new(d, optimistic) }
    }
}

impl Learner for Ftrl {
    fn decide(&mut self, decision: &mut [f64]) {
        self.memory.write_scores(decision);
        let eta = match self.step {
            FtrlStep::Fixed(eta) => eta,
            FtrlStep::Anytime(scale) => scale / self.memory.coming_round().sqrt(),
            FtrlStep::Leader => {
                let sums = decision.to_vec();
                self.set.maximizer(&sums, decision);
                return;
            }
        };
        decision.iter_mut().for_each(|v| *v *= eta);
        self.set.project(decision);
    }

    fn observe(&mut self, reward: &[f64]) {
        self.memory.observe(reward);
    }
}
