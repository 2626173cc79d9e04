//! Training. Iterative RMFT rolls out, ranks, keeps the best, fits and repeats: one loop ([`rmft`]) over anything that is a
//! [`practice::Practice`], a problem as a model practises it. Supervised fitting ([`supervised`]) imitates labels.

pub mod bandit;
pub mod checkpoint;
pub mod config;
mod contiguous;
pub mod course;
pub mod full_information;
pub mod in_context;
pub mod layer;
pub mod log;
pub mod lowest;
pub mod planning;
pub mod practice;
pub mod ranking;
pub mod recipe;
pub mod resumable;
pub mod rmft;
pub mod run;
pub mod selection;
pub mod sequence_fit;
pub mod supervised;
pub mod tabular;
mod tasks;
pub mod text;
