//! What a policy of what is observed is worth under ambiguity (QP-D8): the recursion of the history form with the
//! policy's actions in place of the best ones. Under a single model it is worth what `oracle::pomdp::policy_evaluation`
//! says.

use crate::oracle::pomdp::history_tree::check_steps;
use crate::oracle::pomdp::policy_evaluation::check_policy_law;
use crate::problem::apomdp::Apomdp;
use crate::problem::pomdp::Step;
use crate::{Error, Result};

/// Largest number of histories that an evaluation visits.
const MAX_HISTORIES: usize = 1 << 27;

/// The beliefs of all models after one history.
pub(super) struct Cloud {
    /// Normalised beliefs; `None` for a model under which the history cannot happen.
    beliefs: Vec<Option<Vec<f64>>>,
}

impl Cloud {
    /// Before the first action.
    pub fn start(apomdp: &Apomdp) -> Self {
        let start = apomdp.shared().start().to_vec();
        Self { beliefs: vec![Some(start); apomdp.models().len()] }
    }
}

/// The values of an action under every model that is still possible; `later(observation, cloud)` is the value of going
/// on.
pub(super) fn model_values(
    apomdp: &Apomdp,
    cloud: &Cloud,
    action: usize,
    last: bool,
    mut later: impl FnMut(usize, &Cloud) -> Result<f64>,
) -> Result<Vec<f64>> {
    let live = || apomdp.models().iter().zip(&cloud.beliefs);
    let now = live().map(|(model, b)| b.as_ref().map(|b| model.expected_reward(b, action)));
    let mut values: Vec<Option<f64>> = now.collect();
    if last {
        return Ok(values.into_iter().flatten().collect());
    }
    for observation in 0..apomdp.shared().observations() {
        let updates: Vec<_> = live()
            .map(|(model, belief)| model.update(belief.as_ref()?, action, observation))
            .collect();
        if updates.iter().all(Option::is_none) {
            continue;
        }
        let masses: Vec<f64> =
            updates.iter().map(|u| u.as_ref().map_or(0.0, |u| u.probability)).collect();
        let beliefs = updates.into_iter().map(|u| u.map(|u| u.belief)).collect();
        let after = later(observation, &Cloud { beliefs })?;
        for (value, mass) in values.iter_mut().zip(masses) {
            *value = value.map(|v| v + apomdp.shared().discount() * mass * after);
        }
    }
    Ok(values.into_iter().flatten().collect())
}

/// The value of a policy over `horizon` steps, judged as in the history form. A policy that randomises is judged action
/// by action: nature sees the action before it picks the model.
///
/// `policy` is asked as in [`crate::oracle::pomdp::policy_evaluation::evaluate`].
///
/// # Errors
/// [`Error::Parameter`] for a law that is none (to 1e-6) or has a wrong length, a `horizon` outside 1 to 1000, more
/// than 2^27 histories.
pub fn evaluate(
    apomdp: &Apomdp,
    horizon: usize,
    policy: impl FnMut(&[Step]) -> Vec<f64>,
) -> Result<f64> {
    check_steps(horizon)?;
    let mut evaluation = Evaluation { apomdp, policy, history: Vec::new(), visited: 0 };
    evaluation.visit(&Cloud::start(apomdp), horizon)
}

struct Evaluation<'a, P> {
    apomdp: &'a Apomdp,
    policy: P,
    history: Vec<Step>,
    visited: usize,
}

impl<P: FnMut(&[Step]) -> Vec<f64>> Evaluation<'_, P> {
    fn visit(&mut self, cloud: &Cloud, to_go: usize) -> Result<f64> {
        self.visited += 1;
        if self.visited > MAX_HISTORIES {
            let expected = format!("at most {MAX_HISTORIES} histories");
            return Err(Error::parameter("horizon", self.history.len() + to_go, expected));
        }
        let law = (self.policy)(&self.history);
        check_policy_law(&law, self.apomdp.shared().actions())?;
        let mut total = 0.0;
        for (action, probability) in law.into_iter().enumerate().filter(|(_, p)| *p > 0.0) {
            let apomdp = self.apomdp;
            let values = model_values(apomdp, cloud, action, to_go == 1, |observation, next| {
                self.history.push(Step { action, observation });
                let value = self.visit(next, to_go - 1);
                self.history.pop();
                value
            })?;
            total += probability * apomdp.judge(values.into_iter());
        }
        Ok(total)
    }
}
