//! What fine-tuning gained on in-context learning alone, setting by setting.

use lowregret::Result;
use lowregret::metrics::interval::{lowest_end, smallest};
use lowregret::report::{Experiment, Table, table::number};
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
    /// Gain over the gap of in-context learning only, if there is one.
    share: Option<f64>,
    /// Gap of the copy rule minus that of fine-tuning.
    copy_sft: f64,
    copy_sft_low: Option<f64>,
    copy_sft_high: Option<f64>,
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
        let copy = gaps.difference(setting, COPY, SFT)?;
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
            share: (icl > 0.0).then_some(gain.mean / icl),
            copy_sft: copy.mean,
            copy_sft_low: copy.low,
            copy_sft_high: copy.high,
            random_icl_errors: gaps.standard_errors(&[setting], RANDOM, ICL),
            icl_sft_errors: gaps.standard_errors(&[setting], ICL, SFT),
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
        row.push(knob(gain.share));
        table.push(row);
    }
    Ok(table)
}

/// Claims that random play, in-context learning only and fine-tuning follow each other by more than five standard errors: on
/// average over `settings`, in every setting of one demonstration, in every setting.
pub fn claim_order(
    experiment: &mut Experiment,
    gaps: &Gaps,
    id: &str,
    part: &str,
    settings: &[Setting],
) {
    let single: Vec<Setting> = settings.iter().copied().filter(|s| s.demonstrations == 1).collect();
    for (pair, more, less) in [("random-icl", RANDOM, ICL), ("icl-sft", ICL, SFT)] {
        let what = format!("{part}: gap of {more} minus that of {less}, in standard errors");
        let mean = gaps.standard_errors(settings, more, less);
        let statement = format!("{what}, mean of all settings, least of the seeds");
        experiment.claim(format!("{id}-{pair}-mean"), statement, mean, "> 5", mean > 5.0);
        for (name, place, cells) in [
            ("one", "K = 1: least of settings and seeds", &single[..]),
            ("all", "least of all settings and seeds", settings),
        ] {
            let errors: Vec<f64> =
                cells.iter().map(|&setting| gaps.standard_errors(&[setting], more, less)).collect();
            let clear = errors.iter().filter(|e| **e > 5.0).count();
            let least = smallest(errors.iter().copied());
            let statement =
                format!("{what}, {place} ({clear} of {} settings above 5)", errors.len());
            experiment.claim(format!("{id}-{pair}-{name}"), statement, least, "> 5", least > 5.0);
        }
    }
}

/// A sweep along which the gain might rise.
pub struct Sweep {
    /// Id of the claim.
    pub id: String,
    /// What changes and what does not.
    pub statement: String,
    pub cells: Vec<Setting>,
}

/// A training seed's rise of the gain ICL - SFT from the first to the last setting of a sweep.
#[derive(Serialize)]
pub struct TrendRow {
    id: String,
    sweep: String,
    /// Gains in all settings of the sweep, means over tasks and seeds.
    gains: String,
    /// Shares of the gaps of in-context learning only that they remove.
    shares: String,
    /// Number of the training seed among all.
    run: usize,
    rise: f64,
    low: Option<f64>,
    high: Option<f64>,
}

/// The rises of all sweeps. Claims for each that fine-tuning gains more at its end than at its start, beyond the 95 % interval
/// over tasks for every training seed: models differ more from each other than tasks do.
pub fn trends(experiment: &mut Experiment, gaps: &Gaps, sweeps: &[Sweep]) -> Result<Vec<TrendRow>> {
    let mut all = Vec::new();
    for Sweep { id, statement, cells } in sweeps {
        let rises = gaps.rises((cells[0], cells[cells.len() - 1]), ICL, SFT)?;
        let least = lowest_end(&rises);
        let claim = format!(
            "{statement}: the gain ICL - SFT rises from the first to the last; lower end of the interval, least of the seeds"
        );
        experiment.claim(id.as_str(), claim, least, "> 0", least > 0.0);
        let (mut gains, mut shares) = (Vec::new(), Vec::new());
        for &cell in cells {
            let gain = gaps.difference(cell, ICL, SFT)?.mean;
            gains.push(format!("{gain:.4}"));
            shares.push(format!("{:.2}", gain / gaps.estimate(cell, ICL)?.mean));
        }
        all.extend(rises.into_iter().enumerate().map(|(run, rise)| TrendRow {
            id: id.clone(),
            sweep: statement.clone(),
            gains: gains.join(" "),
            shares: shares.join(" "),
            run,
            rise: rise.mean,
            low: rise.low,
            high: rise.high,
        }));
    }
    Ok(all)
}
