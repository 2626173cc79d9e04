//! Means with 95 % confidence intervals: of a sample and of a paired difference.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Error, Result};

/// A sample mean with its 95 % Student t interval, in the units of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Sample mean.
    pub mean: f64,
    /// Lower end of the interval; `None` (JSON `null`) for a single value, which says nothing of its own spread.
    pub low: Option<f64>,
    /// Upper end of the interval; `None` when `low` is.
    pub high: Option<f64>,
    /// Number of values.
    pub n: usize,
}

impl Estimate {
    /// Mean and interval of a sample of independent values.
    ///
    /// ```
    /// # fn main() -> lowregret::Result<()> {
    /// let estimate = lowregret::metrics::interval::Estimate::of(&[1.0, 2.0, 3.0])?;
    /// assert_eq!(estimate.mean, 2.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty sample, a value that is not finite, or a spread that overflows.
    pub fn of(sample: &[f64]) -> Result<Self> {
        if sample.is_empty() {
            return Err(Error::parameter("sample", "empty", "at least one value"));
        }
        if let Some(i) = sample.iter().position(|v| !v.is_finite()) {
            return Err(Error::parameter(format!("sample[{i}]"), sample[i], "a finite number"));
        }
        let n = sample.len();
        let count = n as f64;
        // Two passes; the second also removes what rounding left in the first mean.
        let rough = sample.iter().sum::<f64>() / count;
        let (residual, squares) = sample.iter().fold((0.0, 0.0), |(sum, squares), value| {
            let deviation = value - rough;
            (sum + deviation, squares + deviation * deviation)
        });
        let mean = rough + residual / count;
        let half_width = if n > 1 {
            let freedom = count - 1.0;
            let variance = (squares - residual * residual / count).max(0.0) / freedom;
            Some(two_sided_95(freedom) * (variance / count).sqrt())
        } else {
            None
        };
        if !mean.is_finite() || half_width.is_some_and(|h| !h.is_finite()) {
            return Err(Error::parameter(
                "sample",
                format!("a spread of {squares:e}"),
                "values whose squares do not overflow",
            ));
        }
        Ok(Self { mean, low: half_width.map(|h| mean - h), high: half_width.map(|h| mean + h), n })
    }

    /// Mean and interval of the paired differences `a[i] - b[i]`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for slices of unequal length, and as in [`Estimate::of`].
    pub fn difference(a: &[f64], b: &[f64]) -> Result<Self> {
        if a.len() != b.len() {
            return Err(Error::parameter(
                "b",
                format!("{} values", b.len()),
                format!("{} values, one for each of a", a.len()),
            ));
        }
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self::of(&differences)
    }

    /// Half the width of the interval; `None` for a single value.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        self.high.map(|high| high - self.mean)
    }
}

/// The mean of several samples place by place: of several seeds on the same scenarios, a value a scenario.
///
/// # Panics
/// If they are not equally long.
#[must_use]
pub fn mean_by_place(samples: &[&[f64]]) -> Vec<f64> {
    let places = samples.first().map_or(0, |sample| sample.len());
    assert!(samples.iter().all(|sample| sample.len() == places), "samples of the same places");
    let mean = |i| samples.iter().map(|sample| sample[i]).sum::<f64>() / samples.len() as f64;
    (0..places).map(mean).collect()
}

/// A sample that is taken in value by value, in constant memory (Welford 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Running {
    n: usize,
    mean: f64,
    squares: f64,
}

impl Running {
    /// Takes in a value.
    pub fn push(&mut self, value: f64) {
        self.n += 1;
        let deviation = value - self.mean;
        self.mean += deviation / self.n as f64;
        self.squares += deviation * (value - self.mean);
    }

    /// Mean and interval of what came so far.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no value, a value that was not finite, or a spread that overflowed.
    pub fn estimate(&self) -> Result<Estimate> {
        let n = self.n as f64;
        let half =
            (self.n > 1).then(|| two_sided_95(n - 1.0) * (self.squares / (n - 1.0) / n).sqrt());
        if self.n == 0 || !self.mean.is_finite() || half.is_some_and(|h| !h.is_finite()) {
            let given = format!("{} values of mean {}", self.n, self.mean);
            return Err(Error::parameter("sample", given, "finite values, at least one"));
        }
        let Self { n, mean, .. } = *self;
        Ok(Estimate { mean, low: half.map(|h| mean - h), high: half.map(|h| mean + h), n })
    }
}

/// The largest value; NaN when there is none or one of them is NaN, so that no comparison with it holds.
pub fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().reduce(|a, b| if a.is_nan() || a >= b { a } else { b }).unwrap_or(f64::NAN)
}

/// The smallest value; NaN when there is none or one of them is NaN, so that no comparison with it holds.
pub fn smallest(values: impl IntoIterator<Item = f64>) -> f64 {
    -largest(values.into_iter().map(|v| -v))
}

/// The upper end of the intervals that is highest; NaN as in [`largest`], or when one of them has no interval.
pub fn highest_end<'a>(estimates: impl IntoIterator<Item = &'a Estimate>) -> f64 {
    largest(estimates.into_iter().map(|estimate| estimate.high.unwrap_or(f64::NAN)))
}

/// The lower end of the intervals that is lowest; NaN as in [`largest`], or when one of them has no interval.
pub fn lowest_end<'a>(estimates: impl IntoIterator<Item = &'a Estimate>) -> f64 {
    smallest(estimates.into_iter().map(|estimate| estimate.low.unwrap_or(f64::NAN)))
}

