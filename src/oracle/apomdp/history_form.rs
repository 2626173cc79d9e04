//! The history form (QP-D8), with b_m(h) the belief of model m after history h:
//!
//! ```text
//! V(h) = max_a judge_m [ <b_m(h), r_a> + gamma sum_o P_m(o | b_m(h), a) V(h a o) ]
//! ```
//!
//! A model under which a history cannot happen takes no part in judging it.

use super::evaluation::{Cloud, model_values};
use crate::Result;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::problem::apomdp::Apomdp;

/// Values and best actions of all histories over `horizon` steps.
///
/// # Errors
/// [`crate::Error::Parameter`] for a `horizon` outside 1 to 1000, or one with more than 2^27 values to keep.
pub fn solve(apomdp: &Apomdp, horizon: usize) -> Result<HistoryTree> {
    let mut tree = HistoryTree::empty(apomdp.shared(), horizon)?;
    let value = visit(apomdp, &mut tree, (0, 0), &Cloud::start(apomdp));
    tree.set_value(value);
    Ok(tree)
}

fn visit(
    apomdp: &Apomdp,
    tree: &mut HistoryTree,
    (depth, node): (usize, usize),
    cloud: &Cloud,
) -> f64 {
    let mut best = f64::NEG_INFINITY;
    for action in 0..apomdp.shared().actions() {
        let last = depth + 1 == tree.horizon();
        let values = model_values(apomdp, cloud, action, last, |observation, next| {
            let child = tree.child(node, action, observation);
            Ok(visit(apomdp, tree, (depth + 1, child), next))
        });
        let value = apomdp.judge(values.expect("visiting cannot fail").into_iter());
        tree.set((depth, node), action, value);
        best = best.max(value);
    }
    best
}
