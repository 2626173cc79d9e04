//! The values that parameters of learners may take.

use crate::{Error, Result};

/// Largest value of an unbounded parameter, so that indices stay finite.
const LARGEST: f64 = 1e6;
/// Smallest value of a parameter that must not vanish.
const SMALLEST: f64 = 1e-6;

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Domain {
    /// A scale that must not vanish: `[1e-6, 1e6]`.
    Positive,
    /// A scale that may vanish: `[0, 1e6]`.
    NonNegative,
    /// A probability: `[0, 1]`.
    Probability,
    /// A share or a discount: `(0, 1]`.
    Fraction,
    /// A number of rounds or pulls: a whole number in `[1, 1e6]`.
    Count,
}

impl Domain {
    /// The value, if it lies in the domain.
    pub fn check(self, field: &str, value: f64) -> Result<f64> {
        let (inside, expected) = match self {
            Self::Positive => {
                ((SMALLEST..=LARGEST).contains(&value), "a number in [0.000001, 1000000]")
            }
            Self::NonNegative => ((0.0..=LARGEST).contains(&value), "a number in [0, 1000000]"),
            Self::Probability => ((0.0..=1.0).contains(&value), "a number in [0, 1]"),
            Self::Fraction => (value > 0.0 && value <= 1.0, "a number in (0, 1]"),
            Self::Count => (
                (1.0..=LARGEST).contains(&value) && value.fract() == 0.0,
                "a whole number in [1, 1000000]",
            ),
        };
        if inside { Ok(value) } else { Err(Error::parameter(field, value, expected)) }
    }
}
