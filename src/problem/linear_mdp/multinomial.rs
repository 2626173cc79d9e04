//! Counts of independent draws from a finite law.

use rand::Rng;
use rand_distr::{Binomial, Distribution};

/// Draws `n` times from the law with weights `weights` (they need not add up to 1) and writes how often each outcome came.
///
/// One binomial an outcome, so that the cost does not grow with `n`.
pub(super) fn multinomial(n: usize, weights: &[f64], counts: &mut [f64], rng: &mut impl Rng) {
    let mut left = n as u64;
    let mut mass: f64 = weights.iter().sum();
    counts.fill(0.0);
    for (i, (count, &weight)) in counts.iter_mut().zip(weights).enumerate() {
        if left == 0 {
            return;
        }
        // What rounding leaves of the mass must not lose draws.
        let share = if i + 1 == weights.len() { 1.0 } else { (weight / mass).clamp(0.0, 1.0) };
        let drawn = Binomial::new(left, share).expect("a share is a probability").sample(rng);
        *count = drawn as f64;
        left -= drawn;
        mass -= weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::rng::{Purpose, Streams};

    #[test]
    fn counts_add_up_and_have_the_moments_of_the_law() {
        let mut rng = Streams::new(2).stream(Purpose::Theory, 0, 0, 0);
        let law = [0.5, 0.0, 0.2, 0.3];
        let (n, runs) = (7, 40_000);
        let mut counts = [0.0; 4];
        let (mut sums, mut products) = ([0.0; 4], 0.0);
        for _ in 0..runs {
            multinomial(n, &law, &mut counts, &mut rng);
            assert_eq!(counts.iter().sum::<f64>(), n as f64);
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            products += counts[0] * counts[3];
        }
        assert_eq!(sums[1], 0.0);
        for (sum, p) in sums.iter().zip(law) {
            let deviation = sum / f64::from(runs) - n as f64 * p;
            let error = (n as f64 * p * (1.0 - p) / f64::from(runs)).sqrt();
            assert!(deviation.abs() <= 4.0 * error, "{deviation} {error}");
        }
        // E[n_i n_j] = n (n - 1) p_i p_j.
        approx::assert_relative_eq!(
            products / f64::from(runs),
            (n * (n - 1)) as f64 * law[0] * law[3],
            max_relative = 0.02
        );
    }
}
