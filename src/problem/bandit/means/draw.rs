//! Drawing the means of one scenario, without an allocation.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::Means;

impl Means {
    /// Draws the means of the first `present` of `arms` arms into `means` (row by row, `arms` entries a row) and writes 0
    /// for the others. The law must have passed [`check`](Self::check).
    pub(in crate::problem::bandit) fn draw(
        &self,
        present: usize,
        arms: usize,
        means: &mut [f64],
        rng: &mut impl Rng,
    ) {
        means.fill(0.0);
        let horizon = means.len() / arms;
        let first = &mut means[..present];
        match self {
            Self::Uniform { low, high } => fill_uniform(first, *low, *high, rng),
            Self::Normal { center, spread } => {
                for mean in first {
                    let z: f64 = rng.sample(StandardNormal);
                    *mean = center + spread * z;
                }
            }
            Self::Given { means: given, shuffled } => {
                // The whole list is shuffled in the first row: the present arms get the first of it.
                let all = &mut means[..arms];
                all.copy_from_slice(given);
                if *shuffled {
                    for i in (1..arms).rev() {
                        all.swap(i, rng.random_range(0..=i));
                    }
                }
                all[present..].fill(0.0);
            }
            Self::Gap { best, gap } => {
                first.fill(best - gap);
                first[rng.random_range(0..present)] = *best;
            }
            Self::Switches { count, low, high } => {
                fill_uniform(first, *low, *high, rng);
                let mut left = *count;
                for t in 1..horizon {
                    let (past, now) = means.split_at_mut(t * arms);
                    // Each subset of `count` rounds is equally likely if a round is taken with probability left / rest.
                    if left > 0 && rng.random_range(0..horizon - t) < left {
                        left -= 1;
                        fill_uniform(&mut now[..present], *low, *high, rng);
                    } else {
                        now[..arms].copy_from_slice(&past[(t - 1) * arms..]);
                    }
                }
                return;
            }
            Self::Sinusoid { cycles, low, high } => {
                let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
                let (turn_sin, turn_cos) =
                    (std::f64::consts::TAU * cycles / horizon as f64).sin_cos();
                for arm in 0..present {
                    // The angle is turned by one step a round instead of taking its sine anew.
                    let (mut sin, mut cos) =
                        (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
                    for row in means.chunks_exact_mut(arms) {
                        row[arm] = (middle + half * sin).clamp(*low, *high);
                        (sin, cos) =
                            (sin * turn_cos + cos * turn_sin, cos * turn_cos - sin * turn_sin);
                    }
                }
                return;
            }
            Self::RandomWalk { step, low, high } => {
                for arm in 0..present {
                    let mut mean = uniform(*low, *high, rng);
                    for row in means.chunks_exact_mut(arms) {
                        row[arm] = mean;
                        mean = reflect(mean + uniform(-step, *step, rng), *low, *high);
                    }
                }
                return;
            }
            Self::Rotting { low, high, fall } => {
                for arm in 0..present {
                    let start = uniform(*low, *high, rng);
                    let slope = uniform(0.0, *fall, rng) / horizon as f64;
                    for (t, row) in means.chunks_exact_mut(arms).enumerate() {
                        row[arm] = (start - slope * t as f64).max(*low);
                    }
                }
                return;
            }
            Self::Mixture { parts } => {
                return pick(parts, rng).draw(present, arms, means, rng);
            }
        }
        // What falls through stands still: every round is like the first.
        let (first, later) = means.split_at_mut(arms);
        later.chunks_exact_mut(arms).for_each(|row| row.copy_from_slice(first));
    }
}

/// The law of one scenario of a mixture that has parts.
fn pick<'a>(parts: &'a [(f64, Means)], rng: &mut impl Rng) -> &'a Means {
    let mut left = parts.iter().map(|(weight, _)| weight).sum::<f64>() * rng.random::<f64>();
    // Rounding can leave a sliver above the last weight, which belongs to the last part.
    let (last, others) = (&parts[parts.len() - 1].1, &parts[..parts.len() - 1]);
    others
        .iter()
        .find(|(weight, _)| {
            left -= weight;
            left < 0.0
        })
        .map_or(last, |(_, part)| part)
}

fn uniform(low: f64, high: f64, rng: &mut impl Rng) -> f64 {
    (low + (high - low) * rng.random::<f64>()).min(high)
}

fn fill_uniform(out: &mut [f64], low: f64, high: f64, rng: &mut impl Rng) {
    out.iter_mut().for_each(|value| *value = uniform(low, high, rng));
}

/// Folds `x` back into \[low, high\] as often as it takes.
fn reflect(x: f64, low: f64, high: f64) -> f64 {
    let width = high - low;
    if width <= 0.0 {
        return low;
    }
    let along = (x - low).rem_euclid(2.0 * width);
    (low + along.min(2.0 * width - along)).clamp(low, high)
}
