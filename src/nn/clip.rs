//! Gradient clipping by global norm (Pascanu, Mikolov and Bengio 2013).

use crate::numeric::scalar::Scalar;

/// Shortens `gradient` to Euclidean norm `limit` if it is longer; returns its norm before, summed in double precision.
///
/// A gradient that holds a NaN or an infinity is left as it is: the norm returned says so.
pub fn clip_global_norm<S: Scalar>(gradient: &mut [S], limit: f64) -> f64 {
    let norm = gradient.iter().map(|g| g.as_f64() * g.as_f64()).sum::<f64>().sqrt();
    if norm.is_finite() && norm > limit {
        let factor = S::of(limit / norm);
        gradient.iter_mut().for_each(|g| *g *= factor);
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_gradients_are_shortened_and_short_ones_kept() {
        let mut gradient = [3.0f32, 0.0, -4.0];
        assert_eq!(clip_global_norm(&mut gradient, 5.0), 5.0);
        assert_eq!(gradient, [3.0, 0.0, -4.0]);
        assert_eq!(clip_global_norm(&mut gradient, 2.5), 5.0);
        assert_eq!(gradient, [1.5, 0.0, -2.0]);
    }

    #[test]
    fn what_is_not_finite_shows() {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut gradient = [1.0, bad];
            assert!(!clip_global_norm(&mut gradient, 0.1).is_finite());
            assert_eq!(gradient[0], 1.0);
        }
    }
}
