//! The figure of the page.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::controls::{self, ALL};
use super::gains::{COPY, ICL, RANDOM, SFT};
use super::gaps::{Gaps, Setting};
use super::hidden_models::{FINE_TUNING, PRETRAINING};
use super::plan::{
    DEMONSTRATIONS, FACTOR_HORIZONS, FACTORS, HORIZON, MAZE, MAZE_HORIZONS, OBSERVABILITIES,
    OBSERVABILITY, setting,
};
use super::stages::LossRow;
use super::{MYOPIC, QMDP};

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
    for (part, rho, horizons) in
        [(FACTORS, OBSERVABILITY, FACTOR_HORIZONS), (MAZE, 1.0, MAZE_HORIZONS)]
    {
        let panel = Panel::new(format!("{part}: H = {HORIZON}, observability {rho}"))
            .x("demonstrations K")
            .log_x()
            .x_ticks(&DEMONSTRATIONS.map(|k| k as f64));
        let cells = DEMONSTRATIONS.map(|k| (k as f64, setting(part, HORIZON, rho, k)));
        figure = figure.panel(lines(panel, gaps, &cells)?);
        let panel = Panel::new(format!("{part}: H = {HORIZON}, K = 1"))
            .x("observability")
            .x_ticks(&OBSERVABILITIES);
        let cells = OBSERVABILITIES.map(|rho| (rho, setting(part, HORIZON, rho, 1)));
        figure = figure.panel(lines(panel, gaps, &cells)?);
        let panel = Panel::new(format!("{part}: K = 2, observability {rho}"))
            .x("horizon H")
            .x_ticks(&horizons.map(|h| h as f64));
        let cells = horizons.map(|h| (h as f64, setting(part, h, rho, 2)));
        figure = figure.panel(lines(panel, gaps, &cells)?);
        figure = figure.panel(controlled(gaps, part)?);
    }
    Ok(figure.panel(losses(history, FACTORS)).panel(losses(history, MAZE)))
}

/// A line with error bars for every learner through (x, setting).
fn lines(mut panel: Panel, gaps: &Gaps, cells: &[(f64, Setting)]) -> Result<Panel> {
    panel = panel.y("(V* - V) / V*").y_range(0.0, 1.0);
    let top = cells.iter().map(|(_, cell)| gaps.means(*cell, RANDOM)[0]).fold(0.0, f64::max);
    panel = panel.y_range(0.0, (1.1 * top).min(1.02));
    for (learner, role) in PENS {
        let bars = cells.iter().map(|&(x, cell)| {
            let e = gaps.estimate(cell, learner)?;
            Ok((x, e.low.unwrap_or(e.mean), e.mean, e.high.unwrap_or(e.mean)))
        });
        let bars = bars.collect::<Result<Vec<_>>>()?;
        let line: Vec<(f64, f64)> = bars.iter().map(|&(x, _, mean, _)| (x, mean)).collect();
        panel = panel.line(learner, role, &line).error_bars("", role, &bars);
    }
    Ok(panel)
}

/// The fine-tuned model beside its controls, side by side for every setting.
fn controlled(gaps: &Gaps, part: &'static str) -> Result<Panel> {
    let roles = [Role::Extra1, Role::Hedge, Role::Still, Role::Extra2];
    let mut panel =
        Panel::new(format!("{part}: controls in three settings")).y("(V* - V) / V*").x_ticks(&[]);
    let everybody = [(SFT, Role::Learned)].into_iter().chain(ALL.into_iter().zip(roles));
    for (i, (learner, role)) in everybody.enumerate() {
        let mut bars = Vec::new();
        for (n, cell) in controls::cells(part).into_iter().enumerate() {
            if !gaps.means(cell, learner).is_empty() {
                let e = gaps.estimate(cell, learner)?;
                let x = (n * (ALL.len() + 2) + i) as f64;
                bars.push((x, e.low.unwrap_or(e.mean), e.mean, e.high.unwrap_or(e.mean)));
            }
        }
        let label = if learner == SFT { "" } else { learner };
        panel = panel.error_bars(label, role, &bars);
    }
    Ok(panel)
}

fn losses(history: &[LossRow], course: &str) -> Panel {
    let mut panel = Panel::new(format!("{course}: loss on tasks not met before"))
        .x("step of the stage")
        .y("cross-entropy (nats)")
        .legend(Legend::None);
    for (stage, role) in [(PRETRAINING, Role::Untrained), (FINE_TUNING, Role::Learned)] {
        let own = || history.iter().filter(|row| row.course == course && row.stage == stage);
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
