//! Laws of feature vectors with their exact moments.

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut1, Axis};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::numeric::linalg::semidefinite_root;
use crate::{Error, Result};

/// Largest dimension that is made from a number alone; rejects absurd sizes before any allocation.
const MAX_DIMENSION: usize = 1024;

/// How far weights may be from summing to 1.
const WEIGHT_TOLERANCE: f64 = 1e-9;

/// A law of feature vectors in R^d whose second and fourth moments are known exactly.
///
/// ```
/// use lowregret::problem::regression::FeatureLaw;
/// use ndarray::array;
///
/// let corners = FeatureLaw::finite(array![[1.0, 0.0], [0.0, 1.0]], vec![0.5, 0.5])?;
/// assert_eq!(corners.mean(), array![0.5, 0.5]);
/// assert_eq!(corners.second(), array![[0.5, 0.0], [0.0, 0.5]]);
/// # Ok::<(), lowregret::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum FeatureLaw {
    /// Normal with mean 0.
    Gaussian(GaussianFeatures),
    /// Finitely many points, each with its probability.
    Finite(FiniteFeatures),
}

/// `x ~ N(0, covariance)`; made by [`FeatureLaw::gaussian`].
#[derive(Clone, Debug)]
pub struct GaussianFeatures {
    covariance: Array2<f64>,
    root: Array2<f64>,
}

/// `x = points[i]` with probability `weights[i]`; made by [`FeatureLaw::finite`].
#[derive(Clone, Debug)]
pub struct FiniteFeatures {
    points: Array2<f64>,
    weights: Vec<f64>,
    cumulative: Vec<f64>,
}

impl FeatureLaw {
    /// Normal features with mean 0 and this covariance (d x d, possibly singular).
    ///
    /// # Errors
    /// A matrix that is empty, not square, not finite, not symmetric or not positive semidefinite.
    pub fn gaussian(covariance: Array2<f64>) -> Result<Self> {
        let root = semidefinite_root("covariance", covariance.view())?;
        Ok(Self::Gaussian(GaussianFeatures { covariance, root }))
    }

    /// Normal features with a diagonal covariance of trace d whose eigenvalues ascend geometrically, the last being
    /// `condition` times the first.
    ///
    /// # Errors
    /// `d` outside 1..=1024, a `condition` below 1 or not finite.
    pub fn conditioned(d: usize, condition: f64) -> Result<Self> {
        if d == 0 || d > MAX_DIMENSION {
            return Err(Error::parameter("d", d, format!("1 to {MAX_DIMENSION}")));
        }
        if !(condition >= 1.0 && condition.is_finite()) {
            return Err(Error::parameter("condition", condition, "a finite number >= 1"));
        }
        let share = |i: usize| i as f64 / (d - 1).max(1) as f64;
        let raw: Array1<f64> = (0..d).map(|i| condition.powf(share(i))).collect();
        let scale = d as f64 / raw.sum();
        Self::gaussian(Array2::from_diag(&(raw * scale)))
    }

