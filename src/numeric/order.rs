//! Order statistics: the selection intensity of normal draws, sample quantiles, the indices of the smallest values and of the
//! largest.

use crate::numeric::normal;
use crate::{Error, Result};

/// Selection intensity `lambda(k, L)`: the mean of the expected values of the `k` largest of `l` independent standard
/// normal draws (in standard deviations). Zero for `k = l`, `1 / sqrt(pi)` for the larger of two.
///
/// Accurate to about 1e-12 for `l` up to a few hundred thousand; beyond that rounding grows in proportion to `l`.
///
/// # Derivation
/// A draw at `z` is among the `k` largest when at most `k - 1` of the `l - 1` others exceed it, so with
/// `q = 1 - Phi(z)`, `lambda = (l / k) * integral z phi(z) P(Bin(l - 1, q) <= k - 1) dz`. As `z phi = -phi'`,
/// integrating by parts turns the binomial tail into its derivative, which is the density of a Beta(k, l - k) variable:
///
/// `lambda = (l / k) E[phi(Phi^-1(1 - Q))]`, `Q ~ Beta(k, l - k)`.
///
/// In `z` that is a ratio of integrals of `w phi` and `w`, `w = q^(k-1) (1-q)^(l-k-1) phi(z)`: both have one sign, so
/// nothing cancels, and no normalising constant is needed.
///
/// # Errors
/// [`Error::Parameter`] unless `1 <= k <= l`.
pub fn expected_top_mean(k: usize, l: usize) -> Result<f64> {
    if k == 0 || k > l {
        return Err(Error::parameter("k", k, format!("at least 1 and at most L = {l}")));
    }
    if k == l {
        return Ok(0.0);
    }
    let (above, below) = ((k - 1) as f64, (l - k - 1) as f64);
    let log_weight = |z: f64| above * ln_cdf(-z) + below * ln_cdf(z) - z * z / 2.0;
    let (low, high, peak) = support(log_weight);

    // The trapezoidal rule converges exponentially for a smooth weight that vanishes at both ends.
    let steps = 1000;
    let (mut kept, mut mass) = (0.0, 0.0);
    for step in 0..=steps {
        let z = low + (high - low) * f64::from(step) / f64::from(steps);
        let weight = (log_weight(z) - peak).exp();
        kept += weight * normal::density(z);
        mass += weight;
    }
    Ok(l as f64 / k as f64 * kept / mass)
}

/// `ln Phi(z)` without cancellation for large `z`.
fn ln_cdf(z: f64) -> f64 {
    if z > 0.0 { (-normal::cdf(-z)).ln_1p() } else { normal::cdf(z).ln() }
}

/// Where a concave function stands within 45 of its maximum (`e^-45` is below rounding), and that maximum.
fn support(f: impl Fn(f64) -> f64) -> (f64, f64, f64) {
    const EDGE: f64 = 12.0;
    let (mut a, mut b) = (-EDGE, EDGE);
    for _ in 0..100 {
        let (left, right) = (a + (b - a) / 3.0, b - (b - a) / 3.0);
        if f(left) < f(right) {
            a = left;
        } else {
            b = right;
        }
    }
    let mode = f64::midpoint(a, b);
    let peak = f(mode);
    let crossing = |mut outside: f64| {
        let mut inside = mode;
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if f(middle) > peak - 45.0 {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        outside
    };
    (crossing(-EDGE), crossing(EDGE), peak)
}

/// Quantile of an ascending sample by linear interpolation between order statistics (type 7, NumPy's default):
/// `p = 0` is the minimum, `p = 1` the maximum.
///
/// # Errors
/// [`Error::Parameter`] for an empty, unsorted or NaN-bearing sample, or `p` outside `[0, 1]`.
pub fn quantile_sorted(sorted: &[f64], p: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&p) {
        return Err(Error::parameter("p", p, "a probability in [0, 1]"));
    }
    no_nan("sample", sorted)?;
    if !sorted.is_sorted() {
        return Err(Error::parameter("sample", "an unsorted slice", "values in ascending order"));
    }
    let Some(last) = sorted.len().checked_sub(1) else {
        return Err(Error::parameter("sample", "empty", "at least one value"));
    };
    let position = p * last as f64;
    let below = (position.floor() as usize).min(last);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let fraction = position - below as f64;
    // Equal neighbours include two equal infinities, whose difference is NaN.
    if fraction == 0.0 || low == high {
        return Ok(low);
    }
    Ok(low + fraction * (high - low))
}

