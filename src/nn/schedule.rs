//! How a number (learning rate, exploration noise) changes over training.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A cosine from `start` down (or up) to `end`; constant when both are equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Value at the first iteration.
    pub start: f64,
    /// Value at the last iteration.
    pub end: f64,
}

impl Schedule {
    /// The same value throughout.
    pub fn constant(value: f64) -> Self {
        Self { start: value, end: value }
    }

    /// From `start` to `fraction * start`.
    pub fn cosine(start: f64, fraction: f64) -> Self {
        Self { start, end: fraction * start }
    }

    /// The value at `iteration` of `total` (zero-based): half a cosine wave.
    pub fn at(&self, iteration: usize, total: usize) -> f64 {
        let progress = iteration as f64 / total.saturating_sub(1).max(1) as f64;
        let down = 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos());
        self.end + (self.start - self.end) * down
    }

    /// The value at `iteration` of `total` when the first `warm_up` iterations lead up to the schedule: `start (iteration +
    /// 1) / (warm_up + 1)` in those, then the schedule over the iterations that are left.
    pub fn after_warm_up(&self, iteration: usize, total: usize, warm_up: usize) -> f64 {
        match iteration.checked_sub(warm_up) {
            Some(iteration) => self.at(iteration, total.saturating_sub(warm_up)),
            None => self.start * (iteration as f64 + 1.0) / (warm_up as f64 + 1.0),
        }
    }

    /// Checks both ends; `field` names the schedule in the error.
    ///
    /// # Errors
    /// An end that is negative or not finite.
    pub fn check(&self, field: &str) -> Result<()> {
        for (end, value) in [("start", self.start), ("end", self.end)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::parameter(
                    format!("{field}.{end}"),
                    value,
                    "a finite number >= 0",
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_starts_halves_and_ends_where_it_should() {
        let schedule = Schedule::cosine(2.0, 0.1);
        assert_eq!(schedule.at(0, 101), 2.0);
        approx::assert_relative_eq!(schedule.at(50, 101), 1.1, epsilon = 1e-12);
        approx::assert_relative_eq!(schedule.at(100, 101), 0.2, epsilon = 1e-12);
        assert_eq!(schedule.at(0, 1), 2.0);
        assert!((0..100).all(|i| schedule.at(i, 101) > schedule.at(i + 1, 101)));
        assert!(Schedule::constant(-1.0).check("rate").is_err());
    }

    #[test]
    fn warm_up_rises_to_the_schedule_and_leaves_it_the_rest() {
        let schedule = Schedule::cosine(2.0, 0.1);
        let rise: Vec<f64> = (0..4).map(|i| schedule.after_warm_up(i, 104, 3)).collect();
        assert_eq!(rise, [0.5, 1.0, 1.5, 2.0]);
        assert!((3..104).all(|i| schedule.after_warm_up(i, 104, 3) == schedule.at(i - 3, 101)));
        assert!((0..104).all(|i| schedule.after_warm_up(i, 104, 0) == schedule.at(i, 104)));
        // Longer than training: it never gets there.
        assert_eq!(schedule.after_warm_up(4, 5, 9), 1.0);
    }
}
