//! The standard normal distribution: density, distribution function, quantile.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};
use statrs::function::gamma::checked_gamma_ur;

use crate::{Error, Result};

/// Density `phi(z)` of the standard normal distribution.
///
/// ```
/// assert!((lowregret::numeric::normal::density(0.0) - 0.398_942_280_401_432_7).abs() < 1e-15);
/// ```
#[must_use]
pub fn density(z: f64) -> f64 {
    Normal::standard().pdf(z)
}

/// Probability `Phi(z)` that a standard normal draw is at most `z`.
///
/// The lower tail is accurate relative to itself (1e-13 at `z = -12`): take `cdf(-z)` rather than `1 - cdf(z)` for the
/// upper one. By the incomplete gamma function, `Phi(-|z|) = Q(1/2, z^2 / 2) / 2`, which keeps more digits than the
/// rational approximation of the error function in statrs (1e-10).
#[must_use]
pub fn cdf(z: f64) -> f64 {
    let x = z * z / 2.0;
    let tail = if x > 0.0 && x.is_finite() {
        checked_gamma_ur(0.5, x).unwrap_or(f64::NAN) / 2.0
    } else if x == 0.0 {
        0.5
    } else if z.is_nan() {
        f64::NAN
    } else {
        0.0
    };
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// The `z` with `Phi(z) = p`.
///
/// # Errors
/// [`Error::Parameter`] unless `0 < p < 1`.
pub fn quantile(p: f64) -> Result<f64> {
    if p > 0.0 && p < 1.0 {
        return Ok(Normal::standard().inverse_cdf(p));
    }
    Err(Error::parameter("p", p, "a probability inside (0, 1)"))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn cdf_matches_forty_digit_arithmetic() {
        for (z, expected) in [
            (-12.0, 1.776_482_112_077_679e-33),
            (-8.0, 6.220_960_574_271_784e-16),
            (-5.0, 2.866_515_718_791_939e-7),
            (-2.5, 0.006_209_665_325_776_135),
            (-1.0, 0.158_655_253_931_457_05),
            (-0.3, 0.382_088_577_811_047_4),
            (0.7, 0.758_036_347_776_927),
            (4.0, 0.999_968_328_758_166_9),
        ] {
            assert_relative_eq!(cdf(z), expected, max_relative = 1e-13);
        }
        assert_eq!([cdf(f64::NEG_INFINITY), cdf(0.0), cdf(f64::INFINITY)], [0.0, 0.5, 1.0]);
        assert_eq!([cdf(-1e-200), cdf(-1e200), cdf(1e200)], [0.5, 0.0, 1.0]);
        assert!(cdf(f64::NAN).is_nan());
    }

    #[test]
    fn quantile_matches_forty_digit_arithmetic() {
        for (p, expected) in [
            (1e-10, -6.361_340_902_404_056),
            (0.001, -3.090_232_306_167_813_5),
            (0.025, -1.959_963_984_540_054_2),
            (0.3, -0.524_400_512_708_040_8),
            (0.8, 0.841_621_233_572_914_2),
            (0.975, 1.959_963_984_540_054_2),
        ] {
            assert_relative_eq!(quantile(p).unwrap(), expected, max_relative = 1e-13);
        }
        assert!(quantile(0.5).unwrap().abs() < 1e-15);
    }

    #[test]
    fn density_is_the_derivative_of_the_cdf() {
        for z in [-3.0, -0.7, 0.0, 1.2, 4.0] {
            let h = 1e-4;
            let slope = (cdf(z + h) - cdf(z - h)) / (2.0 * h);
            assert_relative_eq!(density(z), slope, max_relative = 1e-7);
        }
    }

    #[test]
    fn impossible_probabilities_are_refused() {
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert!(matches!(quantile(p), Err(Error::Parameter { .. })), "{p}");
        }
    }
}
