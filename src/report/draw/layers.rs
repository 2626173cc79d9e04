//! The layers of a panel as shapes in its plotting area.

use super::axis::Axis;
use super::canvas::{Canvas, Rect};
use super::clip::{self, Point};
use crate::report::panel::{Layer, Scale};
use crate::report::style::{BAND_OPACITY, Pen};
use plotters::backend::DrawingBackend;
use std::io::Result;

/// Lengths of a dash and of the gap after it.
pub(super) const DASH: (f64, f64) = (5.0, 3.0);

/// Two axes over an area.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub x: Axis,
    pub y: Axis,
    pub area: Rect,
}

impl View {
    pub fn across(&self, x: f64) -> Option<f64> {
        let share = self.x.share(x)?;
        Some(self.area.left + share * self.area.width())
    }

    pub fn down(&self, y: f64) -> Option<f64> {
        let share = self.y.share(y)?;
        Some(self.area.bottom - share * self.area.height())
    }

    pub fn point(&self, x: f64, y: f64) -> Option<Point> {
        self.across(x).zip(self.down(y))
    }

    /// As `down`, but a lower end that a logarithmic axis cannot show stands below the area.
    fn down_low(&self, y: f64) -> Option<f64> {
        if self.y.scale == Scale::Log10 && y <= 0.0 {
            Some(self.area.bottom + self.area.height())
        } else {
            self.down(y)
        }
    }
}

/// Whether the layer has markers, which need room at the ends of the horizontal axis.
pub(super) fn has_markers(layer: &Layer) -> bool {
    matches!(layer, Layer::Points { .. } | Layer::ErrorBars { .. })
}

/// The runs of showable items, mapped; an item that cannot be shown ends a run.
fn runs<T, P>(items: &[T], map: impl Fn(&T) -> Option<P>) -> Vec<Vec<P>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for item in items {
        match map(item) {
            Some(point) => run.push(point),
            None => runs.push(std::mem::take(&mut run)),
        }
    }
    runs.push(run);
    runs.retain(|run| !run.is_empty());
    runs
}

/// The visible pieces of the lines a layer draws, before dashing; the outlines of a band count as lines here.
pub(super) fn strokes(layer: &Layer, view: &View) -> Vec<Vec<Point>> {
    let cut = |runs: Vec<Vec<Point>>| -> Vec<Vec<Point>> {
        runs.iter().flat_map(|run| clip::polyline(&view.area, &clip::thin(run))).collect()
    };
    match layer {
        Layer::Line { points, .. } => cut(runs(points, |&(x, y)| view.point(x, y))),
        Layer::Band { points, .. } => {
            let side =
                |low: bool| runs(points, move |&(x, l, h)| view.point(x, if low { l } else { h }));
            [cut(side(true)), cut(side(false))].concat()
        }
        Layer::ErrorBars { points, .. } => points
            .iter()
            .filter_map(|&(x, low, mid, high)| {
                view.down(mid)?;
                let x = view.across(x)?;
                Some(vec![(x, view.down_low(low)?), (x, view.down(high)?)])
            })
            .flat_map(|bar| clip::polyline(&view.area, &bar))
            .collect(),
        Layer::Horizontal { y, .. } => view.down(*y).map_or_else(Vec::new, |y| {
            clip::polyline(&view.area, &[(view.area.left, y), (view.area.right, y)])
        }),
        Layer::Points { .. } => Vec::new(),
    }
}

/// The visible centres of the markers a layer draws.
pub(super) fn markers(layer: &Layer, view: &View) -> Vec<Point> {
    let centres: Vec<_> = match layer {
        Layer::Points { points, .. } => {
            points.iter().filter_map(|&(x, y)| view.point(x, y)).collect()
        }
        Layer::ErrorBars { points, .. } => {
            points.iter().filter_map(|&(x, _, mid, _)| view.point(x, mid)).collect()
        }
        _ => Vec::new(),
    };
    let area = view.area.grown(0.5);
    centres.into_iter().filter(|&centre| area.contains(centre)).collect()
}

