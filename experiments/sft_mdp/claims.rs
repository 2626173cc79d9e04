//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::interval::{highest_end, largest, smallest};
use lowregret::report::Experiment;

use super::controls::{LONGER, NOISY_ORACLE, OTHER_FEATURES, OTHER_FEATURES_ICL, SHUFFLED, ZEROED};
use super::gains::{COPY, ICL, RANDOM, SFT, Sweep, claim_order};
use super::gaps::{Gaps, Setting};
use super::measure::Accuracy;
use super::spoilt;
use super::{EQUAL_TOKENS, HORIZONS, settings};

fn cell(horizon: usize, demonstrations: usize) -> Setting {
    Setting::of("demonstrations", horizon, demonstrations)
}

/// Writes down results and claims.
pub fn record(experiment: &mut Experiment, gaps: &Gaps, accuracies: &[Accuracy]) -> Result<()> {
    levels(experiment, gaps);
    let all: Vec<Setting> = settings().collect();
    claim_order(experiment, gaps, "Q-E17/order", "MDP", &all);
    copying(experiment, gaps, accuracies);
    controls(experiment, gaps)
}

/// Gaps of single cells, every training seed.
fn levels(experiment: &mut Experiment, gaps: &Gaps) {
    for (id, learner, h, k, low, high) in [
        ("random", RANDOM, 3, 1, 0.5, 0.57),
        ("icl-h3k1", ICL, 3, 1, 0.29, 0.38),
        ("sft-h3k1", SFT, 3, 1, 0.0, 0.09),
        ("icl-h6k1", ICL, 6, 1, 0.18, 0.24),
        ("sft-h6k1", SFT, 6, 1, 0.0, 0.04),
        ("icl-h10k4", ICL, 10, 4, 0.0, 0.05),
        ("sft-h10k4", SFT, 10, 4, 0.0, 0.01),
    ] {
        let means = gaps.means(cell(h, k), learner);
        let (least, most) = (smallest(means.iter().copied()), largest(means.iter().copied()));
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        let statement = format!("H = {h}, K = {k}: gap of {learner}, all training seeds");
        let holds = least >= low && most <= high;
        experiment.claim(format!("Q-E17/{id}"), statement, mean, format!("{low} to {high}"), holds);
    }
}

/// In-context learning alone copies; fine-tuning generalises.
fn copying(experiment: &mut Experiment, gaps: &Gaps, accuracies: &[Accuracy]) {
    let distances = settings().flat_map(|setting| {
        let copy = gaps.means(setting, COPY)[0];
        gaps.means(setting, ICL).into_iter().map(move |icl| (icl - copy).abs())
    });
    let distance = largest(distances);
    let statement =
        "largest distance of the gap of ICL only to that of the copy rule, all settings and seeds";
    experiment.claim("Q-E18/copy-rule", statement, distance, "< 0.03", distance < 0.03);
    let unseen = |learner| {
        let own = accuracies.iter().filter(move |a| a.learner == learner);
        own.map(|a| a.unseen).collect::<Vec<f64>>()
    };
    let shares = unseen(ICL);
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    let (least, most) = (smallest(shares.iter().copied()), largest(shares));
    let statement = "ICL only: share of the oracle's actions in states never shown, mean of settings and seeds (chance 0.25)";
    let holds = (0.2..=0.31).contains(&mean);
    experiment.claim("Q-E18/unseen-icl", statement, mean, "0.20 to 0.31", holds);
    let statement =
        format!("ICL only: the same, least of all settings and seeds (largest {most:.2})");
    let holds = least >= 0.2 && most <= 0.31;
    experiment.claim("Q-E18/unseen-icl-all", statement, least, "0.20 to 0.31", holds);
    let least = smallest(unseen(SFT));
    let statement =
        "SFT: share of the oracle's actions in states never shown, least of all settings and seeds";
    experiment.claim("Q-E18/unseen-sft", statement, least, "> 0.70", least > 0.7);
}

fn controls(experiment: &mut Experiment, gaps: &Gaps) -> Result<()> {
    let gap = |cell, control| smallest(gaps.means(spoilt::setting(cell), control));
    let shuffled = smallest(spoilt::CELLS.map(|cell| gap(cell, SHUFFLED)));
    let statement =
        "SFT shown another task's demonstrations: gap, least of the controls' settings and seeds";
    experiment.claim("Q-E19/shuffled", statement, shuffled, "> 0.45", shuffled > 0.45);
    let features = gap((3, 1), OTHER_FEATURES);
    let statement = "SFT in a family with other features, H = 3, K = 1: gap, least of the seeds";
    experiment.claim("Q-E19/features", statement, features, ">= 0.30", features >= 0.3);
    let gains = spoilt::CELLS
        .map(|cell| gaps.difference(spoilt::setting(cell), OTHER_FEATURES_ICL, OTHER_FEATURES));
    let gains = gains.into_iter().collect::<Result<Vec<_>>>()?;
    let gain = highest_end(&gains);
    let statement = "gain ICL - SFT in a family with other features: upper end of the interval, largest of the controls' settings";
    experiment.claim("Q-E19/features-gain", statement, gain, "< 0.02", gain < 0.02);
    let noisy = gap((3, 1), NOISY_ORACLE);
    let icl = gaps.estimate(cell(3, 1), ICL)?.mean;
    let statement = "H = 3, K = 1: gap of in-context learning alone when behaviour was a noisy oracle's (one seed), over that when it was not";
    experiment.claim("Q-E19/noisy-oracle", statement, noisy / icl, "< 0.5", noisy / icl < 0.5);
    let longer = gap((3, 1), LONGER) / icl;
    let statement = "H = 3, K = 1: gap of ICL only trained for as many steps as ICL and SFT together (one seed), over that of ICL only";
    experiment.claim("SFT-S2/longer", statement, longer, "> 0.8", longer > 0.8);
    let risen = spoilt::CELLS.map(|(h, k)| -> Result<f64> {
        let zeroed = gaps.estimate(spoilt::setting((h, k)), ZEROED)?.mean;
        Ok(zeroed / gaps.estimate(cell(h, k), SFT)?.mean)
    });
    let risen = largest(risen.into_iter().collect::<Result<Vec<_>>>()?);
    let statement = "SFT shown demonstrations without rewards: its gap over that with rewards, largest of the controls' settings";
    experiment.claim("SFT-S2/rewards", statement, risen, "< 1.5", risen < 1.5);
    Ok(())
}

/// Whether fine-tuning gains more over longer horizons: with as many demonstrations, and with as many demonstrated decisions.
pub fn sweeps() -> [Sweep; 2] {
    [
        Sweep {
            id: "SFT-S3/demonstrations".to_owned(),
            statement: "state seen, K = 1, horizons 3, 6, 10".to_owned(),
            cells: HORIZONS.map(|h| cell(h, 1)).to_vec(),
        },
        Sweep {
            id: "SFT-S3/tokens".to_owned(),
            statement: "state seen, K H = 30, horizons 3, 6, 10".to_owned(),
            cells: EQUAL_TOKENS.map(|(h, k)| Setting::of("equal tokens", h, k)).to_vec(),
        },
    ]
}
