//! The page's figure.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Pen, Role};
use lowregret::theory::in_context::shared::SharedSteps;

use super::exact;
use super::layers::{Layer, context_centred_steps, shared_steps};
use super::points::{Points, Setting};
use super::sweeps::{
    FITTED_ON_TRAJECTORIES, LEAST_SQUARES, LEAST_SQUARES_PRIOR, PRIOR_MEAN, RIDGE, VALUE_ITERATION,
    fitted_name,
};
use super::tasks::Tasks;
use super::trial::{Quantity, Shown};
use super::{HORIZON, HORIZONS, Sizes};

/// Nine panels.
pub fn figure(points: &Points, tasks: &Tasks, sizes: &Sizes) -> Result<Figure> {
    Ok(Figure::new(3)
        .panel(horizons(points)?)
        .panel(bounds(points, tasks, sizes)?)
        .panel(training_length(points)?)
        .panel(comparators(points, tasks)?)
        .panel(trajectories(points)?)
        .panel(sharing(points, tasks, sizes)?)
        .panel(training(points)?)
        .panel(fitting(points, sizes)?)
        .panel(noise(points)?))
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
        let line = points.line(
            ("samples", horizon, Layer::Centred.name()),
            Setting::samples,
            Quantity::Loss,
        )?;
        panel = panel.line(&format!("H = {horizon}"), pen, &line).points("", pen, &line);
    }
    let name = Layer::ContextCentred.name();
    let line = points.line(("samples", HORIZON, name), Setting::samples, Quantity::Loss)?;
    let label = format!("H = {HORIZON}, context-centred");
    Ok(panel.dashed(&label, Role::Learned, &line).points("", Role::Learned, &line))
}

fn bounds(points: &Points, tasks: &Tasks, sizes: &Sizes) -> Result<Panel> {
    let mut panel =
        log_log("Bounds on the loss, H = 5").x("samples of each step M").y("loss and bounds");
    let closed = |&samples: &usize| {
        // The two closed forms differ by less than a line's width here: the larger is drawn.
        let bounds = exact::bounds(tasks, samples)?;
        Ok((samples as f64, bounds[0].max(bounds[1])))
    };
    let closed: Vec<_> = sizes.samples.iter().map(closed).collect::<Result<_>>()?;
    panel = panel.dashed("closed forms (Q-B4, Q-B5)", Role::Bound, &closed);
    let series = [
        ("squared error (Q-B3)", Quantity::SquaredError, Role::Ftl),
        ("2 max |error| (Q-B2)", Quantity::LargestError, Role::Still),
        ("span (Q-B2')", Quantity::Span, Role::Hedge),
        ("pair (Q-B1)", Quantity::Pair, Role::Ftrl),
        ("pair, jointly (Q-B1')", Quantity::JointPair, Role::Extra1),
        ("loss", Quantity::Loss, Role::Learned),
    ];
    for (label, quantity, role) in series {
        let name = Layer::Centred.name();
        let line = points.line(("samples", HORIZON, name), Setting::samples, quantity)?;
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
        let line = points.line(
            ("training length", horizon, name),
            Setting::trained_for,
            Quantity::Loss,
        )?;
        panel = panel.line(&format!("H = {horizon}"), pen, &line).points("", pen, &line);
    }
    let name = Layer::ContextCentred.name();
    let line =
        points.line(("training length", HORIZON, name), Setting::trained_for, Quantity::Loss)?;
    let label = format!("H = {HORIZON}, context-centred");
    Ok(panel.dashed(&label, Role::Learned, &line).points("", Role::Learned, &line))
}

