//! Numbers that describe learners: growth of regret, intervals, distance to the algorithm that theory predicts.

pub mod bandit_outcome;
pub mod comparison;
pub mod curve;
pub mod exploration;
pub mod growth;
pub mod interval;
pub mod online_comparison;
pub mod prediction_distance;
pub mod simulated_value;
pub mod structure;
pub mod table_play;
pub mod trajectory_growth;
pub mod trajectory_scores;
pub mod verbal;
