//! Least-squares value iteration (Jin et al. 2020, without bonuses: the data are given): learns from rewards and next states
//! alone, without an oracle's labels (Q-D6).

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use super::least_squares::{check_penalty, ridge};
use super::{Demonstration, QLearner, StepMeans, check_finite};
use crate::{Error, Result};

/// Backward over the steps: ridge regression of `r + discount max_a' Qhat_{h+1}(s', a')` on the features of the samples of step h.
#[derive(Clone, Debug)]
pub struct ValueIteration {
    features: Array2<f64>,
    actions: usize,
    penalty: f64,
}

impl ValueIteration {
    /// Value iteration with penalty `penalty` a sample; `features` are those of all pairs, pairs x factors.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a penalty that is negative or not finite; rows of features that are no whole number of states.
    pub fn new(features: ArrayView2<'_, f64>, actions: usize, penalty: f64) -> Result<Self> {
        check_penalty(penalty)?;
        check_finite("features", features)?;
        if actions == 0 || !features.nrows().is_multiple_of(actions) {
            let expected = format!("a divisor of the {} rows of features", features.nrows());
            return Err(Error::parameter("actions", actions, expected));
        }
        Ok(Self { features: features.to_owned(), actions, penalty })
    }
}

impl QLearner for ValueIteration {
    fn estimate(&self, demonstration: &Demonstration<'_>) -> Result<Array2<f64>> {
        let Demonstration { context, rewards, discount, .. } = demonstration;
        let Some(arrivals) = &context.arrivals else {
            return Err(Error::parameter("context", "visits only", "samples with next states"));
        };
        let mut values = Array2::zeros(context.visits.dim());
        let mut later = ArrayView1::from(rewards).mapv(|_| 0.0);
        for (step, arrivals) in arrivals.axis_iter(Axis(0)).enumerate().rev() {
            let visits = context.visits.row(step);
            let best: Vec<f64> = later
                .as_slice()
                .expect("contiguous")
                .chunks_exact(self.actions)
                .map(|of_actions| of_actions.iter().copied().fold(f64::NEG_INFINITY, f64::max))
                .collect();
            // Mean of the targets of each pair; pairs that were not seen have weight 0.
            let seen = visits.mapv(|n: f64| n.max(1.0));
            let next = arrivals.dot(&ArrayView1::from(&best)) / seen;
            let targets = next * *discount + ArrayView1::from(rewards);
            let means =
                StepMeans::of(self.features.view(), context.samples, visits, targets.view());
            let weights = ridge(means.second, &means.product, self.penalty)?;
            later = self.features.dot(&weights);
            values.row_mut(step).assign(&later);
        }
        Ok(values)
    }
}
