//! What fine-tuning gained on in-context learning alone, setting by setting.

use lowregret::Result;
use lowregret::report::{Table, table::number};
use serde::Serialize;

use super::gaps::{Gaps, Setting};

pub const RANDOM: &str = "random";
pub const COPY: &str = "copy rule";
pub const ICL: &str = "ICL only";
pub const SFT: &str = "SFT";

/// The gain in one setting: mean over tasks and training seeds, interval over tasks.
#[derive(Serialize)]
pub struct GainRow {
    part: &'static str,
    horizon: usize,
    demonstrations: usize,
    observability: Option<f64>,
    radius: Option<f64>,
    pessimism: Option<f64>,
    /// Gap of in-context learning only.
    icl: f64,
    /// Gap after fine-tuning.
    sft: f64,
    /// Difference of the gaps.
    gain: f64,
    low: Option<f64>,
    high: Option<f64>,
    /// Gain over the gap of in-context learning only.
    share: f64,
    /// Standard errors between random play and in-context learning, of the seed where they are fewest.
    random_icl_errors: f64,
    /// Standard errors between in-context learning and fine-tuning, likewise.
    icl_sft_errors: f64,
}

/// The gains in `settings`.
pub fn rows(gaps: &Gaps, settings: &[Setting]) -> Result<Vec<GainRow>> {
    let row = |&setting: &Setting| {
        let Setting { part, horizon, demonstrations, observability, radius, pessimism } = setting;
        let (icl, sft) = (gaps.estimate(setting, ICL)?.mean, gaps.estimate(setting, SFT)?.mean);
        let gain = gaps.difference(setting, ICL, SFT)?;
        Ok(GainRow {
            part,
            horizon,
            demonstrations,
            observability,
            radius,
            pessimism,
            icl,
            sft,
            gain: gain.mean,
            low: gain.low,
            high: gain.high,
            share: gain.mean / icl,
            random_icl_errors: gaps.standard_errors(setting, RANDOM, ICL),
            icl_sft_errors: gaps.standard_errors(setting, ICL, SFT),
        })
    };
    settings.iter().map(row).collect()
}

/// Gaps of `learners`, and the gains, as a table.
pub fn table(gaps: &Gaps, settings: &[Setting], learners: &[&str]) -> Result<Table> {
    let knobs = ["part", "H", "K", "rho", "radius", "alpha"];
    let gain = ["ICL - SFT", "95 % interval", "share"];
    let mut table = Table::new(&[&knobs, learners, &gain].concat());
    for (setting, gain) in settings.iter().zip(rows(gaps, settings)?) {
        let knob = |knob: Option<f64>| knob.map_or("-".to_owned(), number);
        let mut row = vec![
            setting.part.to_owned(),
            setting.horizon.to_string(),
            setting.demonstrations.to_string(),
            knob(setting.observability),
            knob(setting.radius),
            knob(setting.pessimism),
        ];
        for learner in learners {
            row.push(number(gaps.estimate(*setting, learner)?.mean));
        }
        let end = |end: Option<f64>| number(end.unwrap_or(f64::NAN));
        row.push(number(gain.gain));
        row.push(format!("{} .. {}", end(gain.low), end(gain.high)));
        row.push(number(gain.share));
        table.push(row);
    }
    Ok(table)
}
