//! What the tests of learners share.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::BanditLearner;

/// A generator for tests.
pub(super) fn generator() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(11)
}

/// The learner after a history of arms and rewards.
pub(super) fn taught<L: BanditLearner>(mut learner: L, history: &[(usize, f64)]) -> L {
    for &(arm, reward) in history {
        learner.observe(arm, reward);
    }
    learner
}

/// The arm that a learner with no ties to break chooses after a history.
pub(super) fn choice_after(learner: impl BanditLearner, history: &[(usize, f64)]) -> usize {
    taught(learner, history).choose(&mut generator())
}

/// How often, of 40 000 choices, the learner chooses `arm`; a standard deviation is at most 0.0025.
pub(super) fn share(learner: &mut impl BanditLearner, arm: usize) -> f64 {
    let mut rng = generator();
    let chosen = (0..40_000).filter(|_| learner.choose(&mut rng) == arm).count();
    chosen as f64 / 40_000.0
}
