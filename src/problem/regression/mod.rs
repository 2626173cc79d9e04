//! Linear regression in context (Q-D1): a task draws a weight vector `w`, a prompt shows `N` labelled feature vectors, and
//! whoever reads it predicts the label of one more.
//!
//! ```text
//! x_1 .. x_N, x_q  iid from a FeatureLaw in R^d      w ~ N(0, S)      y_i = <w, x_i> + s xi_i,  xi_i ~ N(0, 1)
//! ```

mod features;
mod prompt;

pub use features::{FeatureLaw, FiniteFeatures, GaussianFeatures};
pub use prompt::Prompt;

use ndarray::{Array2, ArrayView2};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::numeric::linalg::semidefinite_root;
use crate::{Error, Result};

/// Largest number of features a prompt may hold; rejects absurd sizes before any allocation.
const MAX_PROMPT: usize = 1 << 28;

/// Whatever prompts can be drawn from.
pub trait Prompts: Sync {
    /// d, the number of features.
    fn dimension(&self) -> usize;

    /// Draws a new prompt into the buffers of `prompt`.
    ///
    /// # Panics
    /// If `prompt` was made for another number of features.
    fn fill(&self, prompt: &mut Prompt, rng: &mut impl Rng);
}

/// A family of regression tasks: law of the features, covariance of the weights, noise of the labels.
#[derive(Clone, Debug)]
pub struct LinearRegression {
    features: FeatureLaw,
    prior: Array2<f64>,
    prior_root: Array2<f64>,
    noise: f64,
}

impl LinearRegression {
    /// Tasks with `w ~ N(0, prior)` (`prior` is S, d x d, possibly singular) and label noise of standard deviation `noise`.
    ///
    /// # Errors
    /// A `prior` that is not d x d, finite, symmetric and positive semidefinite; a `noise` that is negative or not finite.
    pub fn new(features: FeatureLaw, prior: Array2<f64>, noise: f64) -> Result<Self> {
        let d = features.dimension();
        if prior.dim() != (d, d) {
            let (rows, columns) = prior.dim();
            let expected = format!("{d} x {d}, as many as features");
            return Err(Error::parameter("prior", format!("{rows} x {columns} matrix"), expected));
        }
        if !(noise >= 0.0 && noise.is_finite()) {
            return Err(Error::parameter("noise", noise, "a finite number >= 0"));
        }
        let prior_root = semidefinite_root("prior", prior.view())?;
        Ok(Self { features, prior, prior_root, noise })
    }

    /// Tasks with `w ~ N(0, I)` and exact labels.
    pub fn isotropic(features: FeatureLaw) -> Self {
        let eye = Array2::eye(features.dimension());
        Self { features, prior: eye.clone(), prior_root: eye, noise: 0.0 }
    }

    /// The law of the features.
    pub fn features(&self) -> &FeatureLaw {
        &self.features
    }

    /// S, the covariance of the weights (d x d).
    pub fn prior(&self) -> ArrayView2<'_, f64> {
        self.prior.view()
    }

    /// s, the standard deviation of the label noise.
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// d, the number of features.
    pub fn dimension(&self) -> usize {
        self.features.dimension()
    }

    /// The same tasks in the coordinates `T x` (T is d x d and invertible): weights become `T^-T w`, labels stay.
    ///
    /// # Errors
    /// Those of [`FeatureLaw::mapped`]; a `map` that is singular to rounding.
    pub fn mapped(&self, map: ArrayView2<'_, f64>) -> Result<Self> {
        let features = self.features.mapped(map)?;
        let eye = Array2::eye(self.features.dimension());
        let inverse = crate::numeric::linalg::solve(map, eye.view())?;
        let prior = inverse.t().dot(&self.prior).dot(&inverse);
        // The product is symmetric but for rounding.
        Self::new(features, (&prior + &prior.t()) / 2.0, self.noise)
    }

    /// One prompt with `samples` labelled feature vectors.
    ///
    /// # Errors
    /// Those of [`Prompt::empty`].
    pub fn prompt(&self, samples: usize, rng: &mut impl Rng) -> Result<Prompt> {
        let mut prompt = Prompt::empty(samples, self.features.dimension())?;
        self.fill(&mut prompt, rng);
        Ok(prompt)
    }
}

impl Prompts for LinearRegression {
    fn dimension(&self) -> usize {
        self.dimension()
    }

    /// Weights, then samples one by one, then the query.
    fn fill(&self, prompt: &mut Prompt, rng: &mut impl Rng) {
        assert_eq!(prompt.w.len(), self.features.dimension(), "as many features as the law");
        features::fill_gaussian(self.prior_root.view(), prompt.w.view_mut(), rng);
        for (mut x, y) in prompt.x.rows_mut().into_iter().zip(&mut prompt.y) {
            self.features.fill(x.view_mut(), rng);
            *y = prompt.w.dot(&x);
            if self.noise > 0.0 {
                *y += self.noise * rng.sample::<f64, _>(StandardNormal);
            }
        }
        self.features.fill(prompt.query.view_mut(), rng);
    }
}

#[cfg(test)]
mod tests;
