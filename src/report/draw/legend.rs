//! Legends: which entries, where, and how they are drawn.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Rect, Type, width};
use super::clip::{self, Point};
use super::layers::{self, DASH, View};
use super::missing::Missing;
use crate::report::panel::{Layer, Legend, Panel};
use crate::report::style::{INK, NOTE_SIZE, PAPER, Pen, TICK_SIZE};
use plotters::backend::DrawingBackend;
use std::io::Result;

const SAMPLE: f64 = 22.0;
const GAP: f64 = 5.0;
const ROW: f64 = 14.0;
const PADDING: f64 = 4.0;
const BETWEEN: f64 = 18.0;

/// One line of a legend.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    label: String,
    pen: Pen,
    /// `Some(dashed)` when a line is shown.
    line: Option<bool>,
    marker: bool,
}

impl Entry {
    fn width(&self) -> f64 {
        SAMPLE + GAP + width(&self.label, TICK_SIZE, false)
    }
}

/// The labelled layers in order, those with the same label merged; none unless `wanted`.
pub(super) fn merged<'a>(wanted: bool, groups: impl Iterator<Item = &'a [Layer]>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for layer in groups.flatten().filter(|layer| wanted && !layer.label().is_empty()) {
        let (pen, line, marker) = match layer {
            Layer::Line { pen, dashed, .. } => (*pen, Some(*dashed), false),
            Layer::Horizontal { pen, .. } => (*pen, Some(true), false),
            Layer::Points { pen, .. } | Layer::ErrorBars { pen, .. } => (*pen, None, true),
            Layer::Band { .. } => continue,
        };
        match entries.iter_mut().find(|entry| entry.label == layer.label()) {
            Some(entry) => {
                entry.line = entry.line.or(line);
                entry.marker |= marker;
            }
            None => entries.push(Entry { label: layer.label().to_owned(), pen, line, marker }),
        }
    }
    entries
}

/// The box of a legend in a corner of `area`.
fn corner_box(area: Rect, corner: Legend, entries: &[Entry]) -> Rect {
    const INSET: f64 = 6.0;
    let widest = entries.iter().map(Entry::width).fold(0.0, f64::max);
    let (wide, high) = (widest + 2.0 * PADDING, entries.len() as f64 * ROW + 2.0 * PADDING);
    let left = match corner {
        Legend::TopLeft | Legend::BottomLeft => area.left + INSET,
        _ => area.right - INSET - wide,
    };
    let top = match corner {
        Legend::BottomLeft | Legend::BottomRight => area.bottom - INSET - high,
        _ => area.top + INSET,
    };
    Rect { left, top, right: left + wide, bottom: top + high }
}

/// The box of the remark about missing points, in the bottom right corner.
pub(super) fn remark_box(area: Rect, missing: &Missing) -> Option<Rect> {
    let remark = missing.remark();
    (!remark.is_empty()).then(|| Rect {
        left: area.right - width(&remark, NOTE_SIZE, false) - 8.0,
        top: area.bottom - 16.0,
        right: area.right - 2.0,
        bottom: area.bottom - 3.0,
    })
}

/// The corner that hides least, and the y axis, raised when that frees a corner and the range is automatic.
pub(super) fn best_corner(
    panel: &Panel,
    view: &View,
    entries: &[Entry],
    missing: &Missing,
) -> (Legend, Axis) {
    let mut best = (usize::MAX, Legend::TopRight, view.y);
    let most = if panel.y_range.is_none() { 10 } else { 0 };
    for step in 0..=most {
        let raised = View { y: view.y.raised(0.05 * f64::from(step)), ..*view };
        let samples = samples(panel, &raised, missing);
        for corner in [Legend::TopRight, Legend::TopLeft, Legend::BottomRight, Legend::BottomLeft] {
            let area = corner_box(raised.area, corner, entries).grown(3.0);
            let hidden = samples.iter().filter(|&&point| area.contains(point)).count();
            if hidden < best.0 && (step == 0 || hidden == 0) {
                best = (hidden, corner, raised.y);
            }
        }
        if best.0 == 0 {
            break;
        }
    }
    (best.1, best.2)
}

/// Points all over what the panel draws.
fn samples(panel: &Panel, view: &View, missing: &Missing) -> Vec<Point> {
    let mut found = Vec::new();
    for layer in &panel.layers {
        found.extend(layers::markers(layer, view));
        for stroke in layers::strokes(layer, view) {
            found.extend(clip::dashes(&stroke, 4.0, 1e-6).into_iter().flatten());
        }
    }
    if let Some(area) = remark_box(view.area, missing) {
        let corners = [(area.left, area.top), (area.right, area.bottom)];
        found.extend(corners.iter().cycle().take(400));
    }
    found
}

