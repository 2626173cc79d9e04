//! What a policy that remembers everything is worth, exactly (QP-R2).

use super::history_tree::check_steps;
use crate::problem::pomdp::{Pomdp, Step};
use crate::{Error, Result};

/// Largest number of histories that an evaluation visits.
const MAX_HISTORIES: usize = 1 << 27;

/// The expected return of a policy over `horizon` steps.
///
/// `policy` maps a history to the law of the next action. It is asked once for every history that can happen under it,
/// each before its continuations (depth first), so a policy that answers by 0 and 1 is asked about observation
/// sequences only.
///
/// # Errors
/// [`Error::Parameter`] for a law that is none (to 1e-6) or has a wrong length, a `horizon` outside 1 to 1000, more
/// than 2^27 histories.
pub fn evaluate(
    pomdp: &Pomdp,
    horizon: usize,
    policy: impl FnMut(&[Step]) -> Vec<f64>,
) -> Result<f64> {
    check_steps(horizon)?;
    let mut evaluation = Evaluation { pomdp, policy, history: Vec::new(), visited: 0 };
    evaluation.visit(pomdp.start(), horizon)
}

/// Every action equally likely, whatever happened.
pub fn uniform(pomdp: &Pomdp) -> impl Fn(&[Step]) -> Vec<f64> + use<> {
    let law = vec![1.0 / pomdp.actions() as f64; pomdp.actions()];
    move |_| law.clone()
}

/// The law that takes `action` for sure.
///
/// # Panics
/// If there is no such action.
#[must_use]
pub fn surely(action: usize, actions: usize) -> Vec<f64> {
    let mut law = vec![0.0; actions];
    law[action] = 1.0;
    law
}

/// Refuses what is no law of an action.
pub(crate) fn check_policy_law(law: &[f64], actions: usize) -> Result<()> {
    let sum: f64 = law.iter().sum();
    let law_like = law.iter().all(|p| *p >= 0.0) && (sum - 1.0).abs() <= 1e-6;
    if law.len() == actions && law_like {
        return Ok(());
    }
    Err(Error::parameter("policy", format!("{law:?}"), format!("a law over {actions} actions")))
}

struct Evaluation<'a, P> {
    pomdp: &'a Pomdp,
    policy: P,
    history: Vec<Step>,
    visited: usize,
}

impl<P: FnMut(&[Step]) -> Vec<f64>> Evaluation<'_, P> {
    /// Expected return of the steps to go, times the mass of the history.
    fn visit(&mut self, belief: &[f64], to_go: usize) -> Result<f64> {
        let pomdp = self.pomdp;
        self.visited += 1;
        if self.visited > MAX_HISTORIES {
            let expected = format!("at most {MAX_HISTORIES} histories");
            return Err(Error::parameter("horizon", self.history.len() + to_go, expected));
        }
        let law = (self.policy)(&self.history);
        check_policy_law(&law, pomdp.actions())?;
        let mut total = 0.0;
        for (action, probability) in law.into_iter().enumerate().filter(|(_, p)| *p > 0.0) {
            let mut value = pomdp.expected_reward(belief, action);
            if to_go > 1 {
                let predicted = pomdp.predict(belief, action);
                let mut next = vec![0.0; pomdp.states()];
                for observation in 0..pomdp.observations() {
                    if pomdp.weigh_into(&predicted, action, observation, &mut next) > 0.0 {
                        self.history.push(Step { action, observation });
                        let later = self.visit(&next, to_go - 1);
                        self.history.pop();
                        value += pomdp.discount() * later?;
                    }
                }
            }
            total += probability * value;
        }
        Ok(total)
    }
}
