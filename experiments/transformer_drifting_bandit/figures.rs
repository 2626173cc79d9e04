//! The figures: regret while practising and against the round, and what separates models from discounted UCB.

use lowregret::Result;
use lowregret::metrics::comparison::Entry;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::{Figure, Panel, Pen};

use super::measure::{AT_HOME, DISCOUNTED_UCB, MIXTURE, MODELS, Played, Trained, shown};

fn pen(player: &str) -> Option<Pen> {
    shown().into_iter().find(|(name, _)| *name == player).map(|(_, pen)| pen)
}

/// Training, then one panel a kind of drift.
pub fn regret(trained: &[Trained], played: &[Played]) -> Figure {
    let mut training = Panel::new("While practising the mixture")
        .x("environment steps, millions")
        .y("dynamic regret of the trajectories");
    for t in trained {
        if let Some(pen) = pen(t.model) {
            let history = t.result.history.iter();
            let points: Vec<_> = history.map(|r| (r.steps as f64 / 1e6, r.regret)).collect();
            training = training.line("", pen.width(1.0), &points);
        }
    }
    if let Some(mixture) = played.iter().find(|p| p.name == MIXTURE)
        && let Some(entry) = mixture.comparison.of(DISCOUNTED_UCB).next()
        && let Ok(regret) = mixture.comparison.regret(entry)
        && let Some(pen) = pen(DISCOUNTED_UCB)
    {
        training = training.horizontal("", pen, regret.mean);
    }
    let figure = Figure::new(3).shared_legend().panel(training);
    played.iter().fold(figure, |figure, p| {
        let panel = Panel::new(p.name).x("round t").y("dynamic regret, mean over scenarios");
        figure.panel(shown().into_iter().fold(panel, |panel, (player, pen)| {
            let entries: Vec<_> = p.comparison.of(player).collect();
            curve(panel, player, pen, p, &entries)
        }))
    })
}

/// The mean over seeds, in a band from the lowest end of their intervals to the highest.
fn curve(panel: Panel, label: &str, pen: Pen, played: &Played, entries: &[&Entry]) -> Panel {
    let law = played.comparison.problem().regret();
    let curves: Vec<_> = entries.iter().map(|e| &e.outcome.regret(law).curve).collect();
    let rounds = curves.first().map_or(0, |curve| curve.len());
    let round = |t: usize| (t + 1) as f64;
    let band = |t: usize| {
        let low = smallest(curves.iter().map(|c| c[t].low));
        (round(t), low, largest(curves.iter().map(|c| c[t].high)))
    };
    let mean =
        |t: usize| (round(t), curves.iter().map(|c| c[t].mean).sum::<f64>() / curves.len() as f64);
    panel.band(pen, &(0..rounds).map(band).collect::<Vec<_>>()).line(
        label,
        pen,
        &(0..rounds).map(mean).collect::<Vec<_>>(),
    )
}

/// Paired differences to discounted UCB, tuned on the mixture and tuned for the kind; one bar a model and seed.
pub fn differences(played: &[Played]) -> Result<Figure> {
    let mut figure = Figure::new(2).shared_legend();
    let kinds: Vec<_> =
        played.iter().enumerate().map(|(i, p)| format!("{} {}", i + 1, p.name)).collect();
    for (against, tuning) in [(DISCOUNTED_UCB, "on the mixture"), (AT_HOME, "for the kind")] {
        let mut panel = Panel::new(format!("Regret minus that of discounted UCB tuned {tuning}"))
            .x(kinds.join(", "))
            .y("paired difference, 95 % interval")
            .x_ticks(&(1..=played.len()).map(|i| i as f64).collect::<Vec<_>>());
        for (m, (model, _)) in MODELS.into_iter().enumerate() {
            let mut bars = Vec::new();
            for (i, p) in played.iter().enumerate() {
                for (s, entry) in p.comparison.of(model).enumerate() {
                    let x = (i + 1) as f64 + 0.25 * (m as f64 - 1.0) + 0.06 * (s as f64 - 1.0);
                    let d = p.comparison.difference(entry, against)?;
                    let (low, high) = (d.low.unwrap_or(d.mean), d.high.unwrap_or(d.mean));
                    bars.push((x, low, d.mean, high));
                }
            }
            if let Some(pen) = pen(model) {
                panel = panel.error_bars(model, pen.width(1.2), &bars);
            }
        }
        if let Some(pen) = pen(DISCOUNTED_UCB) {
            panel = panel.horizontal("discounted UCB", pen, 0.0);
        }
        figure = figure.panel(panel);
    }
    Ok(figure)
}
