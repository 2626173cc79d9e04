//! Where everything stands: equal plotting areas in a grid, margins wide enough for the widest labels.

use super::axis::Axis;
use super::canvas::{Rect, width};
use super::layers::{self, View};
use super::legend::{self, Entry};
use super::missing::{self, Missing};
use super::ticks::{self, Tick};
use crate::report::figure::Figure;
use crate::report::panel::{Legend, Panel};
use crate::report::style::{TICK_SIZE, TITLE_SIZE};

/// Width of a panel with its labels.
const CELL_WIDTH: f64 = 400.0;
/// Height of the plotting area.
const AREA_HEIGHT: f64 = 228.0;
/// Space right of the plotting area.
const RIGHT: f64 = 18.0;
/// Distance of title lines.
pub(super) const TITLE_LINE: f64 = 15.0;
/// Space that the letter of a panel takes before its title.
pub(super) const TAG_WIDTH: f64 = 24.0;

/// The whole figure, placed.
pub(super) struct Layout<'a> {
    pub width: f64,
    pub height: f64,
    pub places: Vec<Place<'a>>,
    /// The shared legend and its area.
    pub legend: Option<(Vec<Entry>, Rect)>,
}

/// One panel, placed.
pub(super) struct Place<'a> {
    pub panel: &'a Panel,
    pub view: View,
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    pub missing: Missing,
    pub entries: Vec<Entry>,
    /// Never [`Legend::Auto`].
    pub legend: Legend,
    pub tag: Option<char>,
    pub title: Vec<String>,
}

impl<'a> Layout<'a> {
    pub fn new(figure: &'a Figure) -> Self {
        let columns = figure.columns.clamp(1, figure.panels.len().max(1));
        let lettered = figure.panels.len() > 1;
        let mut places: Vec<_> = figure
            .panels
            .iter()
            .enumerate()
            .map(|(index, panel)| {
                let tag = lettered.then(|| letter(index));
                Place::new(panel, tag, figure.shared_legend)
            })
            .collect();
        let left = places.iter().map(Place::left).fold(0.0, f64::max);
        let top = places.iter().map(Place::top).fold(0.0, f64::max);
        let bottom = places.iter().map(Place::bottom).fold(0.0, f64::max);
        let cell_height = (top + AREA_HEIGHT + bottom).ceil();
        for (index, place) in places.iter_mut().enumerate() {
            let (x, y) =
                ((index % columns) as f64 * CELL_WIDTH, (index / columns) as f64 * cell_height);
            place.view.area = Rect {
                left: x + left,
                top: y + top,
                right: x + CELL_WIDTH - RIGHT,
                bottom: y + top + AREA_HEIGHT,
            };
        }
        let full_width = columns as f64 * CELL_WIDTH;
        let grid_height = places.len().div_ceil(columns) as f64 * cell_height;
        let entries =
            legend::merged(figure.shared_legend, places.iter().map(|p| &p.panel.layers[..]));
        let strip = legend::rows_height(&entries, full_width - 2.0 * RIGHT);
        let area = Rect {
            left: RIGHT,
            top: grid_height + 2.0,
            right: full_width - RIGHT,
            bottom: grid_height + 2.0 + strip,
        };
        Self {
            width: full_width,
            height: if strip > 0.0 { (area.bottom + 8.0).ceil() } else { grid_height },
            places,
            legend: (strip > 0.0).then_some((entries, area)),
        }
    }
}

