//! Planners that are told the nominal model or the cloud, and controls of the fine-tuned model.

use lowregret::Result;
use lowregret::learner::planning::model_based::by_tree;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::oracle::hidden::solve;
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::problem::hidden_family::HiddenSetting;
use lowregret::problem::pomdp::Step;
use lowregret::report::{Table, table::number};

use super::gaps::{Gaps, Setting};
use super::hidden_exam::{HiddenExam, SHUFFLED, ZEROED, spoilt};
use super::plan::{CONTROLLED, usual};
use super::stages::Staged;

pub const NOMINAL: &str = "optimal for the nominal model";
pub const ROBUST: &str = "optimal for the pessimist";
pub const NO_MEMORY: &str = "SFT, own history withheld";
pub const OTHER_PESSIMISM: &str = "SFT, told the opposite pessimism";
pub const CONTROLS: [&str; 4] = [SHUFFLED, ZEROED, NO_MEMORY, OTHER_PESSIMISM];

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

/// What is left of the fine-tuned models when they are told or shown something else.
pub fn controls(
    exam: &mut HiddenExam,
    setting: Setting,
    tokens: &PlanningTokens,
    trained: &[Staged],
    gaps: &mut Gaps,
) -> Result<()> {
    let optimal = exam.optimal();
    let opposite = HiddenSetting { pessimism: 1.0 - exam.knobs.pessimism, ..exam.knobs };
    for staged in trained {
        for (control, told, memory) in
            [(NO_MEMORY, exam.knobs, false), (OTHER_PESSIMISM, opposite, true)]
        {
            let values = exam.ask(&staged.models[1], tokens, told, memory)?;
            gaps.add(setting, control, Some(staged.seed), (&optimal, &values));
        }
    }
    spoilt(exam, setting, tokens, trained, gaps)
}

/// Gaps of all controls, a column a setting.
pub fn table(gaps: &Gaps) -> Result<Table> {
    let headers = CONTROLLED.map(|k| format!("usual setting, K {k}"));
    let headers = std::iter::once("control").chain(headers.iter().map(String::as_str));
    let mut table = Table::new(&headers.collect::<Vec<_>>());
    for control in CONTROLS {
        let mut row = vec![control.to_owned()];
        for k in CONTROLLED {
            row.push(number(gaps.estimate(usual(k), control)?.mean));
        }
        table.push(row);
    }
    Ok(table)
}
