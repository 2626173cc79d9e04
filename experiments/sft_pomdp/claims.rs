//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::Experiment;

use super::ORACLE;
use super::controls::SHUFFLED;
use super::gains::{RANDOM, SFT, Sweep, claim_order};
use super::gaps::{Gaps, Setting};
use super::hidden_exam::NO_MEMORY;
use super::plan::{
    DEMONSTRATIONS, FACTOR_EQUAL, FACTOR_HORIZONS, FACTORS, HORIZON, MAZE, MAZE_EQUAL,
    MAZE_HORIZONS, OBSERVABILITIES, OBSERVABILITY, setting, settings,
};

/// Writes down results and claims.
pub fn record(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    order(experiment, gaps);
    memory(experiment, gaps)
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

/// Where memory matters.
fn memory(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    let ratio = |cell| -> Result<f64> {
        Ok(gaps.estimate(cell, NO_MEMORY)?.mean / gaps.estimate(cell, SFT)?.mean)
    };
    let factors = ratio(setting(FACTORS, HORIZON, 1.0, 1))?;
    let statement =
        "factors, rho = 1, K = 1: gap of SFT whose own history is withheld, over that of SFT";
    experiment.claim("SFT-S6/factors", statement, factors, "< 1.25", factors < 1.25);
    let maze = setting(MAZE, HORIZON, 1.0, 8);
    let withheld = smallest(gaps.means(maze, NO_MEMORY));
    let statement =
        "maze, rho = 1, K = 8: gap of SFT whose own history is withheld, least of the seeds";
    experiment.claim("SFT-S6/maze", statement, withheld, ">= 0.45", withheld >= 0.45);
    let sft = largest(gaps.means(maze, SFT));
    let statement =
        "maze, rho = 1, K = 8: gap of SFT, largest of the seeds (without memory at least 0.5)";
    experiment.claim("SFT-S6/remembers", statement, sft, "< 0.1", sft < 0.1);
    // All K demonstrations show the same signal with probability 2^(1 - K); then the other, met half the time, is followed by
    // a guess between the two turns left.
    for k in DEMONSTRATIONS {
        let sft = gaps.estimate(setting(MAZE, HORIZON, 1.0, k), SFT)?;
        let floor = 0.5_f64.powi(k as i32 + 1);
        let half = sft.half_width().unwrap_or(f64::NAN);
        let distance = (sft.mean - floor).abs() / half;
        let statement = format!(
            "maze, rho = 1, K = {k}: distance of SFT's gap from {floor}, the least that demonstrations allow, in half widths of its interval"
        );
        experiment.claim(
            format!("SFT-S6/least-k{k}"),
            statement,
            distance,
            "< 1.5",
            distance < 1.5,
        );
    }
    let shuffled = smallest(gaps.means(setting(FACTORS, HORIZON, 0.5, 1), SHUFFLED));
    let random = gaps.means(setting(FACTORS, HORIZON, 0.5, 1), RANDOM)[0];
    let statement =
        "factors, rho = 0.5, K = 1: gap of SFT shown another task, over that of random play";
    let ratio = shuffled / random;
    experiment.claim("SFT-S6/shuffled", statement, ratio, "> 0.8", ratio > 0.8);
    Ok(())
}

/// Whether fine-tuning gains more, the less is seen; and over longer horizons, with as many demonstrations and with as many
/// demonstrated decisions.
pub fn sweeps() -> Vec<Sweep> {
    let mut sweeps = Vec::new();
    for (part, rho, horizons, equal) in [
        (FACTORS, OBSERVABILITY, FACTOR_HORIZONS, FACTOR_EQUAL),
        (MAZE, 1.0, MAZE_HORIZONS, MAZE_EQUAL),
    ] {
        let mut add = |id: String, statement: String, cells: &[Setting]| {
            let statement = format!("{part}, {statement}");
            sweeps.push(Sweep { id, statement, cells: cells.to_vec() });
        };
        let mut cells = OBSERVABILITIES.map(|rho| setting(part, HORIZON, rho, 1));
        cells.reverse();
        let statement = format!("H = {HORIZON}, K = 1, observability from 1 down to 0");
        add(format!("SFT-S5/{part}"), statement, &cells);
        let cells = horizons.map(|h| setting(part, h, rho, 1));
        let statement = format!("K = 1, horizons {horizons:?}");
        add(format!("SFT-S7/{part}-demonstrations"), statement, &cells);
        let cells = equal.map(|(h, k)| setting(part, h, rho, k));
        let statement = format!("equal K H, (H, K) in {equal:?}");
        add(format!("SFT-S7/{part}-tokens"), statement, &cells);
    }
    // Where there is nothing to remember, something, and everything.
    for k in DEMONSTRATIONS {
        let cells = [0.0, 0.5, 1.0].map(|rho| setting(MAZE, HORIZON, rho, k));
        let statement = format!(
            "maze, H = {HORIZON}, K = {k}, reliability of the signal to remember 0, 0.5, 1"
        );
        sweeps.push(Sweep { id: format!("SFT-S6/memory-k{k}"), statement, cells: cells.to_vec() });
    }
    sweeps
}
