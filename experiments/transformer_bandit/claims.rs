//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::comparison::{Comparison, Entry};
use lowregret::metrics::interval::{Estimate, largest, smallest};
use lowregret::report::Experiment;
use serde_json::json;

use super::runs::{
    CONTROL, POSTERIOR_DECISIONS, POSTERIOR_TRAJECTORIES, REGRET_DECISIONS, REGRET_TRAJECTORIES,
    TWO_ARMS,
};
use super::{BAYES_OPTIMAL, BETA_THOMPSON, PUBLISHED};

/// Writes down results and claims.
pub fn record(
    experiment: &mut Experiment,
    five: &Comparison,
    two: &Comparison,
    hard: &Comparison,
) -> Result<()> {
    levels(experiment, five, two)?;
    rankings(experiment, five)?;
    growth(experiment, five, two)?;
    control(experiment, two)?;
    published(experiment, hard)
}

/// The largest over seeds of a number of `player`'s records.
fn worst(
    comparison: &Comparison,
    player: &str,
    value: impl Fn(&Entry) -> Result<f64>,
) -> Result<f64> {
    Ok(largest(comparison.of(player).map(value).collect::<Result<Vec<_>>>()?))
}

fn mean(comparison: &Comparison, player: &str) -> Result<f64> {
    let means = comparison.of(player).map(|e| Ok(comparison.regret(e)?.mean));
    let means = means.collect::<Result<Vec<f64>>>()?;
    Ok(means.iter().sum::<f64>() / means.len() as f64)
}

/// The upper end of the interval of the paired difference to `other`, worst seed.
fn upper_difference(comparison: &Comparison, player: &str, other: &str) -> Result<f64> {
    worst(comparison, player, |entry| {
        let difference = comparison.difference(entry, other)?;
        Ok(difference.high.unwrap_or(f64::NAN))
    })
}

/// How low regret gets.
fn levels(experiment: &mut Experiment, five: &Comparison, two: &Comparison) -> Result<()> {
    let regret = worst(five, POSTERIOR_DECISIONS, |e| Ok(five.regret(e)?.mean))?;
    let statement = "K = 5, T = 50: regret, ranked by the posterior, decisions kept, worst seed";
    experiment.claim("TB-S1/five-arms", statement, regret, "<= 5.0", regret <= 5.0);
    for (id, other) in
        [("thompson", BETA_THOMPSON), ("exp3", "exp3"), ("greedy", "greedy"), ("ucb1", "ucb1")]
    {
        let upper = upper_difference(five, POSTERIOR_DECISIONS, other)?;
        let statement = format!(
            "K = 5, T = 50: upper end of the interval of its regret minus that of {other}, worst seed"
        );
        experiment.claim(format!("TB-S1/below-{id}"), &statement, upper, "< 0", upper < 0.0);
    }
    let regret = worst(two, TWO_ARMS, |e| Ok(two.regret(e)?.mean))?;
    let statement = "K = 2, T = 25: regret, ranked by the posterior, decisions kept, worst seed";
    experiment.claim("TB-S1/two-arms", statement, regret, "<= 1.3", regret <= 1.3);
    let ratio = mean(two, TWO_ARMS)? / mean(two, BAYES_OPTIMAL)?;
    experiment.result("two_arms_over_bayes_optimal", ratio)?;
    let ratio = mean(five, POSTERIOR_DECISIONS)? / mean(five, "gittins")?;
    let statement = "K = 5, T = 50: its regret over that of the finite-horizon Gittins index, mean of the seeds";
    experiment.claim("TB-S1/gittins", statement, ratio, "<= 1.05", ratio <= 1.05);
    let failures = |player: &str| -> Vec<Estimate> {
        five.of(player).map(|entry| entry.outcome.exploration.suffix_failure).collect()
    };
    let failures = json!({"model": failures(POSTERIOR_DECISIONS), "gittins": failures("gittins")});
    experiment.result("suffix_failure", failures)
}