/// The 0.975 quantile of Student's t.
///
/// Above 1e4 degrees of freedom by its expansion about the normal quantile, exact to 1e-11 there; the numerical
/// inversion loses digits instead (3e-4 at 1e6).
fn two_sided_95(freedom: f64) -> f64 {
    const Z: f64 = 1.959_963_984_540_054;
    if freedom > 1e4 {
        let first = (Z.powi(3) + Z) / 4.0;
        let second = (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0;
        return Z + first / freedom + second / (freedom * freedom);
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.inverse_cdf(0.975))
}

#[cfg(test)]
mod tests {
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    use super::*;

    /// Values of scipy.stats.t.ppf(0.975, df).
    #[test]
    fn quantiles_match_scipy() {
        for (freedom, expected) in [
            (1.0, 12.706_204_736_174_694),
            (2.0, 4.302_652_729_749_462),
            (5.0, 2.570_581_835_636_314_6),
            (100.0, 1.983_971_518_523_551_8),
            (9_999.0, 1.960_201_263_621_357),
            (10_001.0, 1.960_201_216_164_641),
            (1e6, 1.959_966_356_814_107),
        ] {
            assert_relative_eq!(two_sided_95(freedom), expected, max_relative = 1e-11);
        }
    }

    /// Values of numpy and scipy.
    #[test]
    fn mean_and_interval_match_scipy() {
        let sample = [2.5, 3.1, -1.2, 4.8, 0.3, 2.2, 1.9];
        let estimate = Estimate::of(&sample).unwrap();
        assert_relative_eq!(estimate.mean, 1.942_857_142_857_142_8, max_relative = 1e-14);
        assert_relative_eq!(estimate.low.unwrap(), 0.153_607_537_800_501_07, max_relative = 1e-11);
        assert_relative_eq!(estimate.high.unwrap(), 3.732_106_747_913_784_6, max_relative = 1e-11);
        assert_relative_eq!(
            estimate.half_width().unwrap(),
            1.789_249_605_056_641_8,
            max_relative = 1e-11
        );
        assert_eq!(estimate.n, 7);
    }

    #[test]
    fn a_running_sample_is_a_sample() {
        let sample = [2.5, 3.1, -1.2, 4.8, 1e3, 2.2, 1.9];
        let mut running = Running::default();
        assert!(running.estimate().is_err());
        for n in 1..=sample.len() {
            running.push(sample[n - 1]);
            let (own, whole) = (running.estimate().unwrap(), Estimate::of(&sample[..n]).unwrap());
            assert_eq!((own.n, own.low.is_some()), (whole.n, whole.low.is_some()));
            assert_relative_eq!(own.mean, whole.mean, max_relative = 1e-14);
            let ends = (own.high.unwrap_or(0.0), whole.high.unwrap_or(0.0));
            assert_relative_eq!(ends.0, ends.1, max_relative = 1e-12);
        }
        running.push(f64::NAN);
        assert!(running.estimate().is_err());
    }

    #[test]
    fn samples_are_averaged_place_by_place() {
        let seeds: [&[f64]; 3] = [&[1.0, 2.0], &[2.0, 6.0], &[6.0, 1.0]];
        assert_eq!(mean_by_place(&seeds), [3.0, 3.0]);
        assert!(mean_by_place(&[]).is_empty());
    }

    #[test]
    fn a_large_offset_does_not_spoil_the_spread() {
        let small = Estimate::of(&[1.0, 2.0, 3.0, 5.0]).unwrap();
        let offset = Estimate::of(&[1.0, 2.0, 3.0, 5.0].map(|v| v + 1e9)).unwrap();
        let gap = offset.half_width().unwrap() - small.half_width().unwrap();
        assert_abs_diff_eq!(gap, 0.0, epsilon = 1e-6);
    }

    #[test]
    fn a_single_value_has_no_interval_and_writes_as_null() {
        let estimate = Estimate::of(&[4.0]).unwrap();
        let json = serde_json::to_string(&estimate).unwrap();
        assert_eq!(json, r#"{"mean":4.0,"low":null,"high":null,"n":1}"#);
        assert_eq!(serde_json::from_str::<Estimate>(&json).unwrap(), estimate);
    }

    #[test]
    fn pairing_removes_what_is_common() {
        let a = [10.0, 20.0, 30.5];
        let b = [9.0, 19.0, 29.0];
        let paired = Estimate::difference(&a, &b).unwrap();
        assert_eq!(paired, Estimate::of(&[1.0, 1.0, 1.5]).unwrap());
        assert!(paired.low.unwrap() > 0.0);
        let constant = Estimate::difference(&a, &a).unwrap();
        assert_eq!((constant.low, constant.high), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn the_interval_covers_the_mean_as_often_as_it_says() {
        use rand::SeedableRng;
        use rand_distr::{Distribution, StandardNormal};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let covered = (0..4000)
            .filter(|_| {
                let sample: [f64; 5] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
                let estimate = Estimate::of(&sample).unwrap();
                estimate.low.unwrap() <= 0.0 && estimate.high.unwrap() >= 0.0
            })
            .count();
        // Four standard deviations of a binomial(4000, 0.95).
        assert!((3745..=3855).contains(&covered), "{covered}");
    }

    #[test]
    fn bad_samples_are_refused() {
        for sample in [&[][..], &[1.0, f64::NAN], &[f64::INFINITY], &[1e200, -1e200]] {
            assert!(matches!(Estimate::of(sample), Err(Error::Parameter { .. })));
        }
        assert!(matches!(Estimate::difference(&[1.0], &[1.0, 2.0]), Err(Error::Parameter { .. })));
    }
}
