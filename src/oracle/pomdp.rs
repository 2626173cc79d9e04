//! Planners for partially observed processes, and what their policies are worth.
//!
//! | task | planner | answer |
//! |---|---|---|
//! | few steps, the value of every history | [`history_tree`] | exact |
//! | few steps, the value of every belief | [`pruning`] | exact |
//! | discounted without end | [`point_based`] | a policy, and bounds on the value from both sides |
//!
//! The tiger, from its file format to a policy whose value is proved:
//!
//! ```
//! use lowregret::oracle::pomdp::point_based::{Stop, solve};
//! use lowregret::problem::pomdp::file;
//!
//! let tiger = "discount: 0.95
//!     states: left right          actions: listen open-left open-right    observations: left right
//!     T: *  uniform               O: *  uniform
//!     T: listen  identity         O: listen  0.85 0.15  0.15 0.85
//!     R: listen : * : * : *  -1   R: open-left : left : * : *  -100       R: open-left : right : * : *  10
//!                                 R: open-right : right : * : *  -100     R: open-right : left : * : *  10";
//! let tiger = file::parse(tiger.as_bytes()).expect("a process");
//! let solution = solve(&tiger, Stop { gap: 1e-3, backups: 100_000 })?;
//! println!("between {:.3} and {:.3}", solution.lower, solution.upper);
//! // Twice the same sound is enough.
//! let listen = 0;
//! let mut belief = tiger.start().to_vec();
//! for heard in [0, 0] {
//!     assert_eq!(solution.policy.action(&belief), listen);
//!     belief = tiger.update(&belief, listen, heard).expect("possible").belief;
//! }
//! assert_eq!(tiger.names().actions[solution.policy.action(&belief)], "open-right");
//! # Ok::<(), lowregret::Error>(())
//! ```

pub mod alpha_vectors;
mod backup;
pub mod bounds;
pub mod history_tree;
pub mod plan;
pub mod point_based;
pub mod policy_evaluation;
pub mod policy_graph;
pub mod pruning;
mod sawtooth;
pub mod simulation;

#[cfg(test)]
mod tests;
