//! Where decisions live: the Euclidean ball or the probability simplex, with exact projections.

use serde::{Deserialize, Serialize};

use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// A compact convex set of decisions in R^d.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DecisionSet {
    /// Vectors of Euclidean length at most `radius`.
    Ball {
        /// Radius of the ball, > 0.
        radius: f64,
    },
    /// Probability vectors over the arms.
    Simplex,
}

impl DecisionSet {
    /// The ball of radius 1.
    pub const UNIT_BALL: Self = Self::Ball { radius: 1.0 };

    /// Checks the set's own parameters.
    ///
    /// # Errors
    /// `decision_set.radius` that is not a positive finite number.
    pub fn check(&self) -> Result<()> {
        match *self {
            Self::Ball { radius } if !(radius > 0.0 && radius.is_finite()) => {
                Err(Error::parameter("decision_set.radius", radius, "a positive finite number"))
            }
            _ => Ok(()),
        }
    }

    /// Replaces `x` by the nearest point of the set in Euclidean distance.
    ///
    /// The simplex uses Michelot's iteration: lower all coordinates by the same amount, drop the negative ones, repeat;
    /// it ends after at most d rounds at the exact projection and needs no sorting and no memory.
    #[inline]
    pub fn project<S: Scalar>(&self, x: &mut [S]) {
        match *self {
            Self::Ball { radius } => {
                let radius = S::of(radius);
                let mut square = x.iter().fold(S::zero(), |sum, &v| sum + v * v);
                if square.is_infinite() {
                    // So far outside that only the direction counts: shorten to a length whose square is finite.
                    let shorten = (S::one() + radius) * S::of(x.len() as f64) / largest_size(x);
                    x.iter_mut().for_each(|v| *v *= shorten);
                    square = x.iter().fold(S::zero(), |sum, &v| sum + v * v);
                }
                if square > radius * radius {
                    let shrink = radius / square.sqrt();
                    x.iter_mut().for_each(|v| *v *= shrink);
                }
            }
            Self::Simplex => {
                let ([top], [threshold]) = simplex_thresholds(x.len(), |i| [x[i]]);
                x.iter_mut().for_each(|v| *v = (*v - top - threshold).max(S::zero()));
            }
        }
    }

    /// `<Proj(x), reward>` without changing `x`.
    #[inline]
    pub fn reward_of_projection<S: Scalar>(&self, x: &[S], reward: &[S]) -> S {
        let [earned] = self.rewards_of_projections(x.len(), |i| ([x[i]], [reward[i]]));
        earned
    }

    /// [`reward_of_projection`](Self::reward_of_projection) of N points at once, the innermost step of a rollout, in vector
    /// registers: `coordinate(i)` are the i-th of the `d` coordinates of all points and of their rewards.
    #[inline(always)]
    pub fn rewards_of_projections<S: Scalar, const N: usize>(
        &self,
        d: usize,
        coordinate: impl Fn(usize) -> ([S; N], [S; N]),
    ) -> [S; N] {
        let mut earned = [S::zero(); N];
        match *self {
            Self::Ball { radius } => {
                let (radius, mut squares) = (S::of(radius), [S::zero(); N]);
                for i in 0..d {
                    let (x, reward) = coordinate(i);
                    for n in 0..N {
                        squares[n] += x[n] * x[n];
                        earned[n] += x[n] * reward[n];
                    }
                }
                for n in 0..N {
                    let shrink = radius / squares[n].sqrt();
                    earned[n] *= if shrink < S::one() { shrink } else { S::one() };
                }
            }
            Self::Simplex => {
                let (tops, thresholds) = simplex_thresholds(d, |i| coordinate(i).0);
                for i in 0..d {
                    let (x, reward) = coordinate(i);
                    for n in 0..N {
                        let above = x[n] - tops[n] - thresholds[n];
                        let share = if above > S::zero() { above } else { S::zero() };
                        earned[n] += share * reward[n];
                    }
                }
            }
        }
        earned
    }

