//! The belief form (QP-D7):
//!
//! ```text
//! V_t(b) = max_a judge_m [ <b, r_a> + gamma sum_o P_m(o | b, a) V_{t+1}(update_m(b, a, o)) ],   V_H = 0
//! ```
//!
//! V_t is positively homogeneous when beliefs are left unnormalised, so the recursion never divides.

use crate::oracle::pomdp::history_tree::check_steps;
use crate::problem::apomdp::Apomdp;
use crate::{Error, Result};

/// Largest number of beliefs at the last step.
const MAX_BELIEFS: usize = 1 << 27;

/// The value over `horizon` steps from the law of the first state.
///
/// # Errors
/// [`Error::Parameter`] for a `horizon` outside 1 to 1000, or one with more than 2^27 beliefs at the last step.
pub fn value(apomdp: &Apomdp, horizon: usize) -> Result<f64> {
    value_at(apomdp, horizon, apomdp.shared().start())
}

/// The value over `horizon` steps from a belief.
///
/// # Errors
/// [`Error::Parameter`] as for [`value`], or a belief over another number of states.
pub fn value_at(apomdp: &Apomdp, horizon: usize, belief: &[f64]) -> Result<f64> {
    let shared = apomdp.shared();
    if belief.len() != shared.states() {
        let expected = format!("{} probabilities", shared.states());
        return Err(Error::parameter("belief", format!("{} numbers", belief.len()), expected));
    }
    check_steps(horizon)?;
    let branches = [apomdp.models().len(), shared.actions(), shared.observations()];
    let branches = branches.into_iter().fold(1, usize::saturating_mul);
    let last = branches.saturating_pow(u32::try_from(horizon - 1).unwrap_or(u32::MAX));
    if last > MAX_BELIEFS {
        let expected = format!("few enough steps for {MAX_BELIEFS} beliefs at the last");
        return Err(Error::parameter("horizon", horizon, expected));
    }
    let mut beliefs = vec![vec![0.0; shared.states()]; horizon];
    beliefs[0].copy_from_slice(belief);
    Ok(visit(apomdp, &mut beliefs))
}

/// The value of the first belief times its mass; the others are buffers, one a step.
fn visit(apomdp: &Apomdp, beliefs: &mut [Vec<f64>]) -> f64 {
    let (belief, deeper) = beliefs.split_first_mut().expect("a belief a step");
    let shared = apomdp.shared();
    let values = (0..shared.actions()).map(|action| {
        let now = shared.expected_reward(belief, action);
        if deeper.is_empty() {
            return now;
        }
        let values = apomdp.models().iter().map(|model| {
            let predicted = model.predict(belief, action);
            let mut later = 0.0;
            for observation in 0..model.observations() {
                if model.weigh_into(&predicted, action, observation, &mut deeper[0]) > 0.0 {
                    later += visit(apomdp, deeper);
                }
            }
            now + shared.discount() * later
        });
        apomdp.judge(values)
    });
    values.fold(f64::NEG_INFINITY, f64::max)
}