/// Draws a legend inside `area`; nothing for places outside it.
pub(super) fn draw_inside<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    entries: &[Entry],
    corner: Legend,
    area: Rect,
) -> Result<()> {
    if entries.is_empty() || matches!(corner, Legend::None | Legend::Below) {
        return Ok(());
    }
    let place = corner_box(area, corner, entries);
    canvas.fill(place, PAPER, 0.82)?;
    for (row, entry) in entries.iter().enumerate() {
        let top = place.top + PADDING + row as f64 * ROW;
        draw_entry(canvas, entry, (place.left + PADDING, top))?;
    }
    Ok(())
}

/// The entries in rows of at most `room` pixels.
fn rows(entries: &[Entry], room: f64) -> Vec<(f64, Vec<&Entry>)> {
    let mut rows: Vec<(f64, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        match rows.last_mut() {
            Some((used, row)) if *used + BETWEEN + entry.width() <= room => {
                *used += BETWEEN + entry.width();
                row.push(entry);
            }
            _ => rows.push((entry.width(), vec![entry])),
        }
    }
    rows
}

/// Height of a legend in rows of at most `room` pixels.
pub(super) fn rows_height(entries: &[Entry], room: f64) -> f64 {
    rows(entries, room).len() as f64 * ROW
}

/// Draws a legend in centred rows.
pub(super) fn draw_rows<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    entries: &[Entry],
    area: Rect,
) -> Result<()> {
    for (index, (used, row)) in rows(entries, area.width()).into_iter().enumerate() {
        let mut left = (area.left + area.right - used) / 2.0;
        for entry in row {
            draw_entry(canvas, entry, (left, area.top + index as f64 * ROW))?;
            left += entry.width() + BETWEEN;
        }
    }
    Ok(())
}

fn draw_entry<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    entry: &Entry,
    (left, top): Point,
) -> Result<()> {
    let middle = top + ROW / 2.0;
    let sample = [(left, middle), (left + SAMPLE, middle)];
    let pieces = match entry.line {
        Some(true) => clip::dashes(&sample, DASH.0, DASH.1),
        Some(false) => vec![sample.to_vec()],
        None => Vec::new(),
    };
    for piece in pieces {
        canvas.polyline(&piece, entry.pen.colour, entry.pen.width)?;
    }
    if entry.marker {
        let centre = (left + SAMPLE / 2.0, middle);
        canvas.disc(centre, layers::radius(entry.pen), entry.pen.colour)?;
    }
    let baseline = (left + SAMPLE + GAP, middle + 0.36 * TICK_SIZE);
    canvas.text(&entry.label, baseline, Type::new(TICK_SIZE, INK, Anchor::Left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Role, Scale};

    fn place(panel: &Panel) -> (Legend, Axis, Axis) {
        let axis = |range| Axis::new(Scale::Linear, Some(range), false, std::iter::empty());
        let view = View {
            x: axis((0.0, 1.0)),
            y: axis((0.0, 1.0)),
            area: Rect { left: 0.0, top: 0.0, right: 300.0, bottom: 200.0 },
        };
        let entries = merged(true, std::iter::once(&panel.layers[..]));
        let (corner, y) = best_corner(panel, &view, &entries, &Missing::default());
        (corner, view.y, y)
    }

    #[test]
    fn the_legend_takes_the_free_corner() {
        let rising = [(0.0, 0.0), (1.0, 1.0)];
        let level = [(0.5, 0.05), (1.0, 0.05)];
        let panel = Panel::new("").line("a", Role::Ftl, &rising).line("b", Role::Ftrl, &level);
        let (corner, before, after) = place(&panel);
        assert_eq!((corner, before), (Legend::TopLeft, after));
    }

    #[test]
    fn a_full_panel_is_stretched_unless_its_range_is_fixed() {
        let zigzag: Vec<_> = (0..200).map(|i| (f64::from(i) / 199.0, f64::from(i % 2))).collect();
        let panel = Panel::new("").line("a", Role::Ftl, &zigzag);
        let (_, before, after) = place(&panel);
        assert!(after.high > before.high);
        let (_, before, after) = place(&panel.y_range(0.0, 1.0));
        assert_eq!(before, after);
    }

    #[test]
    fn equal_labels_are_merged() {
        let one = Panel::new("").line("a", Role::Ftl, &[]).points("a", Role::Ftl, &[]).line(
            "",
            Role::Bound,
            &[],
        );
        let entries = merged(true, [&one.layers[..], &one.layers[..]].into_iter());
        assert_eq!(entries.len(), 1);
        assert!(entries[0].marker && entries[0].line == Some(false));
    }
}