/// Indices of the `k` smallest values, in increasing order of value; equal values are ordered by index, so the choice
/// among ties is the earliest.
///
/// # Errors
/// [`Error::Parameter`] when a value is NaN or `k` exceeds the number of values.
pub fn lowest_k(values: &[f64], k: usize) -> Result<Vec<usize>> {
    let mut lowest = Vec::new();
    lowest_k_into(values, k, &mut lowest)?;
    Ok(lowest.into_iter().map(|(index, _)| index).collect())
}

/// [`lowest_k`] with their values, written into `lowest`; it allocates nothing once that has held as many values.
///
/// # Errors
/// Those of [`lowest_k`].
pub fn lowest_k_into(values: &[f64], k: usize, lowest: &mut Vec<(usize, f64)>) -> Result<()> {
    no_nan("values", values)?;
    if k > values.len() {
        return Err(Error::parameter(
            "k",
            k,
            format!("at most {}, the number of values", values.len()),
        ));
    }
    // Adding zero makes -0 and 0 equal under the total order.
    let order = |(i, x): &(usize, f64), (j, y): &(usize, f64)| {
        (x + 0.0).total_cmp(&(y + 0.0)).then(i.cmp(j))
    };
    lowest.clear();
    lowest.extend(values.iter().copied().enumerate());
    if k < lowest.len() {
        lowest.select_nth_unstable_by(k, order);
        lowest.truncate(k);
    }
    lowest.sort_unstable_by(order);
    Ok(())
}

/// Index of the largest value, the first of equals; 0 if there is none. A NaN is neither larger nor smaller than anything.
pub fn argmax<T: PartialOrd>(values: impl IntoIterator<Item = T>) -> usize {
    let mut values = values.into_iter().enumerate();
    let Some(first) = values.next() else { return 0 };
    values.fold(first, |best, next| if next.1 > best.1 { next } else { best }).0
}

