//! What a model's outputs mean, and the loss that each meaning is trained with.

use ndarray::{ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::loss::{cross_entropy, cross_entropy_to, softmax_in_place, squared_error};
use crate::numeric::scalar::Scalar;

/// What a row of outputs means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// Logits of a policy from which one arm is drawn.
    Categorical,
    /// Logits of a point of the simplex, which is played as it is.
    Simplex,
    /// The decision itself.
    Real,
}

/// What the outputs of N rows should have been.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a, S> {
    /// One arm a row (N): cross-entropy.
    Arms(&'a [usize]),
    /// A distribution a row (N x outputs): cross-entropy.
    Distributions(ArrayView2<'a, S>),
    /// A vector a row (N x outputs): squared error.
    Values(ArrayView2<'a, S>),
}

impl Head {
    /// Whether outputs of this head are trained on `targets`: logits on arms or distributions, decisions on values.
    pub fn accepts<S>(self, targets: &Targets<S>) -> bool {
        matches!(targets, Targets::Values(_)) == (self == Self::Real)
    }

    /// Loss of `outputs` (N x outputs) summed over the rows, each times its weight (N); its gradient overwrites `gradient`
    /// (N x outputs). Rows of weight 0 are padding: loss and gradient 0. Absent arms have the output -inf
    /// ([`mask_absent_arms`](super::loss::mask_absent_arms)) and gradient 0.
    ///
    /// # Panics
    /// If the shapes do not fit together or the head does not accept the targets: they are the caller's, never the user's.
    pub fn loss<S: Scalar>(
        self,
        outputs: ArrayView2<S>,
        targets: Targets<S>,
        weights: &[S],
        gradient: ArrayViewMut2<S>,
    ) -> f64 {
        assert!(self.accepts(&targets), "targets of another head");
        match targets {
            Targets::Arms(arms) => cross_entropy(outputs, arms, weights, gradient),
            Targets::Distributions(rows) => cross_entropy_to(outputs, rows, weights, gradient),
            Targets::Values(values) => weighted_squared_error(outputs, values, weights, gradient),
        }
    }

    /// Turns one row of outputs into what is played or drawn from: probabilities, or the decision as it stands.
    pub fn decide<S: Scalar>(self, row: &mut [S]) {
        if self != Self::Real {
            softmax_in_place(row);
        }
    }
}

fn weighted_squared_error<S: Scalar>(
    outputs: ArrayView2<S>,
    values: ArrayView2<S>,
    weights: &[S],
    mut gradient: ArrayViewMut2<S>,
) -> f64 {
    assert_eq!(values.dim(), outputs.dim(), "one target an output");
    assert_eq!(gradient.dim(), outputs.dim(), "one gradient an output");
    assert_eq!(weights.len(), outputs.nrows(), "one weight a row");
    let columns = outputs.ncols();
    let outputs = outputs.to_slice().expect("contiguous").chunks_exact(columns);
    let values = values.to_slice().expect("contiguous").chunks_exact(columns);
    let gradient = gradient.as_slice_mut().expect("contiguous").chunks_exact_mut(columns);
    let mut sum = 0.0;
    for (((output, value), gradient), &weight) in outputs.zip(values).zip(gradient).zip(weights) {
        if weight == S::zero() {
            gradient.fill(S::zero());
        } else {
            sum += squared_error(output, value, weight.as_f64(), gradient);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;

    /// Loss and gradient of two rows, the second of which is padding full of NaN.
    fn loss(head: Head, targets: Targets<f64>) -> (f64, Array2<f64>) {
        let outputs = arr2(&[[1.0, 2.0, 4.0], [f64::NAN, 0.0, 0.0]]);
        let mut gradient = Array2::from_elem((2, 3), 9.0);
        let loss = head.loss(outputs.view(), targets, &[0.5, 0.0], gradient.view_mut());
        assert!(gradient.row(1).iter().all(|&g| g == 0.0));
        (loss, gradient)
    }

    #[test]
    fn every_head_has_its_loss() {
        let log_sum = (1f64.exp() + 2f64.exp() + 4f64.exp()).ln();
        for head in [Head::Categorical, Head::Simplex] {
            let (value, gradient) = loss(head, Targets::Arms(&[1, 0]));
            approx::assert_relative_eq!(value, 0.5 * (log_sum - 2.0), epsilon = 1e-14);
            approx::assert_relative_eq!(
                gradient[[0, 0]],
                0.5 * (1.0 - log_sum).exp(),
                epsilon = 1e-14
            );
            let soft = arr2(&[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]);
            let (same, same_gradient) = loss(head, Targets::Distributions(soft.view()));
            approx::assert_relative_eq!(value, same, epsilon = 1e-14);
            approx::assert_relative_eq!(gradient, same_gradient, epsilon = 1e-14);
            let mut row = [1.0, 2.0, 4.0];
            head.decide(&mut row);
            approx::assert_relative_eq!(row[2], (4.0 - log_sum).exp(), epsilon = 1e-14);
        }
        let values = arr2(&[[0.0, 2.0, 5.0], [0.0; 3]]);
        let (value, gradient) = loss(Head::Real, Targets::Values(values.view()));
        assert_eq!((value, gradient.row(0).to_vec()), (1.0, vec![1.0, 0.0, -1.0]));
        let mut row = [1.0, 2.0];
        Head::Real.decide(&mut row);
        assert_eq!(row, [1.0, 2.0]);
    }

    #[test]
    #[should_panic(expected = "targets of another head")]
    fn arms_are_no_target_of_a_decision() {
        loss(Head::Real, Targets::Arms(&[0, 0]));
    }
}
