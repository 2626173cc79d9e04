//! Mean regret curves as rows of a table.

use lowregret::metrics::curve::CurvePoint;
use serde::Serialize;

/// One round of a player's mean regret, with its 95 % interval over scenarios.
#[derive(Serialize)]
pub struct CurveRow<'a> {
    problem: &'a str,
    player: &'a str,
    seed: Option<u64>,
    round: usize,
    mean: f64,
    low: f64,
    high: f64,
}

/// The rows of one player's curve.
pub fn curve_rows<'a>(
    problem: &'a str,
    player: &'a str,
    seed: Option<u64>,
    curve: &[CurvePoint],
) -> impl Iterator<Item = CurveRow<'a>> {
    curve.iter().map(move |point| CurveRow {
        problem,
        player,
        seed,
        round: point.round,
        mean: point.mean,
        low: point.low,
        high: point.high,
    })
}
