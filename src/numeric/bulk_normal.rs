//! Standard normal numbers by the thousand, in single precision: the noise of exploration, not the law of a problem.
//!
//! Box and Muller (1958): with `u` uniform on (0, 1] and an angle `a` uniform on the circle, `sqrt(-2 ln u) (cos a, sin a)`
//! are two independent standard normal numbers. One word of 32 bits makes `u`, another `a`; logarithm, sine and cosine are
//! polynomials, minimax by Lawson's iteration, and nothing branches: 0.19 ns a number, its random word apart, in vector registers (Zen 5, AVX-512),
//! where the ziggurat, which branches, took 2.5 in rollouts. Beyond 6.77 there is no number (an exact law has 1e-11 there).
//!
//! Against the same formula in double precision the error is at most 2e-6 + 6.1e-8 / sqrt(-2 ln u): the second term, because
//! near 1 `u` is rounded to multiples of 2^-24.

use super::wide_chacha::{BATCH, WideChaCha};

/// Fills `out` with independent standard normal draws; up to [`BATCH`] - 1 words of `rng` are left out at its end.
pub fn fill_bulk_normal(rng: &mut WideChaCha, out: &mut [f32]) {
    let (batches, rest) = out.as_chunks_mut::<BATCH>();
    for batch in batches {
        write_batch(&rng.next_batch(), batch);
    }
    if !rest.is_empty() {
        let mut batch = [0.0; BATCH];
        write_batch(&rng.next_batch(), &mut batch);
        rest.copy_from_slice(&batch[..rest.len()]);
    }
}

/// The first half of `words` are radii, the second angles; the first half of `out` are cosines, the second sines.
fn write_batch(words: &[u32; BATCH], out: &mut [f32; BATCH]) {
    let (radii, angles) = words.split_at(BATCH / 2);
    let (cosines, sines) = out.split_at_mut(BATCH / 2);
    for i in 0..BATCH / 2 {
        (cosines[i], sines[i]) = normal_pair(radii[i], angles[i]);
    }
}

/// `ln(1 + f) = f + f^2 (c_0 f^6 + c_1 f^5 + ...)` for sqrt(1/2) - 1 <= f <= sqrt(2) - 1, relative error 1.8e-7.
const LOGARITHM: [f32; 7] = [
    -0.100_823_81,
    0.161_805_02,
    -0.172_432_24,
    0.199_068_83,
    -0.249_712_29,
    0.333_347_14,
    -0.500_003_2,
];
/// `sin(pi t / 2) / t` in powers of t^2 for -1 <= t <= 1, highest first, error 3.4e-9.
#[expect(
    clippy::approx_constant,
    reason = "minimax, not Taylor: one unit in the last place below pi / 2"
)]
const SINE: [f32; 5] = [1.508_205_6e-4, -4.672_228e-3, 7.968_848e-2, -0.645_963_4, 1.570_796_3];
/// `cos(pi t / 2)` in powers of t^2 for -1 <= t <= 1, highest first, error 4.7e-8.
const COSINE: [f32; 5] =
    [8.581_906_4e-4, -2.081_062_8e-2, 0.253_650_75, -1.233_698_2, 0.999_999_94];

/// Two independent normal numbers of two words: `u = (radius + 1/2) / 2^32`; the angle is `angle`, read as a signed number,
/// times `pi / 2^32`, which is half of the circle, and its lowest bit mirrors it to the other.
#[inline(always)]
fn normal_pair(radius: u32, angle: u32) -> (f32, f32) {
    const UNIT: f32 = 1.0 / 4_294_967_296.0;
    /// The bits of sqrt(1/2): mantissas below it belong to the exponent before.
    const LOWEST: u32 = 0x3f35_04f3;
    let bits = (radius as f32 * UNIT + 0.5 * UNIT).to_bits();
    let exponent = bits.wrapping_sub(LOWEST) as i32 >> 23;
    let f = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23)) - 1.0;
    let ln = exponent as f32 * std::f32::consts::LN_2 + (polynomial(LOGARITHM, f) * (f * f) + f);
    let length = (-2.0 * ln).sqrt();
    let t = angle as i32 as f32 * (2.0 * UNIT);
    let sine = t * polynomial(SINE, t * t);
    let cosine = f32::from_bits(polynomial(COSINE, t * t).to_bits() ^ (angle << 31));
    (length * cosine, length * sine)
}

