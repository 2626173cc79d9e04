//! Controls: what is left when the context is spoilt, and when pre-training is another.

use lowregret::Result;

use super::controls::{LONGER, NOISY_ORACLE, OTHER_FEATURES, OTHER_FEATURES_ICL, SHUFFLED, ZEROED};
use super::gaps::{Gaps, Setting};
use super::measure::{Demonstrator, Exam, Sheet};
use super::stages::{Named, Trained};

/// Settings in which controls are measured: (horizon, demonstrations).
pub const CELLS: [(usize, usize); 4] = [(3, 1), (3, 4), (6, 1), (10, 4)];

pub const RANDOM_SHOWN: &str = "SFT, random demonstrations";
pub const ALL: [&str; 7] =
    [SHUFFLED, ZEROED, RANDOM_SHOWN, OTHER_FEATURES, OTHER_FEATURES_ICL, LONGER, NOISY_ORACLE];

/// The setting of a control.
pub fn setting((horizon, demonstrations): (usize, usize)) -> Setting {
    Setting::of("controls", horizon, demonstrations)
}

/// All settings of controls, with names.
pub fn cells() -> Vec<(String, Setting)> {
    CELLS.map(|(h, k)| (format!("H {h}, K {k}"), setting((h, k)))).to_vec()
}

/// Measures all controls; `other` has the tasks of a family with other features.
pub fn measure(exam: &Exam, other: &Exam, trained: &Trained, gaps: &mut Gaps) -> Result<()> {
    for setting in CELLS.map(setting) {
        let mut judge = |sheet: &Sheet, learner, models: &mut dyn Iterator<Item = Named<'_>>| {
            for named in models {
                let values = sheet.values(&sheet.ask(named.model)?);
                gaps.add(setting, learner, Some(named.seed), (&sheet.optimal(), &values));
            }
            Ok::<(), lowregret::Error>(())
        };
        let own = exam.sheet(setting, Demonstrator::Oracle)?;
        judge(&own, NOISY_ORACLE, &mut std::iter::once(trained.noisy()))?;
        judge(&own, LONGER, &mut std::iter::once(trained.longer()))?;
        let mut shuffled = exam.sheet(setting, Demonstrator::Oracle)?;
        shuffled.contexts.rotate_left(1);
        judge(&shuffled, SHUFFLED, &mut trained.sft())?;
        let mut zeroed = own;
        zeroed.contexts.iter_mut().flatten().flatten().for_each(|decision| decision.reward = 0.0);
        judge(&zeroed, ZEROED, &mut trained.sft())?;
        let random = exam.sheet(setting, Demonstrator::Random)?;
        judge(&random, RANDOM_SHOWN, &mut trained.sft())?;
        let foreign = other.sheet(setting, Demonstrator::Oracle)?;
        judge(&foreign, OTHER_FEATURES, &mut trained.sft())?;
        judge(&foreign, OTHER_FEATURES_ICL, &mut trained.icl())?;
    }
    Ok(())
}