impl<'a> Place<'a> {
    fn new(panel: &'a Panel, tag: Option<char>, shared_legend: bool) -> Self {
        let values = |of_x: bool| {
            let mut found = Vec::new();
            for layer in &panel.layers {
                layer.visit(|x, low, high| {
                    if of_x {
                        found.extend(x);
                    } else {
                        found.extend([low, high]);
                    }
                });
            }
            found.into_iter()
        };
        let roomy = panel.layers.iter().any(layers::has_markers);
        let mut view = View {
            x: Axis::new(panel.x_scale, panel.x_range, roomy, values(true)),
            y: Axis::new(panel.y_scale, panel.y_range, true, values(false)),
            area: Rect { left: 70.0, top: 0.0, right: CELL_WIDTH - RIGHT, bottom: AREA_HEIGHT },
        };
        let entries = legend::merged(!shared_legend, std::iter::once(&panel.layers[..]));
        let missing = missing::missing(panel);
        let mut corner = panel.legend;
        if entries.is_empty() || shared_legend {
            corner = Legend::None;
        } else if corner == Legend::Auto {
            (corner, view.y) = legend::best_corner(panel, &view, &entries, &missing);
        }
        let room = CELL_WIDTH - 70.0 - RIGHT - if tag.is_some() { TAG_WIDTH } else { 0.0 };
        Self {
            panel,
            x_ticks: match &panel.x_ticks {
                Some(at) => ticks::given(&view.x, at),
                None => ticks::ticks(&view.x, 6),
            },
            y_ticks: match &panel.rows {
                Some(names) => ticks::rows(&view.y, names),
                None => ticks::ticks(&view.y, 6),
            },
            view,
            missing,
            entries,
            legend: corner,
            tag,
            title: wrapped(&panel.title, room),
        }
    }

    fn left(&self) -> f64 {
        let widest = self.y_ticks.iter().map(|tick| width(&tick.label, TICK_SIZE, false));
        let name = if self.panel.y_label.is_empty() { 6.0 } else { 24.0 };
        name + widest.fold(14.0, f64::max) + 8.0
    }

    fn top(&self) -> f64 {
        10.0 + TITLE_LINE * self.title.len().max(usize::from(self.tag.is_some())) as f64
    }

    fn bottom(&self) -> f64 {
        let name = if self.panel.x_label.is_empty() { 0.0 } else { 17.0 };
        24.0 + name + self.legend_height()
    }

    /// Height of a legend below the panel, 0 when it stands elsewhere.
    fn legend_height(&self) -> f64 {
        if self.legend == Legend::Below {
            legend::rows_height(&self.entries, CELL_WIDTH - 2.0 * RIGHT) + 4.0
        } else {
            0.0
        }
    }

    /// Where a legend below the panel stands.
    pub fn legend_strip(&self) -> Rect {
        let area = self.view.area;
        let name = if self.panel.x_label.is_empty() { 0.0 } else { 17.0 };
        let top = area.bottom + 24.0 + name;
        Rect {
            left: area.right + RIGHT - CELL_WIDTH + RIGHT,
            top,
            right: area.right,
            bottom: top + self.legend_height(),
        }
    }
}

/// a to z, then A to Z, then again.
fn letter(index: usize) -> char {
    let index = (index % 52) as u8;
    char::from(if index < 26 { b'a' + index } else { b'A' + index - 26 })
}

/// Breaks a title into lines of at most `room` pixels; a single longer word stays whole.
fn wrapped(title: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), TITLE_SIZE, false) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Role;

    #[test]
    fn plotting_areas_are_equal_and_inside_their_cells() {
        let panel = |values: &[(f64, f64)]| Panel::new("t").y("y").line("a", Role::Ftl, values);
        let figure = Figure::new(2)
            .panel(panel(&[(0.0, 0.0), (1.0, 1.0)]))
            .panel(panel(&[(0.0, 0.0), (1.0, 123_456_789.0)]).legend(Legend::Below))
            .panel(Panel::new("a long title ".repeat(12)))
            .shared_legend();
        let layout = Layout::new(&figure);
        let first = layout.places[0].view.area;
        for (index, place) in layout.places.iter().enumerate() {
            let area = place.view.area;
            assert!((area.width() - first.width()).abs() < 1e-9);
            assert!((area.height() - first.height()).abs() < 1e-9);
            let cell = (index % 2) as f64 * CELL_WIDTH;
            assert!(area.left > cell && area.right < cell + CELL_WIDTH);
        }
        let (entries, strip) = layout.legend.as_ref().unwrap();
        assert_eq!(entries.len(), 1);
        assert!(strip.bottom <= layout.height);
        assert!(layout.places[2].title.len() > 1);
    }
}
