//! The exponential as layers need it: millions of times a step, so branch-free and open to the vectoriser.
//!
//! In single precision, `x = n ln 2 + r` with `|r| <= ln 2 / 2`, a polynomial of degree 6 for `e^r` (minimax, relative
//! error 3e-9) and `2^n` put together from its bits. Double precision is for proofs and takes the standard library's.

/// Elementary functions of the scalars that layers are written in.
pub trait Elementary {
    /// `e^x`; in single precision with a relative error of at most 1e-7 for -87.3 <= x <= 88.3, exactly 0 below -87.7
    /// (-inf included) and infinity above 88.4; NaN stays NaN.
    fn fast_exp(self) -> Self;
}

impl Elementary for f64 {
    #[inline(always)]
    fn fast_exp(self) -> Self {
        self.exp()
    }
}

/// Adding it to a number of moderate size rounds that number to an integer, which then stands in the lowest bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 = LN_2_HIGH + LN_2_LOW; the first has so few bits that its product with an exponent is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// `e^r = 1 + r + r^2 (c_0 r^4 + c_1 r^3 + ...)`, highest power first.
const COEFFICIENTS: [f32; 5] = [1.381_432e-3, 8.368_851e-3, 4.166_84e-2, 0.166_665_2, 0.499_999_93];

impl Elementary for f32 {
    #[inline(always)]
    fn fast_exp(self) -> Self {
        // Beyond these bounds 2^n is infinity or zero; written so that NaN passes.
        let x = if self > 89.0 { 89.0 } else { self };
        let x = if x < -88.0 { -88.0 } else { x };
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let n = shifted - ROUND;
        let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
        let [c0, c1, c2, c3, c4] = COEFFICIENTS;
        let tail = (((c0 * r + c1) * r + c2) * r + c3) * r + c4;
        let mantissa = tail * (r * r) + r + 1.0;
        // The lowest bits of `shifted` are n, those of `ROUND` are 0; 127 is the offset of the exponent's bits.
        mantissa * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 1021st single-precision number: both signs, all exponents.
    fn sweep() -> impl Iterator<Item = f32> {
        (0..=u32::MAX).step_by(1021).map(f32::from_bits)
    }

    #[test]
    fn exponential_matches_the_standard_one_over_the_whole_range() {
        for x in sweep() {
            let (fast, exact) = (x.fast_exp(), f64::from(x).exp());
            if x.is_nan() {
                assert!(fast.is_nan());
            } else if x > 88.4 {
                assert_eq!(fast, f32::INFINITY, "{x}");
            } else if x < -87.7 {
                assert_eq!(fast, 0.0, "{x}");
            } else if !(-87.3..=88.3).contains(&x) {
                assert!(fast >= 0.0, "{x}: {fast}");
            } else {
                assert!((f64::from(fast) / exact - 1.0).abs() <= 1e-7, "{x}: {fast}, {exact}");
            }
        }
    }

    #[test]
    fn exponential_is_exact_where_it_can_be() {
        assert_eq!(0.0f32.fast_exp(), 1.0);
        assert_eq!((-0.0f32).fast_exp(), 1.0);
        assert_eq!(f32::INFINITY.fast_exp(), f32::INFINITY);
        assert_eq!(f32::NEG_INFINITY.fast_exp(), 0.0);
        assert_eq!(1.5f64.fast_exp(), 1.5f64.exp());
    }

    /// The interval where softmax and GELU live, densely.
    #[test]
    fn exponential_is_accurate_where_layers_use_it() {
        for i in -1_000_000..=1_000_000 {
            let x = i as f32 * 2e-5;
            let relative = f64::from(x.fast_exp()) / f64::from(x).exp() - 1.0;
            assert!(relative.abs() <= 1e-7, "{x}: {relative}");
        }
    }
}
