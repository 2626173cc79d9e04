//! What everybody did, and what is read off it.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, mean_by_place};
use lowregret::report::{Table, table::number, table::plus_minus};
use serde::Serialize;

use super::exam::Score;

pub const RANDOM: &str = "random";
pub const MYOPIC: &str = "myopic";
pub const ORACLE: &str = "oracle";
/// The base after as many steps on as many more plays of the poor players that it comes from: no oracle.
pub const MORE: &str = "more of the base";
/// The base, with demonstrations or without.
pub const ICL: &str = "ICL only";
pub const SFT: &str = "SFT";

/// Whom, and where.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub problem: &'static str,
    pub learner: &'static str,
    /// Transcripts that it was fine-tuned on.
    pub transcripts: usize,
    /// Demonstrations before the question; none for those who need none.
    pub demonstrations: Option<usize>,
}

/// Cell, seed of fine-tuning, score.
#[derive(Default)]
pub struct Results(Vec<(Cell, Option<u64>, Score)>);

/// A score in numbers.
#[derive(Serialize)]
pub struct Row {
    problem: &'static str,
    learner: &'static str,
    transcripts: usize,
    demonstrations: Option<usize>,
    /// Seed of fine-tuning; empty for what was not tuned.
    seed: Option<u64>,
    /// Mean of the regret over the optimal value, with its 95 % interval over scenarios.
    gap: f64,
    low: Option<f64>,
    high: Option<f64>,
    scenarios: usize,
    /// Share of answers that are optimal where they are given.
    optimal: f64,
    /// Share of answers that could not be read.
    unparsed: f64,
    /// Share of the counts in the reasoning that are right.
    counts_right: Option<f64>,
    /// Share of the counts that could be written in the reasoning that are.
    counts_written: Option<f64>,
}

impl Results {
    /// Adds what somebody did.
    pub fn add(&mut self, cell: Cell, seed: Option<u64>, score: Score) {
        self.0.push((cell, seed, score));
    }

    /// Everything, a row a cell and seed.
    pub fn rows(&self) -> Result<Vec<Row>> {
        let row = |(cell, seed, score): &(Cell, Option<u64>, Score)| {
            let Cell { problem, learner, transcripts, demonstrations } = *cell;
            let Estimate { mean, low, high, n } = Estimate::of(&score.gaps)?;
            Ok(Row {
                problem,
                learner,
                transcripts,
                demonstrations,
                seed: *seed,
                gap: mean,
                low,
                high,
                scenarios: n,
                optimal: score.optimal(),
                unparsed: score.unparsed.rate(),
                counts_right: score.agreement.rate(),
                counts_written: score.agreement.coverage(),
            })
        };
        self.0.iter().map(row).collect()
    }

    /// The scores of a cell, one a seed.
    pub fn of(&self, cell: Cell) -> impl Iterator<Item = &Score> {
        self.0.iter().filter(move |(own, _, _)| *own == cell).map(|(_, _, score)| score)
    }

    /// The gap of every scenario, averaged over seeds.
    fn pooled(&self, cell: Cell) -> Vec<f64> {
        mean_by_place(&self.of(cell).map(|score| &*score.gaps).collect::<Vec<_>>())
    }

    /// Mean gap over scenarios and seeds, with the interval over scenarios.
    pub fn gap(&self, cell: Cell) -> Result<Estimate> {
        Estimate::of(&self.pooled(cell))
    }

    /// Gap of `more` minus that of `less`, paired over scenarios, one a seed of either.
    pub fn differences(&self, more: Cell, less: Cell) -> Result<Vec<Estimate>> {
        let pairs = self.of(more).flat_map(|a| self.of(less).map(move |b| (a, b)));
        pairs.map(|(a, b)| Estimate::difference(&a.gaps, &b.gaps)).collect()
    }

    /// The gain of each seed of `less` on `more` (averaged over its own) in every scenario.
    pub fn gains(&self, more: Cell, less: Cell) -> Vec<Vec<f64>> {
        let more = self.pooled(more);
        let gain = |less: &Score| more.iter().zip(&less.gaps).map(|(a, b)| a - b).collect();
        self.of(less).map(gain).collect()
    }

    /// Gaps and shares as a table, seeds together.
    pub fn table(&self) -> Result<Table> {
        let mut table = Table::new(&[
            "problem",
            "player",
            "transcripts",
            "K",
            "gap",
            "optimal",
            "unparsed",
            "counts right",
        ]);
        let mut cells: Vec<Cell> = Vec::new();
        for (cell, _, _) in &self.0 {
            if !cells.contains(cell) {
                cells.push(*cell);
            }
        }
        for cell in cells {
            let gap = self.gap(cell)?;
            let mean = |value: fn(&Score) -> Option<f64>| {
                let all: Option<Vec<f64>> = self.of(cell).map(value).collect();
                let mean = |all: Vec<f64>| number(all.iter().sum::<f64>() / all.len() as f64);
                all.map_or("-".to_owned(), mean)
            };
            table.push(vec![
                cell.problem.to_owned(),
                cell.learner.to_owned(),
                cell.transcripts.to_string(),
                cell.demonstrations.map_or("-".to_owned(), |k| k.to_string()),
                plus_minus(gap.mean, gap.half_width()),
                mean(|score| Some(score.optimal())),
                mean(|score| Some(score.unparsed.rate())),
                mean(|score| score.agreement.rate()),
            ]);
        }
        Ok(table)
    }
}
