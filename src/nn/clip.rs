//! Gradient clipping by global norm (Pascanu, Mikolov and Bengio 2013).

use crate::numeric::scalar::Scalar;

/// Shortens `gradient` to the length `limit` if it is longer; returns the length it had.
pub fn clip_global_norm<S: Scalar>(gradient: &mut [S], limit: f64) -> f64 {
    let norm = gradient.iter().map(|g| g.as_f64().powi(2)).sum::<f64>().sqrt();
    if norm > limit {
        let shrink = S::of(limit / norm);
        gradient.iter_mut().for_each(|g| *g *= shrink);
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_gradients_are_shortened() {
        let mut long = [3.0f64, -4.0];
        assert_eq!(clip_global_norm(&mut long, 1.0), 5.0);
        approx::assert_relative_eq!(long[0], 0.6, epsilon = 1e-15);
        approx::assert_relative_eq!(long[1], -0.8, epsilon = 1e-15);
        let mut short = [0.3f32, 0.4];
        clip_global_norm(&mut short, 1.0);
        assert_eq!(short, [0.3, 0.4]);
    }
}
