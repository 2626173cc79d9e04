//! The figure of the page.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::controls::MYOPIC;
use super::gains::{COPY, ICL, RANDOM, SFT};
use super::gap_panels::{lines, losses};
use super::gaps::Gaps;
use super::hidden_exam::QMDP;
use super::others::{NOMINAL, ROBUST};
use super::plan::{
    DEMONSTRATIONS, HORIZON, HORIZONS, PESSIMISM, PESSIMISMS, RADII, RADIUS, setting, usual,
};
use super::stages::{FINE_TUNING, LossRow, PRETRAINING};

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

/// Axis of gaps.
const RANGE: (f64, f64) = (1e-3, 1.0);

/// Gaps against demonstrations, radius, pessimism and horizon; losses.
pub fn figure(gaps: &Gaps, history: &[&LossRow]) -> Result<Figure> {
    let mut figure = Figure::new(3).shared_legend();
    let panel = Panel::new(format!("H = {HORIZON}, radius {RADIUS}, pessimism {PESSIMISM}"))
        .x("demonstrations K")
        .log_y()
        .log_x()
        .x_ticks(&DEMONSTRATIONS.map(|k| k as f64));
    figure = figure.panel(lines(
        panel,
        gaps,
        &PENS,
        &DEMONSTRATIONS.map(|k| (k as f64, usual(k))),
        RANGE,
    )?);
    for k in [1, 4] {
        let panel = Panel::new(format!("H = {HORIZON}, K = {k}, pessimism {PESSIMISM}"))
            .x("ambiguity radius")
            .log_y()
            .x_ticks(&RADII);
        let cells = RADII.map(|radius| (radius, setting(HORIZON, radius, PESSIMISM, k)));
        figure = figure.panel(lines(panel, gaps, &PENS, &cells, RANGE)?);
    }
    let widest = RADII[RADII.len() - 1];
    let panel = Panel::new(format!("H = {HORIZON}, K = 1, radius {widest}"))
        .x("pessimism")
        .log_y()
        .x_ticks(&PESSIMISMS);
    let cells = PESSIMISMS.map(|alpha| (alpha, setting(HORIZON, widest, alpha, 1)));
    figure = figure.panel(lines(panel, gaps, &PENS, &cells, RANGE)?);
    let panel = Panel::new(format!("K = 1, radius {RADIUS}, pessimism {PESSIMISM}"))
        .x("horizon H")
        .log_y()
        .x_ticks(&HORIZONS.map(|h| h as f64));
    let cells = HORIZONS.map(|h| (h as f64, setting(h, RADIUS, PESSIMISM, 1)));
    figure = figure.panel(lines(panel, gaps, &PENS, &cells, RANGE)?);
    let stages = [(PRETRAINING, Role::Untrained), (FINE_TUNING, Role::Learned)];
    let losses = losses("Loss on tasks not met before", history.iter().copied(), &stages);
    Ok(figure.panel(losses.legend(Legend::None)))
}
