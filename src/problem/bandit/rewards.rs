//! What an arm pays, given its mean.

use rand::{Rng, RngExt};
use rand_distr::{Beta, Distribution, StandardNormal, StudentT};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Law of a reward with a given mean. Draws are independent, and their expectation is the mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RewardLaw {
    /// 1 with the mean as probability, else 0. The probability is rounded up to a multiple of 2^-32.
    Bernoulli,
    /// Normal around the mean.
    Gaussian {
        /// Standard deviation.
        std: f64,
    },
    /// Uniform on the interval of this width around the mean.
    Uniform {
        /// Width of the interval.
        width: f64,
    },
    /// Beta with parameters `mean * concentration` and `(1 - mean) * concentration`; at means 0 and 1 the mean itself.
    Beta {
        /// Sum of the two parameters: the variance is `mean (1 - mean) / (1 + concentration)`.
        concentration: f64,
    },
    /// The mean plus `scale` times Student's t.
    HeavyTailed {
        /// Factor of the noise.
        scale: f64,
        /// Degrees of freedom, more than 1 (so that there is a mean); up to 2 the variance is infinite.
        degrees: f64,
    },
    /// The mean itself.
    Exact,
}

/// Bernoulli draws that share one call of the generator, and its 32-bit words in bytes.
const WORDS: usize = 64;

/// 2^32: the number of values of a word.
const WORD_VALUES: f64 = 4_294_967_296.0;

/// Bounds of the concentration of beta rewards, within which draws stay finite.
const CONCENTRATION: (f64, f64) = (1e-3, 1e6);

impl RewardLaw {
    /// Checks every number of the law.
    ///
    /// # Errors
    /// A negative or not finite `std`, `width` or `scale`; a `concentration` outside \[1e-3, 1e6\]; `degrees` that are not
    /// finite and more than 1.
    pub fn check(&self) -> Result<()> {
        let size = |field: &str, value: f64| {
            if value >= 0.0 && value.is_finite() {
                return Ok(());
            }
            Err(Error::parameter(format!("rewards.{field}"), value, "a finite number >= 0"))
        };
        match *self {
            Self::Bernoulli | Self::Exact => Ok(()),
            Self::Gaussian { std } => size("std", std),
            Self::Uniform { width } => size("width", width),
            Self::Beta { concentration } => {
                if concentration >= CONCENTRATION.0 && concentration <= CONCENTRATION.1 {
                    return Ok(());
                }
                let expected = "a number from 1e-3 to 1e6";
                Err(Error::parameter("rewards.concentration", concentration, expected))
            }
            Self::HeavyTailed { scale, degrees } => {
                size("scale", scale)?;
                if degrees > 1.0 && degrees.is_finite() {
                    return Ok(());
                }
                Err(Error::parameter("rewards.degrees", degrees, "a finite number > 1"))
            }
        }
    }

    /// Whether means must lie in \[0, 1\].
    pub fn needs_unit_means(&self) -> bool {
        matches!(self, Self::Bernoulli | Self::Beta { .. })
    }

    /// Draws `rewards` around `means`, both row by row with `arms` entries a row, of which the first `present` count.
    pub(super) fn draw(
        &self,
        present: usize,
        arms: usize,
        means: &[f64],
        rewards: &mut [f64],
        rng: &mut impl Rng,
    ) {
        match *self {
            // Absent arms have mean 0 and so pay 0, except for the noisy laws below.
            Self::Exact => rewards.copy_from_slice(means),
            Self::Bernoulli => draw_bernoulli(means, rewards, rng),
            Self::Gaussian { std } => each(present, arms, means, rewards, |mean| {
                let z: f64 = rng.sample(StandardNormal);
                mean + std * z
            }),
            Self::Uniform { width } => each(present, arms, means, rewards, |mean| {
                mean + width * (rng.random::<f64>() - 0.5)
            }),
            Self::Beta { concentration } => each(present, arms, means, rewards, |mean| {
                // Fails at means 0 and 1, where the law is the mean itself.
                Beta::new(mean * concentration, (1.0 - mean) * concentration)
                    .map_or(mean, |law| law.sample(rng))
            }),
            Self::HeavyTailed { scale, degrees } => {
                // Degrees that passed the check make a law.
                let Ok(law) = StudentT::new(degrees) else { return };
                each(present, arms, means, rewards, |mean| mean + scale * law.sample(rng));
            }
        }
    }
}

/// One 32-bit word of the generator an entry, taken 64 at a time: 1 where the word is below the mean's share of 2^32.
fn draw_bernoulli(means: &[f64], rewards: &mut [f64], rng: &mut impl Rng) {
    let mut bytes = [0u8; 4 * WORDS];
    for (means, rewards) in means.chunks(WORDS).zip(rewards.chunks_mut(WORDS)) {
        let bytes = &mut bytes[..4 * means.len()];
        rng.fill_bytes(bytes);
        for ((reward, mean), word) in rewards.iter_mut().zip(means).zip(bytes.chunks_exact(4)) {
            let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
            *reward = f64::from(u8::from(f64::from(word) < mean * WORD_VALUES));
        }
    }
}

/// Draws the present arms of every row, and writes 0 for the others.
fn each(
    present: usize,
    arms: usize,
    means: &[f64],
    rewards: &mut [f64],
    mut draw: impl FnMut(f64) -> f64,
) {
    for (means, rewards) in means.chunks_exact(arms).zip(rewards.chunks_exact_mut(arms)) {
        for (reward, &mean) in rewards.iter_mut().zip(means).take(present) {
            *reward = draw(mean);
        }
        rewards[present..].fill(0.0);
    }
}
