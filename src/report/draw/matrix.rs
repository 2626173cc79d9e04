//! A matrix as a heat map: blue below 0, white at 0, vermilion above, equally deep on both sides.

use super::canvas::{Anchor, Canvas, Rect, Type, width};
use super::ticks::plain;
use crate::report::style::{FAINT, INK, PAPER, Rgb, TICK_SIZE, mix};
use plotters::backend::DrawingBackend;
use std::io::Result;

const BELOW: Rgb = (0, 100, 170);
const ABOVE: Rgb = (205, 80, 0);
const EMPTY: Rgb = (200, 200, 200);
/// Matrices with more columns get no numbers in their cells.
const NUMBERED_COLUMNS: usize = 6;
const BAR_GAP: f64 = 14.0;
const BAR_WIDTH: f64 = 10.0;
const OVERLAP: f64 = 0.5;

/// Draws `values` with square cells and a colour bar inside `area`.
pub(super) fn draw<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    values: &[Vec<f64>],
    area: Rect,
) -> Result<()> {
    let rows = values.len();
    let columns = values.iter().map(Vec::len).max().unwrap_or(0);
    let middle = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
    if columns == 0 {
        return canvas.text("no data", middle, Type::new(TICK_SIZE, FAINT, Anchor::Middle));
    }
    let largest = largest(values);
    let ends = [largest, 0.0, -largest].map(rounded);
    let words = ends.iter().map(|end| width(end, TICK_SIZE, false)).fold(0.0, f64::max);
    let beside = BAR_GAP + BAR_WIDTH + 4.0 + words;
    let side = ((area.width() - beside) / columns as f64).min(area.height() / rows as f64);
    let (wide, high) = (side * columns as f64, side * rows as f64);
    let left = area.left + ((area.width() - beside - wide) / 2.0).max(0.0);
    let map = Rect {
        left,
        top: middle.1 - high / 2.0,
        right: left + wide,
        bottom: middle.1 + high / 2.0,
    };
    for (row, cells) in values.iter().enumerate() {
        for column in 0..columns {
            let value = cells.get(column).copied().unwrap_or(f64::NAN);
            let cell = Rect {
                left: map.left + column as f64 * side,
                top: map.top + row as f64 * side,
                right: map.left + (column + 1) as f64 * side,
                bottom: map.top + (row + 1) as f64 * side,
            };
            // A little too large, so that no seam shows; the next cells and the frame cover the rest.
            let cell = Rect {
                right: (cell.right + OVERLAP).min(map.right),
                bottom: (cell.bottom + OVERLAP).min(map.bottom),
                ..cell
            };
            draw_cell(canvas, value, largest, cell, columns <= NUMBERED_COLUMNS)?;
        }
    }
    canvas.frame(map, INK, 0.8)?;
    indices(canvas, map, side, rows, columns)?;
    let bar_height = (0.84 * high).max(80.0);
    let bar = Rect {
        left: map.right + BAR_GAP,
        top: middle.1 - bar_height / 2.0,
        right: map.right + BAR_GAP + BAR_WIDTH,
        bottom: middle.1 + bar_height / 2.0,
    };
    colour_bar(canvas, bar, &ends)
}

/// The largest finite absolute value, 1 when there is none above 0.
fn largest(values: &[Vec<f64>]) -> f64 {
    let largest = values
        .iter()
        .flatten()
        .filter(|value| value.is_finite())
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    if largest > 0.0 { largest } else { 1.0 }
}

fn colour(share: f64) -> Rgb {
    if share.is_nan() {
        EMPTY
    } else if share < 0.0 {
        mix(PAPER, BELOW, -share)
    } else {
        mix(PAPER, ABOVE, share)
    }
}

/// At most three significant digits.
fn rounded(value: f64) -> String {
    plain(format!("{value:.2e}").parse().unwrap_or(value))
}

fn draw_cell<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    value: f64,
    largest: f64,
    cell: Rect,
    numbered: bool,
) -> Result<()> {
    let share = if value.is_finite() { value / largest } else { f64::NAN };
    canvas.fill(cell, colour(share), 1.0)?;
    if numbered && value.is_finite() {
        let text = rounded(value);
        let fits = 0.86 * cell.width() / width(&text, 1.0, false).max(1e-3);
        let size = fits.min(0.5 * cell.height()).min(13.0);
        let ink = if share.abs() > 0.6 { PAPER } else { INK };
        let at = ((cell.left + cell.right) / 2.0, (cell.top + cell.bottom) / 2.0 + 0.36 * size);
        canvas.text(&text, at, Type::new(size, ink, Anchor::Middle))?;
    }
    Ok(())
}

/// Row and column numbers from 1, not more than there is room for.
fn indices<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    map: Rect,
    side: f64,
    rows: usize,
    columns: usize,
) -> Result<()> {
    let every = [1, 2, 5, 10, 20, 50, 100, 1000]
        .into_iter()
        .find(|&every| every as f64 * side >= 16.0)
        .unwrap_or(10_000);
    let shown = |index: &usize| index.is_multiple_of(every);
    for index in (1..=columns).filter(shown) {
        let at = (map.left + (index as f64 - 0.5) * side, map.bottom + 4.0 + TICK_SIZE);
        canvas.text(&index.to_string(), at, Type::new(TICK_SIZE, INK, Anchor::Middle))?;
    }
    for index in (1..=rows).filter(shown) {
        let at = (map.left - 5.0, map.top + (index as f64 - 0.5) * side + 0.36 * TICK_SIZE);
        canvas.text(&index.to_string(), at, Type::new(TICK_SIZE, INK, Anchor::Right))?;
    }
    Ok(())
}

fn colour_bar<DB: DrawingBackend>(
    canvas: &mut Canvas<DB>,
    bar: Rect,
    labels: &[String; 3],
) -> Result<()> {
    const STEPS: u32 = 100;
    let height = bar.height() / f64::from(STEPS);
    for step in 0..STEPS {
        let share = 1.0 - 2.0 * (f64::from(step) + 0.5) / f64::from(STEPS);
        let top = bar.top + f64::from(step) * height;
        let stripe = Rect { top, bottom: (top + height + OVERLAP).min(bar.bottom), ..bar };
        canvas.fill(stripe, colour(share), 1.0)?;
    }
    canvas.frame(bar, INK, 0.6)?;
    for (index, label) in labels.iter().enumerate() {
        let y = bar.top + bar.height() * index as f64 / 2.0;
        let at = (bar.right + 4.0, y + 0.36 * TICK_SIZE);
        canvas.text(label, at, Type::new(TICK_SIZE, INK, Anchor::Left))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_symmetric_about_white() {
        assert_eq!(colour(0.0), PAPER);
        assert_eq!((colour(1.0), colour(-1.0)), (ABOVE, BELOW));
        assert_eq!(colour(f64::NAN), EMPTY);
    }

    #[test]
    fn the_scale_ignores_what_is_not_finite() {
        assert_eq!(largest(&[vec![f64::INFINITY, -2.0], vec![f64::NAN]]), 2.0);
        assert_eq!(largest(&[vec![0.0]]), 1.0);
        assert_eq!(rounded(0.123_456), "0.123");
    }
}
