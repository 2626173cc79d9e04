//! One panel of a figure as data, with builder methods so that an experiment reads like its figure.

use super::style::Pen;

/// How an axis maps numbers to lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences have equal lengths.
    #[default]
    Linear,
    /// Equal ratios have equal lengths; numbers that are not positive are left out and counted in the panel's corner.
    Log10,
}

/// Where the legend stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// In the corner with the least data; an automatic y range is stretched upwards if that frees a corner.
    #[default]
    Auto,
    /// Inside, top left.
    TopLeft,
    /// Inside, top right.
    TopRight,
    /// Inside, bottom left.
    BottomLeft,
    /// Inside, bottom right.
    BottomRight,
    /// Outside, below the x label.
    Below,
    /// No legend.
    None,
}

/// One thing drawn in a panel. Labels appear in the legend; an empty label does not. Numbers that are not finite are left
/// out (a line has a gap there) and counted in the panel's corner.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// A polyline through (x, y).
    Line {
        /// Name in the legend.
        label: String,
        /// Colour and width.
        pen: Pen,
        /// Whether the line is dashed.
        dashed: bool,
        /// The vertices (x, y), in drawing order.
        points: Vec<(f64, f64)>,
    },
    /// A translucent area between two curves, drawn below all lines.
    Band {
        /// The colour.
        pen: Pen,
        /// (x, low, high), in order of x.
        points: Vec<(f64, f64, f64)>,
    },
    /// Round markers at (x, y).
    Points {
        /// Name in the legend.
        label: String,
        /// Colour; the marker's diameter is about 3 widths.
        pen: Pen,
        /// The centres (x, y).
        points: Vec<(f64, f64)>,
    },
    /// Markers with a vertical bar each.
    ErrorBars {
        /// Name in the legend.
        label: String,
        /// Colour and width.
        pen: Pen,
        /// (x, low, mid, high).
        points: Vec<(f64, f64, f64, f64)>,
    },
    /// A dashed line across the panel at one y.
    Horizontal {
        /// Name in the legend.
        label: String,
        /// Colour and width.
        pen: Pen,
        /// Height in data units.
        y: f64,
    },
}

impl Layer {
    /// Name in the legend, empty for none.
    pub(super) fn label(&self) -> &str {
        match self {
            Self::Band { .. } => "",
            Self::Line { label, .. }
            | Self::Points { label, .. }
            | Self::ErrorBars { label, .. }
            | Self::Horizontal { label, .. } => label,
        }
    }

    /// Calls `visit` with every x and the lowest and highest y drawn there; x is `None` for a line across the panel.
    pub(super) fn visit(&self, mut visit: impl FnMut(Option<f64>, f64, f64)) {
        match self {
            Self::Line { points, .. } | Self::Points { points, .. } => {
                points.iter().for_each(|&(x, y)| visit(Some(x), y, y));
            }
            Self::Band { points, .. } => {
                points.iter().for_each(|&(x, low, high)| visit(Some(x), low, high));
            }
            Self::ErrorBars { points, .. } => points.iter().for_each(|&(x, low, mid, high)| {
                visit(Some(x), mid, mid);
                visit(Some(x), low, high);
            }),
            Self::Horizontal { y, .. } => visit(None, *y, *y),
        }
    }
}

/// One panel: either layers over two axes, or a heat map of a matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Title; long ones are broken into lines.
    pub title: String,
    /// Name and unit of the horizontal axis.
    pub x_label: String,
    /// Name and unit of the vertical axis.
    pub y_label: String,
    /// Scale of the horizontal axis.
    pub x_scale: Scale,
    /// Scale of the vertical axis.
    pub y_scale: Scale,
    /// Horizontal range in data units; `None`, or a range that is empty on the scale, means "from the data".
    pub x_range: Option<(f64, f64)>,
    /// Vertical range, likewise.
    pub y_range: Option<(f64, f64)>,
    /// Horizontal tick positions in data units; `None` means round numbers.
    pub x_ticks: Option<Vec<f64>>,
    /// Names of rows instead of numbers on the vertical axis: row i of n stands at y = n - i.
    pub rows: Option<Vec<String>>,
    /// Place of the legend.
    pub legend: Legend,
    /// What is drawn, in order (bands go below everything else).
    pub layers: Vec<Layer>,
    /// Rows of a matrix to show as a heat map instead of layers.
    pub matrix: Option<Vec<Vec<f64>>>,
}

