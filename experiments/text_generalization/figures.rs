//! The figure: a row a problem.

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::report::{Figure, Panel, Role};

use super::results::Judged;
use super::text_models::mean;
use super::text_practice::PRACTISED;

const LEARNERS: [(&str, Role); 5] = [
    ("thompson", Role::Ftrl),
    ("discounted-thompson", Role::Extra1),
    ("greedy", Role::Ftl),
    ("hedge", Role::Hedge),
    ("ftl", Role::Extra2),
];

pub fn figure(all: &[Judged]) -> Result<Figure> {
    let name = |judged: &Judged| {
        format!("{}{}", judged.problem.name, if judged.problem.practised { " *" } else { "" })
    };
    let names: Vec<String> = all.iter().map(name).collect();
    let panel = |title: &str, label: &str| Panel::new(title).x(label).rows(&names);
    let row = |i: usize| (all.len() - i) as f64;
    // Values of a problem, a round, at the height of its row.
    let places = |value: &dyn Fn(&Judged) -> Vec<f64>| -> Vec<(f64, f64)> {
        let mut places = Vec::new();
        for (i, judged) in all.iter().enumerate() {
            let rounds = judged.problem.rounds() as f64;
            places.extend(value(judged).into_iter().map(|value| (value / rounds, row(i))));
        }
        places
    };
    let mut regret = panel("Regret, everybody", "regret a round");
    for (learner, role) in LEARNERS {
        let own = |judged: &Judged| {
            let own = judged.learners.iter().filter(|played| played.player == learner);
            own.map(|played| mean(&played.regret)).collect()
        };
        regret = regret.points(learner, role, &places(&own));
    }
    regret = regret.points("base", Role::Untrained, &places(&|judged| vec![judged.base.regret()]));
    let seeds = |judged: &Judged| judged.practised.iter().map(|(_, s)| s.regret()).collect();
    regret = regret.points(PRACTISED.name, PRACTISED.role, &places(&seeds));

    let mut gain = panel("Practised minus base", "difference of regret a round");
    if let Some((low, high)) = gain.y_range {
        gain = gain.line("", Role::Untrained, &[(0.0, low), (0.0, high)]);
    }
    for (i, judged) in all.iter().enumerate() {
        let (rounds, row) = (judged.problem.rounds() as f64, row(i));
        let Estimate { mean, low, high, .. } = judged.difference;
        let ends = [low, high].map(|end| (end.unwrap_or(mean) / rounds, row));
        gain = gain.line("", PRACTISED.role, &ends);
        let seeds: Vec<_> =
            judged.differences.iter().map(|seed| (seed.mean / rounds, row)).collect();
        gain = gain.points(PRACTISED.name, PRACTISED.role, &seeds);
    }
    Ok(Figure::new(2).panel(regret).panel(gain).shared_legend())
}
