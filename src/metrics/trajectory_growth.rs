//! How the regret of recorded trajectories grows, in constant memory.
//!
//! Scenarios are dealt out into at most 2^12 batches, whose mean curves are resampled: with fewer scenarios than that, a
//! batch is a scenario.

use ndarray::Array2;
use serde::Serialize;

use super::growth::{Growth, GrowthInterval, bootstrap_growth, growth_exponent};
use crate::Result;
use crate::numeric::rng::{Purpose, Streams};

/// Most batches.
const BATCHES: usize = 1 << 12;
/// Most numbers of all batches together; with longer trajectories there are fewer batches.
const MAX_NUMBERS: usize = 1 << 22;
/// Resamples behind an interval.
const RESAMPLES: usize = 1000;

/// Growth of the mean regret curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurveGrowth {
    /// The fit to the mean over scenarios.
    #[serde(flatten)]
    pub growth: Growth,
    /// Interval over scenarios; `None` for a single one.
    pub interval: Option<GrowthInterval>,
}

/// Takes in regret curves of equal length, scenario by scenario.
#[derive(Debug, Default)]
pub(super) struct GrowthTally {
    /// Sum of the curves of the scenario that is being read, and their number.
    scenario: Vec<f64>,
    count: usize,
    scenarios: usize,
    /// Sums of mean curves, batch after batch.
    batches: Vec<f64>,
}

impl GrowthTally {
    /// Takes in a curve of the current scenario; whether it has as many rounds as those before.
    pub fn enter(&mut self, curve: &[f64]) -> bool {
        if self.scenario.is_empty() {
            self.scenario.resize(curve.len(), 0.0);
        }
        self.scenario.iter_mut().zip(curve).for_each(|(sum, regret)| *sum += regret);
        self.count += 1;
        self.scenario.len() == curve.len()
    }

    /// The current scenario is complete.
    pub fn close(&mut self) {
        let rounds = self.scenario.len();
        let most = BATCHES.min(MAX_NUMBERS / rounds.max(1)).max(1);
        let at = self.scenarios % most * rounds;
        if self.scenarios < most {
            self.batches.resize(at + rounds, 0.0);
        }
        let batch = &mut self.batches[at..at + rounds];
        for (sum, regret) in batch.iter_mut().zip(&mut self.scenario) {
            *sum += std::mem::take(regret) / self.count as f64;
        }
        self.count = 0;
        self.scenarios += 1;
    }

    /// What came so far; at least one scenario.
    pub fn growth(&self) -> Result<CurveGrowth> {
        let rounds = self.scenario.len();
        let count = self.batches.len() / rounds;
        let mut mean = vec![0.0; rounds];
        for batch in self.batches.chunks_exact(rounds) {
            mean.iter_mut().zip(batch).for_each(|(sum, b)| *sum += b / self.scenarios as f64);
        }
        let interval = if count > 1 {
            // Batches differ by one scenario at most.
            let size = |batch| ((self.scenarios - batch - 1) / count + 1) as f64;
            let curves = Array2::from_shape_fn((count, rounds), |(batch, t)| {
                self.batches[batch * rounds + t] / size(batch)
            });
            let mut rng = Streams::new(0).stream(Purpose::Bootstrap, 0, 0, 0);
            Some(bootstrap_growth(curves.view(), RESAMPLES, &mut rng)?)
        } else {
            None
        };
        Ok(CurveGrowth { growth: growth_exponent(&mean)?, interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenarios of two trajectories whose mean regret is `scale * t^exponent`.
    fn tally(scenarios: usize, rounds: usize, exponent: f64) -> GrowthTally {
        let mut tally = GrowthTally::default();
        for scenario in 0..scenarios {
            let scale = 1.0 + (scenario % 7) as f64;
            for share in [0.5, 1.5] {
                let regret = |t: usize| share * scale * (t as f64).powf(exponent);
                assert!(tally.enter(&(1..=rounds).map(regret).collect::<Vec<_>>()));
            }
            tally.close();
        }
        tally
    }

    #[test]
    fn a_power_law_is_found_whatever_the_batches() {
        for (scenarios, rounds) in [(1, 30), (20, 30), (9000, 30), (50, 1 << 18)] {
            let tally = tally(scenarios, rounds, 0.5);
            assert!(tally.batches.len() <= MAX_NUMBERS.max(rounds));
            let growth = tally.growth().unwrap();
            let mean: f64 =
                (0..scenarios).map(|s| 1.0 + (s % 7) as f64).sum::<f64>() / scenarios as f64;
            let fit = growth.growth.fit.unwrap();
            approx::assert_relative_eq!(fit.exponent, 0.5, epsilon = 1e-9);
            approx::assert_relative_eq!(fit.intercept.exp(), mean, max_relative = 1e-9);
            match growth.interval {
                None => assert_eq!(scenarios, 1),
                Some(interval) => {
                    approx::assert_relative_eq!(interval.low.unwrap(), 0.5, epsilon = 1e-9);
                    approx::assert_relative_eq!(interval.high.unwrap(), 0.5, epsilon = 1e-9);
                }
            }
        }
    }

    #[test]
    fn curves_of_another_length_are_noticed() {
        let mut tally = GrowthTally::default();
        assert!(tally.enter(&[1.0, 2.0]));
        assert!(!tally.enter(&[1.0]));
        assert!(!tally.enter(&[1.0, 2.0, 3.0]));
    }
}
