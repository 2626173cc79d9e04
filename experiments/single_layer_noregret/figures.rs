//! The two figures: what the layer achieves, and what it has become.

use lowregret::metrics::growth::fit_power;
use lowregret::metrics::structure::Effective;
use lowregret::report::{Figure, Legend, Panel, Pen, Role};
use lowregret::theory::mixture;
use lowregret::train::layer::history::Record;

use super::judge::Outcome;
use super::measure::{self, Fresh, HorizonResult};

/// Regret against round at horizon `shown`, final regret and step size against horizon.
pub fn no_regret(horizons: &[HorizonResult], shown: usize) -> Figure {
    let figure = Figure::new(3);
    let figure = match horizons.iter().find(|h| h.horizon == shown) {
        Some(h) => figure.panel(regret_against_round(h)),
        None => figure,
    };
    figure.panel(regret_against_horizon(horizons)).panel(step_against_horizon(horizons))
}

const LEARNERS: [(&str, &str, Role); 6] = [
    (measure::UNTRAINED, "untrained layer", Role::Untrained),
    (measure::STILL, "never moves", Role::Still),
    (measure::FTL, "follow the leader", Role::Ftl),
    (measure::HEDGE, "Hedge, best-tuned", Role::Hedge),
    (measure::LAYER, "trained layer", Role::Learned),
    (measure::FTRL, "FTRL, best-tuned", Role::Ftrl),
];

/// FTRL is dashed, since the trained layer's line runs beneath it.
fn curve(panel: Panel, name: &str, label: &str, role: Role, points: &[(f64, f64)]) -> Panel {
    if name == measure::FTRL {
        panel.dashed(label, role, points)
    } else {
        panel.line(label, role, points)
    }
}

fn regret_against_round(h: &HorizonResult) -> Panel {
    let line = |o: &Outcome| -> Vec<(f64, f64)> {
        o.curve.iter().map(|p| (p.round as f64, p.mean)).collect()
    };
    let mut panel = Panel::new(format!("Regret within a horizon of {}", h.horizon))
        .x("round t")
        .y("regret, mean over scenarios")
        .legend(Legend::TopLeft);
    for (name, label, role) in LEARNERS {
        let first = h.of(name).next();
        for outcome in h.of(name) {
            let band: Vec<_> =
                outcome.curve.iter().map(|p| (p.round as f64, p.low, p.high)).collect();
            let label = if first.is_some_and(|f| f.seed == outcome.seed) { label } else { "" };
            panel = curve(panel.band(role, &band), name, label, role, &line(outcome));
        }
    }
    for (name, label, role) in [
        (measure::BOUND, "bound for FTRL", Role::Bound),
        (measure::GUARANTEE, "guarantee for the layer", Role::Theory),
    ] {
        if let Some(outcome) = h.of(name).next() {
            panel = panel.dashed(label, role, &line(outcome));
        }
    }
    panel
}

fn ticks(horizons: &[HorizonResult]) -> Vec<f64> {
    horizons.iter().map(|h| h.horizon as f64).collect()
}

fn regret_against_horizon(horizons: &[HorizonResult]) -> Panel {
    let mut panel = Panel::new("Final regret against horizon")
        .x("horizon T")
        .y("regret after T rounds")
        .log_x()
        .log_y();
    for (name, label, role) in LEARNERS {
        let points: Vec<_> =
            horizons.iter().map(|h| (h.horizon as f64, h.mean_regret(name))).collect();
        let bars: Vec<_> = horizons
            .iter()
            .filter_map(|h| {
                let low = h.of(name).filter_map(|o| o.last.low).reduce(f64::min)?;
                let high = h.of(name).filter_map(|o| o.last.high).reduce(f64::max)?;
                Some((h.horizon as f64, low, h.mean_regret(name), high))
            })
            .collect();
        let label = match exponent(&points) {
            Some(exponent) => format!("{label}, T^{exponent:.2}"),
            None => label.to_owned(),
        };
        panel = curve(panel.error_bars("", role, &bars), name, &label, role, &points);
    }
    let root: Vec<_> =
        horizons.iter().map(|h| (h.horizon as f64, 0.6 * (h.horizon as f64).sqrt())).collect();
    // The upper half of the panel is for the legend.
    let panel = panel.y_range(1.5, 300.0);
    panel.dashed("slope 1/2", Role::Bound, &root).x_ticks(&ticks(horizons)).legend(Legend::TopLeft)
}

/// Fitted exponent of a power law through the points.
fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    Some(fit_power(&xs, &ys).ok()?.fit?.exponent)
}

