//! Labels of hidden processes (SFT-D3): the optimal value of every history, by the planner that the process needs.

use super::apomdp::history_form;
use super::pomdp::history_tree::HistoryTree;
use crate::Result;
use crate::problem::apomdp::Apomdp;

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
    }
}
