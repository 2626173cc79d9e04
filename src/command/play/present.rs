//! The answer: table, verdicts, JSON and figure.

use lowregret::metrics::growth::PowerFit;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::table_play::{TableEntry, TablePlay};
use lowregret::problem::reward_table::RewardTable;
use lowregret::report::{Figure, Panel, Pen, Table, table::number};
use lowregret::theory::ftrl_bound::best_bound;
use serde_json::{Value, json};

use super::{Arguments, Feedback, Output, Scaling};

/// Regret that a learner with a guarantee does not exceed on any table of this size, in the learners' units.
///
/// Full information: FTRL's bound at its best step (RMFT-B1). Bandit: the bound of exponential weights on losses in [0, 1],
/// `sqrt(2 T K ln K)`, for expected regret (Bubeck and Cesa-Bianchi 2012, Theorem 3.1).
fn guarantee(arguments: &Arguments, play: &TablePlay, arms: usize) -> f64 {
    let rounds = play.rounds();
    match arguments.feedback {
        Feedback::Full => best_bound(play.rules().set, arms, 1.0, rounds),
        Feedback::Bandit => (2.0 * rounds as f64 * arms as f64 * (arms as f64).ln()).sqrt(),
    }
}

pub fn output(
    arguments: &Arguments,
    table: &RewardTable,
    scaling: &Scaling,
    play: &TablePlay,
) -> Output {
    let (rounds, arms, rules) = (table.rounds(), table.arms.len(), play.rules());
    let guarantee = guarantee(arguments, play, arms) * scaling.unit;
    let rows: Vec<Value> = play.entries().iter().map(|e| row(e, scaling, guarantee)).collect();
    let json = json!({
        "rewards": arguments.rewards, "rounds": rounds, "arms": table.arms, "scale": scaling.unit,
        "offset": scaling.offset, "guarantee": guarantee, "rules": rules, "learners": rows,
    });
    let (told, bound) = match arguments.feedback {
        Feedback::Full => (
            format!(
                "rewards were divided by their root mean square length {} for the learners",
                number(scaling.unit)
            ),
            "FTRL",
        ),
        Feedback::Bandit => (
            format!(
                "rewards were mapped from [{}, {}] onto [0, 1] for the learners, who are thus told their range",
                number(scaling.offset),
                number(scaling.offset + scaling.unit)
            ),
            "EXP3",
        ),
    };
    let random = match arguments.feedback {
        Feedback::Full => String::new(),
        Feedback::Bandit => format!(" Intervals of regret are 95 % over {} runs.", rules.runs),
    };
    let replayed = match rules.tables {
        0 => "The growth exponent has no interval: --resamples 0.".to_owned(),
        tables => format!(
            "Growth: exponent of the regret curve over its last four fifths; in brackets 95 % of {tables} tables of the same \
             length\nmade of blocks of {} consecutive rounds of yours, and p the share of them with 1 or more. They keep how \
             rewards hang\ntogether for that long and lose slower drift; nothing here speaks of horizons beyond {rounds} rounds.",
            rules.block
        ),
    };
    let verdicts: Vec<String> =
        play.entries().iter().map(|e| format!("{}: {}.", e.learner, e.verdict())).collect();
    let dropped = if play.entries().iter().any(|e| e.growth.dropped > 0) {
        "\n* Rounds in which regret was not positive are left out of the fit."
    } else {
        ""
    };
    let text = format!(
        "{rounds} rounds, {arms} arms; {told}\n\n{}\n{}\n\n\
         Regret in units of the table: static against the best fixed decision, dynamic against the best of each round; \
         share: of the\n{} that {bound} guarantees not to exceed on any table of this size. Gain: earned beyond the decision \
         that favours\nnothing, 95 % interval over batches of rounds.{random}\n{replayed}{dropped}",
        comparison(play, scaling, guarantee),
        verdicts.join("\n"),
        number(guarantee),
    );
    Output { text, json }
}

fn scaled(estimate: &Estimate, unit: f64) -> Estimate {
    Estimate {
        mean: estimate.mean * unit,
        low: estimate.low.map(|low| low * unit),
        high: estimate.high.map(|high| high * unit),
        n: estimate.n,
    }
}

