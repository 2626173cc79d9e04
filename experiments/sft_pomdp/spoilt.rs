//! Controls of the page: names, settings.

use super::controls::{LONGER, NOISY_ORACLE, OTHER_FEATURES, OTHER_FEATURES_ICL, SHUFFLED, ZEROED};
use super::gaps::Setting;
use super::hidden_exam::NO_MEMORY;
use super::plan::{FACTORS, HORIZON, MAZE, setting};

pub const ALL: [&str; 7] =
    [NO_MEMORY, SHUFFLED, ZEROED, OTHER_FEATURES, OTHER_FEATURES_ICL, LONGER, NOISY_ORACLE];

/// The settings of a part in which controls are measured.
pub fn cells(part: &'static str) -> [Setting; 3] {
    let cells = if part == FACTORS {
        [(0.5, 1), (1.0, 1), (0.5, 4)]
    } else {
        [(0.5, 8), (1.0, 1), (1.0, 8)]
    };
    cells.map(|(rho, k)| setting(part, HORIZON, rho, k))
}

/// All of them, with names.
pub fn named_cells() -> Vec<(String, Setting)> {
    let name = |s: Setting| {
        let rho = s.observability.unwrap_or(f64::NAN);
        (format!("{}, rho {rho}, K {}", s.part, s.demonstrations), s)
    };
    [cells(FACTORS), cells(MAZE)].concat().into_iter().map(name).collect()
}
