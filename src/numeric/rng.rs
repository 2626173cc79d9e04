//! Random streams keyed by what they are for, so that no two tasks ever share a generator.
//!
//! The ChaCha key is the concatenation of (seed, purpose, iteration, scenario) and the ChaCha stream number is the
//! rollout: distinct tuples give independent streams without any hashing, whatever thread asks for them in whatever order.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::StandardNormal;

use super::scalar::Scalar;
use super::wide_chacha::WideChaCha;

/// What a stream is drawn for. Training, tuning, validation and evaluation never meet the same scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Initial weights of a model.
    Initialization = 1,
    /// Scenarios that a model is trained on.
    Training = 2,
    /// Exploration noise of training rollouts.
    Exploration = 3,
    /// Scenarios watched while training.
    Validation = 4,
    /// Scenarios on which the step size of a classical learner is chosen.
    Tuning = 5,
    /// Scenarios of the reported numbers; nothing is trained or tuned on them.
    Evaluation = 6,
    /// Scenarios outside the training family.
    Stress = 7,
    /// Simulations that check a closed form.
    Theory = 8,
    /// Bootstrap resampling.
    Bootstrap = 9,
    /// Order in which kept trajectories are fitted.
    Batches = 10,
}

/// All random streams of one seed.
///
/// ```
/// use lowregret::numeric::rng::{Purpose, Streams};
/// use rand::Rng;
///
/// let streams = Streams::new(7);
/// let first = streams.stream(Purpose::Training, 0, 3, 0).next_u64();
/// assert_eq!(first, streams.stream(Purpose::Training, 0, 3, 0).next_u64());
/// assert_ne!(first, streams.stream(Purpose::Evaluation, 0, 3, 0).next_u64());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The streams of a computation of its own, disjoint from those of this seed: e.g. all of a theory check.
    pub fn branch(&self, purpose: Purpose) -> Self {
        Self::new(self.stream(purpose, usize::MAX, usize::MAX, usize::MAX).next_u64())
    }

    /// The stream of one task; indices that a task does not have are 0.
    pub fn stream(
        &self,
        purpose: Purpose,
        iteration: usize,
        scenario: usize,
        rollout: usize,
    ) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::from_seed(self.key(purpose, iteration, scenario));
        rng.set_stream(rollout as u64);
        rng
    }

    /// [`stream`](Self::stream) for those who need thousands of words: the same words in another order, much faster.
    /// So a tuple is for one of the two.
    pub fn wide(
        &self,
        purpose: Purpose,
        iteration: usize,
        scenario: usize,
        rollout: usize,
    ) -> WideChaCha {
        WideChaCha::new(self.key(purpose, iteration, scenario), rollout as u64)
    }

    fn key(&self, purpose: Purpose, iteration: usize, scenario: usize) -> [u8; 32] {
        let mut key = [0; 32];
        let words = [self.seed, purpose as u64, iteration as u64, scenario as u64];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        key
    }
}

/// Fills `out` with independent standard normal draws.
pub fn fill_standard_normal<S: Scalar>(rng: &mut impl Rng, out: &mut [S]) {
    for value in out {
        *value = S::of(rng.sample(StandardNormal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A changed key layout or a changed generator would silently change every figure: this literal notices.
    #[test]
    fn stream_values_are_stable() {
        let mut rng = Streams::new(1).stream(Purpose::Training, 2, 3, 4);
        let mut values = [0.0f64; 3];
        fill_standard_normal(&mut rng, &mut values);
        approx::assert_relative_eq!(values[0], STABLE[0], epsilon = 1e-15);
        approx::assert_relative_eq!(values[1], STABLE[1], epsilon = 1e-15);
        approx::assert_relative_eq!(values[2], STABLE[2], epsilon = 1e-15);
    }

    const STABLE: [f64; 3] = [-0.7256951958629976, 0.3935246853216602, 0.6605934089297834];

    #[test]
    fn every_part_of_the_key_matters() {
        let first = |seed, purpose, iteration, scenario, rollout| {
            Streams::new(seed).stream(purpose, iteration, scenario, rollout).next_u64()
        };
        let values = [
            first(0, Purpose::Training, 0, 0, 0),
            first(1, Purpose::Training, 0, 0, 0),
            first(0, Purpose::Evaluation, 0, 0, 0),
            first(0, Purpose::Training, 1, 0, 0),
            first(0, Purpose::Training, 0, 1, 0),
            first(0, Purpose::Training, 0, 0, 1),
        ];
        for (i, a) in values.iter().enumerate() {
            assert!(values[i + 1..].iter().all(|b| a != b));
        }
    }

    /// Kolmogorov-Smirnov distance of 20 000 draws to the normal law (1 % critical value 1.63 / sqrt n).
    #[test]
    fn normal_draws_follow_the_normal_law() {
        let n = 20_000;
        let mut values = vec![0.0f64; n];
        fill_standard_normal(&mut Streams::new(5).stream(Purpose::Theory, 0, 0, 0), &mut values);
        values.sort_by(f64::total_cmp);
        let distance = values
            .iter()
            .enumerate()
            .map(|(i, &x)| {
                let cdf = crate::numeric::normal::cdf(x);
                (cdf - i as f64 / n as f64).abs().max((cdf - (i + 1) as f64 / n as f64).abs())
            })
            .fold(0.0, f64::max);
        assert!(distance < 1.63 / (n as f64).sqrt(), "{distance}");
    }
}
