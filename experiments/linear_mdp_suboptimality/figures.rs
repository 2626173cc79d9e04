//! The page's figure.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Pen, Role};

use super::layers::Layer;
use super::points::Points;
use super::sweeps::{FITTED_ON_TRAJECTORIES, LEAST_SQUARES, PRIOR_MEAN, VALUE_ITERATION};
use super::tasks::Tasks;
use super::trial::{Quantity, Shown};
use super::{HORIZON, HORIZONS, Sizes};

/// Six panels.
pub fn figure(points: &Points, tasks: &Tasks, sizes: &Sizes) -> Result<Figure> {
    Ok(Figure::new(3)
        .panel(horizons(points)?)
        .panel(bounds(points)?)
        .panel(training_length(points)?)
        .panel(comparators(points)?)
        .panel(trajectories(points)?)
        .panel(sharing(points, tasks, sizes)?))
}

fn log_log(title: &str) -> Panel {
    Panel::new(title).log_x().log_y()
}

fn horizons(points: &Points) -> Result<Panel> {
    let mut panel = log_log("Loss falls like 1/M, the later the longer the horizon")
        .x("samples of each step M")
        .y("loss V* - V");
    for (index, horizon) in HORIZONS.into_iter().enumerate() {
        let pen = Pen::step(index, HORIZONS.len());
        let line =
            points.against_samples("samples", horizon, Layer::Centred.name(), Quantity::Loss)?;
        panel = panel.line(&format!("H = {horizon}"), pen, &line).points("", pen, &line);
    }
    let name = Layer::ContextCentred.name();
    let line = points.against_samples("samples", HORIZON, name, Quantity::Loss)?;
    let label = format!("H = {HORIZON}, context-centred");
    Ok(panel.dashed(&label, Role::Learned, &line).points("", Role::Learned, &line))
}

fn bounds(points: &Points) -> Result<Panel> {
    let mut panel =
        log_log("Bounds on the loss, H = 5").x("samples of each step M").y("loss and bounds");
    let series = [
        ("2 sum max |error| (Q-B2)", Quantity::LargestError, Role::Still),
        ("root of squared error (Q-B3)", Quantity::SquaredError, Role::Ftl),
        ("span of errors (Q-B2')", Quantity::Span, Role::Hedge),
        ("pair of errors (Q-B1)", Quantity::Pair, Role::Ftrl),
        ("pair, jointly (Q-B1')", Quantity::JointPair, Role::Extra1),
        ("loss", Quantity::Loss, Role::Learned),
    ];
    for (label, quantity, role) in series {
        let line = points.against_samples("samples", HORIZON, Layer::Centred.name(), quantity)?;
        panel = panel.line(label, role, &line);
    }
    Ok(panel.legend(Legend::Below))
}

fn training_length(points: &Points) -> Result<Panel> {
    let mut panel = log_log("Infinite contexts: what the training length leaves")
        .x("training length N")
        .y("loss V* - V");
    for (index, horizon) in HORIZONS.into_iter().enumerate() {
        let pen = Pen::step(index, HORIZONS.len());
        let name = Layer::Centred.name();
        let line = points.against_length("training length", horizon, name, Quantity::Loss)?;
        panel = panel.line(&format!("H = {horizon}"), pen, &line).points("", pen, &line);
    }
    let name = Layer::ContextCentred.name();
    let line = points.against_length("training length", HORIZON, name, Quantity::Loss)?;
    let label = format!("H = {HORIZON}, context-centred");
    Ok(panel.dashed(&label, Role::Learned, &line).points("", Role::Learned, &line))
}

fn comparators(points: &Points) -> Result<Panel> {
    let mut panel = log_log("Layers made for M beside regressions, H = 5")
        .x("samples of each step M")
        .y("loss V* - V");
    let series = [
        ("layer, raw labels", Layer::Raw.name(), Role::Untrained),
        ("layer, prior-centred", Layer::Centred.name(), Role::Hedge),
        ("layer shared by all steps", Layer::Shared.name(), Role::Extra1),
        ("layer, context-centred", Layer::ContextCentred.name(), Role::Learned),
        ("value iteration, no labels", VALUE_ITERATION, Role::Ftl),
        ("least squares", LEAST_SQUARES, Role::Theory),
    ];
    for (label, name, role) in series {
        let line = points.against_samples("comparators", HORIZON, name, Quantity::Loss)?;
        // Least squares is exact once the features span: a logarithm has no place for 0.
        let line: Vec<_> = line.into_iter().filter(|(_, loss)| *loss > 1e-9).collect();
        panel = panel.line(label, role, &line).points("", role, &line);
    }
    if let Some(point) = points.of("centring", HORIZON, PRIOR_MEAN).next() {
        panel = panel.horizontal("prior mean", Role::Bound, point.mean(Quantity::Loss)?);
    }
    Ok(panel.legend(Legend::Below))
}

fn trajectories(points: &Points) -> Result<Panel> {
    let mut panel =
        Panel::new("Contexts of trajectories: error beside that on independent samples")
            .x("step h")
            .y("error, relative");
    let layer = Layer::Centred.name();
    for (runs, role) in [(20, Role::Hedge), (100, Role::Untrained)] {
        let errors = |name: &str, shown| {
            let mut all = points.of("trajectories", HORIZON, name);
            all.find(|point| point.setting.shown == shown).map(|point| point.outcome.step_errors())
        };
        let Some(independent) = errors(layer, Shown::Samples(runs)) else { continue };
        let shown = Shown::Trajectories(runs);
        for (name, label, dashed) in [
            (layer, "made for samples", false),
            (FITTED_ON_TRAJECTORIES, "fitted on trajectories", true),
        ] {
            let Some(own) = errors(name, shown) else { continue };
            let line: Vec<(f64, f64)> = own
                .iter()
                .zip(&independent)
                .enumerate()
                .map(|(h, (own, independent))| (h as f64 + 1.0, own / independent))
                .collect();
            let label = format!("{runs} runs, {label}");
            panel = if dashed {
                panel.dashed(&label, role, &line)
            } else {
                panel.line(&label, role, &line).points("", role, &line)
            };
        }
    }
    Ok(panel.horizontal("", Role::Bound, 1.0).x_ticks(&[1.0, 2.0, 3.0, 4.0, 5.0]))
}

fn sharing(points: &Points, tasks: &Tasks, sizes: &Sizes) -> Result<Panel> {
    let mut panel = log_log("One layer a step, and one for all")
        .x("samples of each step M")
        .y("squared error of Q, all steps");
    let steps = super::claims::shared_steps(tasks)?;
    let mut exact = Vec::new();
    for &samples in &sizes.sharing_samples {
        let error = steps.test_error(steps.optimum(samples)?.view(), samples)?;
        exact.push((samples as f64, error));
    }
    for (label, layer, role) in [
        ("a layer a step", Layer::Centred, Role::Hedge),
        ("one layer for all", Layer::Shared, Role::Learned),
    ] {
        let line = points.against_samples("sharing", HORIZON, layer.name(), Quantity::QError)?;
        panel = panel.line(label, role, &line).points("", role, &line);
    }
    Ok(panel.dashed("closed form", Role::Theory, &exact))
}
