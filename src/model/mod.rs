//! Models that decide: parameters, forward, backward, incremental decoding, weight files.

pub mod linear_attention;
pub mod recurrence;
pub mod weights;