    /// The best value `max <decision, direction>` over the set: what the best fixed decision earns when `direction` is
    /// the sum of rewards.
    pub fn support(&self, direction: &[f64]) -> f64 {
        match *self {
            Self::Ball { radius } => radius * norm(direction),
            Self::Simplex => direction.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Writes a decision that attains [`support`](Self::support) into `decision`; direction 0 in the
    /// ball gives the centre, tied arms share equally.
    pub fn maximizer(&self, direction: &[f64], decision: &mut [f64]) {
        match *self {
            Self::Ball { radius } => {
                let length = norm(direction);
                let scale = if length > 0.0 { radius / length } else { 0.0 };
                for (out, &v) in decision.iter_mut().zip(direction) {
                    *out = scale * v;
                }
            }
            Self::Simplex => {
                let best = self.support(direction);
                let leaders = direction.iter().filter(|&&v| v == best).count().max(1) as f64;
                for (out, &v) in decision.iter_mut().zip(direction) {
                    *out = if v == best { 1.0 / leaders } else { 0.0 };
                }
            }
        }
    }

    /// The decision that favours nothing: 0 in the ball, the uniform distribution in the simplex.
    pub fn center(&self, decision: &mut [f64]) {
        decision.fill(match self {
            Self::Ball { .. } => 0.0,
            Self::Simplex => 1.0 / decision.len() as f64,
        });
    }

    /// Range (largest minus smallest value) of the regulariser |decision|^2 / 2 over the set in dimension `d`, the constant
    /// of FTRL's regret bound (RMFT-B1): radius^2 / 2 for the ball, (1 - 1/d) / 2 for the simplex.
    pub fn regularizer_range(&self, d: usize) -> f64 {
        match *self {
            Self::Ball { radius } => radius * radius / 2.0,
            Self::Simplex => (1.0 - 1.0 / d as f64) / 2.0,
        }
    }

    /// Largest distance between two decisions.
    pub fn diameter(&self, d: usize) -> f64 {
        match *self {
            Self::Ball { radius } => 2.0 * radius,
            Self::Simplex if d == 1 => 0.0,
            Self::Simplex => std::f64::consts::SQRT_2,
        }
    }

    /// Whether `decision` lies in the set up to `tolerance`.
    pub fn contains(&self, decision: &[f64], tolerance: f64) -> bool {
        match *self {
            Self::Ball { radius } => norm(decision) <= radius + tolerance,
            Self::Simplex => {
                decision.iter().all(|&p| p >= -tolerance)
                    && (decision.iter().sum::<f64>() - 1.0).abs() <= tolerance
            }
        }
    }
}

/// Euclidean length; neither overflows nor underflows on the way.
pub fn norm(x: &[f64]) -> f64 {
    let square = x.iter().map(|v| v * v).sum::<f64>();
    if square.is_normal() {
        return square.sqrt();
    }
    let largest = largest_size(x);
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * x.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt()
}

/// Size of the largest coordinate.
fn largest_size<S: Scalar>(x: &[S]) -> S {
    x.iter().fold(S::zero(), |largest, v| largest.max(v.abs()))
}

/// For each of N points of `d` coordinates, the largest coordinate and, relative to it, the amount by which every coordinate
/// is lowered before clipping at 0. (Relative, because `x - 1 == x` for large x.) `coordinate(i)` are the i-th of all points.
#[inline(always)]
fn simplex_thresholds<S: Scalar, const N: usize>(
    d: usize,
    coordinate: impl Fn(usize) -> [S; N],
) -> ([S; N], [S; N]) {
    let mut tops = [S::neg_infinity(); N];
    for i in 0..d {
        let x = coordinate(i);
        for n in 0..N {
            tops[n] = if x[n] > tops[n] { x[n] } else { tops[n] };
        }
    }
    let mut thresholds = [S::neg_infinity(); N];
    let mut active = [S::infinity(); N];
    loop {
        let (mut sums, mut counts) = ([S::zero(); N], [S::zero(); N]);
        for i in 0..d {
            let x = coordinate(i);
            for n in 0..N {
                let below = x[n] - tops[n];
                let inside = below > thresholds[n];
                sums[n] += if inside { below } else { S::zero() };
                counts[n] += if inside { S::one() } else { S::zero() };
            }
        }
        let mut changed = false;
        for n in 0..N {
            // Rounding may let a coordinate on the threshold back in: then the threshold stands too.
            let fewer = counts[n] < active[n] && counts[n] > S::zero();
            let threshold = (sums[n] - S::one()) / counts[n];
            thresholds[n] = if fewer { threshold } else { thresholds[n] };
            active[n] = if fewer { counts[n] } else { active[n] };
            changed |= fewer;
        }
        if !changed {
            return (tops, thresholds);
        }
    }
}

#[cfg(test)]
mod tests;