fn no_nan(field: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| v.is_nan()) {
        Some(i) => Err(Error::parameter(format!("{field}[{i}]"), "NaN", "a number")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    use approx::{assert_abs_diff_eq, assert_relative_eq};

    use super::*;

    fn lambda(k: usize, l: usize) -> f64 {
        expected_top_mean(k, l).unwrap()
    }

    #[test]
    fn selection_intensity_matches_closed_forms() {
        assert_abs_diff_eq!(lambda(1, 2), 1.0 / PI.sqrt(), epsilon = 1e-13);
        assert_abs_diff_eq!(lambda(1, 3), 1.5 / PI.sqrt(), epsilon = 1e-13);
        assert_abs_diff_eq!(lambda(2, 3), 0.75 / PI.sqrt(), epsilon = 1e-13);
        for l in [1, 2, 7, 100_000] {
            assert_eq!(lambda(l, l), 0.0);
        }
    }

    /// The binomial form of the docs, integrated at 40 digits; the last rows by the Beta form at 40 digits.
    #[test]
    fn selection_intensity_matches_forty_digit_arithmetic() {
        for (k, l, expected) in [
            (2, 16, 1.525_367_808_144_783_7),
            (4, 16, 1.201_043_364_504_276_3),
            (8, 16, 0.760_180_575_831_937_9),
            (15, 16, 0.117_732_759_536_985_86),
            (1, 64, 2.343_733_465_079_44),
            (16, 64, 1.252_902_856_652_558_7),
            (100, 100_000, 3.365_609_104_456_511),
            (12_500, 100_000, 1.646_806_988_704_075),
            (50_000, 100_000, 0.797_878_294_270_235_6),
        ] {
            assert_relative_eq!(lambda(k, l), expected, max_relative = 1e-12);
        }
    }

    #[test]
    fn selection_intensity_tends_to_truncation_selection() {
        for alpha in [0.05, 0.25, 0.5] {
            let l = 100_000;
            let limit = normal::density(normal::quantile(1.0 - alpha).unwrap()) / alpha;
            let gap = limit - lambda((alpha * l as f64) as usize, l);
            assert!(gap > 0.0 && gap < 1e-4, "{gap}");
        }
    }

    #[test]
    fn selection_intensity_is_monotone() {
        for l in 2..32 {
            for k in 1..l {
                assert!(lambda(k, l) > lambda(k + 1, l), "in k at ({k}, {l})");
                assert!(lambda(k, l + 1) > lambda(k, l), "in L at ({k}, {l})");
                // The top k and the bottom L - k together have mean zero.
                let (top, rest) = (k as f64 * lambda(k, l), (l - k) as f64 * lambda(l - k, l));
                assert_abs_diff_eq!(top, rest, epsilon = 1e-11);
            }
        }
    }

    #[test]
    fn impossible_selections_are_refused() {
        for (k, l) in [(0, 4), (5, 4), (0, 0)] {
            assert!(matches!(expected_top_mean(k, l), Err(Error::Parameter { .. })));
        }
    }

    #[test]
    fn quantiles_interpolate_as_numpy_does() {
        let sorted = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (p, expected) in
            [(0.0, 1.0), (0.1, 1.4), (0.3, 2.4), (0.5, 4.0), (0.975, 15.2), (1.0, 16.0)]
        {
            assert_abs_diff_eq!(quantile_sorted(&sorted, p).unwrap(), expected, epsilon = 1e-14);
        }
        assert!(quantile_sorted(&[], 0.5).is_err());
        assert!(quantile_sorted(&[2.0, 1.0], 0.5).is_err());
        assert!(quantile_sorted(&sorted, 1.1).is_err());
        assert!(quantile_sorted(&sorted, f64::NAN).is_err());
    }

    #[test]
    fn lowest_values_come_in_order_and_ties_by_index() {
        let values = [3.0, 1.0, 2.0, 1.0, -5.0, 1.0];
        assert_eq!(lowest_k(&values, 3).unwrap(), [4, 1, 3]);
        assert_eq!(lowest_k(&values, 0).unwrap(), [0_usize; 0]);
        assert_eq!(lowest_k(&values, 6).unwrap(), [4, 1, 3, 5, 2, 0]);
        assert_eq!(lowest_k(&[0.0, -0.0], 1).unwrap(), [0]);
        assert_eq!(lowest_k(&[f64::INFINITY, 1.0], 1).unwrap(), [1]);
        assert!(matches!(lowest_k(&values, 7), Err(Error::Parameter { .. })));
        assert!(matches!(lowest_k(&[1.0, f64::NAN], 1), Err(Error::Parameter { .. })));
    }

    #[test]
    fn the_largest_value_is_the_first_of_equals() {
        assert_eq!(argmax([1.0, 3.0, f64::NAN, 3.0]), 1);
        assert_eq!(argmax([2, 1]), 0);
        assert_eq!(argmax([0.0; 0]), 0);
    }

    proptest::proptest! {
        #[test]
        fn lowest_k_is_a_prefix_of_the_sorted_order(values in proptest::collection::vec(0_u8..9, 0..60)) {
            let values: Vec<f64> = values.iter().map(|&v| f64::from(v) * FRAC_1_SQRT_2).collect();
            let mut all: Vec<usize> = (0..values.len()).collect();
            all.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
            for k in 0..=values.len() {
                proptest::prop_assert_eq!(&lowest_k(&values, k).unwrap(), &all[..k]);
            }
        }
    }
}
