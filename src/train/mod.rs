//! Training: roll out, rank by regret, keep the lowest, fit, repeat.

pub mod config;
pub mod fit;
pub mod history;
pub mod rmft;
pub mod rollout;
pub mod selection_map;
pub mod single_layer;
