//! Training: roll out, rank, keep the best, fit, repeat. One loop ([`rmft`]) over anything that is a
//! [`practice::Practice`]: a problem as a model practises it.

pub mod bandit;
pub mod config;
mod contiguous;
pub mod full_information;
pub mod in_context;
pub mod layer;
pub mod log;
pub mod practice;
pub mod ranking;
pub mod rmft;
pub mod selection;
pub mod sequence_fit;
pub mod tabular;
