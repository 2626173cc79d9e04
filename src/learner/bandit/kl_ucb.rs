//! KL-UCB: confidence bounds from the Bernoulli divergence.

use rand::Rng;

use super::BanditLearner;
use super::arms::ArmRecords;
use super::parameter::Domain;
use crate::Result;

/// Plays every arm once, then the arm with the largest
/// `max { q : n d(mean, q) <= scale (ln t + c ln ln t) }`, where `d(p, q) = p ln(p/q) + (1-p) ln((1-p)/(1-q))`, n is the
/// number of plays of the arm and t the coming round (Garivier and Cappe 2011, algorithm 1, which has scale = 1; they
/// prove c = 3 and advise c = 0). The scale is for tuning, as the c^2 of UCB1.
///
/// Rewards outside [0, 1] count as the nearer end.
#[derive(Clone, Debug)]
pub struct KlUcb {
    c: f64,
    scale: f64,
    records: ArmRecords,
}

impl KlUcb {
    /// A learner that has seen nothing.
    ///
    /// # Errors
    /// No arm; `c` or `scale` outside [0, 1e6].
    pub fn new(arms: usize, c: f64, scale: f64) -> Result<Self> {
        Ok(Self {
            c: Domain::NonNegative.check("c", c)?,
            scale: Domain::NonNegative.check("scale", scale)?,
            records: ArmRecords::new(arms)?,
        })
    }
}

impl BanditLearner for KlUcb {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        let log = (self.records.rounds() + 1.0).ln();
        // ln ln t is negative for t = 2.
        let extra = if self.c > 0.0 { self.c * log.ln().max(0.0) } else { 0.0 };
        let budget = self.scale * (log + extra);
        self.records
            .optimistic(rng, |record| upper_bound(record.mean().min(1.0), budget / record.pulls))
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.records.observe(arm, reward.clamp(0.0, 1.0));
    }
}

/// The largest q in [p, 1] with `d(p, q) <= budget`, for p in [0, 1] and budget >= 0; to 1e-9, mostly to rounding.
fn upper_bound(p: f64, budget: f64) -> f64 {
    if p >= 1.0 || budget <= 0.0 {
        return p;
    }
    if p <= 0.0 {
        return -(-budget).exp_m1();
    }
    let rest = 1.0 - p;
    let entropy = -(p * p.ln() + rest * rest.ln());
    // Two upper bounds of q: Pinsker's inequality, and d without its term -p ln q >= 0. From above, Newton's steps on
    // the convex d descend to the solution and never pass it.
    let pinsker = p + (0.5 * budget).sqrt();
    let corner = -(-(budget + entropy) / rest).exp_m1();
    let mut q = pinsker.min(corner);
    for _ in 0..30 {
        let excess = -p * q.ln() - rest * (-q).ln_1p() - entropy - budget;
        let slope = (q - p) / (q * (1.0 - q));
        let step = excess / slope;
        if !(step > 1e-12 && q < 1.0) {
            break;
        }
        q -= step;
    }
    q.clamp(p, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::testing::choice_after;

    fn divergence(p: f64, q: f64) -> f64 {
        let term = |a: f64, b: f64| if a == 0.0 { 0.0 } else { a * (a / b).ln() };
        term(p, q) + term(1.0 - p, 1.0 - q)
    }

    /// The bound solves its equation; bisection is the judge.
    #[test]
    fn bound_matches_bisection() {
        for i in 0..=40 {
            let p = f64::from(i) / 40.0;
            for budget in [1e-12, 1e-6, 1e-3, 0.02, 0.3, 1.0, 4.0, 30.0, 1e4] {
                let (mut low, mut high) = (p, 1.0);
                for _ in 0..200 {
                    let middle = 0.5 * (low + high);
                    if divergence(p, middle) <= budget { low = middle } else { high = middle }
                }
                let q = upper_bound(p, budget);
                assert!((q - low).abs() < 1e-9, "p {p}, budget {budget}: {q}, {low}");
            }
        }
    }

    /// Mean 1/2 from 4 plays against mean 0 from 1 play, t = 6. With x = 6^(-scale / 2) the bounds are
    /// `(1 + sqrt(1 - x)) / 2` and `1 - x^2`, equal where `4 x^3 - 4 x + 1 = 0`.
    #[test]
    fn the_rarer_arm_takes_over_where_the_formula_says() {
        let history = [(0, 1.0), (1, 0.0), (0, 0.0), (0, 0.0), (0, 1.0)];
        let scale = 1.463_183_601_536;
        assert_eq!(choice_after(KlUcb::new(2, 0.0, scale - 1e-9).unwrap(), &history), 0);
        assert_eq!(choice_after(KlUcb::new(2, 0.0, scale + 1e-9).unwrap(), &history), 1);
        // The same budget from ln 6 + 3 ln ln 6.
        let scale = scale * 6f64.ln() / (6f64.ln() + 3.0 * 6f64.ln().ln());
        assert_eq!(choice_after(KlUcb::new(2, 3.0, scale - 1e-9).unwrap(), &history), 0);
        assert_eq!(choice_after(KlUcb::new(2, 3.0, scale + 1e-9).unwrap(), &history), 1);
    }
}
