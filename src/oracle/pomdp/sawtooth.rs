//! An upper bound from values at single beliefs (Hauskrecht 2000).
//!
//! The optimal value is convex, so it lies below the interpolation between the corners of the simplex and any belief
//! b_i at which a bound v_i is known. With v_0 the linear interpolation between the corners,
//!
//! ```text
//! V(b) <= v_0(b) + min(0, min over i of phi_i(b) (v_i - v_0(b_i)))
//! phi_i(b) = min over s with b_i(s) > 0 of b(s) / b_i(s)
//! ```
//!
//! Both sides scale with b, so unnormalised beliefs serve as well.

use super::alpha_vectors::{AlphaVectors, best};

/// The bound; it starts from a set of vectors that bounds everywhere.
pub(super) struct Sawtooth {
    everywhere: AlphaVectors,
    corners: Vec<f64>,
    points: Vec<Point>,
}

struct Point {
    /// Non-zero entries of the belief: state, 1 / probability.
    support: Vec<(usize, f64)>,
    belief: Vec<f64>,
    /// How far the bound is below the interpolation between the corners; negative.
    dip: f64,
}

impl Sawtooth {
    /// The bound of `everywhere` alone.
    pub fn new(everywhere: AlphaVectors) -> Self {
        let corner = |s: usize| {
            everywhere.vectors().iter().map(|v| v.values[s]).fold(f64::NEG_INFINITY, f64::max)
        };
        let corners = (0..everywhere.states()).map(corner).collect();
        Self { everywhere, corners, points: Vec::new() }
    }

    /// Number of beliefs at which a bound is kept.
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// The bound at a belief.
    pub fn value(&self, belief: &[f64]) -> f64 {
        let linear = self.linear(belief);
        let mut dip = 0.0_f64;
        for point in &self.points {
            // The factor only falls while the states are gone through, and the dip with it.
            let mut factor = f64::INFINITY;
            for &(s, inverse) in &point.support {
                factor = factor.min(belief[s] * inverse);
                if factor * point.dip >= dip {
                    break;
                }
            }
            dip = dip.min(factor * point.dip);
        }
        (linear + dip).min(best(self.everywhere.vectors(), belief).1)
    }

    fn linear(&self, belief: &[f64]) -> f64 {
        self.corners.iter().zip(belief).map(|(v, b)| v * b).sum()
    }

    /// Adds a bound at a normalised belief.
    pub fn add(&mut self, belief: &[f64], value: f64) {
        let dip = value - self.linear(belief);
        let corner = belief.iter().position(|b| *b >= 1.0);
        match corner {
            // Dips are relative to the corners: those of the points grow shallower when a corner falls.
            Some(s) if value < self.corners[s] => {
                let fall = self.corners[s] - value;
                self.corners[s] = value;
                self.points.iter_mut().for_each(|p| p.dip += fall * p.belief[s]);
                self.points.retain(|p| p.dip < 0.0);
            }
            None if dip < 0.0 => {
                let positive = belief.iter().enumerate().filter(|(_, b)| **b > 0.0);
                let support = positive.map(|(s, b)| (s, 1.0 / b)).collect();
                self.points.push(Point { support, belief: belief.to_vec(), dip });
            }
            _ => {}
        }
    }

    /// Drops points that the others imply.
    pub fn prune(&mut self) {
        let mut index = 0;
        while index < self.points.len() {
            let point = self.points.swap_remove(index);
            let own = self.linear(&point.belief) + point.dip;
            if self.value(&point.belief) > own {
                self.points.push(point);
                let last = self.points.len() - 1;
                self.points.swap(index, last);
                index += 1;
            }
        }
    }
}
