//! Drawing a scenario from a family.

use ndarray::{Array2, ArrayViewMut1};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::RewardFamily;
use crate::problem::decision_set::norm;

impl RewardFamily {
    /// Draws one scenario: rewards of shape horizon x d. The family must have passed [`check`](Self::check).
    ///
    /// # Panics
    /// For a mixture without parts, which `check` refuses.
    pub fn draw(&self, horizon: usize, d: usize, rng: &mut dyn Rng) -> Array2<f64> {
        let mut rewards = Array2::zeros((horizon, d));
        self.draw_into(&mut rewards, &mut Vec::new(), rng);
        rewards
    }

    /// [`draw`](Self::draw), written over `rewards`; it allocates nothing once `scratch` has held 2 d numbers.
    ///
    /// # Panics
    /// As `draw`: for a mixture without parts, which `check` refuses.
    pub fn draw_into(&self, rewards: &mut Array2<f64>, scratch: &mut Vec<f64>, rng: &mut dyn Rng) {
        let (horizon, d) = rewards.dim();
        rewards.fill(0.0);
        scratch.clear();
        scratch.resize(2 * d, 0.0);
        // Directions; or, in the place of the first, a mean or the lower ends of intervals.
        let (v, w) = scratch.split_at_mut(d);
        let progress = |t: usize| t as f64 / horizon.max(2).saturating_sub(1) as f64;
        match self {
            Self::Alternating => {
                direction(v, rng);
                for (t, row) in rewards.rows_mut().into_iter().enumerate() {
                    add(row, if t % 2 == 0 { 1.0 } else { -1.0 }, v);
                }
            }
            Self::Drift { drift, noise } => {
                direction(v, rng);
                for mut row in rewards.rows_mut() {
                    add(row.view_mut(), *drift, v);
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
                add_noise(ArrayViewMut1::from(&mut *v), *spread, rng);
                for mut row in rewards.rows_mut() {
                    add(row.view_mut(), 1.0, v);
                    add_noise(row, *noise, rng);
                }
            }
            Self::Uniform { width } => {
                v.iter_mut().for_each(|low| *low = (1.0 - width) * rng.random::<f64>());
                for mut row in rewards.rows_mut() {
                    for (r, low) in row.iter_mut().zip(&*v) {
                        *r = low + width * rng.random::<f64>();
                    }
                }
            }
            Self::Sinusoid { amplitude, cycles, noise } => {
                direction(v, rng);
                let phase: f64 = rng.random();
                for (t, mut row) in rewards.rows_mut().into_iter().enumerate() {
                    let angle =
                        std::f64::consts::TAU * (cycles * t as f64 / horizon as f64 + phase);
                    add(row.view_mut(), amplitude * angle.sin(), v);
                    add_noise(row, *noise, rng);
                }
            }
            Self::LinearTrend { slope, noise } => {
                direction(v, rng);
                direction(w, rng);
                for (t, mut row) in rewards.rows_mut().into_iter().enumerate() {
                    add(row.view_mut(), slope * (1.0 - progress(t)), v);
                    add(row.view_mut(), slope * progress(t), w);
                    add_noise(row, *noise, rng);
                }
            }
            Self::RandomWalk { step, noise } => {
                for mut row in rewards.rows_mut() {
                    add_noise(ArrayViewMut1::from(&mut *v), *step, rng);
                    add(row.view_mut(), 1.0, v);
                    add_noise(row, *noise, rng);
                }
            }
            Self::Piecewise { switches, drift, noise } => {
                let pieces = switches.saturating_add(1);
                direction(v, rng);
                let mut piece = 0;
                for (t, mut row) in rewards.rows_mut().into_iter().enumerate() {
                    let now = (t as u128 * pieces as u128 / horizon as u128) as usize;
                    if now != piece {
                        piece = now;
                        direction(v, rng);
                    }
                    add(row.view_mut(), *drift, v);
                    add_noise(row, *noise, rng);
                }
            }
            Self::Mixture { parts } => pick(parts, rng).draw_into(rewards, scratch, rng),
        }
    }
}

/// The law of one scenario of a mixture.
fn pick<'a>(parts: &'a [(f64, RewardFamily)], rng: &mut dyn Rng) -> &'a RewardFamily {
    let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let mut left = total * rng.random::<f64>();
    for (weight, part) in parts {
        if left < *weight {
            return part;
        }
        left -= weight;
    }
    // Rounding can leave a sliver above the last weight.
    &parts.last().expect("a checked mixture has parts").1
}

/// A uniform point of the unit sphere, written over `v`.
fn direction(v: &mut [f64], rng: &mut dyn Rng) {
    loop {
        v.iter_mut().for_each(|x| *x = rng.sample(StandardNormal));
        let length = norm(v);
        if length > 0.0 || v.is_empty() {
            return v.iter_mut().for_each(|x| *x /= length);
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
