//! Laws of the arms' means: standing still, or drifting within a stated budget.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

mod draw;

/// A law of the means mu_{t,a} of K arms over T rounds, t = 0 .. T - 1 here. What is drawn is drawn once a scenario, and
/// independently for each arm unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Means {
    /// Stationary, uniform on \[low, high\].
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Stationary, normal.
    Normal {
        /// Mean of the means.
        center: f64,
        /// Their standard deviation.
        spread: f64,
    },
    /// Stationary, the same means in every scenario.
    Given {
        /// K means. Where only n arms are present they have the first n of them, after any shuffling.
        means: Vec<f64>,
        /// Whether each scenario hands the means to the arms in a random order.
        shuffled: bool,
    },
    /// Stationary: one present arm, drawn uniformly, has mean `best`, all others `best - gap`.
    Gap {
        /// Mean of the best arm.
        best: f64,
        /// What the others lack.
        gap: f64,
    },
    /// Piecewise constant: at `count` rounds, drawn uniformly without repetition from the T - 1 rounds after the first,
    /// all arms draw new means, uniform on \[low, high\].
    Switches {
        /// Number of change points, less than T.
        count: usize,
        /// Lower end of the means.
        low: f64,
        /// Upper end of the means.
        high: f64,
    },
    /// `mu_{t,a} = (low + high) / 2 + (high - low) / 2 * sin(2 pi (cycles * t / T + phase_a))`, uniform phases.
    Sinusoid {
        /// Number of periods within the horizon.
        cycles: f64,
        /// Lowest mean.
        low: f64,
        /// Highest mean.
        high: f64,
    },
    /// A start uniform on \[low, high\] and steps uniform on \[-step, step\], reflected at `low` and `high`.
    RandomWalk {
        /// Largest step.
        step: f64,
        /// Lower end of the means.
        low: f64,
        /// Upper end of the means.
        high: f64,
    },
    /// Restless rotting: `mu_{t,a} = max(low, start_a - fall_a * t / T)`, the start uniform on \[low, high\], the fall
    /// uniform on \[0, fall\]. Means fall with time, whoever is chosen, as in the restless setting of Seznec et al. (2020,
    /// "A single algorithm for both restless and rested rotting bandits"); in the rested setting of Levine, Crammer and
    /// Mannor (2017) they would fall with the number of times the arm was chosen.
    Rotting {
        /// Lower end of the means.
        low: f64,
        /// Upper end of the starts.
        high: f64,
        /// Most that a mean may lose over the horizon.
        fall: f64,
    },
    /// Each scenario is drawn from one of the parts.
    Mixture {
        /// Weights (positive; normalised to sum 1) and the laws they belong to.
        parts: Vec<(f64, Means)>,
    },
}

impl Means {
    /// Checks every number for `arms` arms and `horizon` rounds.
    ///
    /// # Errors
    /// The first parameter that is not finite, of the wrong sign or order, or does not fit the shape.
    pub fn check(&self, arms: usize, horizon: usize) -> Result<()> {
        match self {
            Self::Uniform { low, high } => interval(*low, *high),
            Self::Normal { center, spread } => {
                finite("center", *center)?;
                size("spread", *spread)
            }
            Self::Given { means, .. } => {
                if means.len() == arms && means.iter().all(|mean| mean.is_finite()) {
                    return Ok(());
                }
                let value = format!("{means:?}");
                Err(Error::parameter("means.means", value, format!("{arms} finite numbers")))
            }
            Self::Gap { best, gap } => {
                finite("best", *best)?;
                size("gap", *gap)
            }
            Self::Switches { count, low, high } => {
                if *count >= horizon {
                    let expected = format!("fewer than the {horizon} rounds");
                    return Err(Error::parameter("means.count", count, expected));
                }
                interval(*low, *high)
            }
            Self::Sinusoid { cycles, low, high } => {
                size("cycles", *cycles)?;
                interval(*low, *high)
            }
            Self::RandomWalk { step, low, high } => {
                size("step", *step)?;
                interval(*low, *high)
            }
            Self::Rotting { low, high, fall } => {
                size("fall", *fall)?;
                interval(*low, *high)
            }
            Self::Mixture { parts } => {
                if parts.is_empty() {
                    return Err(Error::parameter("means.parts", "[]", "at least one part"));
                }
                for (weight, part) in parts {
                    if !(*weight > 0.0 && weight.is_finite()) {
                        let expected = "a positive finite number";
                        return Err(Error::parameter("means.parts.weight", weight, expected));
                    }
                    part.check(arms, horizon)?;
                }
                Ok(())
            }
        }
    }

