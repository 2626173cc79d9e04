//! One layer for all steps of a decision problem (Q-A10): tokens of step h carry their features in block h and 0 elsewhere.
//!
//! With M samples of each of H steps the prompt has H M tokens and the statistic has the blocks `g_h = h_h / H`, where h_h is
//! the statistic of step h alone. A layer may learn from every block about every other, as far as the weights of steps
//! are correlated. With `S_hg = E[w_h w_g^T]`, independent samples and labels with noise s:
//!
//! ```text
//! E[h_h h_h^T] = L S_hh L + (E[(x^T S_hh x) x x^T] - L S_hh L + s^2 L) / M      E[h_h h_g^T] = L S_hg L      E[w_h h_g^T] = S_hg L
//! ```
//!
//! With statistics that are centred by their context (Q-A9) the mean `(M - 1) / M Cov` takes the place of L, and E\[h_h h_h^T\]
//! is the one of [`super::centred`].

use ndarray::{Array2, ArrayView2, Axis};

use super::optimum;
use super::{CUT_OFF, centred, check_length, trace_of_product};
use crate::numeric::linalg::pseudo_inverse;
use crate::problem::regression::{FeatureLaw, LinearRegression};
use crate::{Error, Result};

/// Steps that share a law of features and have correlated weights.
#[derive(Clone, Debug)]
pub struct SharedSteps {
    features: FeatureLaw,
    prior: Array2<f64>,
    noise: f64,
    context_centred: bool,
}

impl SharedSteps {
    /// Steps with features of the law `features` (d of them) and `prior` = E\[w w^T\] of the weights of all steps in a row,
    /// (H d) x (H d); labels err by `noise`.
    ///
    /// # Errors
    /// A `prior` that is empty, not square, or no whole number of blocks of d rows; a `noise` that is negative or not finite.
    pub fn new(features: FeatureLaw, prior: Array2<f64>, noise: f64) -> Result<Self> {
        let d = features.dimension();
        if prior.is_empty() || !prior.is_square() || !prior.nrows().is_multiple_of(d) {
            let shape = format!("{} x {} matrix", prior.nrows(), prior.ncols());
            return Err(Error::parameter("prior", shape, format!("square, {d} rows a step")));
        }
        if !(noise >= 0.0 && noise.is_finite()) {
            return Err(Error::parameter("noise", noise, "a finite number >= 0"));
        }
        Ok(Self { features, prior, noise, context_centred: false })
    }

    /// The same steps, read through statistics that are centred by their context.
    #[must_use]
    pub fn context_centred(self) -> Self {
        Self { context_centred: true, ..self }
    }

    /// H, the number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.prior.nrows() / self.features.dimension()
    }

    /// The population optimum for prompts with `samples` samples of each step, (H d) x (H d); labels err by `noise`.
    ///
    /// # Errors
    /// `samples` of 0; a block of the prior that is no covariance; the eigenvalue iteration.
    pub fn optimum(&self, samples: usize) -> Result<Array2<f64>> {
        let inverse = pseudo_inverse(self.statistic_second_moment(samples)?.view(), CUT_OFF)?;
        Ok(self.cross_moment(samples)?.dot(&inverse))
    }

    /// The exact mean squared error of `matrix` at step h, summed over the steps:
    /// `sum_h E (<x, (A g)_h> - <x, w_h>)^2` on prompts with `samples` samples of each step; for centred statistics that of
    /// advantages, with `x - E x` in place of x.
    ///
    /// # Errors
    /// As [`SharedSteps::optimum`]; a `matrix` that is not (H d) x (H d) or not finite.
    pub fn test_error(&self, matrix: ArrayView2<'_, f64>, samples: usize) -> Result<f64> {
        optimum::check_matrix(matrix, self.prior.nrows())?;
        let second = self.statistic_second_moment(samples)?;
        let cross = self.cross_moment(samples)?.dot(&matrix.t());
        let deviation = matrix.dot(&second).dot(&matrix.t()) - &cross - cross.t() + &self.prior;
        let features = self.law().second();
        let blocks = (0..self.steps()).map(|h| block(&deviation, h, h, features.nrows()));
        Ok(blocks.map(|block| trace_of_product(&features, &block)).sum())
    }

    /// E\[g g^T\].
    fn statistic_second_moment(&self, samples: usize) -> Result<Array2<f64>> {
        let (d, steps) = (self.features.dimension(), self.steps());
        let mean = self.mean(samples)?;
        let mut moment = Array2::zeros(self.prior.dim());
        for h in 0..steps {
            for g in 0..steps {
                let prior = block(&self.prior, h, g, d);
                let of_steps = if h == g {
                    let own = LinearRegression::new(self.features.clone(), prior, self.noise)?;
                    if self.context_centred {
                        centred::statistic_second_moment(&own, samples)?
                    } else {
                        optimum::statistic_second_moment(&own, samples)?
                    }
                } else {
                    mean.dot(&prior).dot(&mean)
                };
                moment
                    .slice_axis_mut(Axis(0), (h * d..(h + 1) * d).into())
                    .slice_axis_mut(Axis(1), (g * d..(g + 1) * d).into())
                    .assign(&of_steps);
            }
        }
        Ok(moment / (steps * steps) as f64)
    }

    /// The law of the features as they are read.
    fn law(&self) -> FeatureLaw {
        if self.context_centred { self.features.centred() } else { self.features.clone() }
    }

    /// The mean of a step's statistic is this matrix times the weights.
    fn mean(&self, samples: usize) -> Result<Array2<f64>> {
        let n = check_length("samples", samples, 1)?;
        let shrink = if self.context_centred { (n - 1.0) / n } else { 1.0 };
        Ok(self.law().second() * shrink)
    }

    /// E\[w g^T\].
    fn cross_moment(&self, samples: usize) -> Result<Array2<f64>> {
        let d = self.features.dimension();
        let mean = self.mean(samples)? / self.steps() as f64;
        let mut cross = self.prior.clone();
        for mut columns in cross.axis_chunks_iter_mut(Axis(1), d) {
            let product = columns.dot(&mean);
            columns.assign(&product);
        }
        Ok(cross)
    }
}

