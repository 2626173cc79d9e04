//! Exponents of all growth, printed, and the claims: counted memory, and growth with the history.

use lowregret::Result;
use lowregret::metrics::growth::fit_power;
use lowregret::report::{Experiment, Table, table::number};

use super::decisions::{self, LINEAR, NORMALIZED, SOFTMAX};
use super::iterations::{self, Run, THREADS};

/// Growth of the time of a decision is measured over histories that differ by this factor, up to the longest.
const SPAN: usize = 16;

pub fn record(
    experiment: &mut Experiment,
    decisions: &[decisions::Row],
    iterations: &[iterations::Row],
    runs: &[Run],
) -> Result<()> {
    print_decisions(experiment, decisions);
    print_iterations(experiment, iterations)?;
    memory(experiment, decisions);
    time(experiment, decisions)?;
    whole_runs(experiment, runs)
}

fn of<'a>(
    rows: &'a [decisions::Row],
    attention: &'a str,
) -> impl Iterator<Item = &'a decisions::Row> + Clone {
    rows.iter().filter(move |row| row.attention == attention)
}

fn print_decisions(experiment: &Experiment, rows: &[decisions::Row]) {
    let mut table = Table::new(&["attention", "history", "us a decision", "bytes kept"]);
    for row in rows {
        table.push(vec![
            row.attention.to_owned(),
            row.history.to_string(),
            number(row.microseconds),
            row.bytes.to_string(),
        ]);
    }
    experiment.print(&table);
}

/// One line a knob: the time at the base, and the exponent of its growth.
fn print_iterations(experiment: &mut Experiment, rows: &[iterations::Row]) -> Result<()> {
    let mut table =
        Table::new(&["iteration of", "knob", "from", "to", "ms at the base", "exponent"]);
    for group in rows.chunk_by(|a, b| (a.model, a.knob) == (b.model, b.knob)) {
        let (first, last) = (&group[0], &group[group.len() - 1]);
        let grown = match first.knob {
            // Speed-up, not growth: the figure shows it.
            THREADS => None,
            _ => Some(exponent(group.iter().map(|row| (row.value as f64, row.seconds)))?),
        };
        table.push(vec![
            first.model.to_owned(),
            first.knob.to_owned(),
            first.value.to_string(),
            last.value.to_string(),
            number(1e3 * first.seconds),
            grown.map_or_else(|| "-".to_owned(), number),
        ]);
        let key = format!("{}, {}", first.model, first.knob);
        if first.knob == THREADS {
            experiment.result(&format!("{key}: speed-up"), first.seconds / last.seconds)?;
        } else {
            experiment.result(&format!("{key}: exponent"), grown)?;
        }
    }
    experiment.print(&table);
    Ok(())
}

fn whole_runs(experiment: &mut Experiment, runs: &[Run]) -> Result<()> {
    let mut table =
        Table::new(&["whole run of", "horizon", "iterations", "decisions", "seconds", "predicted"]);
    for run in runs {
        table.push(vec![
            run.model.to_owned(),
            run.horizon.to_string(),
            run.iterations.to_string(),
            run.decisions.to_string(),
            number(run.seconds),
            number(run.predicted),
        ]);
        let key = format!("seconds of a run: {}, T = {}", run.model, run.horizon);
        experiment.result(&key, run.seconds)?;
    }
    experiment.print(&table);
    let off = runs.iter().map(|run| (run.seconds / run.predicted).ln().abs()).fold(0.0, f64::max);
    let key = "whole runs: largest factor between measured and predicted seconds";
    experiment.result(key, off.exp())?;
    Ok(())
}

/// Memory is counted, not measured: it is what it is to the last byte.
fn memory(experiment: &mut Experiment, rows: &[decisions::Row]) {
    let spread = |values: &mut dyn Iterator<Item = f64>| {
        let (least, most) =
            values.fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
        most / least
    };
    let per_round = of(rows, SOFTMAX).map(|row| row.bytes as f64 / row.history as f64);
    let claims = [
        (
            "SC-E1/softmax",
            "softmax attention keeps the same number of bytes of every round: largest / smallest",
            spread(&mut per_round.into_iter()),
        ),
        (
            "SC-E1/linear",
            "linear attention keeps the same number of bytes after any history: largest / smallest",
            [LINEAR, NORMALIZED]
                .into_iter()
                .map(|kind| spread(&mut of(rows, kind).map(|row| row.bytes as f64)))
                .fold(1.0, f64::max),
        ),
    ];
    for (id, statement, value) in claims {
        experiment.claim(id, statement, value, "= 1", value == 1.0);
    }
}

fn time(experiment: &mut Experiment, rows: &[decisions::Row]) -> Result<()> {
    let longest = rows.iter().map(|row| row.history).max().unwrap_or(0);
    let grown = |attention: &str| {
        let late = of(rows, attention).filter(|row| row.history * SPAN >= longest);
        exponent(late.map(|row| (row.history as f64, row.microseconds)))
    };
    let (softmax, linear, normalized) = (grown(SOFTMAX)?, grown(LINEAR)?, grown(NORMALIZED)?);
    for (name, value) in [(SOFTMAX, softmax), (LINEAR, linear), (NORMALIZED, normalized)] {
        experiment.result(&format!("exponent of the time of a decision, {name}"), value)?;
    }
    let most = linear.max(normalized);
    let statement = "exponent of the time of a decision in the history, linear attention";
    experiment.claim("SC-E2/linear", statement, most, "< 0.1", most < 0.1);
    let statement = "the same, softmax attention";
    experiment.claim("SC-E2/softmax", statement, softmax, "> 0.5", softmax > 0.5);
    Ok(())
}

/// Exponent of the power law through the points; NaN for fewer than three.
fn exponent(points: impl Iterator<Item = (f64, f64)>) -> Result<f64> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.unzip();
    Ok(fit_power(&xs, &ys)?.fit.map_or(f64::NAN, |fit| fit.exponent))
}
