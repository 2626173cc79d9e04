//! The figure: a row a problem.

use lowregret::report::{Figure, Panel, Role};

use super::Judged;
use super::text_practice::PRACTISED;

const LEARNERS: [(&str, Role); 5] = [
    ("thompson", Role::Ftrl),
    ("discounted-thompson", Role::Extra1),
    ("greedy", Role::Ftl),
    ("hedge", Role::Hedge),
    ("ftl", Role::Extra2),
];

pub fn figure(all: &[Judged]) -> Figure {
    let name = |judged: &Judged| {
        format!("{}{}", judged.problem.name, if judged.problem.practised { " *" } else { "" })
    };
    let names: Vec<String> = all.iter().map(name).collect();
    let row = |i: usize| (all.len() - i) as f64;
    let panel = |title: &str, label: &str, names: &[String]| Panel::new(title).x(label).rows(names);
    let per_round = |regret: f64, judged: &Judged| regret / judged.problem.rounds() as f64;
    let places = |value: &dyn Fn(&Judged) -> Vec<f64>| -> Vec<(f64, f64)> {
        let of = |(i, judged)| value(judged).into_iter().map(move |x| (x, row(i)));
        all.iter().enumerate().flat_map(of).collect()
    };
    let mut regret = panel("Regret, everybody", "regret a round", &names);
    for (learner, role) in LEARNERS {
        let own = |judged: &Judged| {
            let named = judged.problem.learners.iter().zip(&judged.learners);
            let own = named.filter(|(name, _)| **name == learner);
            own.map(|(_, regret)| per_round(regret.mean, judged)).collect()
        };
        regret = regret.points(learner, role, &places(&own));
    }
    let base = |judged: &Judged| vec![per_round(judged.base.regret(), judged)];
    regret = regret.points("base", Role::Untrained, &places(&base));
    let seeds = |judged: &Judged| {
        judged.practised.iter().map(|score| per_round(score.regret(), judged)).collect()
    };
    regret = regret.points(PRACTISED.name, PRACTISED.role, &places(&seeds));

    let blank = vec![String::new(); all.len()];
    let top = all.len() as f64 + 0.6;
    let mut gain = panel("Practised minus base", "difference of regret a round", &blank).line(
        "",
        Role::Untrained,
        &[(0.0, 0.4), (0.0, top)],
    );
    for (i, judged) in all.iter().enumerate() {
        let difference = &judged.difference;
        let ends = [difference.low, difference.high].map(|end| end.unwrap_or(difference.mean));
        gain = gain.line("", PRACTISED.role, &ends.map(|end| (per_round(end, judged), row(i))));
    }
    let mean = |judged: &Judged| vec![per_round(judged.difference.mean, judged)];
    let gain = gain.points(PRACTISED.name, PRACTISED.role, &places(&mean));
    Figure::new(2).panel(regret).panel(gain).shared_legend()
}