    /// The smallest interval that holds every mean, whatever is drawn.
    pub fn range(&self) -> (f64, f64) {
        let hull = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        const NOTHING: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);
        match self {
            Self::Normal { center, spread } if *spread == 0.0 => (*center, *center),
            Self::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Given { means, .. } => means.iter().fold(NOTHING, |all, &m| hull(all, (m, m))),
            Self::Gap { best, gap } => (best - gap, *best),
            Self::Uniform { low, high }
            | Self::Switches { low, high, .. }
            | Self::Sinusoid { low, high, .. }
            | Self::RandomWalk { low, high, .. }
            | Self::Rotting { low, high, .. } => (*low, *high),
            Self::Mixture { parts } => {
                parts.iter().fold(NOTHING, |all, (_, part)| hull(all, part.range()))
            }
        }
    }

    /// Whether the means of every scenario stand still by construction.
    pub fn is_stationary(&self) -> bool {
        match self {
            Self::Uniform { .. } | Self::Normal { .. } | Self::Given { .. } | Self::Gap { .. } => {
                true
            }
            Self::Switches { .. }
            | Self::Sinusoid { .. }
            | Self::RandomWalk { .. }
            | Self::Rotting { .. } => false,
            Self::Mixture { parts } => parts.iter().all(|(_, part)| part.is_stationary()),
        }
    }

    /// A bound, known before anything is drawn, on the variation `V_T = sum_t max_a |mu_{t+1,a} - mu_{t,a}|` of every
    /// scenario of `horizon` rounds (up to rounding), for any number of arms:
    ///
    /// - stationary laws: 0;
    /// - switches: `count (high - low)`, since only `count` terms are not 0 and a mean moves within its interval;
    /// - sinusoid: `(T - 1) (high - low) min(1, pi cycles / T)`, since `|sin(x + d) - sin(x)| <= min(2, |d|)`;
    /// - random walk: `(T - 1) min(step, high - low)`, since reflection lengthens no step;
    /// - rotting: `(T - 1) min(fall / T, high - low)`, since no mean loses more than `fall / T` in a round;
    /// - mixture: the largest of the parts'.
    pub fn variation_budget(&self, horizon: usize) -> f64 {
        let rounds = horizon as f64;
        let moves = horizon.saturating_sub(1) as f64;
        match self {
            Self::Uniform { .. } | Self::Normal { .. } | Self::Given { .. } | Self::Gap { .. } => {
                0.0
            }
            Self::Switches { count, low, high } => *count as f64 * (high - low),
            Self::Sinusoid { cycles, low, high } => {
                moves * (high - low) * (std::f64::consts::PI * cycles / rounds).min(1.0)
            }
            Self::RandomWalk { step, low, high } => moves * step.min(high - low),
            Self::Rotting { low, high, fall } => moves * (fall / rounds).min(high - low),
            Self::Mixture { parts } => {
                parts.iter().map(|(_, part)| part.variation_budget(horizon)).fold(0.0, f64::max)
            }
        }
    }
}

fn finite(field: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::parameter(format!("means.{field}"), value, "a finite number"))
}

fn size(field: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::parameter(format!("means.{field}"), value, "a finite number >= 0"))
}

fn interval(low: f64, high: f64) -> Result<()> {
    if low <= high && (high - low).is_finite() {
        return Ok(());
    }
    Err(Error::parameter("means.low to means.high", format!("{low} to {high}"), "low <= high"))
}
