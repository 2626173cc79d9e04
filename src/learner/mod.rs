//! What decides: classical no-regret learners, fixed decisions and models, behind one trait.

pub mod bandit;
pub mod constant;
pub mod dialogue;
pub mod ftrl;
pub mod gradient_ascent;
pub mod hedge;
pub mod in_context_q;
pub mod layer;
mod memory;
pub mod planning;
pub mod play;
pub mod spec;
pub mod tabular;
pub mod text;
pub mod transformer;
pub mod tuning;
pub mod verbal;

/// A learner of full-information online learning: decides from the rewards seen so far.
///
/// ```
/// use lowregret::learner::{Learner, play::play};
/// use lowregret::problem::decision_set::DecisionSet;
///
/// /// Plays the last reward's direction.
/// struct Chaser(Vec<f64>);
///
/// impl Learner for Chaser {
///     fn decide(&mut self, decision: &mut [f64]) {
///         DecisionSet::UNIT_BALL.maximizer(&self.0, decision);
///     }
///     fn observe(&mut self, reward: &[f64]) {
///         self.0.copy_from_slice(reward);
///     }
/// }
///
/// let rewards = ndarray::array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
/// let regret = play(DecisionSet::UNIT_BALL, &mut Chaser(vec![0.0; 2]), rewards.view());
/// assert!((regret[2] - (5f64.sqrt() - 1.0)).abs() < 1e-12);
/// ```
pub trait Learner {
    /// Writes the decision of the coming round (length d, inside the learner's decision set).
    fn decide(&mut self, decision: &mut [f64]);

    /// Takes in the reward vector (length d) of the round just decided.
    fn observe(&mut self, reward: &[f64]);
}
