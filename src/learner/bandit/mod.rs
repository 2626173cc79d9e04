//! Learners of bandit problems, behind one trait; playing them, and tuning them fairly.

use rand::Rng;

mod arms;
pub mod bayes_optimal;
pub mod epsilon_greedy;
pub mod exp3;
pub mod explore_then_commit;
pub mod forgetting_ucb;
pub mod gaussian_thompson;
pub mod gittins;
pub mod greedy;
pub mod kl_ucb;
mod parameter;
pub mod play;
mod rescaled;
pub mod spec;
pub mod stick;
#[cfg(test)]
mod testing;
pub mod thompson;
pub mod tuning;
pub mod ucb;
pub mod ucb_v;
pub mod uniform;

/// A learner of bandit problems: it sees only what the arm it chose has paid.
///
/// ```
/// use lowregret::learner::bandit::{BanditLearner, play::play};
/// use lowregret::numeric::rng::{Purpose, Streams};
/// use lowregret::problem::bandit::BanditScenario;
///
/// /// Stays with an arm that has paid, and leaves one that has not.
/// struct WinStay {
///     arms: usize,
///     arm: usize,
/// }
///
/// impl BanditLearner for WinStay {
///     fn choose(&mut self, _rng: &mut dyn rand::Rng) -> usize {
///         self.arm
///     }
///     fn observe(&mut self, arm: usize, reward: f64) {
///         self.arm = if reward > 0.0 { arm } else { (arm + 1) % self.arms };
///     }
/// }
///
/// let rewards = ndarray::array![[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]];
/// let scenario = BanditScenario::from_rewards(rewards.view())?;
/// let mut rng = Streams::new(0).stream(Purpose::Evaluation, 0, 0, 0);
/// let chosen = play(&scenario, &mut WinStay { arms: 2, arm: 0 }, &mut rng);
/// assert_eq!(chosen, [0, 1, 1, 0]);
/// assert_eq!(scenario.dynamic_regret(&chosen), [1.0, 1.0, 2.0, 2.0]);
/// assert_eq!(scenario.total_realised_regret(&chosen), 0.0);
/// # Ok::<(), lowregret::Error>(())
/// ```
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
