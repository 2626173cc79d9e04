//! Panels of gaps and losses, as several pages draw them.

use lowregret::Result;
use lowregret::report::{Panel, Role};

use super::gaps::{Gaps, Setting};
use super::stages::LossRow;

/// What gaps are called on an axis.
pub const GAP: &str = "(V* - V) / V*";

/// (x, low, mean, high).
pub type Bar = (f64, f64, f64, f64);

/// The mean gaps of a learner with their 95 % intervals at (x, setting), as far as they are on an axis that begins at `floor`.
/// Settings in which the learner was not measured are left out.
pub fn bars(gaps: &Gaps, learner: &str, cells: &[(f64, Setting)], floor: f64) -> Result<Vec<Bar>> {
    let measured = cells.iter().filter(|(_, cell)| !gaps.means(*cell, learner).is_empty());
    let bar = |&(x, cell): &(f64, Setting)| {
        let e = gaps.estimate(cell, learner)?;
        Ok((x, e.low.unwrap_or(e.mean).max(floor), e.mean, e.high.unwrap_or(e.mean)))
    };
    let mut bars = measured.map(bar).collect::<Result<Vec<_>>>()?;
    bars.retain(|(_, _, mean, _)| *mean >= floor);
    Ok(bars)
}

/// A line with error bars for every learner through (x, setting).
pub fn lines(
    panel: Panel,
    gaps: &Gaps,
    pens: &[(&'static str, Role)],
    cells: &[(f64, Setting)],
    (floor, top): (f64, f64),
) -> Result<Panel> {
    let mut panel = panel.y(GAP).y_range(floor, top);
    for &(learner, role) in pens {
        let bars = bars(gaps, learner, cells, floor)?;
        let line: Vec<(f64, f64)> = bars.iter().map(|&(x, _, mean, _)| (x, mean)).collect();
        panel = panel.line(learner, role, &line).error_bars("", role, &bars);
    }
    Ok(panel)
}

/// The losses of a course's stages, a line a seed.
pub fn losses<'a>(
    title: &str,
    history: impl IntoIterator<Item = &'a LossRow>,
    stages: &[(&'static str, Role)],
) -> Panel {
    let mut panel = Panel::new(title).x("step of the stage").y("cross-entropy (nats)");
    let history: Vec<&LossRow> = history.into_iter().collect();
    for &(stage, role) in stages {
        let own: Vec<&LossRow> = history.iter().copied().filter(|row| row.stage == stage).collect();
        for (n, seed) in own.chunk_by(|a, b| a.seed == b.seed).enumerate() {
            let line: Vec<(f64, f64)> =
                seed.iter().map(|row| (row.step as f64, row.loss)).collect();
            panel = panel.line(if n == 0 { stage } else { "" }, role.pen().width(1.2), &line);
        }
    }
    panel
}
