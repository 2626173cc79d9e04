//! An adversary that answers each decision with the reward vector that hurts it most.

use super::decision_set::norm;

/// Sees the decision of the round and then pays `R_t = -bound * decision / |decision|`; a zero decision meets the first
/// axis. It is the strongest opponent of the ball among rewards of length `bound`: the learner always earns
/// `-bound * |decision|`.
#[derive(Clone, Copy, Debug)]
pub struct Adversary {
    /// Length of every reward vector.
    pub bound: f64,
}

impl Adversary {
    /// Writes the reward vector that answers `decision` (same length, at least 1).
    pub fn answer(&self, decision: &[f64], reward: &mut [f64]) {
        let length = norm(decision);
        if length > 0.0 {
            for (r, p) in reward.iter_mut().zip(decision) {
                *r = -self.bound * p / length;
            }
        } else {
            reward.fill(0.0);
            reward.iter_mut().take(1).for_each(|r| *r = self.bound);
        }
    }
}
