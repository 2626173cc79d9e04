//! Percentile bootstrap of the growth exponent over scenarios.

use ndarray::{Array2, ArrayView2, Axis, Slice};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::{line_through, log_rounds, window_start};
use crate::numeric::order::quantile_sorted;
use crate::{Error, Result};

/// Resamples whose mean curves are computed by one matrix product.
const BLOCK: usize = 32;

/// Fewest resamples for which the 2.5 % point lies between order statistics.
const FEWEST_RESAMPLES: usize = 40;

/// A 95 % percentile interval of the growth exponent, with what could not be used for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthInterval {
    /// 2.5 % quantile of the resampled exponents; `None` when no resample could be fitted.
    pub low: Option<f64>,
    /// 97.5 % quantile; `None` when `low` is.
    pub high: Option<f64>,
    /// Number of resamples drawn.
    pub resamples: usize,
    /// Resamples in which some point of the window was not positive and was left out.
    pub with_dropped: usize,
    /// Resamples left with fewer than three positive points, which the interval therefore ignores.
    pub unfitted: usize,
}

/// Bootstrap interval of the growth exponent of the mean regret curve, resampling whole scenarios.
///
/// `curves` is scenario x round, entry `[i, t - 1]` the regret of scenario `i` after `t` rounds (units of reward). A
/// resample draws as many scenarios with replacement as there are, averages them and fits the average as
/// [`growth_exponent`](super::growth_exponent) does. Rounds stay together, so their dependence does no harm.
///
/// # Errors
/// [`Error::Parameter`] for fewer than two scenarios, no rounds, a value that is not finite, or fewer than 40
/// resamples.
pub fn bootstrap_growth(
    curves: ArrayView2<'_, f64>,
    resamples: usize,
    rng: &mut impl Rng,
) -> Result<GrowthInterval> {
    check(curves, resamples)?;
    let (scenarios, rounds) = curves.dim();
    let first = window_start(rounds) - 1;
    let window = curves.slice_axis(Axis(1), Slice::from(first..));
    let log_t = log_rounds(rounds);

    let mut exponents = Vec::with_capacity(resamples);
    let mut with_dropped = 0;
    for start in (0..resamples).step_by(BLOCK) {
        let mut weights = Array2::<f64>::zeros((BLOCK.min(resamples - start), scenarios));
        for mut row in weights.rows_mut() {
            for _ in 0..scenarios {
                row[rng.random_range(0..scenarios)] += 1.0;
            }
        }
        weights /= scenarios as f64;
        for mean in weights.dot(&window).rows() {
            let mean = mean.to_vec();
            with_dropped += usize::from(mean.iter().any(|&y| y <= 0.0));
            exponents.extend(line_through(&log_t, &mean).map(|line| line.slope));
        }
    }
    exponents.sort_unstable_by(f64::total_cmp);
    let end = |p| match exponents.as_slice() {
        [] => Ok(None),
        sorted => quantile_sorted(sorted, p).map(Some),
    };
    Ok(GrowthInterval {
        low: end(0.025)?,
        high: end(0.975)?,
        resamples,
        with_dropped,
        unfitted: resamples - exponents.len(),
    })
}

fn check(curves: ArrayView2<'_, f64>, resamples: usize) -> Result<()> {
    let (scenarios, rounds) = curves.dim();
    if scenarios < 2 || rounds == 0 {
        return Err(Error::parameter(
            "curves",
            format!("{scenarios} scenarios of {rounds} rounds"),
            "at least two scenarios and one round",
        ));
    }
    if resamples < FEWEST_RESAMPLES {
        return Err(Error::parameter(
            "resamples",
            resamples,
            format!("at least {FEWEST_RESAMPLES}"),
        ));
    }
    match curves.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((i, j), v)) => {
            Err(Error::parameter(format!("curves[{i}, {j}]"), v, "a finite number"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::super::growth_exponent;
    use super::*;

    /// Random walks about `drift(t)`, one a scenario.
    fn walks(
        scenarios: usize,
        rounds: usize,
        drift: impl Fn(f64) -> f64,
        seed: u64,
    ) -> Array2<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut curves = Array2::zeros((scenarios, rounds));
        for mut row in curves.rows_mut() {
            let mut walk = 0.0;
            for (t, value) in row.iter_mut().enumerate() {
                let step: f64 = StandardNormal.sample(&mut rng);
                walk += step;
                *value = drift((t + 1) as f64) + walk;
            }
        }
        curves
    }

    #[test]
    fn identical_scenarios_leave_no_width() {
        let curves = Array2::from_shape_fn((20, 60), |(_, t)| 2.0 * ((t + 1) as f64).powf(0.7));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let interval = bootstrap_growth(curves.view(), 70, &mut rng).unwrap();
        assert_abs_diff_eq!(interval.low.unwrap(), 0.7, epsilon = 1e-12);
        assert_abs_diff_eq!(interval.high.unwrap(), 0.7, epsilon = 1e-12);
        assert_eq!((interval.resamples, interval.with_dropped, interval.unfitted), (70, 0, 0));
    }

    #[test]
    fn the_interval_is_the_direct_computation() {
        // Resample by indices, average by hand, fit by the public function.
        let curves = walks(30, 25, |t| 5.0 * t.sqrt(), 2);
        let interval =
            bootstrap_growth(curves.view(), 100, &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut exponents: Vec<f64> = (0..100)
            .map(|_| {
                let mut mean = vec![0.0; 25];
                for _ in 0..30 {
                    let scenario: usize = rng.random_range(0..30);
                    for (m, v) in mean.iter_mut().zip(curves.row(scenario)) {
                        *m += v / 30.0;
                    }
                }
                growth_exponent(&mean).unwrap().fit.unwrap().exponent
            })
            .collect();
        exponents.sort_by(f64::total_cmp);
        let expected = [0.025, 0.975].map(|p| quantile_sorted(&exponents, p).unwrap());
        assert_abs_diff_eq!(interval.low.unwrap(), expected[0], epsilon = 1e-10);
        assert_abs_diff_eq!(interval.high.unwrap(), expected[1], epsilon = 1e-10);
    }

    #[test]
    fn the_interval_covers_the_exponent_as_often_as_it_says() {
        let covered = (0..200)
            .filter(|&seed| {
                let curves = walks(60, 40, |t| 6.0 * t.sqrt(), 100 + seed);
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let interval = bootstrap_growth(curves.view(), 100, &mut rng).unwrap();
                interval.low.unwrap() <= 0.5 && interval.high.unwrap() >= 0.5
            })
            .count();
        assert!((176..=199).contains(&covered), "{covered} of 200");
    }

    #[test]
    fn negative_curves_are_reported() {
        let curves = Array2::from_elem((5, 30), -1.0);
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let interval = bootstrap_growth(curves.view(), 40, &mut rng).unwrap();
        assert_eq!((interval.low, interval.high), (None, None));
        assert_eq!((interval.with_dropped, interval.unfitted), (40, 40));
    }

    #[test]
    fn bad_input_is_refused() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut refused = |curves: &Array2<f64>, resamples| {
            matches!(
                bootstrap_growth(curves.view(), resamples, &mut rng),
                Err(Error::Parameter { .. })
            )
        };
        let mut curves = Array2::ones((5, 30));
        assert!(!refused(&curves, 40));
        assert!(refused(&curves, 39));
        assert!(refused(&Array2::ones((1, 30)), 40));
        assert!(refused(&Array2::ones((5, 0)), 40));
        curves[[0, 0]] = f64::NAN;
        assert!(refused(&curves, 40));
    }
}