fn comparators(points: &Points, tasks: &Tasks) -> Result<Panel> {
    let mut panel = log_log("Layers made for M beside regressions, H = 5")
        .x("samples of each step M")
        .y("loss V* - V");
    let series = [
        ("layer, raw labels", Layer::Raw.name(), Role::Untrained),
        ("layer, prior-centred", Layer::Centred.name(), Role::Hedge),
        ("layer shared by all steps", Layer::Shared.name(), Role::Extra1),
        ("layer, context-centred", Layer::ContextCentred.name(), Role::Learned),
        ("context-centred, shared", Layer::SharedContextCentred.name(), Role::Ftrl),
        ("value iteration, no labels", VALUE_ITERATION, Role::Ftl),
        ("least squares", LEAST_SQUARES, Role::Theory),
    ];
    for (label, name, role) in series {
        let line = points.line(("comparators", HORIZON, name), Setting::samples, Quantity::Loss)?;
        // Least squares is exact once the features span: a logarithm has no place for 0.
        let line: Vec<_> = line.into_iter().filter(|(_, loss)| *loss > 1e-9).collect();
        panel = panel.line(label, role, &line).points("", role, &line);
    }
    if let Some(point) = points.of("centring", HORIZON, PRIOR_MEAN).next() {
        panel = panel.horizontal("prior mean", Role::Bound, point.mean(Quantity::Loss)?);
    }
    panel = panel.horizontal("uniform policy", Role::Still, exact::uniform_loss(tasks)?);
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
        .y("squared error, all steps");
    let exact = |steps: &SharedSteps| -> Result<Vec<(f64, f64)>> {
        let error = |&samples: &usize| {
            let error = steps.test_error(steps.optimum(samples)?.view(), samples)?;
            Ok((samples as f64, error))
        };
        sizes.sharing_samples.iter().map(error).collect()
    };
    let series = [
        ("Q, a layer a step", Layer::Centred, Quantity::QError, Role::Hedge),
        ("Q, one for all", Layer::Shared, Quantity::QError, Role::Extra1),
        (
            "advantages, a layer a step",
            Layer::ContextCentred,
            Quantity::AdvantageError,
            Role::Learned,
        ),
        (
            "advantages, one for all",
            Layer::SharedContextCentred,
            Quantity::AdvantageError,
            Role::Ftrl,
        ),
    ];
    for (label, layer, quantity, role) in series {
        let line = points.line(("sharing", HORIZON, layer.name()), Setting::samples, quantity)?;
        panel = panel.line(label, role, &line).points("", role, &line);
    }
    let panel = panel
        .dashed("closed form", Role::Theory, &exact(&shared_steps(tasks, 0.0)?)?)
        .dashed("", Role::Theory, &exact(&context_centred_steps(tasks, 0.0)?)?);
    Ok(panel.legend(Legend::Below))
}

fn training(points: &Points) -> Result<Panel> {
    let mut panel = Panel::new("Layers trained by gradient descent on labelled tasks, three seeds")
        .x("training steps")
        .y("loss V* - V")
        .log_y();
    for (label, layer, role) in [
        ("prior-centred", Layer::Centred, Role::Hedge),
        ("context-centred", Layer::ContextCentred, Role::Learned),
    ] {
        let mut seeds: Vec<u64> = Vec::new();
        for point in points.of("training", HORIZON, layer.name()) {
            seeds.extend(point.setting.trained.map(|(_, seed)| seed));
        }
        seeds.sort_unstable();
        seeds.dedup();
        for (index, own) in seeds.into_iter().enumerate() {
            let steps = |setting: &Setting| {
                setting.trained.filter(|(_, seed)| *seed == own).map(|(steps, _)| steps as f64)
            };
            let line = points.line(("training", HORIZON, layer.name()), steps, Quantity::Loss)?;
            panel = panel.line(if index == 0 { label } else { "" }, role.pen().width(1.2), &line);
        }
        if let Some(optimum) = points.of("fitting", HORIZON, layer.name()).next() {
            let label = format!("optimum, {label}");
            panel = panel.horizontal(&label, role, optimum.mean(Quantity::Loss)?);
        }
    }
    Ok(panel.legend(Legend::Below))
}

fn fitting(points: &Points, sizes: &Sizes) -> Result<Panel> {
    let mut panel = Panel::new("Layers fitted by least squares on few tasks")
        .x("tasks fitted on")
        .y("loss beside the optimum's")
        .log_x();
    for (label, layer, role) in [
        ("prior-centred", Layer::Centred, Role::Hedge),
        ("context-centred", Layer::ContextCentred, Role::Learned),
    ] {
        let Some(optimum) = points.of("fitting", HORIZON, layer.name()).next() else { continue };
        let optimum = optimum.mean(Quantity::Loss)?;
        let mut line = Vec::new();
        for &count in &sizes.fitting_tasks {
            for point in points.of("fitting", HORIZON, &fitted_name(layer, count)) {
                line.push((count as f64, point.mean(Quantity::Loss)? / optimum));
            }
        }
        panel = panel.line(label, role, &line).points("", role, &line);
    }
    Ok(panel.horizontal("optimum", Role::Bound, 1.0))
}

fn noise(points: &Points) -> Result<Panel> {
    let mut panel = log_log("Labels that err, M = 32: where a layer meets least squares")
        .x("standard deviation of the noise of a label")
        .y("loss V* - V");
    for (label, name, role) in [
        ("layer, prior-centred", Layer::Centred.name(), Role::Hedge),
        ("layer, context-centred", Layer::ContextCentred.name(), Role::Learned),
        ("context-centred, shared", Layer::SharedContextCentred.name(), Role::Extra1),
        ("least squares from the prior mean", LEAST_SQUARES_PRIOR, Role::Theory),
        ("tuned ridge from the prior mean", RIDGE, Role::Ftrl),
    ] {
        let size = |setting: &Setting| Some(setting.noise).filter(|noise| *noise > 0.0);
        let line = points.line(("noise", HORIZON, name), size, Quantity::Loss)?;
        panel = panel.line(label, role, &line).points("", role, &line);
    }
    Ok(panel.legend(Legend::Below))
}
