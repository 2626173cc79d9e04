//! The five figures.

use lowregret::Result;
use lowregret::report::{Experiment, Figure, Legend, Panel, Pen, Role};
use lowregret::theory::in_context::policy::fast_rate_constant;
use lowregret::train::in_context::log::Record;
use ndarray::Array2;

use super::Measured;
use super::bounds::{self, GridRow, LengthRow, SPECTRA, SlopeRow};
use super::descent::{Descent, DescentRow};
use super::errors::{CurveRow, FIXED};
use super::layer::{self, Trained};
use super::policy::PlayRow;

pub fn draw(experiment: &mut Experiment, measured: &Measured) -> Result<()> {
    experiment.figure("learned", &learned(&measured.layers))?;
    experiment.figure("descent", &descent(&measured.descents))?;
    experiment.figure("errors", &errors(&measured.curves, &measured.slopes))?;
    experiment.figure("bounds", &bound(&measured.grid, &measured.lengths))?;
    experiment.figure("policy", &policy(&measured.play)?)
}

fn of<'a>(layers: &'a [Trained], recipe: &'a str) -> impl Iterator<Item = &'a Trained> {
    layers.iter().filter(move |t| t.recipe.name == recipe)
}

/// The learned matrix beside the optimum, and the way there.
fn learned(layers: &[Trained]) -> Figure {
    let mut figure = Figure::new(3);
    let rows = |m: Array2<f64>| m.rows().into_iter().map(|r| r.to_vec()).collect();
    if let Some(trained) = of(layers, layer::ROTATED).next() {
        let product = trained.layer.product();
        let difference = &product - &trained.optimum;
        figure = figure
            .panel(Panel::matrix("learned A = u Kᵀ, κ = 3", rows(product)))
            .panel(Panel::matrix("optimal A*", rows(trained.optimum.clone())))
            .panel(Panel::matrix("difference", rows(difference)));
    }
    let names = [
        (layer::FALLING, "κ = 1, rate 0.02, falling", Role::Learned),
        (layer::CONSTANT, "κ = 1, rate 0.01", Role::Still),
        (layer::BEYOND, "κ = 1, rate 0.05: 1.65 × limit", Role::Hedge),
        (layer::ROTATED, "κ = 3, rate 0.01, falling", Role::Ftrl),
        (layer::BELOW, "κ = 3, 0.8 × limit", Role::Extra1),
        (layer::ABOVE, "κ = 3, 1.25 × limit", Role::Untrained),
    ];
    let along = |title: &str, y: &str, value: fn(&Record) -> f64| {
        let mut panel = Panel::new(title).x("step").y(y);
        for (recipe, label, role) in names {
            for (i, trained) in of(layers, recipe).enumerate() {
                let points: Vec<_> =
                    trained.history.iter().map(|r| (r.step as f64, value(r))).collect();
                panel = panel.line(if i == 0 { label } else { "" }, role.pen().width(1.2), &points);
            }
        }
        panel
    };
    let distance = along("Distance to the optimum", "|A − A*| / |A*|", |r| r.relative_error);
    let outside =
        along("Entries outside the block form", "largest of |p|, |k|", |r| r.off_block.max(1e-20));
    let scale = along("Scale of the value; dashed: balanced, κ = 1", "u", |r| r.scale);
    figure
        .panel(distance.log_y().legend(Legend::TopRight))
        .panel(outside.log_y().legend(Legend::None))
        .panel(scale.legend(Legend::None).horizontal("", Role::Theory, 1.3115))
}

/// Distance to the optimum and excess error along gradient descent.
fn descent(descents: &[Descent]) -> Figure {
    let along = |title: &str, y: &str, value: fn(&DescentRow) -> f64, low: f64| {
        let mut panel = Panel::new(title).x("step").y(y).log_x().log_y().y_range(low, 30.0);
        let roles = [Role::Learned, Role::Ftrl, Role::Untrained, Role::Ftrl, Role::Untrained];
        for (descent, role) in descents.iter().zip(roles) {
            let points: Vec<_> = descent
                .history
                .iter()
                .map(|r| (r.step as f64, value(r)))
                .filter(|(step, value)| *step > 0.0 && *value > low)
                .collect();
            let name = &descent.run.name;
            panel = if descent.run.whitened {
                panel.dashed(name, role, &points)
            } else {
                panel.line(name, role, &points)
            };
        }
        panel.legend(Legend::Below)
    };
    Figure::new(2)
        .panel(along("Distance to the optimum", "|A − A*| / |A*|", |r| r.relative_error, 1e-10))
        .panel(along("Error above the optimum's", "relative excess", |r| r.excess, 1e-12))
}

