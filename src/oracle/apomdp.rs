//! Values of ambiguous partially observed processes (QP-D7, QP-D8). Both forms judge an action by `pessimism * worst +
//! (1 - pessimism) * best` over the models, anew in every step (rectangular ambiguity); they differ in what the player
//! keeps.
//!
//! - [`belief_form`]: one belief, updated by the very model that the judgement picked. A value of beliefs that shows how
//!   much structure one can hope for; but the model picked is not seen, so it is no policy of what is observed.
//! - [`history_form`]: one belief a model. A policy of what is observed, used for labels.
//!
//! The convention is this project's; see [`crate::problem::apomdp`].

pub mod belief_form;
pub mod evaluation;
pub mod history_form;

#[cfg(test)]
mod tests;
