//! What several pages measure beside the main learners, and tables of it.

use lowregret::Result;
use lowregret::report::{Table, table::number};

use super::gaps::{Gaps, Setting};

pub const MYOPIC: &str = "myopic, told the model";
pub const SHUFFLED: &str = "SFT, context of another task";
pub const ZEROED: &str = "SFT, rewards zeroed";
pub const OTHER_FEATURES: &str = "SFT, other features";
pub const OTHER_FEATURES_ICL: &str = "ICL only, other features";
pub const NOISY_ORACLE: &str = "pre-trained on a noisy oracle";
pub const LONGER: &str = "ICL only, as many steps as SFT";

/// Gaps of all controls with half widths of their 95 % intervals, a column for each (name, setting).
pub fn table(gaps: &Gaps, controls: &[&str], cells: &[(String, Setting)]) -> Result<Table> {
    let headers = std::iter::once("control").chain(cells.iter().map(|(name, _)| name.as_str()));
    let mut table = Table::new(&headers.collect::<Vec<_>>());
    for &control in controls {
        let mut row = vec![control.to_owned()];
        for (_, cell) in cells {
            row.push(if gaps.means(*cell, control).is_empty() {
                "-".to_owned()
            } else {
                let gap = gaps.estimate(*cell, control)?;
                let half = gap.half_width().unwrap_or(f64::NAN);
                format!("{} +- {half:.1e}", number(gap.mean))
            });
        }
        table.push(row);
    }
    Ok(table)
}
