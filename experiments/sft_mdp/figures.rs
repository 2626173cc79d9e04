//! The figure of the page.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::controls::MYOPIC;
use super::gains::{COPY, ICL, RANDOM, SFT};
use super::gap_panels::{GAP, bars, lines, losses};
use super::gaps::{Gaps, Setting};
use super::spoilt::{self, ALL};
use super::stages::{FINE_TUNING, NOISY_PRETRAINING, PRETRAINING, Trained};
use super::{DEMONSTRATIONS, EQUAL_TOKENS, HORIZONS};

const LEARNERS: [(&str, Role); 5] = [
    (RANDOM, Role::Bound),
    (MYOPIC, Role::Ftl),
    (COPY, Role::Theory),
    (ICL, Role::Untrained),
    (SFT, Role::Learned),
];

/// Gaps against demonstrations at three horizons; against the horizon; controls; losses.
pub fn figure(gaps: &Gaps, trained: &Trained) -> Result<Figure> {
    let mut figure = Figure::new(3);
    for horizon in HORIZONS {
        let panel = Panel::new(format!("Gap, horizon H = {horizon}"))
            .x("demonstrations K")
            .log_x()
            .log_y()
            .x_ticks(&DEMONSTRATIONS.map(|k| k as f64))
            .legend(if horizon == HORIZONS[0] { Legend::Below } else { Legend::None });
        let cells = DEMONSTRATIONS.map(|k| (k as f64, Setting::of("demonstrations", horizon, k)));
        figure = figure.panel(lines(panel, gaps, &LEARNERS, &cells, (1e-3, 1.0))?);
    }
    Ok(figure.panel(by_horizon(gaps)?).panel(controlled(gaps)?).panel(
        losses(
            "Loss on tasks not met before",
            trained.log(),
            &[
                (PRETRAINING, Role::Untrained),
                (FINE_TUNING, Role::Learned),
                (NOISY_PRETRAINING, Role::Extra2),
            ],
        )
        .legend(Legend::Below),
    ))
}

fn by_horizon(gaps: &Gaps) -> Result<Panel> {
    let mut panel = Panel::new("Gap by horizon: K = 2 (full), K H = 30 (dashed)")
        .x("horizon H")
        .y(GAP)
        .log_y()
        .x_ticks(&HORIZONS.map(|h| h as f64))
        .legend(Legend::None);
    let fixed = HORIZONS.map(|h| (h as f64, Setting::of("demonstrations", h, 2)));
    let equal = EQUAL_TOKENS.map(|(h, k)| (h as f64, Setting::of("equal tokens", h, k)));
    for (learner, role) in [(COPY, Role::Theory), (ICL, Role::Untrained), (SFT, Role::Learned)] {
        let points = |settings: &[(f64, Setting)]| -> Result<Vec<(f64, f64)>> {
            let bars = bars(gaps, learner, settings, 0.0)?;
            Ok(bars.into_iter().map(|(x, _, mean, _)| (x, mean)).collect())
        };
        let (fixed, equal) = (points(&fixed)?, points(&equal)?);
        panel = panel.line(learner, role, &fixed).points("", role, &fixed);
        panel = panel.dashed("", role, &equal).points("", role, &equal);
    }
    Ok(panel)
}

fn controlled(gaps: &Gaps) -> Result<Panel> {
    let pens = [
        Role::Extra1,
        Role::Hedge,
        Role::Ftrl,
        Role::Still,
        Role::Ftl,
        Role::Untrained,
        Role::Extra2,
    ];
    let cell = spoilt::CELLS[0];
    let mut panel = Panel::new("Controls, H = 3, K = 1")
        .y(GAP)
        .x_ticks(&[])
        .x_range(0.5, 7.5)
        .y_range(0.0, 0.65)
        .legend(Legend::Below);
    let reference = Setting::of("demonstrations", cell.0, cell.1);
    for (learner, role) in [(RANDOM, Role::Bound), (ICL, Role::Untrained), (SFT, Role::Learned)] {
        panel = panel.horizontal(learner, role, gaps.estimate(reference, learner)?.mean);
    }
    for (i, (control, role)) in ALL.into_iter().zip(pens).enumerate() {
        let bar = bars(gaps, control, &[((i + 1) as f64, spoilt::setting(cell))], 0.0)?;
        panel = panel.error_bars(control, role, &bar);
    }
    Ok(panel)
}
