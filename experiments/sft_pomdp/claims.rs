//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::Experiment;

use super::ORACLE;
use super::controls::NO_MEMORY;
use super::gains::{ICL, RANDOM, SFT, claim_order, claim_rise};
use super::gaps::{Gaps, Setting};
use super::hidden_exam::SHUFFLED;
use super::plan::{
    DEMONSTRATIONS, FACTOR_EQUAL, FACTOR_HORIZONS, FACTORS, HORIZON, MAZE, MAZE_EQUAL,
    MAZE_HORIZONS, OBSERVABILITIES, OBSERVABILITY, setting, settings,
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
        claim_order(experiment, gaps, &format!("SFT-S4/{part}"), part, &settings(part));
    }
}

/// Whether fine-tuning gains more, the less is seen.
fn observability(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    for part in [FACTORS, MAZE] {
        let mut cells = OBSERVABILITIES.map(|rho| setting(part, HORIZON, rho, 1));
        cells.reverse();
        let statement = format!("{part}, H = {HORIZON}, K = 1, observability from 1 down to 0");
        claim_rise(experiment, gaps, &format!("SFT-S5/{part}"), &statement, &cells)?;
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
    // All K demonstrations show the same signal with probability 2^(1 - K); then the other, met half the time, is followed by
    // a guess between the two turns left.
    let distance = DEMONSTRATIONS.map(|k| -> Result<f64> {
        let sft = gaps.estimate(setting(MAZE, HORIZON, 1.0, k), SFT)?.mean;
        Ok((sft - 0.5_f64.powi(k as i32 + 1)).abs())
    });
    let distance = largest(distance.into_iter().collect::<Result<Vec<_>>>()?);
    let statement = "maze, rho = 1, K = 1, 2, 4, 8: largest distance of SFT's gap from 2^-(K+1), the least that demonstrations allow";
    experiment.claim("SFT-S6/least", statement, distance, "< 0.01", distance < 0.01);
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

/// Whether fine-tuning gains more over longer horizons: with as many demonstrations, and with as many demonstrated decisions.
fn horizons(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    for (part, rho, horizons, equal) in [
        (FACTORS, OBSERVABILITY, FACTOR_HORIZONS, FACTOR_EQUAL),
        (MAZE, 1.0, MAZE_HORIZONS, MAZE_EQUAL),
    ] {
        let cells = horizons.map(|h| setting(part, h, rho, 1));
        let statement = format!("{part}, K = 1, horizons {horizons:?}");
        let id = format!("SFT-S7/{part}-demonstrations");
        claim_rise(experiment, gaps, &id, &statement, &cells)?;
        let cells = equal.map(|(h, k)| setting(part, h, rho, k));
        let statement = format!("{part}, equal K H, (H, K) in {equal:?}");
        claim_rise(experiment, gaps, &format!("SFT-S7/{part}-tokens"), &statement, &cells)?;
    }
    Ok(())
}