/// Radius of a marker.
pub(super) fn radius(pen: Pen) -> f64 {
    (1.5 * pen.width).max(1.0)
}

/// Draws all layers: bands first, then the rest in order.
pub(super) fn draw<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    layers: &[Layer],
    view: &View,
) -> Result<()> {
    for layer in layers {
        if let Layer::Band { pen, points } = layer {
            let both = |&(x, low, high): &(f64, f64, f64)| {
                Some((view.across(x)?, view.down_low(low)?, view.down(high)?))
            };
            for run in runs(points, both) {
                let upper =
                    clip::thin(&run.iter().map(|&(x, _, high)| (x, high)).collect::<Vec<_>>());
                let lower =
                    clip::thin(&run.iter().map(|&(x, low, _)| (x, low)).collect::<Vec<_>>());
                let outline: Vec<_> = upper.into_iter().chain(lower.into_iter().rev()).collect();
                let inside = clip::polygon(&view.area, &outline);
                canvas.polygon(&inside, pen.colour, BAND_OPACITY)?;
            }
        }
    }
    for layer in layers {
        let (pen, dashed) = match layer {
            Layer::Band { .. } => continue,
            Layer::Line { pen, dashed, .. } => (*pen, *dashed),
            Layer::Horizontal { pen, .. } => (*pen, true),
            Layer::Points { pen, .. } | Layer::ErrorBars { pen, .. } => (*pen, false),
        };
        for stroke in strokes(layer, view) {
            if dashed {
                for dash in clip::dashes(&stroke, DASH.0, DASH.1) {
                    canvas.polyline(&dash, pen.colour, pen.width)?;
                }
            } else {
                canvas.polyline(&stroke, pen.colour, pen.width)?;
            }
            if matches!(layer, Layer::ErrorBars { .. }) {
                caps(canvas, &stroke, pen, view)?;
            }
        }
        for centre in markers(layer, view) {
            canvas.disc(centre, radius(pen), pen.colour)?;
        }
    }
    Ok(())
}

/// Short cross lines at the ends of an error bar that lie inside the area.
fn caps<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    bar: &[Point],
    pen: Pen,
    view: &View,
) -> Result<()> {
    for &(x, y) in bar {
        if y > view.area.top && y < view.area.bottom {
            canvas.polyline(&[(x - 3.0, y), (x + 3.0, y)], pen.colour, pen.width)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Panel, Role};

    fn log_view() -> View {
        let axis = |scale, range| Axis::new(scale, Some(range), false, std::iter::empty());
        View {
            x: axis(Scale::Linear, (0.0, 10.0)),
            y: axis(Scale::Log10, (1.0, 100.0)),
            area: Rect { left: 0.0, top: 0.0, right: 100.0, bottom: 100.0 },
        }
    }

    #[test]
    fn what_cannot_be_shown_leaves_a_gap() {
        let points =
            [(0.0, 10.0), (1.0, 10.0), (2.0, 0.0), (3.0, 10.0), (4.0, 10.0), (5.0, f64::NAN)];
        let panel = Panel::new("").line("l", Role::Ftl, &points);
        let pieces = strokes(&panel.layers[0], &log_view());
        let expected = [[(0.0, 50.0), (10.0, 50.0)], [(30.0, 50.0), (40.0, 50.0)]];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn a_bar_that_reaches_below_zero_ends_at_the_bottom_of_a_log_panel() {
        let bars = [(2.0, -1.0, 10.0, 100.0)];
        let panel = Panel::new("").error_bars("e", Role::Ftl, &bars);
        let pieces = strokes(&panel.layers[0], &log_view());
        assert_eq!(pieces, [[(20.0, 100.0), (20.0, 0.0)]]);
        assert_eq!(markers(&panel.layers[0], &log_view()), [(20.0, 50.0)]);
    }
}
