//! Players of bandits in words as rows of a table.

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::verbal::Played;
use lowregret::report::{Experiment, Table, table::plus_minus};
use serde::Serialize;

use super::text_models::Score;
use super::text_practice::Outcome;

/// A player's line in the table.
#[derive(Serialize)]
pub struct Row {
    player: String,
    seed: Option<u64>,
    regret: f64,
    half_width: Option<f64>,
    suffix_failure: f64,
    failure_half_width: Option<f64>,
    unparsed: Option<f64>,
    counts_right: Option<f64>,
    counts_written: Option<f64>,
    scenarios: usize,
}

/// The base, those who practised, classical learners.
pub fn rows(
    base: &Score,
    practised: &[Outcome],
    scores: &[Score],
    learners: &[Played],
) -> Result<Vec<Row>> {
    let mut rows = vec![row(&base.played, None, Some(base))?];
    for (outcome, score) in practised.iter().zip(scores) {
        rows.push(row(&score.played, Some(outcome.seed), Some(score))?);
    }
    for played in learners {
        rows.push(row(played, None, None)?);
    }
    Ok(rows)
}

fn row(played: &Played, seed: Option<u64>, score: Option<&Score>) -> Result<Row> {
    let regret = Estimate::of(&played.regret)?;
    let failures = Estimate::of(played.failures.as_deref().unwrap_or_default())?;
    Ok(Row {
        player: played.player.clone(),
        seed,
        regret: regret.mean,
        half_width: regret.half_width(),
        suffix_failure: failures.mean,
        failure_half_width: failures.half_width(),
        unparsed: score.map(|score| score.unparsed.rate()),
        counts_right: score.and_then(|score| score.agreement.rate()),
        counts_written: score.and_then(|score| score.agreement.coverage()),
        scenarios: regret.n,
    })
}

/// Prints the rows.
pub fn print(experiment: &Experiment, rows: &[Row]) {
    let headers =
        ["player", "seed", "regret", "suffix failure", "unparsable", "counts right", "written"];
    let mut table = Table::new(&headers);
    let share =
        |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:.2} %", 100.0 * v));
    for row in rows {
        table.push(vec![
            row.player.clone(),
            row.seed.map_or("-".to_owned(), |seed| seed.to_string()),
            plus_minus(row.regret, row.half_width),
            plus_minus(row.suffix_failure, row.failure_half_width),
            share(row.unparsed),
            share(row.counts_right),
            share(row.counts_written),
        ]);
    }
    experiment.print(&table);
}