/// Block (h, g) of d x d blocks.
fn block(matrix: &Array2<f64>, h: usize, g: usize, d: usize) -> Array2<f64> {
    let rows = matrix.slice_axis(Axis(0), (h * d..(h + 1) * d).into());
    rows.slice_axis(Axis(1), (g * d..(g + 1) * d).into()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{centred, error::test_error, optimum::optimum};
    use super::*;
    use ndarray::array;

    fn law() -> FeatureLaw {
        FeatureLaw::finite(array![[1.0, 0.0], [0.3, 0.7], [0.5, -0.2]], vec![0.5, 0.3, 0.2])
            .unwrap()
    }

    /// Without correlation between the steps a shared layer is a layer a step, H times as steep.
    #[test]
    fn independent_steps_learn_nothing_from_each_other() {
        let one = array![[1.0, 0.2], [0.2, 0.5]];
        let mut prior = Array2::zeros((4, 4));
        for ((i, j), &entry) in one.indexed_iter() {
            prior[[i, j]] = entry;
            prior[[2 + i, 2 + j]] = entry;
        }
        let shared = SharedSteps::new(law(), prior, 0.3).unwrap();
        let matrix = shared.optimum(7).unwrap();
        let own = LinearRegression::new(law(), one, 0.3).unwrap();
        let alone = optimum(&own, 7).unwrap();
        approx::assert_relative_eq!(block(&matrix, 1, 1, 2), &alone * 2.0, epsilon = 1e-9);
        assert!(block(&matrix, 0, 1, 2).iter().all(|entry| entry.abs() < 1e-9));
        let error = shared.test_error(matrix.view(), 11).unwrap();
        let expected = 2.0 * test_error(&own, alone.view(), 11).unwrap().total();
        approx::assert_relative_eq!(error, expected, epsilon = 1e-10);
        let shared = shared.context_centred();
        let error = shared.test_error(shared.optimum(7).unwrap().view(), 11).unwrap();
        let alone = centred::optimum(&own, 7).unwrap();
        let expected = 2.0 * centred::test_error(&own, alone.view(), 11).unwrap().total();
        approx::assert_relative_eq!(error, expected, epsilon = 1e-10);
    }

    /// Steps with the same weights are one step with as many samples as all together.
    #[test]
    fn equal_steps_share_their_samples() {
        let one = array![[1.0, 0.2], [0.2, 0.5]];
        let prior = Array2::from_shape_fn((4, 4), |(i, j)| one[[i % 2, j % 2]]);
        let shared = SharedSteps::new(law(), prior, 0.3).unwrap();
        let error = shared.test_error(shared.optimum(5).unwrap().view(), 5).unwrap();
        let own = LinearRegression::new(law(), one, 0.3).unwrap();
        let together = test_error(&own, optimum(&own, 10).unwrap().view(), 10).unwrap().total();
        approx::assert_relative_eq!(error, 2.0 * together, max_relative = 1e-8);
        assert!(SharedSteps::new(law(), Array2::eye(3), 0.0).is_err());
        assert!(SharedSteps::new(law(), Array2::eye(4), f64::NAN).is_err());
        assert!(shared.test_error(Array2::eye(3).view(), 5).is_err());
    }
}
