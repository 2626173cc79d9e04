//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::Experiment;
use serde_json::json;

use super::ORACLE;
use super::controls::NO_MEMORY;
use super::gains::{ICL, RANDOM, SFT};
use super::gaps::{Gaps, Setting};
use super::hidden_exam::SHUFFLED;
use super::plan::{
    FACTOR_EQUAL, FACTOR_HORIZONS, FACTORS, HORIZON, MAZE, MAZE_EQUAL, MAZE_HORIZONS,
    OBSERVABILITIES, OBSERVABILITY, setting, settings,
};

/// Writes down results and claims.
pub fn record(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    order(experiment, gaps);
    observability(experiment, gaps)?;
    memory(experiment, gaps)?;
    horizons(experiment, gaps)
}

fn order(experiment: &mut Experiment, gaps: &Gaps) {
    let all = [settings(FACTORS), settings(MAZE)].concat();
    let own = largest(all.iter().map(|&setting| gaps.means(setting, ORACLE)[0].abs()));
    let statement = "the oracle's own policy, evaluated: largest mean gap of all settings";
    experiment.claim("SFT-S4/oracle", statement, own, "<= 1e-12", own <= 1e-12);
    for part in [FACTORS, MAZE] {
        for (id, more, less) in [("random-icl", RANDOM, ICL), ("icl-sft", ICL, SFT)] {
            let errors: Vec<f64> = settings(part)
                .into_iter()
                .map(|setting| gaps.standard_errors(setting, more, less))
                .collect();
            let clear = errors.iter().filter(|e| **e > 5.0).count();
            let least = smallest(errors.iter().copied());
            let statement = format!(
                "{part}: gap of {more} minus that of {less}, in standard errors, least of all settings and seeds ({clear} of {} settings above 5)",
                errors.len()
            );
            experiment.claim(format!("SFT-S4/{part}-{id}"), statement, least, "> 5", least > 5.0);
        }
    }
}

/// Whether fine-tuning gains more, the less is seen.
fn observability(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    for part in [FACTORS, MAZE] {
        let cells = OBSERVABILITIES.map(|rho| setting(part, HORIZON, rho, 1));
        let gains = cells.map(|cell| gaps.difference(cell, ICL, SFT));
        let gains = gains.into_iter().collect::<Result<Vec<_>>>()?;
        let fall = gains[0].mean - gains[gains.len() - 1].mean;
        let statement = format!(
            "{part}, H = {HORIZON}, K = 1: gain ICL - SFT at observability 0 minus that at 1 (the claim of larger gains when less is seen)"
        );
        experiment.claim(format!("SFT-S5/{part}"), statement, fall, "> 0", fall > 0.0);
        experiment.result(
            &format!("gain_by_observability_{part}"),
            json!({"observability": OBSERVABILITIES, "gain": gains}),
        )?;
    }
    Ok(())
}

/// Where memory matters.
fn memory(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    let rise = |cell: Setting| gaps.difference(cell, NO_MEMORY, SFT);
    let factors = rise(setting(FACTORS, HORIZON, 1.0, 1))?;
    let statement = "factors, rho = 1, K = 1: rise of SFT's gap when its own history is withheld";
    experiment.claim("SFT-S6/factors", statement, factors.mean, "< 0.1", factors.mean < 0.1);
    let maze = rise(setting(MAZE, HORIZON, 1.0, 8))?;
    let statement = "maze, rho = 1, K = 8: rise of SFT's gap when its own history is withheld";
    experiment.claim("SFT-S6/maze", statement, maze.mean, "> 0.3", maze.mean > 0.3);
    let sft = largest(gaps.means(setting(MAZE, HORIZON, 1.0, 8), SFT));
    let statement =
        "maze, rho = 1, K = 8: gap of SFT, largest of the seeds (without memory at least 0.5)";
    experiment.claim("SFT-S6/remembers", statement, sft, "< 0.1", sft < 0.1);
    let shuffled = smallest(gaps.means(setting(FACTORS, HORIZON, 0.5, 1), SHUFFLED));
    let random = gaps.means(setting(FACTORS, HORIZON, 0.5, 1), RANDOM)[0];
    let statement =
        "factors, rho = 0.5, K = 1: gap of SFT shown another task, over that of random play";
    let ratio = shuffled / random;
    experiment.claim("SFT-S6/shuffled", statement, ratio, "> 0.8", ratio > 0.8);
    let there = gaps.difference(setting(MAZE, HORIZON, 1.0, 2), ICL, SFT)?.mean;
    let here = gaps.difference(setting(FACTORS, HORIZON, OBSERVABILITY, 2), ICL, SFT)?.mean;
    let statement =
        "H = 4, K = 2: gain ICL - SFT in the maze, where memory must matter, minus that in factors";
    experiment.claim("SFT-S6/gain", statement, there - here, "> 0", there > here);
    Ok(())
}

/// Whether fine-tuning gains more over longer horizons.
fn horizons(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    for (part, rho, horizons, equal) in [
        (FACTORS, OBSERVABILITY, FACTOR_HORIZONS, FACTOR_EQUAL),
        (MAZE, 1.0, MAZE_HORIZONS, MAZE_EQUAL),
    ] {
        for (id, what, cells) in
            [("demonstrations", "K = 1", horizons.map(|h| (h, 1))), ("tokens", "equal K H", equal)]
        {
            let gains = cells.map(|(h, k)| gaps.difference(setting(part, h, rho, k), ICL, SFT));
            let gains = gains.into_iter().collect::<Result<Vec<_>>>()?;
            let (first, last) = (cells[0].0, cells[cells.len() - 1].0);
            let rise = gains[gains.len() - 1].mean - gains[0].mean;
            let statement = format!(
                "{part}, {what}: gain ICL - SFT at H = {last} minus that at H = {first} (the claim of larger gains over longer horizons)"
            );
            experiment.claim(format!("SFT-S7/{part}-{id}"), statement, rise, "> 0", rise > 0.0);
            experiment.result(&format!("gain_by_horizon_{part}_{id}"), gains)?;
        }
    }
    Ok(())
}
