//! Learners of bandit problems, behind one trait.

use rand::Rng;

/// A learner of bandit problems: it sees only what the arm it chose has paid.
pub trait BanditLearner {
    /// The arm of the coming round, from 0. All randomness of the learner comes from `rng`.
    fn choose(&mut self, rng: &mut dyn Rng) -> usize;

    /// Takes in what `arm`, chosen in the round just played, has paid.
    fn observe(&mut self, arm: usize, reward: f64);
}

impl<L: BanditLearner + ?Sized> BanditLearner for Box<L> {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        (**self).choose(rng)
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        (**self).observe(arm, reward);
    }
}