fn row(entry: &TableEntry, scaling: &Scaling, guarantee: f64) -> Value {
    let regret = scaled(&entry.regret, scaling.unit);
    let verdict = entry.verdict();
    json!({
        "learner": entry.learner, "runs": entry.runs,
        "regret": regret.mean, "regret_low": regret.low, "regret_high": regret.high,
        "switching_regret": entry.switching_regret.map(|e| scaled(&e, scaling.unit)),
        "dynamic_regret": scaled(&entry.dynamic_regret, scaling.unit),
        "gain": entry.gain.map(|e| scaled(&e, scaling.unit)),
        "share_of_guarantee": regret.mean / guarantee,
        "growth": entry.growth, "replayed": entry.replayed,
        "verdict": verdict, "sentence": verdict.to_string(),
    })
}

fn comparison(play: &TablePlay, scaling: &Scaling, guarantee: f64) -> Table {
    let switches = play.rules().switches;
    let mut heads = vec!["learner".to_owned(), "regret".to_owned(), "share".to_owned()];
    heads.extend(switches.map(|n| format!("{n} switches")));
    heads.extend(["dynamic", "gain", "grows like t^", "p"].map(str::to_owned));
    let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for e in play.entries() {
        let cell = |estimate: &Estimate| with_interval(&scaled(estimate, scaling.unit));
        let mut cells = vec![
            e.learner.clone(),
            cell(&e.regret),
            number(e.regret.mean * scaling.unit / guarantee),
        ];
        cells.extend(e.switching_regret.as_ref().map(cell));
        cells.push(cell(&e.dynamic_regret));
        cells.push(e.gain.as_ref().map_or("-".to_owned(), cell));
        let left_out = if e.growth.dropped > 0 { "*" } else { "" };
        let exponent = |fit: &PowerFit| format!("{:.2}{left_out}", fit.exponent);
        let exponent = e.growth.fit.as_ref().map_or("-".to_owned(), exponent);
        let interval = e.replayed.and_then(|r| Some(format!(" [{:.2}, {:.2}]", r.low?, r.high?)));
        cells.push(exponent + &interval.unwrap_or_default());
        cells.push(e.replayed.map_or("-".to_owned(), |r| format!("{:.3}", r.p_value)));
        table.push(cells);
    }
    table
}

fn with_interval(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) if high > low => {
            format!("{} [{}, {}]", number(estimate.mean), number(low), number(high))
        }
        _ => number(estimate.mean),
    }
}

/// Static regret against the round, and the growth exponents with their intervals.
pub fn figure(play: &TablePlay, unit: f64) -> Figure {
    let mut regret = Panel::new("Static regret").x("round t").y("regret, units of the table");
    let mut growth =
        Panel::new("Growth of regret").x("learner, in the order of the legend").y("exponent");
    for (i, e) in play.entries().iter().enumerate() {
        let pen = Pen::of_curve(i);
        let line: Vec<_> = e.curve.iter().map(|p| (p.round as f64, p.mean * unit)).collect();
        let band: Vec<_> =
            e.curve.iter().map(|p| (p.round as f64, p.low * unit, p.high * unit)).collect();
        if e.runs > 1 {
            regret = regret.band(pen, &band);
        }
        regret = regret.line(&e.learner, pen.width(1.2), &line);
        let ends = e.replayed.and_then(|r| Some((r.low?, r.high?)));
        if let (Some(fit), Some((low, high))) = (e.growth.fit, ends) {
            growth = growth.error_bars("", pen, &[((i + 1) as f64, low, fit.exponent, high)]);
        }
    }
    let places: Vec<f64> = (1..=play.entries().len()).map(|i| i as f64).collect();
    growth = growth
        .horizontal("linear growth", lowregret::report::Role::Bound, 1.0)
        .x_range(0.5, places.len() as f64 + 0.5)
        .x_ticks(&places);
    Figure::new(2).panel(regret).panel(growth).shared_legend()
}
