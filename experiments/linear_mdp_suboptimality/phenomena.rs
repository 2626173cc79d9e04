//! What the page claims about phenomena of its own: training, noise, sharing, trajectories.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, largest};
use lowregret::report::Experiment;

use super::HORIZON;
use super::layers::Layer;
use super::points::Points;
use super::sweeps::{FITTED_ON_TRAJECTORIES, LEAST_SQUARES_PRIOR};
use super::trained::TrainingRow;
use super::trial::{Quantity, Shown};

/// Writes down results and claims.
pub fn record(
    experiment: &mut Experiment,
    points: &Points,
    training: &[TrainingRow],
) -> Result<()> {
    trained(experiment, points, training)?;
    fitted(experiment, points)?;
    noise(experiment, points)?;
    sharing(experiment, points)?;
    trajectories(experiment, points)
}

/// Gradient descent on labelled tasks gets to the optimum: its matrix, and what its policy loses.
fn trained(experiment: &mut Experiment, points: &Points, training: &[TrainingRow]) -> Result<()> {
    let Some(last) = training.iter().map(|row| row.steps).max() else { return Ok(()) };
    for (layer, id) in [(Layer::Centred, "prior"), (Layer::ContextCentred, "context")] {
        let name = layer.name();
        let own = training.iter().filter(|row| row.steps == last && row.layer == name);
        let distance = largest(own.map(|row| row.relative_error));
        let statement = format!(
            "layer trained by gradient descent, {id}-centred: relative distance to the optimum, worst seed"
        );
        experiment.claim(
            format!("Q-S1/{id}-matrix"),
            statement,
            distance,
            "< 0.05",
            distance < 0.05,
        );
        let best = match points.at("fitting", HORIZON, name, 32) {
            Some(point) => point.mean(Quantity::Loss)?,
            None => f64::NAN,
        };
        let ends = points.of("training", HORIZON, name);
        let ends = ends.filter(|p| p.setting.trained.is_some_and(|(steps, _)| steps == last));
        let ratios: Vec<f64> =
            ends.map(|p| Ok(p.mean(Quantity::Loss)? / best)).collect::<Result<_>>()?;
        let ratio = largest(ratios);
        let statement = format!(
            "layer trained by gradient descent, {id}-centred: loss over that of the optimum, worst seed"
        );
        experiment.claim(format!("Q-S1/{id}-loss"), statement, ratio, "<= 1.02", ratio <= 1.02);
    }
    Ok(())
}

/// Least squares over few tasks: loss beside the optimum's.
fn fitted(experiment: &mut Experiment, points: &Points) -> Result<()> {
    for layer in [Layer::Centred, Layer::ContextCentred] {
        let loss = |name: &str| {
            let mut all = points.of("fitting", HORIZON, name);
            all.next().map_or(Ok(f64::NAN), |point| point.mean(Quantity::Loss))
        };
        let name = layer.name();
        let fits = points.0.iter().filter(|p| p.setting.part == "fitting" && p.learner != name);
        let own = name.replace("optimum, ", "");
        let fits = fits.filter(|p| p.learner.starts_with(&own));
        let ratios: Vec<(String, f64)> = fits
            .map(|point| Ok((point.learner.clone(), point.mean(Quantity::Loss)? / loss(name)?)))
            .collect::<Result<_>>()?;
        experiment.result(&format!("fitted_over_optimum_{}", own.replace('-', "_")), ratios)?;
    }
    Ok(())
}

/// Where a layer is worse than least squares, and where it is not.
fn noise(experiment: &mut Experiment, points: &Points) -> Result<()> {
    let difference = |noise: f64| -> Result<Option<Estimate>> {
        let of = |name| {
            let mut all = points.of("noise", HORIZON, name);
            all.find(|point| point.setting.noise == noise)
        };
        let (Some(layer), Some(other)) =
            (of(Layer::ContextCentred.name()), of(LEAST_SQUARES_PRIOR))
        else {
            return Ok(None);
        };
        let columns = (layer.outcome.column(Quantity::Loss), other.outcome.column(Quantity::Loss));
        Estimate::difference(&columns.0, &columns.1).map(Some)
    };
    if let Some(exact) = difference(0.0)? {
        let low = exact.low.unwrap_or(f64::NAN);
        let statement = "exact labels, M = 32: loss of the layer minus that of least squares, lower end of the interval";
        experiment.claim("Q-S2/exact-labels", statement, low, "> 0", low > 0.0);
    }
    if let Some(noisy) = difference(0.3)? {
        let high = noisy.high.unwrap_or(f64::NAN);
        let statement = "labels with noise 0.3, M = 32: loss of the layer minus that of least squares, upper end";
        experiment.claim("Q-S2/noisy-labels", statement, high, "< 0", high < 0.0);
    }
    Ok(())
}

/// One layer for all steps, context-centred.
fn sharing(experiment: &mut Experiment, points: &Points) -> Result<()> {
    let loss = |layer: Layer| match points.at("comparators", HORIZON, layer.name(), 32) {
        Some(point) => point.mean(Quantity::Loss),
        None => Ok(f64::NAN),
    };
    let ratio = loss(Layer::SharedContextCentred)? / loss(Layer::ContextCentred)?;
    let statement =
        "context-centred, M = 32: loss of one layer for all steps over that of a layer a step";
    experiment.claim("Q-S3/shared", statement, ratio, "<= 0.5", ratio <= 0.5);
    Ok(())
}

/// Contexts of trajectories: squared error of every step.
fn trajectories(experiment: &mut Experiment, points: &Points) -> Result<()> {
    let mut errors = Vec::new();
    for runs in [20, 100] {
        let of = |name, shown| {
            let mut all = points.of("trajectories", HORIZON, name);
            all.find(|point| point.setting.shown == shown).map(|point| point.outcome.step_errors())
        };
        let layer = Layer::Centred.name();
        let shown = Shown::Trajectories(runs);
        let fitted = of(FITTED_ON_TRAJECTORIES, shown);
        errors.push((runs, of(layer, Shown::Samples(runs)), of(layer, shown), fitted));
    }
    experiment.result("step_errors_of_trajectories", &errors)
}