impl Panel {
    /// An empty panel with linear axes.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A heat map of `values` (a vector of rows), its colours symmetric about 0; numbers are printed into the cells when
    /// there are at most 6 columns. Cells that are missing in a short row, or not finite, are grey.
    #[must_use]
    pub fn matrix(title: impl Into<String>, values: Vec<Vec<f64>>) -> Self {
        Self { matrix: Some(values), ..Self::new(title) }
    }

    /// Names the horizontal axis.
    #[must_use]
    pub fn x(mut self, label: impl Into<String>) -> Self {
        self.x_label = label.into();
        self
    }

    /// Names the vertical axis.
    #[must_use]
    pub fn y(mut self, label: impl Into<String>) -> Self {
        self.y_label = label.into();
        self
    }

    /// Makes the horizontal axis logarithmic.
    #[must_use]
    pub fn log_x(mut self) -> Self {
        self.x_scale = Scale::Log10;
        self
    }

    /// Makes the vertical axis logarithmic.
    #[must_use]
    pub fn log_y(mut self) -> Self {
        self.y_scale = Scale::Log10;
        self
    }

    /// Fixes the horizontal range; curves are cut at its ends.
    #[must_use]
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.x_range = Some((low, high));
        self
    }

    /// Fixes the vertical range; curves are cut at its ends.
    #[must_use]
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high));
        self
    }

    /// Puts the horizontal ticks at these positions, printed as plain numbers.
    #[must_use]
    pub fn x_ticks(mut self, at: &[f64]) -> Self {
        self.x_ticks = Some(at.to_vec());
        self
    }

    /// Names rows instead of numbers on the vertical axis: row i of n stands at y = n - i, so the first at the top.
    #[must_use]
    pub fn rows(mut self, names: &[String]) -> Self {
        self.rows = Some(names.to_vec());
        self.y_range(0.4, names.len() as f64 + 0.6)
    }

    /// Places the legend.
    #[must_use]
    pub fn legend(mut self, legend: Legend) -> Self {
        self.legend = legend;
        self
    }

    /// Adds a layer.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Adds a line through (x, y).
    #[must_use]
    pub fn line(self, label: &str, pen: impl Into<Pen>, points: &[(f64, f64)]) -> Self {
        self.any_line(label, pen.into(), false, points)
    }

    /// Adds a dashed line through (x, y).
    #[must_use]
    pub fn dashed(self, label: &str, pen: impl Into<Pen>, points: &[(f64, f64)]) -> Self {
        self.any_line(label, pen.into(), true, points)
    }

    fn any_line(self, label: &str, pen: Pen, dashed: bool, points: &[(f64, f64)]) -> Self {
        self.layer(Layer::Line { label: label.to_owned(), pen, dashed, points: points.to_vec() })
    }

    /// Adds a translucent band through (x, low, high).
    #[must_use]
    pub fn band(self, pen: impl Into<Pen>, points: &[(f64, f64, f64)]) -> Self {
        self.layer(Layer::Band { pen: pen.into(), points: points.to_vec() })
    }

    /// Adds round markers at (x, y).
    #[must_use]
    pub fn points(self, label: &str, pen: impl Into<Pen>, points: &[(f64, f64)]) -> Self {
        self.layer(Layer::Points {
            label: label.to_owned(),
            pen: pen.into(),
            points: points.to_vec(),
        })
    }

    /// Adds markers at (x, mid) with a bar from low to high: (x, low, mid, high).
    #[must_use]
    pub fn error_bars(
        self,
        label: &str,
        pen: impl Into<Pen>,
        points: &[(f64, f64, f64, f64)],
    ) -> Self {
        self.layer(Layer::ErrorBars {
            label: label.to_owned(),
            pen: pen.into(),
            points: points.to_vec(),
        })
    }

    /// Adds a dashed line across the panel at height `y`.
    #[must_use]
    pub fn horizontal(self, label: &str, pen: impl Into<Pen>, y: f64) -> Self {
        self.layer(Layer::Horizontal { label: label.to_owned(), pen: pen.into(), y })
    }
}
