//! One figure: values over the horizon, bounds over the search, values over sight, losses over ambiguity.

use lowregret::report::{Figure, Legend, Panel, Pen, Role};

use super::endless::Solved;
use super::{Mean, Value};

pub fn figure(values: &[Value], solved: &[Solved], means: &[Mean]) -> Figure {
    Figure::new(2)
        .panel(horizon(values))
        .panel(bounds(solved))
        .panel(sight(means))
        .panel(ambiguity(means))
}

fn horizon(values: &[Value]) -> Panel {
    let mut panel = Panel::new("Tiger: value against horizon").x("steps").y("optimal value");
    for (i, discount) in [0.75, 0.95, 1.0].into_iter().enumerate() {
        let rows =
            values.iter().filter(|v| v.planner == "incremental pruning" && v.discount == discount);
        let point = |v: &Value| v.horizon.map(|h| (h as f64, v.value));
        let points: Vec<_> = rows.filter_map(point).collect();
        let pen = Pen::step(i, 3);
        panel = panel.line(&format!("discount {discount}"), pen, &points).points("", pen, &points);
    }
    panel.legend(Legend::TopLeft)
}

fn bounds(solved: &[Solved]) -> Panel {
    let mut panel = Panel::new("4x3 grid: bounds against backups")
        .x("backups at beliefs")
        .y("value at the start")
        .log_x();
    if let Some(grid) = solved.iter().find(|s| s.name == "4x3.95") {
        let trials = || grid.solution.trials.iter().filter(|p| p.backups > 0);
        let lower: Vec<_> = trials().map(|p| (p.backups as f64, p.lower)).collect();
        let upper: Vec<_> = trials().map(|p| (p.backups as f64, p.upper)).collect();
        panel = panel
            .horizontal("fast informed bound", Role::Bound, grid.informed)
            .line("upper bound", Role::Untrained, &upper)
            .line("lower bound: the policy", Role::Learned, &lower);
    }
    panel.y_range(1.2, 2.2).legend(Legend::BottomRight)
}

fn sight(means: &[Mean]) -> Panel {
    let mut panel = Panel::new("Random POMDPs: value against sight")
        .x("observability")
        .y("mean value, 4 steps");
    let of = |policy: &'static str| {
        means.iter().filter(move |m| m.family == "observability" && m.policy == policy)
    };
    for (policy, label, role) in
        [("full sight", "state seen", Role::Theory), ("random", "random play", Role::Still)]
    {
        let points: Vec<_> = of(policy).map(|m| (m.knob, m.mean)).collect();
        panel = panel.dashed(label, role, &points);
    }
    let bars: Vec<_> = of("optimal").map(bar).collect();
    let line: Vec<_> = of("optimal").map(|m| (m.knob, m.mean)).collect();
    panel.line("", Role::Learned, &line).error_bars("optimal", Role::Learned, &bars)
}

fn ambiguity(means: &[Mean]) -> Panel {
    let mut panel = Panel::new("Ambiguity: loss of the nominal model's policy")
        .x("radius of the cloud of models")
        .y("share of the value lost");
    for (pessimism, role) in [(0.5, Role::Ftrl), (1.0, Role::Untrained)] {
        let rows = means.iter().filter(|m| m.policy == "nominal" && m.pessimism == Some(pessimism));
        let bars: Vec<_> = rows.clone().map(bar).collect();
        let line: Vec<_> = rows.map(|m| (m.knob, m.mean)).collect();
        let label = format!("pessimism {pessimism}");
        panel = panel.line("", role, &line).error_bars(&label, role, &bars);
    }
    panel.legend(Legend::TopLeft)
}

fn bar(m: &Mean) -> (f64, f64, f64, f64) {
    (m.knob, m.low.unwrap_or(m.mean), m.mean, m.high.unwrap_or(m.mean))
}
