//! A figure as data: a grid of panels, filled row by row.

use super::panel::Panel;

/// A grid of panels. With more than one panel, each gets a letter: (a), (b), and so on.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Number of columns of the grid; 0 counts as 1.
    pub columns: usize,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// Whether one legend below the grid serves all panels (entries with the same label are merged).
    pub shared_legend: bool,
}

impl Figure {
    /// An empty figure with `columns` panels in a row.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { columns, panels: Vec::new(), shared_legend: false }
    }

    /// A figure of one panel.
    #[must_use]
    pub fn single(panel: Panel) -> Self {
        Self::new(1).panel(panel)
    }

    /// Adds a panel.
    #[must_use]
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// Draws one legend below the grid in place of one a panel.
    #[must_use]
    pub fn shared_legend(mut self) -> Self {
        self.shared_legend = true;
        self
    }
}
