//! What a panel cannot show: counted and said, so that nothing is lost in silence.

use super::axis::on_scale;
use crate::report::panel::{Layer, Panel};

/// How many data points a panel cannot show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Missing {
    pub not_positive: usize,
    pub not_finite: usize,
}

impl Missing {
    /// The remark drawn in the panel's corner, empty when all is shown.
    pub fn remark(&self) -> String {
        let part = |count: usize, what: &str| match count {
            0 => String::new(),
            1 => format!("1 point {what} not shown"),
            _ => format!("{count} points {what} not shown"),
        };
        [part(self.not_positive, "≤ 0"), part(self.not_finite, "not finite")]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Counts the data points that the panel's scales cannot show.
pub(super) fn missing(panel: &Panel) -> Missing {
    // As wide as a linear axis goes.
    let showable = |value: f64| value.abs() < 1e300;
    let mut missing = Missing::default();
    let mut count = |x: Option<f64>, y: f64| {
        let shown = x.is_none_or(|x| on_scale(panel.x_scale, x).is_some())
            && on_scale(panel.y_scale, y).is_some();
        if !shown && showable(y) && x.is_none_or(showable) {
            missing.not_positive += 1;
        } else if !shown {
            missing.not_finite += 1;
        }
    };
    for layer in &panel.layers {
        match layer {
            Layer::Line { points, .. } | Layer::Points { points, .. } => {
                points.iter().for_each(|&(x, y)| count(Some(x), y));
            }
            Layer::Band { points, .. } => points.iter().for_each(|&(x, low, high)| {
                count(Some(x), if low.is_finite() { high } else { low });
            }),
            Layer::ErrorBars { points, .. } => points.iter().for_each(|&(x, low, mid, high)| {
                let lost = [low, high].into_iter().find(|&end| !showable(end));
                count(Some(x), lost.unwrap_or(mid));
            }),
            Layer::Horizontal { y, .. } => count(None, *y),
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Role;

    #[test]
    fn what_cannot_be_shown_is_counted() {
        let points = [(0.0, 10.0), (2.0, 0.0), (3.0, 10.0), (5.0, f64::NAN)];
        let bars = [(1.0, f64::NAN, 2.0, 3.0), (2.0, -1.0, 10.0, 20.0)];
        let panel =
            Panel::new("").log_y().line("l", Role::Ftl, &points).error_bars("e", Role::Ftl, &bars);
        let missing = missing(&panel);
        assert_eq!((missing.not_positive, missing.not_finite), (1, 2));
        let remark = "1 point ≤ 0 not shown; 2 points not finite not shown";
        assert_eq!(missing.remark(), remark);
        assert_eq!(Missing::default().remark(), "");
    }
}
