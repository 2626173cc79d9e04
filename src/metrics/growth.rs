//! Growth exponent of regret: the slope of log regret against log time, or of final regret against log horizon.
//!
//! A regret curve that grows as `c t^beta` is a line of slope `beta` in log-log coordinates; `beta < 1` is what
//! "no regret" looks like in a finite experiment. Non-positive regret has no logarithm: such points are left out and
//! counted, never dropped in silence.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Error, Result};

mod bootstrap;

pub use bootstrap::{GrowthInterval, bootstrap_growth};

/// Fewest points a slope with a standard error can be fitted to.
const FEWEST: usize = 3;

/// Scatter of log values below which differences are rounding and not evidence.
const ROUNDING: f64 = 1e-12;

/// A fitted power law `y = exp(intercept) * x^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PowerFit {
    /// Slope of log y on log x.
    pub exponent: f64,
    /// Natural logarithm of y at x = 1.
    pub intercept: f64,
    /// Standard error of the exponent. Residual scatter below 1e-12 counts as 1e-12, so it is never zero.
    pub standard_error: f64,
    /// One-sided p-value against "exponent >= 1": the probability that Student's t with `points - 2` degrees of
    /// freedom falls below `(exponent - 1) / standard_error`.
    pub p_value: f64,
    /// Number of points fitted.
    pub points: usize,
}

/// A growth measurement: the fit, and what could not be used for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// The fitted law; `None` when fewer than three points are positive.
    pub fit: Option<PowerFit>,
    /// Number of points left out because their value is not positive.
    pub dropped: usize,
}

/// Fits a power law to a regret curve over its last four fifths.
///
/// `curve[t - 1]` is the (mean) regret after `t` rounds, `t = 1..=T`, in units of reward; the fit is ordinary least
/// squares of `log regret(t)` on `log t` over `t` in `[ceil(T / 5), T]`. The p-value treats rounds as independent,
/// which cumulated regret is not: it is too small, and [`bootstrap_growth`] gives the interval to report beside it.
///
/// ```
/// # fn main() -> lowregret::Result<()> {
/// let curve: Vec<f64> = (1..=50).map(|t| 3.0 * f64::from(t).sqrt()).collect();
/// let growth = lowregret::metrics::growth::growth_exponent(&curve)?;
/// assert!((growth.fit.unwrap().exponent - 0.5).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Parameter`] for an empty curve or a value that is not finite.
pub fn growth_exponent(curve: &[f64]) -> Result<Growth> {
    if curve.is_empty() {
        return Err(Error::parameter("curve", "empty", "at least one round"));
    }
    all("curve", curve, "a finite number", |v| v.is_finite())?;
    let first = window_start(curve.len());
    Ok(fit_line(&log_rounds(curve.len()), &curve[first - 1..]))
}

/// Fits a power law to pairs, for instance final regret `ys` against horizon `xs`.
///
/// # Errors
/// [`Error::Parameter`] for slices of unequal length, an `x` that is not positive and finite, a `y` that is not
/// finite, or three points and more with `y > 0` that all stand at one `x`.
pub fn fit_power(xs: &[f64], ys: &[f64]) -> Result<Growth> {
    if xs.len() != ys.len() {
        return Err(Error::parameter(
            "ys",
            format!("{} values", ys.len()),
            format!("{} values, one for each of xs", xs.len()),
        ));
    }
    all("xs", xs, "a positive finite number", |v| v > 0.0 && v.is_finite())?;
    all("ys", ys, "a finite number", |v| v.is_finite())?;
    let log_x: Vec<f64> = xs.iter().map(|x| x.ln()).collect();
    let growth = fit_line(&log_x, ys);
    if growth.fit.is_none() && ys.len() - growth.dropped >= FEWEST {
        return Err(Error::parameter(
            "xs",
            "one repeated value",
            "at least two distinct values among the points with y > 0",
        ));
    }
    Ok(growth)
}

/// First round (one-based) of the fitting window of a curve of `rounds` rounds.
fn window_start(rounds: usize) -> usize {
    rounds.div_ceil(5)
}

/// Logarithms of the rounds of the fitting window.
fn log_rounds(rounds: usize) -> Vec<f64> {
    (window_start(rounds)..=rounds).map(|t| (t as f64).ln()).collect()
}

fn all(field: &str, values: &[f64], expected: &str, holds: impl Fn(f64) -> bool) -> Result<()> {
    match values.iter().position(|&v| !holds(v)) {
        Some(i) => Err(Error::parameter(format!("{field}[{i}]"), values[i], expected)),
        None => Ok(()),
    }
}

/// Ordinary least squares of log y on `log_x` over the points with y > 0.
fn fit_line(log_x: &[f64], ys: &[f64]) -> Growth {
    let line = line_through(log_x, ys);
    Growth {
        fit: line.map(|line| line.with_uncertainty(log_x, ys)),
        dropped: ys.len() - positive(log_x, ys).count(),
    }
}

fn positive<'a>(log_x: &'a [f64], ys: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    log_x.iter().zip(ys).filter(|&(_, &y)| y > 0.0).map(|(&x, y)| (x, y.ln()))
}

/// A least-squares line with the sums its uncertainty needs.
struct Line {
    slope: f64,
    intercept: f64,
    spread_x: f64,
    points: usize,
}

fn line_through(log_x: &[f64], ys: &[f64]) -> Option<Line> {
    let (points, sum_x, sum_y) =
        positive(log_x, ys).fold((0, 0.0, 0.0), |(n, sx, sy), (x, y)| (n + 1, sx + x, sy + y));
    if points < FEWEST {
        return None;
    }
    let (mean_x, mean_y) = (sum_x / points as f64, sum_y / points as f64);
    let (spread_x, covariance) = positive(log_x, ys).fold((0.0, 0.0), |(sxx, sxy), (x, y)| {
        let dx = x - mean_x;
        (sxx + dx * dx, sxy + dx * (y - mean_y))
    });
    // Equal abscissae leave a spread of rounding errors, not of zero.
    if spread_x <= points as f64 * ROUNDING * ROUNDING {
        return None;
    }
    let slope = covariance / spread_x;
    Some(Line { slope, intercept: mean_y - slope * mean_x, spread_x, points })
}

impl Line {
    fn with_uncertainty(&self, log_x: &[f64], ys: &[f64]) -> PowerFit {
        let freedom = (self.points - 2) as f64;
        let squares: f64 =
            positive(log_x, ys).map(|(x, y)| (y - self.intercept - self.slope * x).powi(2)).sum();
        let scatter = (squares / freedom).sqrt().max(ROUNDING);
        let standard_error = scatter / self.spread_x.sqrt();
        let statistic = (self.slope - 1.0) / standard_error;
        PowerFit {
            exponent: self.slope,
            intercept: self.intercept,
            standard_error,
            p_value: StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.cdf(statistic)),
            points: self.points,
        }
    }
}

#[cfg(test)]
mod tests;
