//! Hidden processes with one model or several under one face: the optimal value of every history (labels, SFT-D3), and what
//! a policy of histories is worth.

use super::apomdp::{evaluation, history_form};
use super::pomdp::history_tree::HistoryTree;
use super::pomdp::policy_evaluation;
use crate::Result;
use crate::problem::apomdp::Apomdp;
use crate::problem::pomdp::Step;

/// Values of all histories: the history form of a cloud, which for one model is the optimal value.
///
/// # Errors
/// [`crate::Error::Parameter`] for a `horizon` of 0, or one with more than 2^27 values to keep.
pub fn solve(process: &Apomdp, horizon: usize) -> Result<HistoryTree> {
    match process.models() {
        [only] => HistoryTree::solve(only, horizon),
        _ => history_form::solve(process, horizon),
    }
}

/// The value of a policy of histories over `horizon` steps, judged as [`solve`] judges.
///
/// # Errors
/// Those of the evaluation, under one model or ambiguous.
pub fn evaluate(
    process: &Apomdp,
    horizon: usize,
    policy: impl FnMut(&[Step]) -> Vec<f64>,
) -> Result<f64> {
    match process.models() {
        [only] => policy_evaluation::evaluate(only, horizon, policy),
        _ => evaluation::evaluate(process, horizon, policy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::apomdp::reference_cloud;

    #[test]
    fn one_model_needs_no_judge() {
        let cloud = reference_cloud(1.0).unwrap();
        let alone = Apomdp::new(vec![cloud.models()[1].clone()], 1.0).unwrap();
        let (fast, slow) = (solve(&alone, 3).unwrap(), history_form::solve(&alone, 3).unwrap());
        approx::assert_relative_eq!(fast.value(), slow.value(), epsilon = 1e-14);
        let judged = solve(&cloud, 3).unwrap().value();
        assert_eq!(judged, history_form::solve(&cloud, 3).unwrap().value());
        assert!(judged < fast.value());
        for (process, tree) in [(&alone, &fast), (&cloud, &solve(&cloud, 3).unwrap())] {
            let own = |h: &[Step]| policy_evaluation::surely(tree.action(h).unwrap(), 2);
            let value = evaluate(process, 3, own).unwrap();
            approx::assert_relative_eq!(value, tree.value(), epsilon = 1e-14);
        }
    }
}
