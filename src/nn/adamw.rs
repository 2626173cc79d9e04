//! AdamW: Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019).

use crate::numeric::scalar::Scalar;

/// Optimiser state over a flat parameter buffer.
///
/// `m <- b1 m + (1-b1) g`, `v <- b2 v + (1-b2) g^2`, both divided by their start-up bias `1 - b^step`, then
/// `p <- p - lr * (m / (sqrt v + eps) + weight_decay * p)`.
#[derive(Clone, Debug)]
pub struct AdamW<S> {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    moments: Moments<S>,
}

/// What the optimiser remembers from step to step.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments<S> {
    /// Steps taken.
    pub step: u32,
    /// Running means m of the gradient, one a parameter.
    pub first: Vec<S>,
    /// Running mean squares v.
    pub second: Vec<S>,
}

impl<S: Scalar> AdamW<S> {
    /// Moments at zero for `length` parameters; `beta1` 0.9, `beta2` 0.999, epsilon 1e-8, no weight decay.
    pub fn new(length: usize) -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            moments: Moments {
                step: 0,
                first: vec![S::zero(); length],
                second: vec![S::zero(); length],
            },
        }
    }

    /// The same with other rates of forgetting: `beta1` of the mean, `beta2` of the mean square, both in [0, 1).
    pub fn with_betas(mut self, beta1: f64, beta2: f64) -> Self {
        (self.beta1, self.beta2) = (beta1, beta2);
        self
    }

    /// The same with weight decay `decay` (per unit of learning rate).
    pub fn with_weight_decay(mut self, decay: f64) -> Self {
        self.weight_decay = decay;
        self
    }

    /// What it remembers.
    pub fn moments(&self) -> &Moments<S> {
        &self.moments
    }

    /// Goes on from other memories.
    ///
    /// # Panics
    /// If they belong to another number of parameters.
    pub fn set_moments(&mut self, moments: Moments<S>) {
        let length = self.moments.first.len();
        assert!(moments.first.len() == length && moments.second.len() == length);
        self.moments = moments;
    }

    /// One update of `parameters` against `gradient` with learning rate `rate`.
    pub fn step(&mut self, parameters: &mut [S], gradient: &[S], rate: f64) {
        let Moments { step, first, second } = &mut self.moments;
        *step = step.saturating_add(1);
        let power = i32::try_from(*step).unwrap_or(i32::MAX);
        let (b1, b2) = (S::of(self.beta1), S::of(self.beta2));
        let (rest1, rest2) = (S::of(1.0 - self.beta1), S::of(1.0 - self.beta2));
        let unbias1 = S::of(1.0 / (1.0 - self.beta1.powi(power)));
        let unbias2 = S::of(1.0 / (1.0 - self.beta2.powi(power)));
        let (rate, epsilon) = (S::of(rate), S::of(self.epsilon));
        let decay = S::of(self.weight_decay);
        let moments = first.iter_mut().zip(second);
        for ((p, &g), (m, v)) in parameters.iter_mut().zip(gradient).zip(moments) {
            *m = b1 * *m + rest1 * g;
            *v = b2 * *v + rest2 * g * g;
            *p -= rate * (*m * unbias1 / ((*v * unbias2).sqrt() + epsilon) + decay * *p);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three steps on (p_1 - 3)^2 + p_2^2 / 2 from (0, 2), rate 0.1, decay 0.01: the published update rule, run in Python.
    #[test]
    fn matches_the_update_rule_written_out() {
        let mut p = [0.0f64, 2.0];
        let mut adam = AdamW::new(2).with_weight_decay(0.01);
        for _ in 0..3 {
            let gradient = [2.0 * (p[0] - 3.0), p[1]];
            adam.step(&mut p, &gradient, 0.1);
        }
        approx::assert_relative_eq!(p[0], EXPECTED[0], epsilon = 1e-9);
        approx::assert_relative_eq!(p[1], EXPECTED[1], epsilon = 1e-9);
    }

    /// Without memory a step is the rate times the sign of the gradient, whatever came before.
    #[test]
    fn betas_of_zero_forget_everything() {
        let mut p = [0.0f64];
        let mut adam = AdamW::new(1).with_betas(0.0, 0.0);
        adam.step(&mut p, &[100.0], 0.1);
        adam.step(&mut p, &[-1e-3], 0.3);
        approx::assert_relative_eq!(p[0], 0.2, epsilon = 1e-5);
    }

    const EXPECTED: [f64; 2] = [0.29931884418672716, 1.6949445151502023];
}
