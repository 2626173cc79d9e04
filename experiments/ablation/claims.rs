//! What has to come out, stated before it was measured.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, largest, smallest};
use lowregret::report::Experiment;

use super::dial::{
    BAYES, Dial, DialRow, NETWORK, NETWORK_KEEPS, REALISED, TABLE, TRUE_REGRET, UNIFORM,
};
use super::variants::{DECISION, ONE_SHOT, Variants};

pub fn record(experiment: &mut Experiment, dial: &Dial, variants: &Variants) -> Result<()> {
    table(experiment, dial);
    negative_control(experiment, dial);
    let ahead = |name: &str, sign: f64| -> Result<f64> {
        let differences: Vec<Estimate> = variants
            .comparison
            .of(name)
            .map(|entry| variants.minus_reference(entry))
            .collect::<Result<_>>()?;
        let lows = differences.iter().map(|d| {
            let half = d.half_width().unwrap_or(f64::NAN);
            sign * d.mean - half
        });
        Ok(smallest(lows))
    };
    let one_shot = ahead(ONE_SHOT, 1.0)?;
    experiment.claim(
        "BANDIT-S2",
        "one-shot regret minus iterated regret, lower end of the 95 % interval (worst seed)",
        one_shot,
        "> 0",
        one_shot > 0.0,
    );
    let decision = ahead(DECISION, -1.0)?;
    experiment.claim(
        "BANDIT-S3",
        "regret with trajectory credit minus with decision credit, at equal steps, lower end (worst seed)",
        decision,
        "> 0",
        decision > 0.0,
    );
    Ok(())
}

fn table(experiment: &mut Experiment, dial: &Dial) {
    let uniform = dial.classical(UNIFORM, TABLE).map_or(f64::NAN, |row| row.regret);
    let bayes = dial.classical(BAYES, TABLE).map_or(f64::NAN, |row| row.regret);
    let regrets = |score, keep| dial.of(TABLE, score, keep).map(|row: &DialRow| row.regret);
    let collapsed = smallest(regrets(TRUE_REGRET, 4)) / uniform;
    experiment.claim(
        "BANDIT-S4/collapse",
        "table, k / L = 1/4 by true regret: regret over uniform's (best seed)",
        collapsed,
        ">= 0.95",
        collapsed >= 0.95,
    );
    let switches = dial.of(TABLE, TRUE_REGRET, 4).filter_map(|row| row.switch_after_failure);
    let switches = largest(switches);
    experiment.claim(
        "BANDIT-S4/switch",
        "table, k / L = 1/4 by true regret: probability of switching after a first failure (largest)",
        switches,
        "<= 0.05",
        switches <= 0.05,
    );
    let half = largest(regrets(TRUE_REGRET, 8)) / bayes;
    experiment.claim(
        "BANDIT-S4/half",
        "table, k / L = 1/2 by true regret: regret over the Bayes-optimal one (worst seed)",
        half,
        "<= 1.1",
        half <= 1.1,
    );
    let realised = largest(regrets(REALISED, 4)) / uniform;
    experiment.claim(
        "BANDIT-S5",
        "table, k / L = 1/4 by realised reward: regret over uniform's (worst seed)",
        realised,
        "<= 0.75",
        realised <= 0.75,
    );
}

fn negative_control(experiment: &mut Experiment, dial: &Dial) {
    let farthest = |target: f64, value: fn(&DialRow) -> f64| {
        let values = dial.of(NETWORK, TRUE_REGRET, NETWORK_KEEPS[0]).map(value);
        values
            .reduce(|a, b| if (a - target).abs() >= (b - target).abs() { a } else { b })
            .unwrap_or(f64::NAN)
    };
    let regret = farthest(4.2, |row| row.regret);
    experiment.claim(
        "BANDIT-S1/regret",
        "network, K = 2, T = 25, k / L = 2/32: regret (seed farthest from 4.2)",
        regret,
        "4.2 +- 0.4",
        (regret - 4.2).abs() <= 0.4,
    );
    let failure = farthest(0.5, |row| row.suffix_failure);
    experiment.claim(
        "BANDIT-S1/suffix-failure",
        "network, K = 2, T = 25, k / L = 2/32: suffix failure (seed farthest from 0.5)",
        failure,
        "0.5 +- 0.05",
        (failure - 0.5).abs() <= 0.05,
    );
}
