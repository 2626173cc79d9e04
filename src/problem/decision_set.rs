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
                let (top, threshold) = simplex_threshold(x);
                x.iter_mut().for_each(|v| *v = (*v - top - threshold).max(S::zero()));
            }
        }
    }

    /// `<Proj(x), reward>` without changing `x`: the innermost step of a rollout.
    #[inline]
    pub fn reward_of_projection<S: Scalar>(&self, x: &[S], reward: &[S]) -> S {
        let pairs = x.iter().zip(reward);
        match *self {
            Self::Ball { radius } => {
                let (square, dot) = pairs
                    .fold((S::zero(), S::zero()), |(square, dot), (&v, &r)| {
                        (square + v * v, dot + v * r)
                    });
                let radius = S::of(radius);
                dot * (radius / square.sqrt()).min(S::one())
            }
            Self::Simplex => {
                let (top, threshold) = simplex_threshold(x);
                pairs
                    .fold(S::zero(), |sum, (&v, &r)| sum + (v - top - threshold).max(S::zero()) * r)
            }
        }
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

/// The largest coordinate and, relative to it, the amount by which every coordinate is lowered before clipping at 0.
/// (Relative, because `x - 1 == x` for large x.)
fn simplex_threshold<S: Scalar>(x: &[S]) -> (S, S) {
    let top = x.iter().copied().fold(S::neg_infinity(), S::max);
    let mut threshold = S::neg_infinity();
    let mut active = usize::MAX;
    loop {
        let (mut sum, mut count) = (S::zero(), 0);
        for &v in x {
            if v - top > threshold {
                sum += v - top;
                count += 1;
            }
        }
        // Rounding may let a coordinate on the threshold back in: then the threshold stands too.
        if count >= active || count == 0 {
            return (top, threshold);
        }
        active = count;
        threshold = (sum - S::one()) / S::of(count as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(d: usize) -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec(-20.0..20.0f64, d)
    }

    fn sets() -> impl Strategy<Value = DecisionSet> {
        prop_oneof![
            (0.1..5.0f64).prop_map(|radius| DecisionSet::Ball { radius }),
            Just(DecisionSet::Simplex)
        ]
    }

    proptest! {
        /// A projection lands in the set, leaves members alone, and satisfies the variational inequality
        /// `<x - P x, y - P x> <= 0` for every member y, which characterises it.
        #[test]
        fn projection_is_the_nearest_point(
            set in sets(),
            (x, y) in (1usize..7).prop_flat_map(|d| (point(d), point(d))),
        ) {
            let mut p = x.clone();
            set.project(&mut p);
            prop_assert!(set.contains(&p, 1e-9));
            let mut again = p.clone();
            set.project(&mut again);
            for (a, b) in p.iter().zip(&again) {
                prop_assert!((a - b).abs() < 1e-9);
            }
            let mut member = y;
            set.project(&mut member);
            let inner: f64 = (0..x.len()).map(|i| (x[i] - p[i]) * (member[i] - p[i])).sum();
            prop_assert!(inner < 1e-7, "{inner}");
        }

        #[test]
        fn the_maximizer_attains_the_support(
            set in sets(),
            (x, y) in (1usize..7).prop_flat_map(|d| (point(d), point(d))),
        ) {
            let mut best = vec![0.0; x.len()];
            set.maximizer(&x, &mut best);
            prop_assert!(set.contains(&best, 1e-9));
            let value: f64 = best.iter().zip(&x).map(|(p, r)| p * r).sum();
            prop_assert!((value - set.support(&x)).abs() < 1e-9);
            let mut other = y;
            set.project(&mut other);
            let worse: f64 = other.iter().zip(&x).map(|(p, r)| p * r).sum();
            prop_assert!(worse <= value + 1e-9);
        }
    }

    #[test]
    fn known_projections() {
        let mut x = [3.0, 4.0];
        DecisionSet::Ball { radius: 2.5 }.project(&mut x);
        assert_eq!(x, [1.5, 2.0]);
        let mut p = [0.6, 0.2, -3.0];
        DecisionSet::Simplex.project(&mut p);
        approx::assert_relative_eq!(p[0], 0.7, epsilon = 1e-12);
        approx::assert_relative_eq!(p[1], 0.3, epsilon = 1e-12);
        assert_eq!(p[2], 0.0);
        assert!(DecisionSet::Ball { radius: -1.0 }.check().is_err());
    }

    #[test]
    fn tied_arms_share() {
        let mut p = [0.0; 3];
        DecisionSet::Simplex.maximizer(&[2.0, 1.0, 2.0], &mut p);
        assert_eq!(p, [0.5, 0.0, 0.5]);
    }
}
