//! What is trained and what is measured, as data.

use lowregret::Result;
use lowregret::numeric::rng::Streams;
use lowregret::problem::hidden_family::{HiddenFamily, HiddenSetting, Mazes};

use super::gaps::Setting;
use super::hidden_models::{HiddenCourse, factors};
use super::{HiddenExam, Sizes};

/// Parts of the page, and names of the courses.
pub const FACTORS: &str = "factors";
pub const MAZE: &str = "maze";

pub const DEMONSTRATIONS: [usize; 4] = [1, 2, 4, 8];
/// Observabilities trained on and swept over.
pub const OBSERVABILITIES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
pub const FACTOR_HORIZONS: [usize; 3] = [2, 4, 6];
pub const MAZE_HORIZONS: [usize; 3] = [3, 4, 5];
/// (horizon, demonstrations) with equally many demonstrated decisions: 12, and 15 or 16.
pub const FACTOR_EQUAL: [(usize, usize); 3] = [(2, 6), (4, 3), (6, 2)];
pub const MAZE_EQUAL: [(usize, usize); 3] = [(3, 5), (4, 4), (5, 3)];
/// Horizon and observability of everything but their sweeps.
pub const HORIZON: usize = 4;
pub const OBSERVABILITY: f64 = 0.5;

/// Most tokens of a training sequence on linear processes: 8 demonstrations and the question's trajectory at horizon 4.
const MOST_TOKENS: usize = 36;

/// The families that are trained on, and linear processes with other features.
pub struct Families {
    pub factors: HiddenFamily,
    pub maze: HiddenFamily,
    pub other_factors: HiddenFamily,
}

pub fn families() -> Result<Families> {
    Ok(Families {
        factors: factors(0, 1)?,
        maze: HiddenFamily::Maze(Mazes::Training),
        other_factors: factors(1, 1)?,
    })
}

/// Where a course is examined: linear processes are never the same twice, mazes are held out.
pub fn examined<'a>(course: &str, families: &'a Families) -> &'a HiddenFamily {
    if course == FACTORS { &families.factors } else { &HiddenFamily::Maze(Mazes::HeldOut) }
}

/// The family of a control with other features, where there are features.
pub fn other<'a>(course: &str, families: &'a Families) -> Option<&'a HiddenFamily> {
    (course == FACTORS).then_some(&families.other_factors)
}

/// What is trained.
pub fn courses<'a>(families: &'a Families, sizes: &Sizes) -> [HiddenCourse<'a>; 2] {
    let grid = |horizons: [usize; 3], rhos: &[f64]| -> Vec<(HiddenSetting, usize)> {
        let mut all = Vec::new();
        for horizon in horizons {
            for k in DEMONSTRATIONS {
                all.extend(rhos.iter().map(|&rho| (HiddenSetting::plain(horizon, rho), k)));
            }
        }
        all
    };
    let mut linear = grid(FACTOR_HORIZONS, &OBSERVABILITIES);
    linear.retain(|(knobs, k)| (k + 1) * knobs.horizon <= MOST_TOKENS);
    [
        HiddenCourse {
            name: FACTORS,
            family: &families.factors,
            settings: linear,
            exploration: 0.5,
            pretraining: sizes.factor_pretraining,
            fine_tuning: sizes.factor_fine_tuning,
        },
        HiddenCourse {
            name: MAZE,
            family: &families.maze,
            settings: grid(MAZE_HORIZONS, &OBSERVABILITIES),
            // Whoever errs in a maze does not reach its end, where memory matters.
            exploration: 0.2,
            pretraining: sizes.maze_pretraining,
            fine_tuning: sizes.maze_fine_tuning,
        },
    ]
}

/// A setting of a part.
pub fn setting(part: &'static str, horizon: usize, rho: f64, demonstrations: usize) -> Setting {
    Setting { observability: Some(rho), ..Setting::of(part, horizon, demonstrations) }
}

/// All settings of a part in which everybody is measured, each once.
pub fn settings(part: &'static str) -> Vec<Setting> {
    let mut all = Vec::new();
    let mut add = |horizon, rho, k| {
        let setting = setting(part, horizon, rho, k);
        if !all.contains(&setting) {
            all.push(setting);
        }
    };
    let (horizons, equal, rho) = if part == FACTORS {
        (FACTOR_HORIZONS, FACTOR_EQUAL, OBSERVABILITY)
    } else {
        (MAZE_HORIZONS, MAZE_EQUAL, 1.0)
    };
    for rho in OBSERVABILITIES {
        add(HORIZON, rho, 1);
    }
    for rho in [0.0, 0.5, 1.0] {
        for k in DEMONSTRATIONS {
            add(HORIZON, rho, k);
        }
    }
    for horizon in horizons {
        for k in [1, 2, 4] {
            add(horizon, rho, k);
        }
    }
    for (horizon, k) in equal {
        add(horizon, rho, k);
    }
    all
}

/// The tasks of a setting.
pub fn exam<'a>(
    family: &'a HiddenFamily,
    setting: Setting,
    tasks: usize,
    streams: &Streams,
) -> Result<HiddenExam<'a>> {
    let rho = setting.observability.expect("a setting of this page");
    let knobs = HiddenSetting::plain(setting.horizon, rho);
    HiddenExam::draw(family, knobs, setting.demonstrations, tasks, streams)
}