#[inline(always)]
fn polynomial<const N: usize>(coefficients: [f32; N], x: f32) -> f32 {
    let mut sum = coefficients[0];
    for c in &coefficients[1..] {
        sum = sum * x + c;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::normal;
    use crate::numeric::rng::{Purpose, Streams};

    const COUNT: usize = 1_000_000;

    fn draws() -> Vec<f64> {
        let mut out = vec![0.0; COUNT];
        fill_bulk_normal(&mut Streams::new(5).wide(Purpose::Theory, 0, 0, 0), &mut out);
        out.into_iter().map(f64::from).collect()
    }

    /// Kolmogorov-Smirnov distance to `law` in units of its 1 % critical value.
    fn distance(mut values: Vec<f64>, law: impl Fn(f64) -> f64) -> f64 {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let distances = values.iter().enumerate().map(|(i, &x)| {
            let p = law(x);
            (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs())
        });
        distances.fold(0.0, f64::max) * n.sqrt() / 1.63
    }

    #[test]
    fn draws_follow_the_normal_law() {
        let values = draws();
        assert!(distance(values.clone(), normal::cdf) < 1.0);
        // Both halves of a pair, and both signs: whatever one of them gets wrong is half as wrong in all.
        let half = |second: bool| {
            let pairs = values.iter().enumerate();
            let own = pairs.filter(|(i, _)| (i % BATCH >= BATCH / 2) == second);
            own.map(|(_, &x)| x).collect::<Vec<f64>>()
        };
        assert!(distance(half(false), normal::cdf) < 1.0);
        assert!(distance(half(true), normal::cdf) < 1.0);
        let sizes = values.iter().map(|x| x.abs()).collect();
        assert!(distance(sizes, |x| 1.0 - 2.0 * normal::cdf(-x)) < 1.0);
    }

    /// Moments within 4.5 standard errors (the variance of x^p is E x^2p - (E x^p)^2).
    #[test]
    fn moments_are_the_normal_ones() {
        let values = draws();
        let mean =
            |f: &dyn Fn(f64) -> f64| values.iter().map(|&x| f(x)).sum::<f64>() / COUNT as f64;
        for (power, expected, variance) in
            [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10_170.0)]
        {
            let z = (mean(&|x| x.powi(power)) - expected) / (variance / COUNT as f64).sqrt();
            assert!(z.abs() < 4.5, "moment {power}: {z} standard errors");
        }
    }

    /// The two of a pair, neighbours, and numbers a batch apart; and their squares.
    #[test]
    fn draws_are_uncorrelated() {
        let values = draws();
        for gap in [1, BATCH / 2, BATCH] {
            for power in [1, 2] {
                let (centre, variance) = if power == 1 { (0.0, 1.0) } else { (1.0, 2.0) };
                let centred = |x: f64| x.powi(power) - centre;
                let pairs = values.iter().zip(&values[gap..]);
                let sum: f64 = pairs.map(|(&x, &y)| centred(x) * centred(y)).sum();
                let z = sum / variance / ((COUNT - gap) as f64).sqrt();
                assert!(z.abs() < 4.5, "gap {gap}, power {power}: {z} standard errors");
            }
        }
    }

    /// Counts beyond 3, 4 and 5 on both sides are within 4.5 standard deviations of Poisson.
    #[test]
    fn tails_are_as_heavy_as_they_should_be() {
        let mut out = vec![0.0; 40 * COUNT];
        fill_bulk_normal(&mut Streams::new(6).wide(Purpose::Theory, 0, 0, 0), &mut out);
        for edge in [3.0, 4.0, 5.0f32] {
            let expected = out.len() as f64 * normal::cdf(-f64::from(edge));
            let above = out.iter().filter(|x| **x > edge).count();
            let below = out.iter().filter(|x| **x < -edge).count();
            for count in [above, below] {
                let z = (count as f64 - expected) / expected.sqrt();
                assert!(z.abs() < 4.5, "beyond {edge}: {count}, expected {expected}");
            }
        }
    }

    /// The formula in double precision, over all of both words: ends, powers of two and their neighbours, and between.
    #[test]
    fn every_pair_matches_the_plain_formula() {
        let powers = (0..32).flat_map(|i| [1u32 << i, (1 << i) - 1, (1 << i) + 1]);
        let between = (0..1500u32).map(|i| i.wrapping_mul(2_862_933)).chain([u32::MAX]);
        let words: Vec<u32> =
            powers.clone().chain(powers.map(|word| !word)).chain(between).collect();
        for &radius in &words {
            let unit = f64::from(2.0f32).powi(-32);
            let length = (-2.0 * ((f64::from(radius) + 0.5) * unit).ln()).sqrt();
            for &angle in &words {
                let (x, y) = normal_pair(radius, angle);
                let turn = std::f64::consts::PI * f64::from(angle as i32) * unit;
                let side = if angle % 2 == 0 { 1.0 } else { -1.0 };
                let error = (f64::from(x) - side * length * turn.cos()).abs();
                let error = error.max((f64::from(y) - length * turn.sin()).abs());
                assert!(error <= 2e-6 + 6.1e-8 / length, "{radius}, {angle}: {x}, {y}, {error:e}");
            }
        }
    }

    #[test]
    fn the_largest_numbers_are_finite_and_the_smallest_zero() {
        let (x, y) = normal_pair(0, 0);
        assert!((x - 6.7637).abs() < 1e-4 && y == 0.0, "{x}, {y}");
        let (x, y) = normal_pair(u32::MAX, 12_345);
        assert_eq!((x.abs(), y.abs()), (0.0, 0.0));
    }

    /// A changed order of words or of numbers would silently change every figure; and what is filled at once is what is
    /// filled piece by piece, batch by batch.
    #[test]
    fn values_are_stable() {
        let stream = || Streams::new(1).wide(Purpose::Exploration, 2, 3, 4);
        let mut together = vec![0.0; 2 * BATCH + 44];
        fill_bulk_normal(&mut stream(), &mut together);
        let mut rng = stream();
        for piece in together.chunks(BATCH) {
            let mut own = vec![0.0; piece.len()];
            fill_bulk_normal(&mut rng, &mut own);
            assert_eq!(own, piece);
        }
        for (value, stable) in
            [together[0], together[BATCH - 1], together[2 * BATCH]].iter().zip(STABLE)
        {
            approx::assert_relative_eq!(*value, stable, epsilon = 1e-6);
        }
    }

    const STABLE: [f32; 3] = [0.074_161_43, -0.480_288_18, 0.371_154_64];
}
