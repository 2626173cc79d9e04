//! Rewards as amounts with a unit.

use super::counted;

/// An affine map from rewards to amounts: reward 0 is told as `zero`, reward 1 as `one`, both in `unit`.
///
/// Only what is told is rounded, to `decimals`. Rewards outside [0, 1] are told by the same line, even where a unit makes
/// little sense below 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The amount of reward 0.
    pub zero: f64,
    /// The amount of reward 1; less than `zero` where less is better.
    pub one: f64,
    /// Number of decimals that are told.
    pub decimals: usize,
    /// The unit of one and of several.
    pub unit: [String; 2],
}

/// Coarsest step in which rewards may be told.
const COARSEST: f64 = 0.01;
/// Most decimals.
const MAX_DECIMALS: usize = 6;
/// Largest amount of reward 0 or 1.
const MAX_AMOUNT: f64 = 1e9;
/// From here on amounts are told as powers of ten.
const LARGE: f64 = 1e15;

impl Scale {
    /// Refuses a map that cannot be read back to one part in a hundred.
    ///
    /// # Errors
    /// A message for amounts that are not finite, larger than 1e9 or equal; more than 6 decimals; steps of more than 0.01 in
    /// reward.
    pub fn check(&self) -> Result<(), String> {
        for (key, value) in [("zero", self.zero), ("one", self.one)] {
            if value.is_nan() || value.abs() > MAX_AMOUNT {
                return Err(format!("{key} = {value}: expected a number up to 1e9"));
            }
        }
        if self.zero == self.one {
            return Err(format!("one = {}: expected another amount than zero", self.one));
        }
        if self.decimals > MAX_DECIMALS || self.step() > COARSEST * (1.0 + 1e-9) {
            return Err(format!(
                "decimals = {}: expected at most {MAX_DECIMALS}, and steps of at most a hundredth of {} to {}",
                self.decimals, self.zero, self.one
            ));
        }
        Ok(())
    }

    /// The amount of a reward, not rounded.
    #[must_use]
    pub fn amount(&self, reward: f64) -> f64 {
        self.zero + (self.one - self.zero) * reward
    }

    /// The reward of an amount.
    #[must_use]
    pub fn reward(&self, amount: f64) -> f64 {
        (amount - self.zero) / (self.one - self.zero)
    }

    /// How far apart in reward two amounts are whose last decimal differs by one.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.last_decimal() / (self.one - self.zero).abs()
    }

    /// One in the last decimal that is told, as an amount.
    #[must_use]
    pub fn last_decimal(&self) -> f64 {
        0.1_f64.powi(i32::try_from(self.decimals).unwrap_or(i32::MAX))
    }

    /// A reward as it is told: the amount and its unit.
    #[must_use]
    pub fn told(&self, reward: f64) -> String {
        self.with_unit(self.amount(reward))
    }

    /// The sum of `count` rewards as it is told.
    #[must_use]
    pub fn total(&self, sum: f64, count: usize) -> String {
        self.with_unit(self.zero * count as f64 + (self.one - self.zero) * sum)
    }

    /// An amount with its unit, as it is told.
    #[must_use]
    pub fn with_unit(&self, amount: f64) -> String {
        counted(&self.number(amount), &self.unit)
    }

    /// An amount to its decimals, without its unit.
    #[must_use]
    pub fn number(&self, amount: f64) -> String {
        let number = if amount.abs() < LARGE {
            format!("{:.*}", self.decimals, amount)
        } else {
            format!("{amount:e}")
        };
        let nothing =
            number.starts_with('-') && !number.contains(|c: char| ('1'..='9').contains(&c));
        number.strip_prefix('-').filter(|_| nothing).unwrap_or(&number).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scale(zero: f64, one: f64, decimals: usize) -> Scale {
        Scale { zero, one, decimals, unit: ["click".into(), "clicks".into()] }
    }

    #[test]
    fn amounts_are_told_with_their_unit() {
        let clicks = scale(0.0, 100.0, 0);
        assert_eq!(
            [0.34, 0.01, -0.001, 0.0, -0.5, 1e300].map(|reward| clicks.told(reward)),
            ["34 clicks", "1 click", "0 clicks", "0 clicks", "-50 clicks", "1e302 clicks"]
        );
        assert_eq!(scale(50.0, 10.0, 1).total(1.5, 2), "40.0 clicks");
    }

    #[test]
    fn bad_scales_are_refused() {
        assert_eq!(scale(0.0, 1.0, 2).check(), Ok(()));
        for (bad, expected) in [
            (scale(f64::NAN, 1.0, 2), "zero = NaN"),
            (scale(0.0, 1e10, 2), "one = 1"),
            (scale(3.0, 3.0, 2), "another amount"),
            (scale(0.0, 1.0, 1), "decimals = 1"),
            (scale(0.0, 1.0, 7), "decimals = 7"),
        ] {
            let message = bad.check().unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_reads_back(reward in -2.0..3.0f64, zero in -50.0..50.0f64, width in 20.0..90.0f64, up: bool) {
            let own = scale(zero, if up { zero + width } else { zero - width }, 1);
            let told = own.told(reward);
            let amount: f64 = told.split(' ').next().unwrap().parse().unwrap();
            prop_assert!((own.reward(amount) - reward).abs() <= 0.5 * own.step() * (1.0 + 1e-6));
        }
    }
}
