//! Least squares on the labels (Q-D6): with exact labels it is exact as soon as the features that were seen span their space.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::{Demonstration, QLearner, StepMeans, check_finite};
use crate::numeric::linalg::{cholesky_solve, pseudo_inverse};
use crate::{Error, Result};

/// Directions that the samples show with less than this share of the largest weight count as not shown.
const CUT_OFF: f64 = 1e-10;

/// `w_h = wbar_h + (G + penalty I)^-1 (mean of (y - <x, wbar_h>) x)`, with G the mean of x x^T; a penalty of 0 means the
/// solution closest to wbar_h.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    features: Array2<f64>,
    penalty: f64,
    centre: Array2<f64>,
}

impl LeastSquares {
    /// Ridge regression with penalty `penalty` a sample towards the weights `centre` (steps x factors); `features` are
    /// those of all pairs, pairs x factors.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a penalty that is negative or not finite, a centre with another number of factors, an
    /// entry that is not finite.
    pub fn new(features: ArrayView2<'_, f64>, penalty: f64, centre: Array2<f64>) -> Result<Self> {
        check_penalty(penalty)?;
        check_finite("features", features)?;
        check_finite("centre", centre.view())?;
        if centre.ncols() != features.ncols() {
            let given = format!("weights of {} factors", centre.ncols());
            return Err(Error::parameter("centre", given, format!("{} factors", features.ncols())));
        }
        Ok(Self { features: features.to_owned(), penalty, centre })
    }
}

/// Refuses penalties that no regression can have.
pub(super) fn check_penalty(penalty: f64) -> Result<()> {
    if (0.0..=1e12).contains(&penalty) {
        return Ok(());
    }
    Err(Error::parameter("penalty", penalty, "a number from 0 to 1e12"))
}

/// `(second + penalty I)^-1 product`, or the shortest solution without a penalty.
pub(super) fn ridge(
    second: Array2<f64>,
    product: &Array1<f64>,
    penalty: f64,
) -> Result<Array1<f64>> {
    if penalty == 0.0 {
        return Ok(pseudo_inverse(second.view(), CUT_OFF)?.dot(product));
    }
    let penalised = second + Array2::<f64>::eye(product.len()) * penalty;
    let column = product.view().insert_axis(Axis(1));
    Ok(cholesky_solve(penalised.view(), column)?.remove_axis(Axis(1)))
}

impl QLearner for LeastSquares {
    fn estimate(&self, demonstration: &Demonstration<'_>) -> Result<Array2<f64>> {
        let Demonstration { context, labels, .. } = demonstration;
        let mut weights = self.centre.clone();
        for (step, mut weights) in weights.rows_mut().into_iter().enumerate() {
            let (visits, labels) = (context.visits.row(step), labels.row(step));
            let means = StepMeans::of(self.features.view(), context.samples, visits, labels);
            let product = means.product - means.second.dot(&weights);
            weights += &ridge(means.second, &product, self.penalty)?;
        }
        Ok(weights.dot(&self.features.t()))
    }
}
