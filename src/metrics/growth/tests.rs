//! Tests of [`super`] except the bootstrap.

use approx::{assert_abs_diff_eq, assert_relative_eq};

use super::*;

fn curve(rounds: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
    (1..=rounds).map(|t| f(t as f64)).collect()
}

#[test]
fn exact_power_laws_are_recovered() {
    for beta in [0.0, 0.25, 0.5, 0.9, 1.3] {
        let growth = growth_exponent(&curve(160, |t| 3.0 * t.powf(beta))).unwrap();
        let fit = growth.fit.unwrap();
        assert_abs_diff_eq!(fit.exponent, beta, epsilon = 1e-12);
        assert_abs_diff_eq!(fit.intercept, 3.0_f64.ln(), epsilon = 1e-12);
        assert_eq!((fit.points, growth.dropped), (129, 0));
        assert_eq!(fit.p_value < 0.5, beta < 1.0, "{fit:?}");
    }
}

#[test]
fn linear_regret_is_not_called_sublinear() {
    // Cumulated in floating point as an experiment does, so the fit is off by rounding only.
    let mut total = 0.0;
    let cumulated: Vec<f64> = (0..160)
        .map(|_| {
            total += 0.1;
            total
        })
        .collect();
    for linear in [cumulated, curve(50, |t| 0.3 * t), curve(1000, |t| 7.0 * t)] {
        let fit = growth_exponent(&linear).unwrap().fit.unwrap();
        assert_abs_diff_eq!(fit.exponent, 1.0, epsilon = 1e-12);
        assert!(fit.p_value > 0.2, "{fit:?}");
    }
}

/// Values of scipy.stats.linregress and scipy.stats.t.cdf.
#[test]
fn noisy_curves_match_scipy() {
    let wavy_root = curve(50, |t| 2.0 * t.sqrt() * (1.0 + 0.05 * t.sin()));
    let wavy_line = curve(50, |t| 0.3 * t * (1.0 + 0.1 * (3.0 * t).cos()));
    let changing_sign = curve(50, |t| t.sqrt() * ((t / 3.0).cos() + 0.5));
    #[rustfmt::skip]
    let expected = [
        (wavy_root, 41, 0, 0.502_897_783_001_871_4, 0.680_428_448_820_003_9, 0.012_506_091_212_038_854, 1.791_608_504_617_264_4e-33),
        (wavy_line, 41, 0, 0.999_599_226_365_666_6, -1.204_209_989_807_889, 0.025_787_843_264_678_92, 0.493_839_831_066_043_34),
        (changing_sign, 25, 16, 0.765_024_704_355_294_6, -1.206_206_767_097_449_5, 0.483_747_373_742_383_47, 0.315_873_566_735_864_9),
    ];
    for (values, points, dropped, exponent, intercept, standard_error, p_value) in expected {
        let growth = growth_exponent(&values).unwrap();
        let fit = growth.fit.unwrap();
        assert_eq!((fit.points, growth.dropped), (points, dropped));
        assert_relative_eq!(fit.exponent, exponent, max_relative = 1e-11);
        assert_relative_eq!(fit.intercept, intercept, max_relative = 1e-11);
        assert_relative_eq!(fit.standard_error, standard_error, max_relative = 1e-11);
        assert_relative_eq!(fit.p_value, p_value, max_relative = 1e-8);
    }
}

/// Values of scipy.stats.linregress and scipy.stats.t.cdf.
#[test]
fn final_regret_against_horizon_matches_scipy() {
    let horizons = [10.0, 30.0, 100.0, 300.0, 1000.0];
    let fit = fit_power(&horizons, &[5.1, 8.7, 16.9, 27.5, 52.3]).unwrap().fit.unwrap();
    assert_relative_eq!(fit.exponent, 0.504_522_174_800_560_3, max_relative = 1e-12);
    assert_relative_eq!(fit.intercept, 0.465_432_778_350_796_55, max_relative = 1e-12);
    assert_relative_eq!(fit.standard_error, 0.008_224_185_260_962_703, max_relative = 1e-11);
    assert_relative_eq!(fit.p_value, 5.037_512_719_138_302e-6, max_relative = 1e-9);
}

#[test]
fn the_window_is_the_last_four_fifths() {
    // Garbage before round ceil(50 / 5) = 10 must not count; round 10 itself must.
    let mut values = curve(50, f64::sqrt);
    values[..9].fill(1e6);
    assert_abs_diff_eq!(
        growth_exponent(&values).unwrap().fit.unwrap().exponent,
        0.5,
        epsilon = 1e-12
    );
    values[9] = -1.0;
    assert_eq!(growth_exponent(&values).unwrap().dropped, 1);
    assert_eq!(window_start(51), 11);
}

#[test]
fn too_few_positive_points_give_no_fit() {
    let mut values = vec![-1.0; 50];
    values[20] = 1.0;
    values[30] = 2.0;
    let growth = growth_exponent(&values).unwrap();
    assert_eq!(growth, Growth { fit: None, dropped: 39 });
    values[40] = 3.0;
    assert_eq!(growth_exponent(&values).unwrap().fit.unwrap().points, 3);
    values.fill(0.0);
    assert_eq!(growth_exponent(&values).unwrap(), Growth { fit: None, dropped: 41 });
    assert_eq!(growth_exponent(&[1.0]).unwrap(), Growth { fit: None, dropped: 0 });
}

#[test]
fn bad_input_is_refused() {
    let refused = |outcome: Result<Growth>| matches!(outcome, Err(Error::Parameter { .. }));
    assert!(refused(growth_exponent(&[])));
    assert!(refused(growth_exponent(&[1.0, f64::NAN, 2.0])));
    assert!(refused(fit_power(&[1.0], &[1.0, 2.0])));
    assert!(refused(fit_power(&[0.0, 1.0, 2.0], &[1.0; 3])));
    assert!(refused(fit_power(&[1.0, 2.0, 3.0], &[1.0, f64::INFINITY, 1.0])));
    assert!(refused(fit_power(&[7.3; 4], &[1.0, 2.0, 3.0, 4.0])));
    // Distinct, but the points with a logarithm are not.
    let repeated = [7.3, 7.3, 7.3, 20.0];
    assert!(refused(fit_power(&repeated, &[1.0, 2.0, 3.0, -1.0])));
    assert!(fit_power(&[7.3; 2], &[1.0, 2.0]).unwrap().fit.is_none());
}

#[test]
fn extreme_values_do_not_panic() {
    let xs = [f64::MIN_POSITIVE, 1.0, 1.0 + f64::EPSILON, f64::MAX];
    let ys = [f64::MAX, 5e-324, 1.0, f64::MIN_POSITIVE];
    let fit = fit_power(&xs, &ys).unwrap().fit.unwrap();
    assert!(fit.exponent.is_finite() && (0.0..=1.0).contains(&fit.p_value));
    let steep = [1e-300, 1e-300 * 1e300, 1e300];
    let fit = fit_power(&[1.0, 1.000_001, 1.000_002], &steep).unwrap().fit.unwrap();
    assert!(fit.exponent > 1e8 && fit.p_value > 0.99, "{fit:?}");
}