fn step_against_horizon(horizons: &[HorizonResult]) -> Panel {
    let scaled = |f: &dyn Fn(&HorizonResult) -> f64| -> Vec<(f64, f64)> {
        horizons.iter().map(|h| (h.horizon as f64, f(h) * (h.horizon as f64).sqrt())).collect()
    };
    let learned: Vec<_> = horizons
        .iter()
        .flat_map(|h| {
            h.seeds
                .iter()
                .map(move |s| (h.horizon as f64, s.structure.eta * (h.horizon as f64).sqrt()))
        })
        .collect();
    let simulated: Vec<_> = horizons
        .iter()
        .map(|h| {
            let root = (h.horizon as f64).sqrt();
            let (mid, bar) =
                (h.rest_simulated.eta * root, 1.96 * h.rest_simulated.standard_error * root);
            (h.horizon as f64, mid - bar, mid, mid + bar)
        })
        .collect();
    Panel::new("Step size times √T")
        .x("horizon T")
        .y("η √T")
        .log_x()
        .x_ticks(&ticks(horizons))
        .y_range(0.4, 2.0)
        .dashed("rest point, formula", Role::Theory, &scaled(&|h| h.rest_formula))
        .error_bars("rest point, simulated", Role::Extra1, &simulated)
        .line("FTRL, best-tuned", Role::Ftrl, &scaled(&|h| h.tuned_eta))
        .dashed(
            "closed form, pure mixture",
            Role::Bound,
            &scaled(&|h| mixture::best_step(0.5, h.horizon)),
        )
        .points("learned, one point a seed", Role::Learned, &learned)
        .legend(Legend::TopLeft)
}

/// The effective matrix before and after, the distances to FTRL while training, and what happens when rewards are not shared.
pub fn structure(horizons: &[HorizonResult], fresh: &[Fresh], shown: usize) -> Figure {
    let mut figure = Figure::new(3);
    let Some(h) = horizons.iter().find(|h| h.horizon == shown) else {
        return figure;
    };
    if let Some(s) = h.seeds.first() {
        let root = (shown as f64).sqrt();
        for (layer, when) in [(&s.trained.untrained, "before"), (&s.trained.layer, "after")] {
            let matrix = Effective::of(layer).matrix * root;
            let rows = matrix.rows().into_iter().map(|r| r.to_vec()).collect();
            figure =
                figure.panel(Panel::matrix(format!("W √T {when} training, T = {shown}"), rows));
        }
    }
    let shared: Vec<&[Record]> = h.seeds.iter().map(|s| s.trained.history.as_slice()).collect();
    let balanced = || fresh.iter().filter(|f| f.family == measure::BALANCED);
    let unshared: Vec<&[Record]> = balanced().map(|f| f.trained.history.as_slice()).collect();
    let twins: Vec<&[Record]> = balanced().map(|f| f.twin.history.as_slice()).collect();
    let distances =
        Panel::new("Distance to FTRL while training").x("iteration").y("relative distance").log_y();
    let distances =
        lines(distances, "off-isotropy of W", Role::Learned, &shared, |r| r.off_isotropy);
    let distances = lines(distances, "value bias / η", Role::Untrained, &shared, |r| r.value_bias);
    let distances = lines(distances, "key content |u| / s", Role::Ftrl, &shared, |r| r.key_content);
    let distances = lines(distances, "rms distance of decisions", Role::Ftl, &shared, |r| {
        r.prediction_distance
    });
    let steps = Panel::new("Step size: shared or fresh rewards").x("iteration").y("η √T");
    let steps =
        lines(steps, "rewards shared by a scenario's rollouts", Role::Learned, &twins, |r| r.step);
    let steps =
        lines(steps, "fresh rewards for each rollout", Role::Untrained, &unshared, |r| r.step);
    let regret =
        Panel::new("Regret: shared or fresh rewards").x("iteration").y("validation regret");
    let regret = lines(regret, "shared", Role::Learned, &twins, |r| r.validation_regret);
    let regret = lines(regret, "fresh", Role::Untrained, &unshared, |r| r.validation_regret);
    let regret = match h.seeds.first() {
        Some(s) => regret.horizontal("FTRL, best-tuned", Role::Ftrl, s.validation_ftrl),
        None => regret,
    };
    figure.panel(distances).panel(steps).panel(regret).panel(way(horizons))
}

fn lines(
    panel: Panel,
    label: &str,
    pen: impl Into<Pen>,
    runs: &[&[Record]],
    value: fn(&Record) -> f64,
) -> Panel {
    let pen = pen.into().width(1.2);
    runs.iter().enumerate().fold(panel, |panel, (i, run)| {
        let points: Vec<_> = run.iter().map(|r| (r.iteration as f64, value(r))).collect();
        panel.line(if i == 0 { label } else { "" }, pen, &points)
    })
}

/// How many iterations it took to come near the final step size for good.
fn way(horizons: &[HorizonResult]) -> Panel {
    let mut points = Vec::new();
    for h in horizons {
        for s in &h.seeds {
            let history = &s.trained.history;
            let Some(last) = history.last() else { continue };
            let far = history.iter().rev().find(|r| (r.step / last.step - 1.0).abs() > 0.1);
            points.push((h.horizon as f64, far.map_or(1.0, |r| r.iteration as f64)));
        }
    }
    let all: Vec<_> = horizons
        .iter()
        .filter_map(|h| {
            Some((h.horizon as f64, h.seeds.first()?.trained.history.last()?.iteration as f64))
        })
        .collect();
    Panel::new("The way to within 10 % of the final step size")
        .x("horizon T")
        .y("iterations")
        .log_x()
        .log_y()
        .x_ticks(&ticks(horizons))
        .dashed("length of the run", Role::Bound, &all)
        .points("one point a seed", Role::Learned, &points)
        .legend(Legend::BottomRight)
}
