//! Planners that are told the nominal model or the cloud; controls of the page.

use lowregret::Result;
use lowregret::learner::planning::model_based::by_tree;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::oracle::hidden::solve;
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::problem::hidden_family::HiddenSetting;
use lowregret::problem::pomdp::Step;

use super::controls::{LONGER, NOISY_ORACLE, OTHER_FEATURES, OTHER_FEATURES_ICL, SHUFFLED, ZEROED};
use super::gaps::{Gaps, Setting};
use super::hidden_exam::{HiddenExam, NO_MEMORY};
use super::stages::{Named, Trained};

pub const NOMINAL: &str = "optimal for the nominal model";
pub const ROBUST: &str = "optimal for the pessimist";
pub const OTHER_PESSIMISM: &str = "SFT, told the opposite pessimism";
pub const CONTROLS: [&str; 8] = [
    NO_MEMORY,
    SHUFFLED,
    ZEROED,
    OTHER_PESSIMISM,
    OTHER_FEATURES,
    OTHER_FEATURES_ICL,
    LONGER,
    NOISY_ORACLE,
];

/// The gaps of the optimal policy of the nominal model, and of the pessimist's.
pub fn planners(exam: &HiddenExam, setting: Setting, gaps: &mut Gaps) -> Result<()> {
    let (horizon, actions) = (exam.knobs.horizon, exam.family.actions());
    let optimal = exam.optimal();
    let nominal = exam.values(|s| {
        let tree = HistoryTree::solve(&s.task.nominal, horizon)?;
        Ok(Box::new(move |history: &[Step]| by_tree(&tree, actions)(history)))
    })?;
    gaps.add(setting, NOMINAL, None, (&optimal, &nominal));
    let robust = exam.values(|s| {
        let tree = solve(&s.task.process.with_pessimism(1.0)?, horizon)?;
        Ok(Box::new(move |history: &[Step]| by_tree(&tree, actions)(history)))
    })?;
    gaps.add(setting, ROBUST, None, (&optimal, &robust));
    Ok(())
}

/// What is left of the fine-tuned models when they are told the opposite pessimism.
pub fn misled(
    exam: &HiddenExam,
    setting: Setting,
    (trained, tokens): (&Trained, &PlanningTokens),
    gaps: &mut Gaps,
) -> Result<()> {
    let optimal = exam.optimal();
    let opposite = HiddenSetting { pessimism: 1.0 - exam.knobs.pessimism, ..exam.knobs };
    for Named { seed, model } in trained.sft() {
        let values = exam.ask(model, tokens, opposite, true)?;
        gaps.add(setting, OTHER_PESSIMISM, Some(seed), (&optimal, &values));
    }
    Ok(())
}
