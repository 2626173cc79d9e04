//! Decision problems. They generate rewards and account regret themselves, so that no learner can mis-measure itself.

pub mod account;
pub mod adversary;
pub mod apomdp;
pub mod bandit;
pub mod comparator;
pub mod decision_set;
pub mod family;
pub mod full_information;
pub mod hidden_family;
pub mod linear_mdp;
pub mod mdp;
pub mod pomdp;
pub mod regression;
pub mod reward_table;
pub mod trajectory;
pub mod trajectory_file;
pub mod verbal;
