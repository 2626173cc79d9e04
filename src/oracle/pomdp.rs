//! Planners for partially observed processes, and what their policies are worth.
//!
//! | task | planner | answer |
//! |---|---|---|
//! | few steps, the value of every history | [`history_tree`] | exact |
//! | few steps, the value of every belief | [`pruning`] | exact |
//! | discounted without end | [`point_based`] | a policy, and bounds on the value from both sides |

pub mod alpha_vectors;
mod backup;
pub mod bounds;
pub mod history_tree;
pub mod plan;
pub mod point_based;
pub mod policy_evaluation;
pub mod pruning;
mod sawtooth;
pub mod simulation;

#[cfg(test)]
mod tests;
