//! Timing: medians of repeated work.

use std::time::Instant;

/// Median seconds of `repeats` runs of `work`, after two that do not count.
///
/// # Panics
/// If there is nothing to repeat.
pub fn median_seconds(repeats: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..repeats + 2)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .skip(2)
        .collect();
    times.sort_by(f64::total_cmp);
    times[repeats / 2]
}
