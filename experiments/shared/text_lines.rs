//! Exams while practising as lines of a panel.

use lowregret::report::Panel;

use super::text_practice::{Outcome, Point};

/// A line a seed, from the base on.
pub fn lines(
    mut panel: Panel,
    outcomes: &[Outcome],
    value: impl Fn(&Point) -> Option<f64>,
) -> Panel {
    let mut named = Vec::new();
    for Outcome { way, history, .. } in outcomes {
        let points = history.iter().filter_map(|p| Some((p.iteration as f64, value(p)?)));
        let points: Vec<(f64, f64)> = points.collect();
        let label = if named.contains(way) { "" } else { way.name };
        named.push(*way);
        panel = if way.at_once {
            panel.points(label, way.role, &points[1..])
        } else {
            panel.line(label, way.role, &points)
        };
    }
    panel
}
