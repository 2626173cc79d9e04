//! What is trained and what is measured, as data.

use lowregret::Result;
use lowregret::numeric::rng::Streams;
use lowregret::problem::hidden_family::{HiddenFamily, HiddenSetting};

use super::Sizes;
use super::gaps::Setting;
use super::hidden_exam::HiddenExam;
use super::hidden_models::HiddenCourse;

pub const DEMONSTRATIONS: [usize; 4] = [1, 2, 4, 8];
pub const HORIZONS: [usize; 3] = [2, 3, 4];
pub const RADII: [f64; 4] = [0.0, 0.3, 0.6, 0.9];
pub const PESSIMISMS: [f64; 3] = [0.0, 0.5, 1.0];
/// (horizon, demonstrations) with 12 demonstrated decisions.
pub const EQUAL: [(usize, usize); 3] = [(2, 6), (3, 4), (4, 3)];
/// Everything but the sweeps.
pub const HORIZON: usize = 4;
pub const RADIUS: f64 = 0.6;
pub const PESSIMISM: f64 = 1.0;
const OBSERVABILITY: f64 = 0.5;
/// Demonstrations with which controls are measured, in the usual setting.
pub const CONTROLLED: [usize; 2] = [1, 4];

fn knobs(horizon: usize, radius: f64, pessimism: f64) -> HiddenSetting {
    HiddenSetting { horizon, observability: OBSERVABILITY, radius, pessimism }
}

/// What is trained.
pub fn course<'a>(family: &'a HiddenFamily, sizes: &Sizes) -> HiddenCourse<'a> {
    let mut settings = Vec::new();
    for horizon in HORIZONS {
        for demonstrations in DEMONSTRATIONS {
            for radius in RADII {
                let all = PESSIMISMS.map(|alpha| (knobs(horizon, radius, alpha), demonstrations));
                settings.extend(all);
            }
        }
    }
    HiddenCourse {
        name: "cloud",
        family,
        settings,
        exploration: 0.5,
        pretraining: sizes.pretraining,
        fine_tuning: sizes.fine_tuning,
    }
}

/// A setting.
pub fn setting(horizon: usize, radius: f64, pessimism: f64, demonstrations: usize) -> Setting {
    Setting {
        observability: Some(OBSERVABILITY),
        radius: Some(radius),
        pessimism: Some(pessimism),
        ..Setting::of("cloud", horizon, demonstrations)
    }
}

/// The usual setting.
pub fn usual(demonstrations: usize) -> Setting {
    setting(HORIZON, RADIUS, PESSIMISM, demonstrations)
}

/// All settings in which everybody is measured, each once.
pub fn settings() -> Vec<Setting> {
    let mut all: Vec<Setting> = DEMONSTRATIONS.map(usual).to_vec();
    let mut add = |setting| {
        if !all.contains(&setting) {
            all.push(setting);
        }
    };
    for k in [1, 4] {
        RADII.into_iter().for_each(|radius| add(setting(HORIZON, radius, PESSIMISM, k)));
    }
    for radius in [RADIUS, RADII[RADII.len() - 1]] {
        PESSIMISMS.into_iter().for_each(|alpha| add(setting(HORIZON, radius, alpha, 1)));
    }
    for k in [1, 2] {
        HORIZONS.into_iter().for_each(|horizon| add(setting(horizon, RADIUS, PESSIMISM, k)));
    }
    EQUAL.into_iter().for_each(|(horizon, k)| add(setting(horizon, RADIUS, PESSIMISM, k)));
    all
}

/// The tasks of a setting.
pub fn exam<'a>(
    family: &'a HiddenFamily,
    setting: Setting,
    tasks: usize,
    streams: &Streams,
) -> Result<HiddenExam<'a>> {
    let knob = |knob: Option<f64>| knob.expect("a setting of this page");
    let knobs = knobs(setting.horizon, knob(setting.radius), knob(setting.pessimism));
    HiddenExam::draw(family, knobs, setting.demonstrations, tasks, streams)
}
