//! One figure: decisions over the history, iterations over their sizes and over threads, whole runs over the horizon.

use lowregret::report::{Figure, Legend, Panel, Pen, Role};

use super::decisions::{self, LINEAR, NORMALIZED, SOFTMAX};
use super::iterations::{
    self, HORIZON, LAYER, ROLLOUTS, Run, SCENARIOS, THREADS, TRANSFORMER, WIDTH,
};

pub fn figure(
    decisions: &[decisions::Row],
    iterations: &[iterations::Row],
    runs: &[Run],
) -> Figure {
    Figure::new(2)
        .panel(histories("Time of a decision", "microseconds", decisions, |row| row.microseconds))
        .panel(histories("Memory of a decision", "bytes", decisions, |row| row.bytes as f64))
        .panel(sizes("Transformer: time of an iteration", TRANSFORMER, iterations))
        .panel(sizes("Layer: time of an iteration", LAYER, iterations))
        .panel(threads(iterations))
        .panel(whole(runs))
}

fn histories(
    title: &str,
    unit: &str,
    rows: &[decisions::Row],
    value: impl Fn(&decisions::Row) -> f64,
) -> Panel {
    let mut panel = Panel::new(title).x("rounds before").y(unit).log_x().log_y();
    let kinds = [
        (SOFTMAX, "softmax attention", Role::Untrained),
        (LINEAR, "linear attention", Role::Learned),
        (NORMALIZED, "linear attention, elu + 1", Role::Ftrl),
    ];
    for (kind, label, role) in kinds {
        let rows = rows.iter().filter(|row| row.attention == kind);
        let points: Vec<_> = rows.map(|row| (row.history as f64, value(row))).collect();
        panel = panel.line(label, role, &points).points("", role, &points);
    }
    panel.legend(Legend::TopLeft)
}

fn sizes(title: &str, model: &str, rows: &[iterations::Row]) -> Panel {
    let mut panel = Panel::new(title)
        .x("size, relative to the base")
        .y("time, relative to the base")
        .log_x()
        .log_y()
        .x_ticks(&[1.0, 2.0, 4.0, 8.0]);
    let width = if model == LAYER { "dimension d" } else { "width" };
    let mut largest: f64 = 1.0;
    for (i, (knob, label)) in
        [(SCENARIOS, SCENARIOS), (ROLLOUTS, ROLLOUTS), (HORIZON, HORIZON), (WIDTH, width)]
            .into_iter()
            .enumerate()
    {
        let mut rows = rows.iter().filter(|row| (row.model, row.knob) == (model, knob)).peekable();
        let base = rows.peek().map_or((1.0, 1.0), |row| (row.value as f64, row.seconds));
        let relative = |row: &iterations::Row| (row.value as f64 / base.0, row.seconds / base.1);
        let points: Vec<_> = rows.map(relative).collect();
        largest = points.iter().fold(largest, |most, point| most.max(point.0));
        let pen = Pen::of_curve(i);
        panel = panel.line(label, pen, &points).points("", pen, &points);
    }
    panel.dashed("proportional", Role::Theory, &[(1.0, 1.0), (largest, largest)])
}

fn threads(rows: &[iterations::Row]) -> Panel {
    let mut panel = Panel::new("Speed-up by threads").x("threads").y("times as fast as one");
    let mut most = 1;
    for (model, role) in [(TRANSFORMER, Role::Learned), (LAYER, Role::Untrained)] {
        let rows = || rows.iter().filter(move |row| (row.model, row.knob) == (model, THREADS));
        let one = rows().next().map_or(f64::NAN, |row| row.seconds);
        let points: Vec<_> = rows().map(|row| (row.value as f64, one / row.seconds)).collect();
        most = rows().map(|row| row.value).fold(most, usize::max);
        panel = panel.line(model, role, &points).points("", role, &points);
    }
    let ticks: Vec<f64> = (1..=most).map(|threads| threads as f64).collect();
    let ideal = [(1.0, 1.0), (most as f64, most as f64)];
    panel.dashed("ideal", Role::Theory, &ideal).x_ticks(&ticks).legend(Legend::TopLeft)
}

fn whole(runs: &[Run]) -> Panel {
    let mut panel = Panel::new("A whole training run").x("horizon T").y("seconds").log_x().log_y();
    for (model, role) in [(TRANSFORMER, Role::Learned), (LAYER, Role::Untrained)] {
        let points = |seconds: fn(&Run) -> f64| -> Vec<_> {
            let runs = runs.iter().filter(|run| run.model == model);
            runs.map(|run| (run.horizon as f64, seconds(run))).collect()
        };
        panel = panel.points(model, role, &points(|run| run.seconds));
        let label = format!("{model}, predicted");
        panel = panel.line(&label, role, &points(|run| run.predicted));
    }
    panel
}
