//! One panel: grid, layers, spines, ticks, labels, title.

use super::canvas::{Anchor, Canvas, Type, width};
use super::layers;
use super::layout::{Place, TAG_WIDTH, TITLE_LINE};
use super::{legend, matrix};
use crate::report::panel::Legend;
use crate::report::style::{FAINT, GRID, INK, LABEL_SIZE, NOTE_SIZE, PAPER, TICK_SIZE, TITLE_SIZE};
use plotters::backend::DrawingBackend;
use std::io::Result;

const SPINE: f64 = 0.9;
const TICK: f64 = 3.5;

/// Draws a placed panel.
pub(super) fn draw<DB: DrawingBackend>(canvas: &mut Canvas<DB>, place: &Place) -> Result<()> {
    match &place.panel.matrix {
        Some(values) => matrix::draw(canvas, values, place.view.area)?,
        None => curves(canvas, place)?,
    }
    labels(canvas, place)?;
    title(canvas, place)
}

fn curves<DB: DrawingBackend>(canvas: &mut Canvas<DB>, place: &Place) -> Result<()> {
    let (view, area) = (&place.view, place.view.area);
    for tick in place.x_ticks.iter().filter(|tick| !tick.label.is_empty()) {
        if let Some(x) = view.across(tick.at) {
            canvas.polyline(&[(x, area.top), (x, area.bottom)], GRID, 0.7)?;
        }
    }
    for tick in place.y_ticks.iter().filter(|tick| !tick.label.is_empty()) {
        if let Some(y) = view.down(tick.at) {
            canvas.polyline(&[(area.left, y), (area.right, y)], GRID, 0.7)?;
        }
    }
    layers::draw(canvas, &place.panel.layers, view)?;
    canvas.polyline(&[(area.left, area.top), (area.left, area.bottom)], INK, SPINE)?;
    let half = SPINE / 2.0;
    let bottom = [(area.left - half, area.bottom), (area.right, area.bottom)];
    canvas.polyline(&bottom, INK, SPINE)?;
    ticks(canvas, place)?;
    if let Some(place_of_remark) = legend::remark_box(area, &place.missing) {
        canvas.fill(place_of_remark, PAPER, 0.82)?;
        let at = (place_of_remark.right - 3.0, place_of_remark.bottom - 3.5);
        canvas.text(&place.missing.remark(), at, Type::new(NOTE_SIZE, FAINT, Anchor::Right))?;
    }
    if place.legend == Legend::Below {
        legend::draw_rows(canvas, &place.entries, place.legend_strip())
    } else {
        legend::draw_inside(canvas, &place.entries, place.legend, area)
    }
}

fn ticks<DB: DrawingBackend>(canvas: &mut Canvas<DB>, place: &Place) -> Result<()> {
    let (view, area) = (&place.view, place.view.area);
    let length = |label: &str| if label.is_empty() { 0.55 * TICK } else { TICK };
    let mut free_from = f64::NEG_INFINITY;
    for tick in &place.x_ticks {
        let Some(x) = view.across(tick.at) else {
            continue;
        };
        let end = area.bottom + length(&tick.label);
        canvas.polyline(&[(x, area.bottom), (x, end)], INK, SPINE)?;
        let half = width(&tick.label, TICK_SIZE, false) / 2.0;
        if !tick.label.is_empty() && x - half >= free_from {
            let at = (x, area.bottom + 6.0 + TICK_SIZE);
            canvas.text(&tick.label, at, Type::new(TICK_SIZE, INK, Anchor::Middle))?;
            free_from = x + half + 4.0;
        }
    }
    for tick in &place.y_ticks {
        let Some(y) = view.down(tick.at) else {
            continue;
        };
        let end = area.left - length(&tick.label);
        canvas.polyline(&[(end, y), (area.left, y)], INK, SPINE)?;
        let at = (area.left - 6.5, y + 0.36 * TICK_SIZE);
        canvas.text(&tick.label, at, Type::new(TICK_SIZE, INK, Anchor::Right))?;
    }
    Ok(())
}

fn labels<DB: DrawingBackend>(canvas: &mut Canvas<DB>, place: &Place) -> Result<()> {
    let area = place.view.area;
    let (x_label, y_label) = (&place.panel.x_label, &place.panel.y_label);
    let fitted = |label: &str, room: f64| {
        LABEL_SIZE * (room / width(label, LABEL_SIZE, false).max(1.0)).min(1.0)
    };
    if !x_label.is_empty() {
        let set = Type::new(fitted(x_label, area.width()), INK, Anchor::Middle);
        let at = ((area.left + area.right) / 2.0, area.bottom + 33.0);
        canvas.text(x_label, at, set)?;
    }
    if !y_label.is_empty() {
        let widest = place
            .y_ticks
            .iter()
            .map(|tick| width(&tick.label, TICK_SIZE, false))
            .fold(14.0, f64::max);
        let set = Type {
            upright: true,
            ..Type::new(fitted(y_label, area.height() + 16.0), INK, Anchor::Middle)
        };
        let at = (area.left - 15.0 - widest, (area.top + area.bottom) / 2.0);
        canvas.text(y_label, at, set)?;
    }
    Ok(())
}

fn title<DB: DrawingBackend>(canvas: &mut Canvas<DB>, place: &Place) -> Result<()> {
    let area = place.view.area;
    let lines = place.title.len().max(1);
    let baseline = |line: usize| area.top - 8.0 - (lines - 1 - line) as f64 * TITLE_LINE;
    let mut left = area.left;
    if let Some(letter) = place.tag {
        let set = Type { bold: true, ..Type::new(TITLE_SIZE, INK, Anchor::Left) };
        canvas.text(&format!("({letter})"), (left, baseline(0)), set)?;
        left += TAG_WIDTH;
    }
    for (index, line) in place.title.iter().enumerate() {
        let size =
            TITLE_SIZE * ((area.right - left) / width(line, TITLE_SIZE, false).max(1.0)).min(1.0);
        canvas.text(line, (left, baseline(index)), Type::new(size, INK, Anchor::Left))?;
    }
    Ok(())
}
