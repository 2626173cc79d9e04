//! SVG: drawn eight times too large, since the backend rounds coordinates to whole pixels, and shown at its size by the header.

use super::canvas::{Canvas, FAMILY, Target};
use super::layout::Layout;
use plotters::backend::SVGBackend;

const SCALE: u32 = 8;

/// The figure as the text of an SVG file.
pub(super) fn render(layout: &Layout) -> std::io::Result<String> {
    let (width, height) = (layout.width as u32, layout.height as u32);
    let mut text = String::new();
    let backend = SVGBackend::with_string(&mut text, (width * SCALE, height * SCALE));
    super::draw(Canvas::new(backend, SCALE, Target::Vector), layout)?;
    let drawn = format!("width=\"{}\" height=\"{}\"", width * SCALE, height * SCALE);
    let shown = format!("width=\"{width}\" height=\"{height}\" stroke-linejoin=\"round\"");
    let family = format!("font-family=\"{FAMILY}\"");
    let families = format!("font-family=\"{FAMILY}, Verdana, sans-serif\"");
    Ok(text.replacen(&drawn, &shown, 1).replace(&family, &families))
}
