//! The answer: table, verdicts, JSON and figure.

use lowregret::metrics::growth::PowerFit;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::table_play::{TableEntry, TablePlay, Verdict};
use lowregret::problem::reward_table::RewardTable;
use lowregret::report::table::{number, plus_minus};
use lowregret::report::{Figure, Panel, Pen, Table};
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
                "for the learners rewards were divided\nby their root mean square length {}",
                number(scaling.unit)
            ),
            "FTRL",
        ),
        Feedback::Bandit => (
            format!(
                "for the learners rewards were mapped\nfrom [{}, {}] onto [0, 1]: they are told the range",
                number(scaling.offset),
                number(scaling.offset + scaling.unit)
            ),
            "EXP3",
        ),
    };
    let random = match arguments.feedback {
        Feedback::Full => String::new(),
        Feedback::Bandit => format!(" Regret ± 95 % over {} runs.", rules.runs),
    };
    let replayed = match rules.tables {
        0 => "The growth exponent has no interval: --resamples 0.".to_owned(),
        tables => format!(
            "Growth: exponent of the regret curve over its last four fifths; 95 % of\n\
             {tables} tables of the same length made of blocks of {} consecutive rounds of\n\
             yours; p, the share of them with 1 or more. They keep how rewards hang together\n\
             for that long and lose slower drift; nothing here speaks of horizons beyond\n\
             {rounds} rounds.",
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
        "{rounds} rounds, {arms} arms; {told}\n\n{}\n{}\n{}\n\n\
         Regret in units of the table: static against the best fixed decision, dynamic\n\
         against the best of each round; share: of the {} that {bound} guarantees not\n\
         to exceed on any table of this size. Gain: earned beyond the decision that\n\
         favours nothing, ± 95 % over batches of rounds.{random}\n{replayed}{dropped}",
        earnings(play, scaling, guarantee),
        growth(play),
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

/// Three regrets and the gain.
fn earnings(play: &TablePlay, scaling: &Scaling, guarantee: f64) -> Table {
    let switches = play.rules().switches.map(|n| format!("{n} switches"));
    let mut heads = vec!["learner", "regret", "share"];
    heads.extend(switches.as_deref());
    heads.extend(["dynamic", "gain"]);
    let mut table = Table::new(&heads);
    for e in play.entries() {
        let cell = |e: &Estimate| {
            plus_minus(e.mean * scaling.unit, e.half_width().map(|h| h * scaling.unit))
        };
        // With one arm there is no regret to guarantee anything of.
        let share = match guarantee > 0.0 {
            true => number(e.regret.mean * scaling.unit / guarantee),
            false => "-".to_owned(),
        };
        let mut cells = vec![e.learner.clone(), cell(&e.regret), share];
        cells.extend(e.switching_regret.as_ref().map(cell));
        cells.push(cell(&e.dynamic_regret));
        cells.push(e.gain.as_ref().map_or("-".to_owned(), cell));
        table.push(cells);
    }
    table
}

/// Exponents of growth.
fn growth(play: &TablePlay) -> Table {
    let mut table = Table::new(&["learner", "grows like t^", "95 % of tables", "p"]);
    let none = || "-".to_owned();
    for e in play.entries() {
        let left_out = if e.growth.dropped > 0 { "*" } else { "" };
        let exponent = |fit: PowerFit| format!("{:.2}{left_out}", fit.exponent);
        let interval = e.replayed.and_then(|r| Some(format!("{:.2} to {:.2}", r.low?, r.high?)));
        table.push(vec![
            e.learner.clone(),
            e.growth.fit.map_or_else(none, exponent),
            interval.unwrap_or_else(none),
            e.replayed.map_or_else(none, |r| format!("{:.3}", r.p_value)),
        ]);
    }
    table
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
        // Where there is no regret there is no growth of it.
        let fit = e.growth.fit.filter(|_| e.verdict() != Verdict::NoRegret);
        if let (Some(fit), Some((low, high))) = (fit, ends) {
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
