//! The renderer: a figure as a vector and as a bitmap file.

mod axis;
mod canvas;
mod clip;
mod layers;
mod layout;
mod legend;
mod matrix;
mod missing;
mod panel;
mod raster;
mod ticks;
mod vector;

use super::figure::Figure;
use crate::files;
use crate::{Error, Result};
use canvas::Canvas;
use layout::Layout;
use plotters::backend::DrawingBackend;
use std::path::Path;

impl Figure {
    /// Writes `dir/name.svg` and `dir/name.png` (2 pixels a figure pixel), each atomically.
    ///
    /// # Errors
    /// [`Error::File`] when a file cannot be written, [`Error::Parameter`] when the figure has no panel or too many.
    pub fn write(&self, dir: impl AsRef<Path>, name: &str) -> Result<()> {
        let (svg, png) = self.render()?;
        let dir = dir.as_ref();
        files::write_atomic(dir.join(format!("{name}.svg")), svg.as_bytes())?;
        files::write_atomic(dir.join(format!("{name}.png")), &png)
    }

    /// Writes the one file `path`, a vector or a bitmap as its name ends in `.svg` or `.png`, atomically.
    ///
    /// # Errors
    /// Another ending; those of [`Figure::write`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let kind = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match kind.as_deref() {
            Some("svg") => files::write_atomic(path, self.svg()?.as_bytes()),
            Some("png") => files::write_atomic(path, &self.png()?),
            _ => {
                let expected = "a name that ends in .svg or .png";
                Err(Error::parameter("figure", path.display(), expected))
            }
        }
    }

    /// The text of the SVG file and the bytes of the PNG file; of the two, the second takes nearly all the time.
    ///
    /// # Errors
    /// Those of [`Figure::svg`].
    pub fn render(&self) -> Result<(String, Vec<u8>)> {
        Ok((self.svg()?, self.png()?))
    }

    /// The figure as the text of an SVG file; equal figures give equal bytes.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the figure has no panel or more than 60, [`Error::File`] when the backend fails.
    pub fn svg(&self) -> Result<String> {
        vector::render(&self.layout()?).map_err(Error::file("figure.svg", "draw"))
    }

    /// The figure as the bytes of a PNG file; equal figures give equal bytes.
    ///
    /// # Errors
    /// Those of [`Figure::svg`].
    pub fn png(&self) -> Result<Vec<u8>> {
        raster::render(&self.layout()?).map_err(Error::file("figure.png", "draw"))
    }

    fn layout(&self) -> Result<Layout<'_>> {
        if self.panels.is_empty() || self.panels.len() > 60 {
            let count = self.panels.len();
            return Err(Error::parameter("figure panels", count, "1 to 60"));
        }
        canvas::register_fonts().map_err(Error::file("figure", "draw"))?;
        Ok(Layout::new(self))
    }
}

/// Draws the whole figure on one canvas.
fn draw<DB: DrawingBackend>(mut canvas: Canvas<DB>, layout: &Layout) -> std::io::Result<()> {
    let page =
        canvas::Rect { right: layout.width, bottom: layout.height, ..canvas::Rect::default() };
    canvas.fill(page, super::style::PAPER, 1.0)?;
    for place in &layout.places {
        panel::draw(&mut canvas, place)?;
    }
    if let Some((entries, area)) = &layout.legend {
        legend::draw_rows(&mut canvas, entries, *area)?;
    }
    canvas.finish()
}

#[cfg(test)]
mod tests {
    use crate::report::{Figure, Panel, Role};

    fn figure() -> Figure {
        let curve: Vec<_> = (1..50).map(|t| (f64::from(t), f64::from(t).sqrt())).collect();
        Figure::new(2)
            .panel(Panel::new("R < √T & more").x("round t").line("a", Role::Learned, &curve))
            .panel(Panel::matrix("W", vec![vec![1.0, -0.5], vec![f64::NAN]]))
    }

    #[test]
    fn both_files_are_written_and_reproducible() {
        let folder = tempfile::tempdir().unwrap();
        figure().write(folder.path().join("deep"), "one").unwrap();
        let svg = std::fs::read_to_string(folder.path().join("deep/one.svg")).unwrap();
        let png = std::fs::read(folder.path().join("deep/one.png")).unwrap();
        assert_eq!((svg.clone(), png.clone()), figure().render().unwrap());
        assert!(svg.contains("R &lt; √T &amp; more"));
        assert!(svg.contains("font-family=\"DejaVu Sans, Verdana, sans-serif\""));
        let info = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let width: u32 = svg.split('"').nth(1).unwrap().parse().unwrap();
        assert_eq!(info.info().width, 2 * width);
    }

    #[test]
    fn the_ending_tells_the_kind_of_file() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| {
            let path = folder.path().join(name);
            figure().save(&path).map(|()| std::fs::read(path).unwrap())
        };
        assert_eq!(read("one.svg").unwrap(), figure().render().unwrap().0.into_bytes());
        assert_eq!(read("one.PNG").unwrap(), figure().render().unwrap().1);
        for name in ["one.pdf", "one", ".svg"] {
            assert!(read(name).unwrap_err().to_string().contains(".svg or .png"), "{name}");
        }
    }

    #[test]
    fn hostile_data_is_drawn_without_failing() {
        let bad = [
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
            (1e300, -1e300),
            (f64::MAX, f64::MIN),
            (-0.0, 5e-324),
        ];
        let panel = |panel: Panel| {
            panel
                .line("l", Role::Ftl, &bad)
                .dashed("d", Role::Ftl, &bad)
                .points("p", Role::Ftl, &bad)
                .horizontal("h", Role::Bound, f64::NAN)
                .band(Role::Ftl, &[(0.0, 1.0, f64::NAN), (1.0, -1.0, 1e300)])
                .error_bars("e", Role::Ftl, &[(1.0, f64::NAN, 1.0, 2.0), (2.0, 0.0, 1.0, 1e301)])
        };
        let figure = Figure::new(0)
            .panel(panel(Panel::new("")))
            .panel(panel(Panel::new("word ".repeat(60)).log_x().log_y().x_ticks(&bad.map(|b| b.0))))
            .panel(panel(Panel::new("cut").x_range(0.0, 1.0).y_range(0.0, 1e-300)))
            .panel(Panel::matrix("empty", vec![]))
            .panel(Panel::matrix("empty row", vec![vec![]]));
        figure.render().unwrap();
    }

    #[test]
    fn a_figure_without_panels_is_refused() {
        let error = Figure::new(3).render().unwrap_err().to_string();
        assert!(error.contains("panels = 0"), "{error}");
    }
}
