//! Who plans (SFT-D7): what is known of a task becomes a policy.
//!
//! | learner | knows | state seen | state hidden |
//! |---|---|---|---|
//! | random | nothing | [`Policy::uniform`] | [`uniform`] |
//! | copy rule | demonstrations | [`copy_rule::policy`] | [`copy_rule::CopyRule`] |
//! | Transformer | demonstrations, knobs | [`transformer::plan`] | [`history_transformer::plan`] |
//! | myopic | the model | [`model_based::myopic`] | [`model_based::BeliefPolicy`] |
//! | QMDP | the model | | [`model_based::BeliefPolicy`] |
//! | nominal, robust, oracle | model, cloud | `backward_induction` | [`model_based::by_tree`] |
//!
//! A policy of histories is a function from a history to the law of the next action, as the exact evaluations take it.
//!
//! [`Policy::uniform`]: crate::problem::mdp::Policy::uniform
//! [`uniform`]: crate::oracle::pomdp::policy_evaluation::uniform

pub mod copy_rule;
pub mod history_transformer;
pub mod model_based;
pub mod transformer;

#[cfg(test)]
mod tests;
