//! The growth of regret on tables made of blocks of a table.

use ndarray::{Array2, ArrayView2, Axis};
use rand::RngExt;
use serde::Serialize;

use super::Rules;
use crate::Result;
use crate::metrics::growth::growth_exponent;
use crate::numeric::order::quantile_sorted;
use crate::numeric::parallel;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::comparator::fixed_earnings;

/// Growth exponents over resampled tables.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Replayed {
    /// 2.5 % quantile of the exponent; `None` if no table could be fitted.
    pub low: Option<f64>,
    /// 97.5 % quantile; `None` if `low` is.
    pub high: Option<f64>,
    /// p-value of "the exponent is 1 or more": (1 + tables with one) / (1 + tables), tables that could not be fitted
    /// counting as such.
    pub p_value: f64,
    /// Number of tables.
    pub tables: usize,
    /// Tables on which fewer than three regrets were positive.
    pub unfitted: usize,
}

/// Plays `runs` runs on each resampled table and fits the mean regret curve; all learners meet the same tables.
pub(super) fn replay(
    rewards: ArrayView2<f64>,
    rules: &Rules,
    runs: usize,
    play: impl Fn(ArrayView2<f64>, usize) -> Result<Vec<f64>> + Sync,
) -> Result<Replayed> {
    let streams = Streams::new(rules.seed);
    let exponent = |number: usize| -> Result<Option<f64>> {
        let table = resampled(rewards, rules.block, &streams, number);
        let best = fixed_earnings(rules.set, table.view());
        let mut mean = vec![0.0; best.len()];
        for run in 0..runs {
            let mut sum = 0.0;
            for (mean, now) in mean.iter_mut().zip(play(table.view(), run)?) {
                sum += now;
                *mean += sum / runs as f64;
            }
        }
        let regret: Vec<f64> = best.iter().zip(&mean).map(|(best, earned)| best - earned).collect();
        Ok(growth_exponent(&regret)?.fit.map(|fit| fit.exponent))
    };
    let fitted = parallel::try_over(rules.tables, exponent)?;
    let mut exponents: Vec<f64> = fitted.into_iter().flatten().collect();
    exponents.sort_unstable_by(f64::total_cmp);
    let unfitted = rules.tables - exponents.len();
    let linear = unfitted + exponents.iter().filter(|e| **e >= 1.0).count();
    let end = |p| match exponents.as_slice() {
        [] => Ok(None),
        sorted => quantile_sorted(sorted, p).map(Some),
    };
    Ok(Replayed {
        low: end(0.025)?,
        high: end(0.975)?,
        p_value: (1 + linear) as f64 / (1 + rules.tables) as f64,
        tables: rules.tables,
        unfitted,
    })
}

/// As many rounds, in blocks of `block` consecutive ones from uniformly drawn starts; after the last round comes the first.
pub(super) fn resampled(
    rewards: ArrayView2<f64>,
    block: usize,
    streams: &Streams,
    number: usize,
) -> Array2<f64> {
    let rounds = rewards.nrows();
    let mut rng = streams.stream(Purpose::Bootstrap, 0, number, 0);
    let mut rows = Vec::with_capacity(rounds + block);
    while rows.len() < rounds {
        let start = rng.random_range(0..rounds);
        rows.extend((start..start + block).map(|row| row % rounds));
    }
    rewards.select(Axis(0), &rows[..rounds])
}
