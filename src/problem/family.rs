//! Families of reward sequences, as data: what a scenario of full-information online learning may look like.

mod draw;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A law of reward sequences R_1 .. R_T in R^d.
///
/// Every scenario draws its own direction `v`, uniform on the unit sphere; noise `z_t` is standard normal, divided by
/// sqrt d so that its expected squared length is the square of the noise level in every dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RewardFamily {
    /// `R_t = v, -v, v, ..`: punishes whoever follows the leader.
    Alternating,
    /// `R_t = drift * v + noise * z_t / sqrt d`: punishes whoever does not.
    Drift {
        /// Length of the mean reward.
        drift: f64,
        /// Root mean square length of the noise.
        noise: f64,
    },
    /// `R_t = mean + noise * z_t / sqrt d`: the same mean in every scenario.
    FixedMean {
        /// The mean reward vector, of length d.
        mean: Vec<f64>,
        /// Root mean square length of the noise.
        noise: f64,
    },
    /// Independent normal rewards around a normal mean: `R_t = (spread * m + noise * z_t) / sqrt d`.
    Gaussian {
        /// Root mean square length of the mean, drawn once.
        spread: f64,
        /// Root mean square length of the noise.
        noise: f64,
    },
    /// Independent rewards, uniform on `[low_i, low_i + width]` with `low_i` uniform on `[0, 1 - width]`, per arm.
    Uniform {
        /// Width of each arm's interval, in (0, 1].
        width: f64,
    },
    /// `R_t = amplitude * sin(2 pi (cycles * t / T + phase)) * v + noise * z_t / sqrt d`, random phase.
    Sinusoid {
        /// Largest length of the mean reward.
        amplitude: f64,
        /// Number of periods within the horizon.
        cycles: f64,
        /// Root mean square length of the noise.
        noise: f64,
    },
    /// The mean moves on a straight line from `slope * v` to `slope * w`, a second random direction.
    LinearTrend {
        /// Length of the mean at both ends of the way.
        slope: f64,
        /// Root mean square length of the noise.
        noise: f64,
    },
    /// `R_t = m_t + noise * z_t / sqrt d`, where `m_t = m_{t-1} + step * z'_t / sqrt d`.
    RandomWalk {
        /// Root mean square length of a step of the mean.
        step: f64,
        /// Root mean square length of the noise.
        noise: f64,
    },
    /// A new direction at `switches` rounds spread evenly: `R_t = drift * v_j + noise * z_t / sqrt d` on the j-th piece.
    Piecewise {
        /// Number of changes of direction.
        switches: usize,
        /// Length of the mean reward.
        drift: f64,
        /// Root mean square length of the noise.
        noise: f64,
    },
    /// Each scenario is drawn from one of the parts.
    Mixture {
        /// Weights (positive; normalised to sum 1) and the families they belong to.
        parts: Vec<(f64, RewardFamily)>,
    },
}

impl RewardFamily {
    /// The default training family (RMFT-D3): 0.4 alternating, 0.3 drift, 0.3 noisy drift.
    pub fn balanced() -> Self {
        Self::Mixture {
            parts: vec![
                (0.4, Self::Alternating),
                (0.3, Self::Drift { drift: 0.6, noise: 0.8 }),
                (0.3, Self::Drift { drift: 0.3, noise: 2.0 }),
            ],
        }
    }

    /// The pure mixture of RMFT-P4: alternating with probability `p` in (0, 1), else a nearly noiseless drift.
    pub fn pure_mixture(p: f64) -> Self {
        Self::alternating_or(p, Self::Drift { drift: 0.6, noise: 0.05 })
    }

    /// The balanced family without its noisy-drift class: half alternating, half drift. Symmetry breaks on it.
    pub fn without_noisy_drift() -> Self {
        Self::alternating_or(0.5, Self::Drift { drift: 0.6, noise: 0.8 })
    }

    fn alternating_or(p: f64, other: Self) -> Self {
        Self::Mixture { parts: vec![(p, Self::Alternating), (1.0 - p, other)] }
    }

    /// Checks every number of the family for rewards in R^d.
    ///
    /// # Errors
    /// The first parameter that is not finite, negative where a length is meant, or outside its interval.
    pub fn check(&self, d: usize) -> Result<()> {
        match self {
            Self::Alternating => Ok(()),
            Self::Drift { drift, noise } | Self::Piecewise { drift, noise, .. } => {
                length("drift", *drift)?;
                length("noise", *noise)
            }
            Self::FixedMean { mean, noise } => {
                if mean.len() != d || mean.iter().any(|m| !m.is_finite()) {
                    let value = format!("{mean:?}");
                    return Err(Error::parameter(
                        "family.mean",
                        value,
                        format!("{d} finite numbers"),
                    ));
                }
                length("noise", *noise)
            }
            Self::Gaussian { spread, noise } => {
                length("spread", *spread)?;
                length("noise", *noise)
            }
            Self::Uniform { width } => {
                if *width > 0.0 && *width <= 1.0 {
                    Ok(())
                } else {
                    Err(Error::parameter("family.width", width, "a number in (0, 1]"))
                }
            }
            Self::Sinusoid { amplitude, cycles, noise } => {
                length("amplitude", *amplitude)?;
                length("cycles", *cycles)?;
                length("noise", *noise)
            }
            Self::LinearTrend { slope, noise } => {
                length("slope", *slope)?;
                length("noise", *noise)
            }
            Self::RandomWalk { step, noise } => {
                length("step", *step)?;
                length("noise", *noise)
            }
            Self::Mixture { parts } => {
                if parts.is_empty() {
                    return Err(Error::parameter("family.parts", "[]", "at least one part"));
                }
                for (weight, part) in parts {
                    if !(*weight > 0.0 && weight.is_finite()) {
                        return Err(Error::parameter(
                            "family.parts.weight",
                            weight,
                            "a positive finite number",
                        ));
                    }
                    part.check(d)?;
                }
                Ok(())
            }
        }
    }
}

fn length(field: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(Error::parameter(format!("family.{field}"), value, "a finite number >= 0"))
    }
}

#[cfg(test)]
mod tests;
