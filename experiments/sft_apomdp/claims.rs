//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::Experiment;

use super::ORACLE;
use super::controls::SHUFFLED;
use super::gains::{COPY, RANDOM, SFT, Sweep, claim_order};
use super::gaps::{Gaps, Setting};
use super::others::NOMINAL;
use super::plan::{
    EQUAL, HORIZON, HORIZONS, PESSIMISM, PESSIMISMS, RADII, RADIUS, setting, settings, usual,
};

/// Writes down results and claims.
pub fn record(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    let own = largest(settings().into_iter().map(|s| gaps.means(s, ORACLE)[0].abs()));
    let statement = "the oracle's own policy, evaluated: largest mean gap of all settings";
    experiment.claim("SFT-S8/oracle", statement, own, "<= 1e-12", own <= 1e-12);
    claim_order(experiment, gaps, "SFT-S8/cloud", "cloud", &settings());
    let copy = gaps.difference(usual(1), COPY, SFT)?;
    let low = copy.low.unwrap_or(f64::NAN);
    let statement =
        "usual setting, K = 1: gap of the copy rule minus that of SFT, lower end of the interval";
    experiment.claim("SFT-S8/copy-rule", statement, low, "> 0", low > 0.0);
    let nominal = setting(HORIZON, RADII[RADII.len() - 1], PESSIMISM, 4);
    let ahead = gaps.difference(nominal, NOMINAL, SFT)?.mean;
    let statement = "radius 0.9, pessimist, K = 4: gap of the planner who is told the nominal model minus that of SFT, which is told none";
    experiment.claim("SFT-S8/nominal", statement, ahead, "> 0", ahead > 0.0);
    let shuffled = smallest(gaps.means(usual(1), SHUFFLED)) / gaps.means(usual(1), RANDOM)[0];
    let statement = "usual setting, K = 1: gap of SFT shown another task, over that of random play";
    experiment.claim("SFT-S8/shuffled", statement, shuffled, "> 0.8", shuffled > 0.8);
    Ok(())
}

/// Whether fine-tuning gains more, the more is ambiguous, the more pessimistic the judge, the longer the horizon.
pub fn sweeps() -> [Sweep; 5] {
    let widest = RADII[RADII.len() - 1];
    let sweeps: [(&str, &str, Vec<Setting>); 5] = [
        (
            "radius",
            "pessimist, H = 4, K = 1, radius 0, 0.3, 0.6, 0.9",
            RADII.map(|radius| setting(HORIZON, radius, PESSIMISM, 1)).to_vec(),
        ),
        (
            "radius-four",
            "pessimist, H = 4, K = 4, radius 0, 0.3, 0.6, 0.9",
            RADII.map(|radius| setting(HORIZON, radius, PESSIMISM, 4)).to_vec(),
        ),
        (
            "pessimism",
            "radius 0.9, H = 4, K = 1, pessimism 0, 0.5, 1",
            PESSIMISMS.map(|alpha| setting(HORIZON, widest, alpha, 1)).to_vec(),
        ),
        (
            "horizon",
            "usual setting, K = 1, horizons 2, 3, 4",
            HORIZONS.map(|horizon| setting(horizon, RADIUS, PESSIMISM, 1)).to_vec(),
        ),
        (
            "tokens",
            "usual setting, K H = 12, horizons 2, 3, 4",
            EQUAL.map(|(horizon, k)| setting(horizon, RADIUS, PESSIMISM, k)).to_vec(),
        ),
    ];
    sweeps.map(|(id, statement, cells)| Sweep {
        id: format!("SFT-S9/{id}"),
        statement: format!("cloud, {statement}"),
        cells,
    })
}
