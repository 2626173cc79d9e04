//! The optimal Q-functions of linear processes as weight vectors (Q-D4): `Q_h(s, a) = <phi(s, a), w_h>` with
//! `w_h = theta + gamma mu V_{h+1}`, gamma the discount of the process.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::finite_horizon::{Values, backward_induction};
use crate::problem::linear_mdp::LinearMdp;
use crate::{Error, Result};

/// A process with its optimal values.
#[derive(Clone, Debug)]
pub struct Solved {
    /// The process.
    pub task: LinearMdp,
    /// Its optimal values.
    pub optimal: Values,
    /// w_h, steps x factors.
    pub weights: Array2<f64>,
}

impl Solved {
    /// Solves `task` over `horizon` steps.
    ///
    /// # Errors
    /// Those of [`backward_induction`].
    pub fn new(task: LinearMdp, horizon: usize) -> Result<Self> {
        let optimal = backward_induction(&task.mdp, horizon)?;
        let later = optimal.states.slice_axis(Axis(0), (1..).into());
        let weights = later.dot(&task.measures.t()) * task.mdp.discount() + &task.factor_rewards;
        Ok(Self { task, optimal, weights })
    }

    /// V of the optimal policy from the law of the first state.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.optimal.at_start(&self.task.mdp)
    }
}

/// First and second moments of the weights over tasks: what is known of a task before anything of it is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightPrior {
    /// E\[w_h\], steps x factors.
    pub mean: Array2<f64>,
    /// E\[w w^T\] of the weights of all steps in a row, (steps factors) x (steps factors).
    pub second: Array2<f64>,
}

impl WeightPrior {
    /// The moments of a sample of tasks, each given by its weights (steps x factors).
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty sample, or weights of different shapes.
    pub fn of<'a>(sample: impl IntoIterator<Item = ArrayView2<'a, f64>>) -> Result<Self> {
        let mut sample = sample.into_iter().peekable();
        let shape = match sample.peek() {
            Some(first) => first.dim(),
            None => return Err(Error::parameter("sample", "empty", "at least one task")),
        };
        let length = shape.0 * shape.1;
        let (mut sum, mut second) = (Array2::zeros(shape), Array2::zeros((length, length)));
        let mut count = 0.0;
        for weights in sample {
            if weights.dim() != shape {
                let given = format!("weights of shape {:?}", weights.dim());
                return Err(Error::parameter("sample", given, format!("shape {shape:?}")));
            }
            let flat: Array1<f64> = weights.iter().copied().collect();
            for (mut row, &w) in second.rows_mut().into_iter().zip(&flat) {
                row.scaled_add(w, &flat);
            }
            sum += &weights;
            count += 1.0;
        }
        Ok(Self { mean: sum / count, second: second / count })
    }

    /// The moments of the weights minus their mean.
    #[must_use]
    pub fn centred(&self) -> Self {
        let flat: Array1<f64> = self.mean.iter().copied().collect();
        let mut second = self.second.clone();
        for (mut row, &mean) in second.rows_mut().into_iter().zip(&flat) {
            row.scaled_add(-mean, &flat);
        }
        Self { mean: Array2::zeros(self.mean.dim()), second }
    }

    /// E\[w_h w_g^T\] of two steps, factors x factors.
    ///
    /// # Panics
    /// If a step is not one of the horizon's.
    #[must_use]
    pub fn between(&self, h: usize, g: usize) -> Array2<f64> {
        let d = self.mean.ncols();
        let rows = self.second.slice_axis(Axis(0), (h * d..(h + 1) * d).into());
        rows.slice_axis(Axis(1), (g * d..(g + 1) * d).into()).to_owned()
    }
}

#[cfg(test)]
mod tests;
