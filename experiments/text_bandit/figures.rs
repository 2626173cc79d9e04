//! The figure: what an exam says of the model from iteration to iteration.

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::verbal::Played;
use lowregret::report::{Figure, Panel, Role};

use super::text_lines::lines;
use super::text_models::SHIFT;
use super::text_practice::Outcome;

const LEARNERS: [(&str, Role); 4] =
    [("ucb1", Role::Hedge), ("thompson", Role::Ftrl), ("greedy", Role::Ftl), (SHIFT, Role::Extra1)];

pub fn figure(practised: &[Outcome], learners: &[Played]) -> Result<Figure> {
    let panel = |title: &str, label: &str| Panel::new(title).x("iteration").y(label);
    let regret = panel("Regret", "regret after 30 rounds").y_range(0.0, 15.0);
    let mut regret = lines(regret, practised, |point| point.regret);
    let failure = panel("Suffix failures", "share of plays");
    let mut failure = lines(failure, practised, |point| point.suffix_failure);
    for (name, role) in LEARNERS {
        let Some(played) = learners.iter().find(|played| played.player == name) else { continue };
        regret = regret.horizontal(name, role, Estimate::of(&played.regret)?.mean);
        let failures = played.failures.as_deref().unwrap_or_default();
        failure = failure.horizontal(name, role, Estimate::of(failures)?.mean);
    }
    let unparsed = panel("Answers that could not be read", "share of answers");
    let unparsed = lines(unparsed, practised, |point| point.unparsed);
    let right = panel("Counts in the reasoning that are right", "share of counts");
    let right = lines(right, practised, |point| point.counts_right);
    let figure = Figure::new(2).shared_legend();
    Ok([regret, failure, unparsed, right].into_iter().fold(figure, Figure::panel))
}
