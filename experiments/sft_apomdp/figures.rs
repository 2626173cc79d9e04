//! The figure of the page.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::gains::{COPY, ICL, RANDOM, SFT};
use super::gaps::{Gaps, Setting};
use super::hidden_models::{FINE_TUNING, PRETRAINING};
use super::others::{NOMINAL, ROBUST};
use super::plan::{
    DEMONSTRATIONS, HORIZON, HORIZONS, PESSIMISM, PESSIMISMS, RADII, RADIUS, setting, usual,
};
use super::stages::LossRow;
use super::{MYOPIC, QMDP};

const PENS: [(&str, Role); 8] = [
    (RANDOM, Role::Bound),
    (MYOPIC, Role::Ftl),
    (QMDP, Role::Ftrl),
    (NOMINAL, Role::Extra1),
    (ROBUST, Role::Extra2),
    (COPY, Role::Theory),
    (ICL, Role::Untrained),
    (SFT, Role::Learned),
];

/// Gaps against demonstrations, radius, pessimism and horizon; losses.
pub fn figure(gaps: &Gaps, history: &[&LossRow]) -> Result<Figure> {
    let mut figure = Figure::new(3).shared_legend();
    let panel = Panel::new(format!("H = {HORIZON}, radius {RADIUS}, pessimism {PESSIMISM}"))
        .x("demonstrations K")
        .log_x()
        .x_ticks(&DEMONSTRATIONS.map(|k| k as f64));
    figure = figure.panel(lines(panel, gaps, &DEMONSTRATIONS.map(|k| (k as f64, usual(k))))?);
    for k in [1, 4] {
        let panel = Panel::new(format!("H = {HORIZON}, K = {k}, pessimism {PESSIMISM}"))
            .x("ambiguity radius")
            .x_ticks(&RADII);
        let cells = RADII.map(|radius| (radius, setting(HORIZON, radius, PESSIMISM, k)));
        figure = figure.panel(lines(panel, gaps, &cells)?);
    }
    let widest = RADII[RADII.len() - 1];
    let panel = Panel::new(format!("H = {HORIZON}, K = 1, radius {widest}"))
        .x("pessimism")
        .x_ticks(&PESSIMISMS);
    let cells = PESSIMISMS.map(|alpha| (alpha, setting(HORIZON, widest, alpha, 1)));
    figure = figure.panel(lines(panel, gaps, &cells)?);
    let panel = Panel::new(format!("K = 1, radius {RADIUS}, pessimism {PESSIMISM}"))
        .x("horizon H")
        .x_ticks(&HORIZONS.map(|h| h as f64));
    let cells = HORIZONS.map(|h| (h as f64, setting(h, RADIUS, PESSIMISM, 1)));
    figure = figure.panel(lines(panel, gaps, &cells)?);
    Ok(figure.panel(losses(history)))
}

/// A line with error bars for every learner through (x, setting).
fn lines(mut panel: Panel, gaps: &Gaps, cells: &[(f64, Setting)]) -> Result<Panel> {
    panel = panel.y("(V* - V) / V*").log_y().y_range(1e-3, 1.0);
    for (learner, role) in PENS {
        let bars = cells.iter().map(|&(x, cell)| {
            let e = gaps.estimate(cell, learner)?;
            // A logarithmic axis needs the low end above 0.
            let low = e.low.unwrap_or(e.mean).max(e.mean / 10.0);
            Ok((x, low, e.mean, e.high.unwrap_or(e.mean)))
        });
        let mut bars = bars.collect::<Result<Vec<_>>>()?;
        // Those who are optimal somewhere are not drawn there.
        bars.retain(|(_, _, mean, _)| *mean > 0.0);
        let line: Vec<(f64, f64)> = bars.iter().map(|&(x, _, mean, _)| (x, mean)).collect();
        panel = panel.line(learner, role, &line).error_bars("", role, &bars);
    }
    Ok(panel)
}

fn losses(history: &[&LossRow]) -> Panel {
    let mut panel = Panel::new("Loss on tasks not met before")
        .x("step of the stage")
        .y("cross-entropy (nats)")
        .legend(Legend::None);
    for (stage, role) in [(PRETRAINING, Role::Untrained), (FINE_TUNING, Role::Learned)] {
        let own = || history.iter().filter(|row| row.stage == stage);
        let mut seeds: Vec<u64> = own().map(|row| row.seed).collect();
        seeds.dedup();
        for seed in seeds {
            let line: Vec<(f64, f64)> = own()
                .filter(|row| row.seed == seed)
                .map(|row| (row.step as f64, row.loss))
                .collect();
            panel = panel.line("", role.pen().width(1.2), &line);
        }
    }
    panel
}
