//! Closed forms and bounds that the experiments are held against; one function a statement, cited by its id in
//! `paper_notes`.
#![doc = ""]
#![doc = include_str!("formulas.md")]

pub mod ftrl_bound;
pub mod in_context;
pub mod mixture;
pub mod perturbation;
pub mod rest_point;
pub mod selection;
pub mod simulated_rest_point;
pub mod suboptimality;
