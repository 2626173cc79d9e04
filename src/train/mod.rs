//! Training: roll out, rank, keep the best, fit, repeat. One loop ([`rmft`]) over anything that is a
//! [`practice::Practice`]: a problem as a model practises it.

pub mod config;
pub mod layer;
pub mod practice;
pub mod rmft;
pub mod selection;
