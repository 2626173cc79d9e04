//! Parts of training that do not know what they train: flat parameters, losses, the optimiser, schedules.

pub mod adamw;
pub mod loss;
pub mod parameters;
pub mod schedule;
