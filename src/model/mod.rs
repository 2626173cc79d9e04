//! Models that decide: parameters, forward, backward, incremental decoding, weight files.

pub mod in_context;
pub mod linear_attention;
pub mod planning_tokens;
pub mod recurrence;
pub mod saved;
pub mod tabular;
pub mod text;
pub mod tokens;
pub mod transformer;
pub mod weights;

use crate::numeric::scalar::Scalar;

/// What training needs of any model: its parameters in one flat buffer. An example of a model of one's own is at
/// [`Practice`](crate::train::practice::Practice).
pub trait Model: Clone + Sync {
    /// Type of a parameter.
    type Scalar: Scalar;

    /// The trained parameters.
    fn parameters(&self) -> &[Self::Scalar];

    /// The trained parameters, to be changed.
    fn parameters_mut(&mut self) -> &mut [Self::Scalar];
}