    /// Features drawn from the rows of `points` (n x d) with probabilities `weights` (n).
    ///
    /// # Errors
    /// No point or no feature, an entry that is not finite, another number of weights than of points, a negative
    /// weight, weights that do not sum to 1 (to 1e-9).
    pub fn finite(points: Array2<f64>, weights: Vec<f64>) -> Result<Self> {
        if points.is_empty() {
            let shape = format!("{} x {} matrix", points.nrows(), points.ncols());
            return Err(Error::parameter("points", shape, "at least one point and one feature"));
        }
        if let Some(((i, j), v)) = points.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(Error::parameter(format!("points[{i}, {j}]"), v, "a finite number"));
        }
        if weights.len() != points.nrows() {
            let expected = format!("{}, one a point", points.nrows());
            return Err(Error::parameter("weights", weights.len(), expected));
        }
        if let Some(i) = weights.iter().position(|w| !(*w >= 0.0 && w.is_finite())) {
            return Err(Error::parameter(
                format!("weights[{i}]"),
                weights[i],
                "a finite number >= 0",
            ));
        }
        let mut sum = 0.0;
        let mut cumulative = Vec::with_capacity(weights.len());
        for weight in &weights {
            sum += weight;
            cumulative.push(sum);
        }
        if (sum - 1.0).abs() > WEIGHT_TOLERANCE {
            return Err(Error::parameter("sum of weights", sum, "1"));
        }
        Ok(Self::Finite(FiniteFeatures { points, weights, cumulative }))
    }

    /// d, the number of features.
    pub fn dimension(&self) -> usize {
        match self {
            Self::Gaussian(law) => law.covariance.ncols(),
            Self::Finite(law) => law.points.ncols(),
        }
    }

    /// E\[x\] (d).
    pub fn mean(&self) -> Array1<f64> {
        match self {
            Self::Gaussian(law) => Array1::zeros(law.covariance.ncols()),
            Self::Finite(law) => law.points.t().dot(&Array1::from(law.weights.clone())),
        }
    }

    /// Lambda = E\[x x^T\] (d x d).
    pub fn second(&self) -> Array2<f64> {
        match self {
            Self::Gaussian(law) => law.covariance.clone(),
            Self::Finite(law) => law.weighted_square(|_| 1.0),
        }
    }

    /// E\[(x^T S x) x x^T\] (d x d) for a symmetric S (d x d).
    ///
    /// # Panics
    /// If S is not d x d.
    pub fn fourth(&self, s: ArrayView2<'_, f64>) -> Array2<f64> {
        assert_eq!(s.dim(), (self.dimension(), self.dimension()), "S is d x d");
        match self {
            // Isserlis: 2 L S L + tr(S L) L.
            Self::Gaussian(law) => {
                let product = s.dot(&law.covariance);
                let trace = product.diag().sum();
                law.covariance.dot(&product) * 2.0 + &law.covariance * trace
            }
            Self::Finite(law) => {
                let forms = (law.points.dot(&s) * &law.points).sum_axis(Axis(1));
                law.weighted_square(|i| forms[i])
            }
        }
    }

    /// The law of `x - E[x]`.
    #[must_use]
    pub fn centred(&self) -> Self {
        match self {
            Self::Gaussian(_) => self.clone(),
            Self::Finite(law) => {
                let points = &law.points - &self.mean();
                Self::Finite(FiniteFeatures { points, ..law.clone() })
            }
        }
    }

    /// The law of `T x` (T is m x d).
    ///
    /// # Errors
    /// A `map` whose shape or entries do not fit.
    pub fn mapped(&self, map: ArrayView2<'_, f64>) -> Result<Self> {
        if map.ncols() != self.dimension() {
            let expected = format!("{} columns, one a feature", self.dimension());
            return Err(Error::parameter("map", format!("{} columns", map.ncols()), expected));
        }
        match self {
            Self::Gaussian(law) => {
                let covariance = map.dot(&law.covariance).dot(&map.t());
                Self::gaussian((&covariance + &covariance.t()) / 2.0)
            }
            Self::Finite(law) => Self::finite(law.points.dot(&map.t()), law.weights.clone()),
        }
    }

    /// Draws one feature vector into `x`.
    ///
    /// # Panics
    /// If `x` does not have d entries.
    pub fn fill(&self, mut x: ArrayViewMut1<'_, f64>, rng: &mut impl Rng) {
        match self {
            Self::Gaussian(law) => fill_gaussian(law.root.view(), x, rng),
            Self::Finite(law) => {
                let last = law.cumulative.len() - 1;
                let level = rng.random::<f64>() * law.cumulative[last];
                let found = law.cumulative.partition_point(|&sum| sum <= level);
                // Rounding may lift the level to the very top.
                x.assign(&law.points.row(found.min(last)));
            }
        }
    }
}

impl FiniteFeatures {
    /// `sum_i weights[i] factor(i) x_i x_i^T`.
    fn weighted_square(&self, factor: impl Fn(usize) -> f64) -> Array2<f64> {
        let mut scaled = self.points.clone();
        for (i, mut row) in scaled.rows_mut().into_iter().enumerate() {
            row *= self.weights[i] * factor(i);
        }
        self.points.t().dot(&scaled)
    }
}

/// Draws `N(0, root root^T)` into `x`, for a symmetric `root`.
pub(super) fn fill_gaussian(
    root: ArrayView2<'_, f64>,
    mut x: ArrayViewMut1<'_, f64>,
    rng: &mut impl Rng,
) {
    x.fill(0.0);
    for column in root.rows() {
        x.scaled_add(rng.sample(StandardNormal), &column);
    }
}
