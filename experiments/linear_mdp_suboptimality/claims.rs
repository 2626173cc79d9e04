//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::growth::fit_power;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::numeric::linalg::symmetric_eigen;
use lowregret::report::{Experiment, table::number};

use super::exact;
use super::families::{FamilyRow, LAYERS};
use super::layers::Layer;
use super::points::{Points, Setting};
use super::tasks::Tasks;
use super::trial::Quantity;
use super::{HORIZON, HORIZONS};

/// Writes down results and claims.
pub fn record(
    experiment: &mut Experiment,
    points: &Points,
    tasks: &Tasks,
    families: &[FamilyRow],
) -> Result<()> {
    identities(experiment, points, tasks, families);
    closed_form(experiment, points, tasks)?;
    rates(experiment, points)?;
    centrings(experiment, points, families)?;
    tightness(experiment, points)?;
    closed_bounds(experiment, points, tasks)?;
    sharing(experiment, points)?;
    uniform(experiment, tasks)
}

/// Claims that `value` is within `tolerance` of `target`.
fn near(
    experiment: &mut Experiment,
    id: &str,
    statement: &str,
    value: f64,
    (target, tolerance): (f64, f64),
) {
    let holds = (value - target).abs() <= tolerance;
    let text = format!("{} +- {}", number(target), number(tolerance));
    experiment.claim(id, statement, value, text, holds);
}

/// E.8: what has to hold exactly, or in every run.
fn identities(experiment: &mut Experiment, points: &Points, tasks: &Tasks, families: &[FamilyRow]) {
    let deviation = largest(tasks.evaluation.iter().map(|solved| {
        let linear = tasks.family.values(solved.weights.view());
        largest((&linear - &solved.optimal.pairs).iter().map(|d| d.abs()))
    }));
    let statement = "largest |Q*(s, a) - <phi, w>| over all evaluation tasks";
    experiment.claim("Q-E8/linear", statement, deviation, "< 1e-12", deviation < 1e-12);
    let own = points.0.iter().map(|point| point.outcome.identity);
    let identity = largest(own.chain(families.iter().map(|row| row.identity)));
    let statement = "largest deviation of the performance-difference identity over all runs";
    experiment.claim("Q-E8/identity", statement, identity, "< 1e-12", identity < 1e-12);
    let own = points.0.iter().map(|point| point.outcome.violation);
    let violation = largest(own.chain(families.iter().map(|row| row.violation)));
    let statement = "largest excess of a run's loss over any of five bounds (rounding allowed)";
    experiment.claim("Q-E8/bounds", statement, violation, "<= 1e-12", violation <= 1e-12);
}

/// E.9: the exact error of every step beside what was measured.
fn closed_form(experiment: &mut Experiment, points: &Points, tasks: &Tasks) -> Result<()> {
    let judged = exact::judged_moments(tasks)?;
    let mut worst: f64 = 0.0;
    for point in points.of("sharing", HORIZON, Layer::Centred.name()) {
        if let Some(samples) = point.setting.shown.samples() {
            let exact = exact::step_errors(tasks, &judged, point.setting.length, samples)?;
            let measured = point.outcome.step_errors();
            let deviations =
                measured.iter().zip(&exact).map(|(own, exact)| (own / exact - 1.0).abs());
            worst = worst.max(largest(deviations));
        }
    }
    let statement = "exact error of every step against simulation, largest relative deviation";
    experiment.claim("Q-E9/closed-form", statement, worst, "<= 0.01", worst <= 0.01);
    Ok(())
}

/// The slope of a power law through the last `last` points.
fn slope(line: &[(f64, f64)], last: usize) -> Result<f64> {
    let (xs, ys): (Vec<f64>, Vec<f64>) =
        line[line.len().saturating_sub(last)..].iter().copied().unzip();
    Ok(fit_power(&xs, &ys)?.fit.map_or(f64::NAN, |fit| fit.exponent))
}

/// E.10: rates.
fn rates(experiment: &mut Experiment, points: &Points) -> Result<()> {
    let layer = Layer::Centred.name();
    let of = |horizon, name, quantity| {
        points.line(("samples", horizon, name), Setting::samples, quantity)
    };
    let mut worst: f64 = 0.0;
    let mut half: f64 = 0.0;
    for horizon in HORIZONS {
        let error = slope(&of(horizon, layer, Quantity::QError)?, usize::MAX)?;
        worst = worst.max((error + 1.0).abs());
        for quantity in [Quantity::LargestError, Quantity::SquaredError, Quantity::Span] {
            let bound = slope(&of(horizon, layer, quantity)?, usize::MAX)?;
            half = half.max((bound + 0.5).abs());
        }
        let loss = of(horizon, layer, Quantity::Loss)?;
        experiment.result(&format!("loss_slope_h{horizon}"), slope(&loss, usize::MAX)?)?;
        experiment.result(&format!("loss_slope_last4_h{horizon}"), slope(&loss, 4)?)?;
        for (name, quantity) in [("loss", Quantity::Loss), ("q_error", Quantity::QError)] {
            let line =
                points.line(("training length", horizon, layer), Setting::trained_for, quantity)?;
            let key = format!("{name}_slope_in_n_last4_h{horizon}");
            experiment.result(&key, slope(&line, 4)?)?;
        }
    }
    let statement = "slope of the Q-function's squared error in M: largest distance to -1 over H";
    experiment.claim("Q-E10/q-error", statement, worst, "<= 0.01", worst <= 0.01);
    let statement = "slope of the bounds Q-B2, Q-B2', Q-B3 in M: largest distance to -1/2 over H";
    experiment.claim("Q-E10/bounds", statement, half, "<= 0.01", half <= 0.01);
    let loss = slope(&of(1, layer, Quantity::Loss)?, usize::MAX)?;
    near(experiment, "Q-E10/loss-one-step", "slope of the loss in M, H = 1", loss, (-0.93, 0.05));
    let loss = slope(&of(HORIZON, layer, Quantity::Loss)?, 4)?;
    let statement = "slope of the loss in M, H = 5, last four lengths";
    near(experiment, "Q-E10/loss-five-steps", statement, loss, (-0.85, 0.06));
    let centred = slope(&of(HORIZON, Layer::ContextCentred.name(), Quantity::Loss)?, usize::MAX)?;
    let statement = "slope of the loss in M, H = 5, context-centred";
    near(experiment, "Q-E10/loss-context-centred", statement, centred, (-1.0, 0.05));
    let name = Layer::ContextCentred.name();
    let line =
        points.line(("training length", HORIZON, name), Setting::trained_for, Quantity::Loss)?;
    experiment.result("context_centred_loss_slope_in_n", slope(&line, usize::MAX)?)
}

