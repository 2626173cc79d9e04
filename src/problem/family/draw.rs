//! Drawing a scenario from a family.

use ndarray::{Array2, ArrayViewMut1};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::RewardFamily;
use crate::problem::decision_set::norm;

impl RewardFamily {
    /// Draws one scenario: rewards of shape horizon x d. The family must have passed [`check`](Self::check).
    pub fn draw(&self, horizon: usize, d: usize, rng: &mut dyn Rng) -> Array2<f64> {
        let mut rewards = Array2::zeros((horizon, d));
        let progress = |t: usize| t as f64 / horizon.max(2).saturating_sub(1) as f64;
        match self {
            Self::Alternating => {
                let v = direction(d, rng);
                for (t, row) in rewards.rows_mut().into_iter().enumerate() {
                    add(row, if t % 2 == 0 { 1.0 } else { -1.0 }, &v);
                }
            }
            Self::Drift { drift, noise } => {
                let v = direction(d, rng);
                for mut row in rewards.rows_mut() {
                    add(row.view_mut(), *drift, &v);
                    add_noise(row, *noise, rng);
                }
            }
            Self::FixedMean { mean, noise } => {
                for mut row in rewards.rows_mut() {
                    add(row.view_mut(), 1.0, mean);
                    add_noise(row, *noise, rng);
                }
            }
            Self::Gaussian { spread, noise } => {
                let mut mean = vec![0.0; d];
                add_noise(ArrayViewMut1::from(&mut mean), *spread, rng);
                for mut row in rewards.rows_mut() {
                    add(row.view_mut(), 1.0, &mean);
                    add_noise(row, *noise, rng);
                }
            }
            Self::Uniform { width } => {
                let low: Vec<f64> = (0..d).map(|_| (1.0 - width) * rng.random::<f64>()).collect();
                for mut row in rewards.rows_mut() {
                    for (r, low) in row.iter_mut().zip(&low) {
                        *r = low + width * rng.random::<f64>();
                    }
                }
            }
            Self::Sinusoid { amplitude, cycles, noise } => {
                let v = direction(d, rng);
                let phase: f64 = rng.random();
                for (t, mut row) in rewards.rows_mut().into_iter().enumerate() {
                    let angle =
                        std::f64::consts::TAU * (cycles * t as f64 / horizon as f64 + phase);
                    add(row.view_mut(), amplitude * angle.sin(), &v);
                    add_noise(row, *noise, rng);
                }
            }
            Self::LinearTrend { slope, noise } => {
                let (from, to) = (direction(d, rng), direction(d, rng));
                for (t, mut row) in rewards.rows_mut().into_iter().enumerate() {
                    add(row.view_mut(), slope * (1.0 - progress(t)), &from);
                    add(row.view_mut(), slope * progress(t), &to);
                    add_noise(row, *noise, rng);
                }
            }
            Self::RandomWalk { step, noise } => {
                let mut mean = vec![0.0; d];
                for mut row in rewards.rows_mut() {
                    add_noise(ArrayViewMut1::from(&mut mean), *step, rng);
                    add(row.view_mut(), 1.0, &mean);
                    add_noise(row, *noise, rng);
                }
            }
            Self::Piecewise { switches, drift, noise } => {
                let pieces = switches.saturating_add(1);
                let mut v = direction(d, rng);
                let mut piece = 0;
                for (t, mut row) in rewards.rows_mut().into_iter().enumerate() {
                    let now = (t as u128 * pieces as u128 / horizon as u128) as usize;
                    if now != piece {
                        piece = now;
                        v = direction(d, rng);
                    }
                    add(row.view_mut(), *drift, &v);
                    add_noise(row, *noise, rng);
                }
            }
            Self::Mixture { parts } => {
                let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
                let mut left = total * rng.random::<f64>();
                for (weight, part) in parts {
                    if left < *weight {
                        return part.draw(horizon, d, rng);
                    }
                    left -= weight;
                }
                // Rounding can leave a sliver above the last weight.
                if let Some((_, part)) = parts.last() {
                    return part.draw(horizon, d, rng);
                }
            }
        }
        rewards
    }
}

/// A uniform point of the unit sphere in R^d.
fn direction(d: usize, rng: &mut dyn Rng) -> Vec<f64> {
    loop {
        let v: Vec<f64> = (0..d).map(|_| rng.sample(StandardNormal)).collect();
        let length = norm(&v);
        if length > 0.0 || d == 0 {
            return v.iter().map(|x| x / length).collect();
        }
    }
}

fn add(row: ArrayViewMut1<f64>, scale: f64, v: &[f64]) {
    for (out, &x) in row.into_iter().zip(v) {
        *out += scale * x;
    }
}

/// Adds normal noise whose expected squared length is `level` squared.
fn add_noise(row: ArrayViewMut1<f64>, level: f64, rng: &mut dyn Rng) {
    if level > 0.0 {
        let scale = level / (row.len() as f64).sqrt();
        for out in row {
            let z: f64 = rng.sample(StandardNormal);
            *out += scale * z;
        }
    }
}
