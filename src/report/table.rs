//! A plain-text table for the terminal.

use std::fmt;

/// Columns with headers; a column is right-aligned when all its cells are numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column headers and no row.
    #[must_use]
    pub fn new(headers: &[&str]) -> Self {
        Self { headers: headers.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty, surplus cells get a column without a header.
    #[must_use]
    pub fn row<C: ToString>(mut self, cells: Vec<C>) -> Self {
        self.push(cells);
        self
    }

    /// Adds a row, for loops.
    pub fn push<C: ToString>(&mut self, cells: Vec<C>) {
        // A line break or tab in a cell would tear the table apart.
        let flat = |cell: &C| cell.to_string().replace(char::is_control, " ");
        self.rows.push(cells.iter().map(flat).collect());
    }

    fn columns(&self) -> usize {
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        self.headers.len().max(widest)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let empty = String::new();
        let columns: Vec<(usize, bool)> = (0..self.columns())
            .map(|column| {
                let cells = || self.rows.iter().filter_map(move |row| row.get(column));
                let header = self.headers.get(column).unwrap_or(&empty);
                let wide = cells().chain([header]).map(|cell| width(cell)).max();
                (wide.unwrap_or(0), cells().all(|cell| is_number(cell)))
            })
            .collect();
        let mut line = |cells: &[String]| {
            let mut text = String::new();
            for (column, &(wide, right)) in columns.iter().enumerate() {
                let cell = cells.get(column).unwrap_or(&empty);
                let blank = " ".repeat(wide - width(cell));
                let gap = if column == 0 { "" } else { "  " };
                text += gap;
                text += &if right { blank + cell } else { format!("{cell}{blank}") };
            }
            writeln!(out, "{}", text.trim_end())
        };
        line(&self.headers)?;
        let rules: Vec<String> = columns.iter().map(|&(wide, _)| "-".repeat(wide)).collect();
        line(&rules)?;
        self.rows.iter().try_for_each(|row| line(row))
    }
}

/// A number with about 4 significant digits, in scientific form when very small or very large.
#[must_use]
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !value.is_finite() {
        value.to_string()
    } else if (1e-3..1e6).contains(&magnitude) {
        let decimals = (3.0 - magnitude.log10().floor()).clamp(0.0, 6.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.3e}")
    }
}

/// A mean with half the width of its interval, which has two significant digits: `16.03 ± 0.80`; the mean alone where the
/// interval has no width.
#[must_use]
pub fn plus_minus(mean: f64, half: Option<f64>) -> String {
    let Some(half) = half.filter(|half| *half > 0.0) else { return number(mean) };
    if mean.abs() >= 1e6 || !(1e-5..1e6).contains(&half) {
        return format!("{} ± {}", number(mean), number(half));
    }
    let decimals = (1.0 - half.log10().floor()).max(0.0) as usize;
    format!("{mean:.decimals$} ± {half:.decimals$}")
}

/// Whether a cell reads as a number, possibly with a unit or an uncertainty after it; an empty cell does.
fn is_number(cell: &str) -> bool {
    let unsigned = cell.trim_start_matches(['-', '+', '−', '<', '>', '≤', '≥', '±', ' ']);
    unsigned.is_empty()
        || unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '∞')
        || matches!(unsigned, "NaN" | "inf")
}

/// Columns that a text takes on a terminal: combining marks none, wide East Asian characters and emoji two.
pub(super) fn width(text: &str) -> usize {
    text.chars()
        .map(|character| match u32::from(character) {
            0x0300..=0x036f | 0x200b..=0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0x1f300..=0x1faff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_right_aligned_and_columns_line_up() {
        let table = Table::new(&["learner", "regret", ""])
            .row(vec!["β̂-FTRL", "3.10", "best"])
            .row(vec!["漢 hedge", "-12.25"])
            .row(vec!["x\ny"]);
        let expected = "learner   regret\n--------  ------  ----\nβ̂-FTRL      3.10  best\n漢 hedge  -12.25\nx y\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_table_without_anything_is_printed() {
        assert_eq!(Table::new(&[]).to_string(), "\n\n");
    }

    #[test]
    fn intervals_have_two_digits() {
        for (mean, half, text) in [
            (16.0312, Some(0.8049), "16.03 ± 0.80"),
            (-309.52, Some(124.6), "-310 ± 125"),
            (3e-5, Some(2.04e-4), "0.00003 ± 0.00020"),
            (1e9, Some(1.0), "1.000e9 ± 1.000"),
            (1.0, Some(0.0), "1.000"),
            (0.5, None, "0.5000"),
        ] {
            assert_eq!(plus_minus(mean, half), text);
        }
    }

    #[test]
    fn numbers_have_four_digits() {
        let cases = [
            (0.0, "0"),
            (12.345_67, "12.35"),
            (-0.012_346, "-0.01235"),
            (1.5e-7, "1.500e-7"),
            (123_456.7, "123457"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
