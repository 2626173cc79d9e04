//! The figure of the page.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::controls::MYOPIC;
use super::gains::{COPY, ICL, RANDOM, SFT};
use super::gap_panels::{GAP, bars, lines, losses};
use super::gaps::{Gaps, Setting};
use super::hidden_exam::QMDP;
use super::plan::{
    DEMONSTRATIONS, FACTOR_HORIZONS, FACTORS, HORIZON, MAZE, MAZE_HORIZONS, OBSERVABILITIES,
    OBSERVABILITY, setting,
};
use super::spoilt::{self, ALL};
use super::stages::{FINE_TUNING, LossRow, PRETRAINING};

const PENS: [(&str, Role); 6] = [
    (RANDOM, Role::Bound),
    (MYOPIC, Role::Ftl),
    (QMDP, Role::Ftrl),
    (COPY, Role::Theory),
    (ICL, Role::Untrained),
    (SFT, Role::Learned),
];

/// Both families against demonstrations, observability and horizon; controls; losses.
pub fn figure(gaps: &Gaps, history: &[LossRow]) -> Result<Figure> {
    let mut figure = Figure::new(4).shared_legend();
    for (part, rho, horizons, range) in [
        (FACTORS, OBSERVABILITY, FACTOR_HORIZONS, (1e-3, 1.0)),
        (MAZE, 1.0, MAZE_HORIZONS, (0.0, 1.02)),
    ] {
        // Gaps of 0 and of a half are both what matters in a maze; small ones are in linear processes.
        let axis = |panel: Panel| if part == FACTORS { panel.log_y() } else { panel };
        let panel = Panel::new(format!("{part}: H = {HORIZON}, observability {rho}"))
            .x("demonstrations K")
            .log_x()
            .x_ticks(&DEMONSTRATIONS.map(|k| k as f64));
        let cells = DEMONSTRATIONS.map(|k| (k as f64, setting(part, HORIZON, rho, k)));
        figure = figure.panel(lines(axis(panel), gaps, &PENS, &cells, range)?);
        let panel = Panel::new(format!("{part}: H = {HORIZON}, K = 1"))
            .x("observability")
            .x_ticks(&OBSERVABILITIES);
        let cells = OBSERVABILITIES.map(|rho| (rho, setting(part, HORIZON, rho, 1)));
        figure = figure.panel(lines(axis(panel), gaps, &PENS, &cells, range)?);
        let panel = Panel::new(format!("{part}: K = 2, observability {rho}"))
            .x("horizon H")
            .x_ticks(&horizons.map(|h| h as f64));
        let cells = horizons.map(|h| (h as f64, setting(part, h, rho, 2)));
        figure = figure.panel(lines(axis(panel), gaps, &PENS, &cells, range)?);
        figure = figure.panel(controlled(gaps, part)?);
    }
    for part in [FACTORS, MAZE] {
        let own = history.iter().filter(|row| row.course == part);
        let stages = [(PRETRAINING, Role::Untrained), (FINE_TUNING, Role::Learned)];
        let losses = losses(&format!("{part}: loss on new demonstrations"), own, &stages);
        figure = figure.panel(losses.legend(Legend::None));
    }
    Ok(figure)
}

/// The fine-tuned model beside its controls, side by side for every setting.
fn controlled(gaps: &Gaps, part: &'static str) -> Result<Panel> {
    let roles = [
        Role::Extra1,
        Role::Hedge,
        Role::Still,
        Role::Bound,
        Role::Ftl,
        Role::Untrained,
        Role::Extra2,
    ];
    let cells = spoilt::cells(part);
    let name = |cell: &Setting| {
        format!("({}, {})", cell.observability.unwrap_or(f64::NAN), cell.demonstrations)
    };
    let names: Vec<String> = cells.iter().map(name).collect();
    let mut panel = Panel::new(format!("{part}: controls"))
        .x(format!("(observability, K): {}", names.join(", ")))
        .y(GAP)
        .x_ticks(&[]);
    let everybody = [(SFT, Role::Learned)].into_iter().chain(ALL.into_iter().zip(roles));
    for (i, (learner, role)) in everybody.enumerate() {
        let place = |(n, &cell): (usize, &Setting)| ((n * (ALL.len() + 2) + i) as f64, cell);
        let cells: Vec<(f64, Setting)> = cells.iter().enumerate().map(place).collect();
        let label = if learner == SFT { "" } else { learner };
        panel = panel.error_bars(label, role, &bars(gaps, learner, &cells, 0.0)?);
    }
    Ok(panel)
}