/// E.11: what to subtract.
fn centrings(experiment: &mut Experiment, points: &Points, families: &[FamilyRow]) -> Result<()> {
    let mut losses = Vec::new();
    for (layer, id, target) in [
        (Layer::Raw, "raw", 0.388),
        (Layer::Centred, "prior-centred", 0.127),
        (Layer::ContextCentred, "context-centred", 0.0257),
    ] {
        let loss = match points.at("centring", HORIZON, layer.name(), 32) {
            Some(point) => point.mean(Quantity::Loss)?,
            None => f64::NAN,
        };
        let statement = format!("loss at N = M = 32, H = 5: {}", layer.name());
        let target = (target, 0.1 * target);
        near(experiment, &format!("Q-E11/{id}"), &statement, loss, target);
        losses.push(loss);
    }
    let gain = losses[1] / losses[2];
    let statement = "how many times less context-centring loses than prior-centring";
    experiment.claim("Q-E11/gain", statement, gain, ">= 3", gain >= 3.0);
    let count = families.len() / LAYERS.len();
    let ordered = families
        .chunks_exact(LAYERS.len())
        .filter(|rows| rows[0].loss > rows[1].loss && rows[1].loss > rows[2].loss)
        .count();
    let statement = "families drawn anew in which raw > prior-centred > context-centred loss";
    let target = format!("{count} of {count}");
    experiment.claim("Q-E11/families", statement, ordered as f64, target, ordered == count);
    Ok(())
}

/// E.11, second half: how tight the bounds are.
fn tightness(experiment: &mut Experiment, points: &Points) -> Result<()> {
    let mut ratios = Vec::new();
    for horizon in HORIZONS {
        let layer = Layer::Centred.name();
        for point in points.of("samples", horizon, layer) {
            ratios.push(point.mean(Quantity::Pair)? / point.mean(Quantity::Loss)?);
        }
    }
    let (low, high) = (smallest(ratios.iter().copied()), largest(ratios.iter().copied()));
    let statement = "pair bound Q-B1 over loss: smallest over H and M";
    experiment.claim("Q-E11/pair-smallest", statement, low, ">= 2", low >= 2.0);
    let statement = "pair bound Q-B1 over loss: largest over H and M";
    experiment.claim("Q-E11/pair-largest", statement, high, "<= 5", high <= 5.0);
    Ok(())
}

/// Bounds that need no simulation are never below the mean loss.
fn closed_bounds(experiment: &mut Experiment, points: &Points, tasks: &Tasks) -> Result<()> {
    let mut ratios = Vec::new();
    for point in points.of("samples", HORIZON, Layer::Centred.name()) {
        if let Some(samples) = point.setting.shown.samples() {
            let loss = point.mean(Quantity::Loss)?;
            ratios.push((samples, exact::bounds(tasks, samples)?.map(|bound| bound / loss)));
        }
    }
    let lowest = smallest(ratios.iter().flat_map(|(_, ratios)| *ratios));
    experiment.result("closed_bounds_over_loss", &ratios)?;
    let statement = "bounds in closed form (Q-B4, Q-B5) over mean loss, smallest over M, H = 5";
    experiment.claim("Q-E8/closed-bounds", statement, lowest, ">= 1", lowest >= 1.0);
    Ok(())
}

/// E.12: one layer for all steps.
fn sharing(experiment: &mut Experiment, points: &Points) -> Result<()> {
    for (samples, target) in [(20, (0.35, 0.05)), (100, (0.19, 0.04))] {
        let error = |layer: Layer| match points.at("sharing", HORIZON, layer.name(), samples) {
            Some(point) => point.mean(Quantity::QError),
            None => Ok(f64::NAN),
        };
        let ratio = error(Layer::Shared)? / error(Layer::Centred)?;
        let statement =
            format!("squared error of one layer for all steps over a layer a step, M = {samples}");
        near(experiment, &format!("Q-E12/shared-{samples}"), &statement, ratio, target);
    }
    Ok(())
}

/// E.12: how much there is to gain.
fn uniform(experiment: &mut Experiment, tasks: &Tasks) -> Result<()> {
    let loss = exact::uniform_loss(tasks)?;
    let value: f64 = tasks.evaluation.iter().map(|solved| solved.value()).sum();
    let value = value / tasks.evaluation.len() as f64;
    experiment.result("optimal_value", value)?;
    experiment.result("uniform_loss", loss)?;
    let (variances, _) = symmetric_eigen(tasks.prior.centred().between(0, 0).view())?;
    experiment.result("variances_of_the_first_weights", variances.to_vec())?;
    let statement = "loss of the uniform policy over the optimal value, H = 5";
    near(experiment, "Q-E12/uniform", statement, loss / value, (0.174, 0.005));
    Ok(())
}
