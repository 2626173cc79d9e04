//! Exact planners: what the best decisions are, and what a policy is worth.

pub mod apomdp;
pub mod finite_horizon;
pub mod hidden;
pub mod linear;
pub mod pomdp;