/// Both rankings, by what is kept, against tuned UCB1.
fn rankings(experiment: &mut Experiment, five: &Comparison) -> Result<()> {
    for (id, player) in [
        ("regret-trajectories", REGRET_TRAJECTORIES),
        ("posterior-trajectories", POSTERIOR_TRAJECTORIES),
        ("regret-decisions", REGRET_DECISIONS),
        ("posterior-decisions", POSTERIOR_DECISIONS),
    ] {
        let upper = upper_difference(five, player, "ucb1")?;
        let statement = format!(
            "ranked by {player} kept: upper end of the interval of regret minus that of tuned UCB1, worst seed"
        );
        experiment.claim(format!("TB-S2/{id}"), &statement, upper, "< 0", upper < 0.0);
        let differences: Vec<Estimate> =
            five.of(player).map(|e| five.difference(e, "ucb1")).collect::<Result<_>>()?;
        experiment.result(&format!("minus_ucb1_{id}"), differences)?;
    }
    Ok(())
}

/// How regret grows with the round.
fn growth(experiment: &mut Experiment, five: &Comparison, two: &Comparison) -> Result<()> {
    for (id, comparison, player) in
        [("five-arms", five, POSTERIOR_DECISIONS), ("two-arms", two, TWO_ARMS)]
    {
        let fit = |entry: &Entry| comparison.growth(entry);
        let exponent =
            worst(comparison, player, |e| Ok(fit(e)?.map_or(f64::NAN, |fit| fit.exponent)))?;
        let p = worst(comparison, player, |e| Ok(fit(e)?.map_or(f64::NAN, |fit| fit.p_value)))?;
        let statement = format!(
            "{player}: exponent of growth of regret with the round, worst seed (p = {p:.0e})"
        );
        let holds = exponent < 1.0 && p < 0.01;
        experiment.claim(format!("TB-S3/{id}"), &statement, exponent, "< 1, p < 0.01", holds);
    }
    Ok(())
}

/// The negative control: 2 of 32 trajectories.
fn control(experiment: &mut Experiment, two: &Comparison) -> Result<()> {
    let regret = mean(two, CONTROL)?;
    let statement = "K = 2, T = 25, 2 of 32 trajectories kept: regret, about that of uniform play";
    let holds = (regret / mean(two, "uniform")? - 1.0).abs() <= 0.1;
    experiment.claim("TB-S4/regret", statement, regret, "uniform +- 10 %", holds);
    let failures = two.of(CONTROL).map(|e| e.outcome.exploration.suffix_failure.mean);
    let failure = smallest(failures);
    let statement = "K = 2, T = 25, 2 of 32 trajectories kept: suffix failure";
    let holds = (0.4..=0.6).contains(&failure);
    experiment.claim("TB-S4/failure", statement, failure, "0.4 to 0.6", holds);
    Ok(())
}

/// The published numbers of the hard instance: median reward, suffix failure, K*MinFrac, GreedyFrac.
fn published(experiment: &mut Experiment, hard: &Comparison) -> Result<()> {
    let numbers: [[f64; 4]; 3] =
        [[0.47, 0.01, 0.28, 0.62], [0.55, 0.02, 0.18, 0.76], [0.40, 0.48, 0.05, 1.00]];
    let mut deviation = 0.0f64;
    for ((player, _), published) in PUBLISHED.into_iter().zip(numbers) {
        for entry in hard.of(player) {
            let e = &entry.outcome.exploration;
            let measured = [
                (e.median_reward.unwrap_or(f64::NAN), 0.05),
                spread(&e.suffix_failure),
                spread(&e.scaled_min_fraction),
                spread(&e.greedy_fraction),
            ];
            for ((value, error), number) in measured.into_iter().zip(published) {
                // Both are means of 1000 runs, and the published one is rounded to 0.01.
                let beyond = (value - number).abs() - 0.005;
                if beyond > 0.0 {
                    deviation = deviation.max(beyond / (error * 2f64.sqrt()));
                }
            }
        }
    }
    let statement = "hard instance: largest deviation of Thompson, UCB and greedy from the published numbers, in half widths of the 95 % interval of their difference";
    experiment.claim("TB-S5/published", statement, deviation, "<= 1.5", deviation <= 1.5);
    Ok(())
}

fn spread(estimate: &Estimate) -> (f64, f64) {
    (estimate.mean, estimate.half_width().unwrap_or(0.0))
}