/// The error in its two parts against both lengths, and its local slopes.
fn errors(curves: &[CurveRow], slopes: &[SlopeRow]) -> Figure {
    let along = |axis: &str, title: String, x: &str, length: fn(&CurveRow) -> usize| {
        let own: Vec<&CurveRow> = curves.iter().filter(|r| r.axis == axis).collect();
        let line = |value: fn(&CurveRow) -> f64| -> Vec<(f64, f64)> {
            own.iter().map(|r| (length(r) as f64, value(r))).collect()
        };
        let bars: Vec<_> =
            own.iter().map(|r| (length(r) as f64, r.low, r.simulated, r.high)).collect();
        let ticks: Vec<f64> = own.iter().map(|r| length(r) as f64).collect();
        Panel::new(title)
            .x(x)
            .y("mean squared error")
            .log_x()
            .log_y()
            .x_ticks(&ticks)
            .y_range(0.005, 12.0)
            .line("exact", Role::Theory, &line(|r| r.exact))
            .dashed("in-context part", Role::Learned, &line(|r| r.in_context))
            .dashed("training-length part", Role::Untrained, &line(|r| r.training_length))
            .error_bars("simulated, 95 %", Role::Ftrl, &bars)
            .legend(Legend::TopRight)
    };
    let mut slope = Panel::new("Slope of the training-length part; proved from the dots on")
        .x("training length N")
        .y("slope between N and 2 N")
        .log_x()
        .y_range(-2.1, -0.2)
        .horizontal("limit −2", Role::Theory, -2.0);
    for ((d, condition), role) in
        SPECTRA.into_iter().zip([Role::Learned, Role::Ftrl, Role::Untrained])
    {
        let own: Vec<&SlopeRow> = slopes
            .iter()
            .filter(|r| r.axis == "training" && (r.d, r.condition) == (d, condition))
            .collect();
        let Some(first) = own.first() else { continue };
        let (from, proved) = (bounds::suggested(first.ratio), bounds::proved(first.ratio));
        let curve = own.iter().filter(|r| r.at.is_power_of_two());
        let curve: Vec<_> = curve.map(|r| (r.at as f64, r.slope)).collect();
        let marked: Vec<_> = own
            .iter()
            .filter(|r| r.at == proved && r.at != from)
            .map(|r| (r.at as f64, r.slope))
            .collect();
        let label = format!("d = {d}, κ = {condition}");
        slope = slope.line(&label, role, &curve).points("", role, &marked);
    }
    Figure::new(3)
        .panel(along("test", format!("κ = 10, N = {FIXED}"), "test length M", |r| r.test))
        .panel(along("training", format!("κ = 10, M = {FIXED}"), "training length N", |r| {
            r.training
        }))
        .panel(slope.legend(Legend::TopRight))
}

/// How far the bounds are from the exact error, and what training length each recommends.
fn bound(grid: &[GridRow], lengths: &[LengthRow]) -> Figure {
    let sorted = |value: fn(&GridRow) -> f64| -> Vec<(f64, f64)> {
        let mut ratios: Vec<f64> = grid.iter().filter(|r| r.part == "grid").map(value).collect();
        ratios.sort_by(f64::total_cmp);
        let count = ratios.len() as f64;
        ratios.into_iter().enumerate().map(|(i, r)| ((i as f64 + 0.5) / count, r)).collect()
    };
    let tightness = Panel::new("400 settings, sorted")
        .x("share of settings")
        .y("bound / exact error")
        .log_y()
        .y_range(0.9, 3000.0)
        .line("published", Role::Bound.pen().width(2.0), &sorted(|r| r.published / r.exact))
        .line("sharper", Role::Learned, &sorted(|r| r.sharper / r.exact))
        .horizontal("", Role::Theory, 1.0)
        .legend(Legend::TopLeft);
    let mut limit = Panel::new("Training-length part, d = 5")
        .x("training length N")
        .y("bound / exact part")
        .log_x()
        .log_y()
        .y_range(0.9, 1e4);
    for (condition, role) in [(1.0, Role::Learned), (10.0, Role::Ftrl), (100.0, Role::Untrained)] {
        let own = || grid.iter().filter(move |r| r.part == "limit" && r.condition == condition);
        let published: Vec<_> =
            own().map(|r| (r.training as f64, r.published_training_ratio)).collect();
        let sharper: Vec<_> =
            own().map(|r| (r.training as f64, r.sharper_training_ratio)).collect();
        limit = limit.line(&format!("published, κ = {condition}"), role, &published).dashed(
            &format!("sharper, κ = {condition}"),
            role,
            &sharper,
        );
    }
    let mut best = Panel::new("Error against training length, κ = 10")
        .x("training length N")
        .y("exact error")
        .log_x()
        .log_y()
        .y_range(0.1, 20.0);
    for (i, test) in bounds::TEST_LENGTHS.into_iter().enumerate() {
        let pen = Pen::step(i, bounds::TEST_LENGTHS.len());
        let own = || lengths.iter().filter(move |r| r.test == test);
        let exact: Vec<_> = own().map(|r| (r.training as f64, r.exact)).collect();
        let bound: Vec<_> =
            own().map(|r| (r.training as f64, r.published)).filter(|&(n, _)| n >= 30.0).collect();
        let least: Vec<_> =
            own().filter(|r| r.best).map(|r| (r.training as f64, r.exact)).collect();
        best = best
            .line(&format!("M = {test}, best at N = {}", least[0].0), pen, &exact)
            .points("", pen.width(2.4), &least)
            .dashed(if i == 0 { "published bound" } else { "" }, pen.width(0.9), &bound);
    }
    Figure::new(3).panel(tightness).panel(limit).panel(best.legend(Legend::TopRight))
}

