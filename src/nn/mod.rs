//! Layers with hand-written forward and backward passes, and what training needs beside them: flat parameters, losses, the
//! optimiser, schedules.

pub mod adamw;
pub mod attention;
pub mod block;
pub mod causal_linear_attention;
pub mod clip;
pub mod embedding;
pub mod gelu;
#[cfg(test)]
pub(crate) mod gradient_check;
pub mod head;
pub mod layer_norm;
pub mod linear;
pub mod loss;
pub mod mlp;
pub mod parameters;
pub(in crate::nn) mod product;
pub mod schedule;
pub mod softmax_attention;
