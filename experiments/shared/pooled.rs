//! A player's record over all its training seeds.

use lowregret::Result;
use lowregret::metrics::comparison::{Comparison, Entry};
use lowregret::metrics::interval::{Estimate, largest, mean_by_place, smallest};
use serde::Serialize;

/// All seeds of a player on a problem.
#[derive(Clone, Serialize)]
pub struct Pooled {
    pub player: String,
    /// Training seeds; 0 for a classical learner.
    pub seeds: usize,
    /// Mean over seeds and scenarios.
    pub regret: f64,
    /// Of the 95 % interval over scenarios of the mean over seeds.
    pub half_width: f64,
    /// Least mean of a seed.
    pub least: f64,
    /// Largest mean of a seed.
    pub most: f64,
    /// Share of runs that never choose the best arm in the second half.
    pub suffix_failure: f64,
    pub scenarios: usize,
}

impl Pooled {
    /// The records of `player` in `comparison`.
    pub fn of(comparison: &Comparison, player: &str) -> Result<Self> {
        let own: Vec<&Entry> = comparison.of(player).collect();
        let records = own.len() as f64;
        let finals: Vec<&[f64]> = own.iter().map(|entry| comparison.finals(entry)).collect();
        let regret = Estimate::of(&mean_by_place(&finals))?;
        let means: Vec<f64> =
            own.iter().map(|entry| Ok(comparison.regret(entry)?.mean)).collect::<Result<_>>()?;
        let failures = own.iter().map(|entry| entry.outcome.exploration.suffix_failure.mean);
        Ok(Self {
            player: player.to_owned(),
            seeds: own.iter().filter(|entry| entry.seed.is_some()).count(),
            regret: regret.mean,
            half_width: regret.half_width().unwrap_or(f64::NAN),
            least: smallest(means.iter().copied()),
            most: largest(means.iter().copied()),
            suffix_failure: failures.sum::<f64>() / records,
            scenarios: comparison.count(),
        })
    }
}