/// What a greedy policy loses along both lengths.
fn policy(play: &[PlayRow]) -> Result<Figure> {
    let bars = |own: &[&PlayRow], x: fn(&PlayRow) -> f64, factor: fn(f64) -> f64| -> Vec<_> {
        own.iter()
            .map(|r| (x(r), factor(x(r)) * r.low, factor(x(r)) * r.loss, factor(x(r)) * r.high))
            .collect()
    };
    let test = |r: &PlayRow| r.test.map_or(f64::NAN, |m| m as f64);
    let training = |r: &PlayRow| r.training.map_or(f64::NAN, |n| n as f64);
    let two: Vec<&PlayRow> = play.iter().filter(|r| r.actions == 2).collect();
    let ticks: Vec<f64> = two.iter().map(|r| test(r)).collect();
    let constant = fast_rate_constant(5)?;
    let fast = Panel::new("Two actions, κ = 1, N = ∞")
        .x("test length M")
        .y("M × loss of the greedy choice")
        .log_x()
        .x_ticks(&ticks)
        .y_range(1.4, 2.8)
        .horizontal("(d − 1) E|w| / (2 √π)", Role::Theory, constant)
        .error_bars("simulated, 95 %", Role::Learned, &bars(&two, test, |m| m))
        .legend(Legend::BottomRight);
    let mut in_test = Panel::new("Four actions, N = ∞")
        .x("test length M")
        .y("loss, squared error")
        .log_x()
        .log_y()
        .y_range(0.004, 10.0);
    for (condition, role) in [(1.0, Role::Learned), (10.0, Role::Untrained)] {
        let own: Vec<&PlayRow> = play
            .iter()
            .filter(|r| r.actions == 4 && r.test.is_some() && r.condition == condition)
            .collect();
        let line = |value: fn(&PlayRow) -> f64| -> Vec<_> {
            own.iter().map(|r| (test(r), value(r))).collect()
        };
        in_test = in_test
            .x_ticks(&own.iter().map(|r| test(r)).collect::<Vec<_>>())
            .line(&format!("loss, κ = {condition}"), role, &line(|r| r.loss))
            .error_bars("", role, &bars(&own, test, |_| 1.0));
        if condition > 1.0 {
            let error = line(|r| r.error.unwrap_or(f64::NAN));
            in_test = in_test.dashed("squared error, the same for both", Role::Theory, &error);
        }
    }
    let own: Vec<&PlayRow> =
        play.iter().filter(|r| r.actions == 4 && r.test.is_none() && r.condition == 10.0).collect();
    let line: Vec<_> = own.iter().map(|r| (training(r), r.loss)).collect();
    let reference: Vec<_> = own
        .iter()
        .map(|r| (training(r), 30.0 / training(r).powi(2)))
        .filter(|p| p.0 >= 64.0)
        .collect();
    let in_training = Panel::new("Four actions, M = ∞")
        .x("training length N")
        .y("loss of the greedy choice")
        .log_x()
        .log_y()
        .x_ticks(&own.iter().map(|r| training(r)).collect::<Vec<_>>())
        .line("κ = 10 (κ = 1: none at all)", Role::Untrained, &line)
        .error_bars("", Role::Untrained, &bars(&own, training, |_| 1.0))
        .dashed("slope −2", Role::Theory, &reference)
        .legend(Legend::BottomLeft);
    Ok(Figure::new(3).panel(fast).panel(in_test.legend(Legend::TopRight)).panel(in_training))
}
