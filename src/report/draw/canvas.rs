//! The few drawing operations the figures need, in pixels at scale 1, over any plotters backend.

use crate::report::style::Rgb;
use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    FontFamily, FontStyle, FontTransform, IntoTextStyle, RGBAColor, ShapeStyle, TextStyle,
};
use std::io::{Error, Result};
use std::sync::OnceLock;

/// Name under which the bundled font is registered.
pub(super) const FAMILY: &str = "DejaVu Sans";

/// Height of a line (ascent and descent) in ems; the bitmap text renderer takes this height for the type size.
const LINE_HEIGHT: f64 = 1.164;

/// The SVG backend divides type sizes by this number.
const SVG_DIVISOR: f64 = 1.24;

/// How a backend reads type sizes and joins lines.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// Text by name, strokes by width.
    Vector,
    /// Text by outline; thick strokes are put together from segments and round joints.
    Raster,
}

/// Which point of a text its position names; vertically it is always the baseline.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub colour: Rgb,
    pub bold: bool,
    pub anchor: Anchor,
    /// Turned to read upwards.
    pub upright: bool,
}

impl Type {
    pub fn new(size: f64, colour: Rgb, anchor: Anchor) -> Self {
        Self { size, colour, bold: false, anchor, upright: false }
    }
}

/// An axis-parallel rectangle, in pixels at scale 1, y downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub fn grown(&self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }
}

/// A backend and the number of its pixels in one pixel at scale 1.
pub(super) struct Canvas<DB> {
    backend: DB,
    scale: f64,
    target: Target,
}

impl<DB: DrawingBackend> Canvas<DB> {
    pub fn new(backend: DB, scale: u32, target: Target) -> Self {
        Self { backend, scale: f64::from(scale), target }
    }

    /// Tells the backend that the drawing is complete.
    pub fn finish(mut self) -> Result<()> {
        self.backend.present().map_err(failed)
    }

    fn pixel(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let round = |value: f64| (value * self.scale).round().clamp(-1e6, 1e6) as i32;
        (round(x), round(y))
    }

    fn style(&self, colour: Rgb, opacity: f64, width: f64) -> ShapeStyle {
        ShapeStyle {
            color: RGBAColor(colour.0, colour.1, colour.2, opacity),
            filled: true,
            stroke_width: (width * self.scale).round().max(1.0) as u32,
        }
    }

    /// An opaque polyline.
    pub fn polyline(&mut self, points: &[(f64, f64)], colour: Rgb, width: f64) -> Result<()> {
        let style = self.style(colour, 1.0, width);
        if self.target == Target::Vector {
            let path: Vec<_> = points.iter().map(|&point| self.pixel(point)).collect();
            return self.backend.draw_path(path, &style).map_err(failed);
        }
        for pair in points.windows(2) {
            self.segment(pair[0], pair[1], &style, width)?;
        }
        for &joint in points.iter().skip(1).take(points.len().saturating_sub(2)) {
            self.disc(joint, width / 2.0, colour)?;
        }
        Ok(())
    }

    fn segment(
        &mut self,
        from: (f64, f64),
        to: (f64, f64),
        style: &ShapeStyle,
        width: f64,
    ) -> Result<()> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        if length == 0.0 {
            return Ok(());
        }
        let (nx, ny) = (-dy / length * width / 2.0, dx / length * width / 2.0);
        let corners = [
            (from.0 + nx, from.1 + ny),
            (to.0 + nx, to.1 + ny),
            (to.0 - nx, to.1 - ny),
            (from.0 - nx, from.1 - ny),
        ];
        let path = corners.map(|corner| self.pixel(corner));
        self.backend.fill_polygon(path, style).map_err(failed)
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[(f64, f64)], colour: Rgb, opacity: f64) -> Result<()> {
        if points.len() < 3 {
            return Ok(());
        }
        let style = self.style(colour, opacity, 0.0);
        let path: Vec<_> = points.iter().map(|&point| self.pixel(point)).collect();
        self.backend.fill_polygon(path, &style).map_err(failed)
    }

    /// A filled rectangle.
    pub fn fill(&mut self, area: Rect, colour: Rgb, opacity: f64) -> Result<()> {
        let style = self.style(colour, opacity, 0.0);
        let corners = (self.pixel((area.left, area.top)), self.pixel((area.right, area.bottom)));
        self.backend.draw_rect(corners.0, corners.1, &style, true).map_err(failed)
    }

    /// The outline of a rectangle.
    pub fn frame(&mut self, area: Rect, colour: Rgb, width: f64) -> Result<()> {
        let half = width / 2.0;
        let (left, top, right, bottom) = (area.left, area.top, area.right, area.bottom);
        for (x, y, to_x, to_y) in [
            (left - half, top - half, right + half, top + half),
            (left - half, bottom - half, right + half, bottom + half),
            (left - half, top - half, left + half, bottom + half),
            (right - half, top - half, right + half, bottom + half),
        ] {
            let side = Rect { left: x, top: y, right: to_x, bottom: to_y };
            self.fill(side, colour, 1.0)?;
        }
        Ok(())
    }

    /// A filled disc.
    pub fn disc(&mut self, centre: (f64, f64), radius: f64, colour: Rgb) -> Result<()> {
        let style = self.style(colour, 1.0, 0.0);
        let radius = (radius * self.scale).round().max(1.0) as u32;
        let centre = self.pixel(centre);
        self.backend.draw_circle(centre, radius, &style, true).map_err(failed)
    }

    /// A line of text with its baseline at `at`.
    pub fn text(&mut self, text: &str, at: (f64, f64), set: Type) -> Result<()> {
        let size = set.size * self.scale;
        // Backends hang text from its top edge, each at its own distance above the baseline.
        let (size, rise) = match self.target {
            Target::Vector => (size * SVG_DIVISOR, 0.76 * size),
            Target::Raster => (size * LINE_HEIGHT, size * LINE_HEIGHT / 2.0),
        };
        let rise = rise / self.scale;
        let (at, transform) = if set.upright {
            ((at.0 - rise, at.1), FontTransform::Rotate270)
        } else {
            ((at.0, at.1 - rise), FontTransform::None)
        };
        let horizontal = match set.anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let colour = RGBAColor(set.colour.0, set.colour.1, set.colour.2, 1.0);
        let style = font(size, set.bold)
            .transform(transform)
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Top));
        let at = self.pixel(at);
        self.backend.draw_text(text, &style, at).map_err(failed)
    }
}

/// A backend's error as one that outlives the backend.
fn failed(reason: impl std::fmt::Display) -> Error {
    Error::other(reason.to_string())
}

fn font(size: f64, bold: bool) -> TextStyle<'static> {
    let weight = if bold { FontStyle::Bold } else { FontStyle::Normal };
    (FontFamily::Name(FAMILY), size, weight).into_text_style(&(0, 0))
}

/// Width of a line of text in pixels at scale 1.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    const MEASURE: f64 = 500.0;
    let measured = font(MEASURE * LINE_HEIGHT, bold).font.layout_box(text);
    let guess = 0.6 * MEASURE * text.chars().count() as f64;
    measured.map_or(guess, |((left, _), (right, _))| f64::from(right - left)) * size / MEASURE
}

/// Registers the bundled font, once in a process.
pub(super) fn register_fonts() -> Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())]
            .into_iter()
            .all(|(style, bytes)| plotters::style::register_font(FAMILY, style, bytes).is_ok())
    });
    if *done { Ok(()) } else { Err(Error::other("the bundled font is damaged")) }
}
