//! What recorded trajectories achieved, scenario by scenario, in constant memory.

use std::io::BufRead;

use serde::Serialize;

use super::interval::{Estimate, Running};
use super::trajectory_growth::{CurveGrowth, GrowthTally};
use crate::Result;
use crate::problem::trajectory_file::{Measure, Reader, Scored};

/// The scores of a file. Intervals are over scenarios; where there is one scenario only, there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// What trajectories were ranked by.
    pub measure: Measure,
    /// Number of trajectories.
    pub trajectories: u64,
    /// Number of scenarios.
    pub scenarios: usize,
    /// Number of rounds of all trajectories together.
    pub rounds: u64,
    /// Mean score of a scenario's trajectories.
    pub mean: Estimate,
    /// Lowest score of a scenario's trajectories.
    pub lowest: Estimate,
    /// Highest score of a scenario's trajectories.
    pub highest: Estimate,
    /// Mean reward a round, over all rounds.
    pub reward: f64,
    /// How the regret of a scenario, meaned over its trajectories, grows with the rounds; `None` for a measure that does not
    /// compute it, and where trajectories differ in length.
    pub growth: Option<CurveGrowth>,
}

/// Scores of one scenario's trajectories.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Group {
    count: f64,
    sum: f64,
    lowest: f64,
    highest: f64,
}

/// Sums over the scenarios that are complete.
#[derive(Default)]
struct Totals {
    mean: Running,
    lowest: Running,
    highest: Running,
    growth: Option<GrowthTally>,
}

impl Totals {
    fn enter(&mut self, group: Group) {
        self.mean.push(group.sum / group.count);
        self.lowest.push(group.lowest);
        self.highest.push(group.highest);
        if let Some(growth) = &mut self.growth {
            growth.close();
        }
    }
}

/// Scores all trajectories of `reader`, handing each one to `each`; `None` for a file without any.
///
/// # Errors
/// Those of [`Reader::read`] and of `each`.
pub fn summarize<R: BufRead>(
    reader: &mut Reader<R>,
    mut each: impl FnMut(&Scored) -> Result<()>,
) -> Result<Option<Summary>> {
    let (mut trajectories, mut scenarios, mut rounds, mut earned) = (0, 0, 0, 0.0);
    let mut totals = Totals { growth: Some(GrowthTally::default()), ..Totals::default() };
    let mut group: Option<Group> = None;
    while let Some(scored) = reader.read()? {
        each(&scored)?;
        trajectories += 1;
        rounds += scored.record.rounds() as u64;
        earned += scored.score.earned;
        let value = scored.score.value;
        match &mut group {
            Some(group) if !scored.first => {
                group.count += 1.0;
                group.sum += value;
                group.lowest = group.lowest.min(value);
                group.highest = group.highest.max(value);
            }
            before => {
                scenarios += 1;
                let fresh = Group { count: 1.0, sum: value, lowest: value, highest: value };
                if let Some(complete) = before.replace(fresh) {
                    totals.enter(complete);
                }
            }
        }
        let curve = || scored.measure.curve(&scored.record).ok().flatten();
        let fits = |tally: &mut GrowthTally| curve().is_some_and(|curve| tally.enter(&curve));
        if !totals.growth.as_mut().is_some_and(fits) {
            totals.growth = None;
        }
    }
    let (Some(group), Some(measure)) = (group, reader.measure()) else { return Ok(None) };
    totals.enter(group);
    Ok(Some(Summary {
        measure,
        trajectories,
        scenarios,
        rounds,
        mean: totals.mean.estimate()?,
        lowest: totals.lowest.estimate()?,
        highest: totals.highest.estimate()?,
        reward: earned / rounds as f64,
        growth: totals.growth.map(|tally| tally.growth()).transpose()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(lines: &[(&str, f64)]) -> Option<Summary> {
        let line = |(scenario, regret): &(&str, f64)| {
            format!(
                "{{\"scenario\":\"{scenario}\",\"trajectory\":0,\"rounds\":[{{\"action\":0,\"reward\":1}},\
                 {{\"action\":0,\"reward\":2}}],\"regret\":{regret}}}\n"
            )
        };
        let text: String = lines.iter().map(line).collect();
        let mut reader = Reader::new(text.as_bytes(), "test", None);
        summarize(&mut reader, |_| Ok(())).unwrap()
    }

    #[test]
    fn scenarios_count_alike_whatever_their_size() {
        let summary = summary(&[("a", 1.0), ("a", 2.0), ("a", 6.0), ("b", 5.0)]).unwrap();
        assert_eq!((summary.trajectories, summary.scenarios, summary.rounds), (4, 2, 8));
        assert_eq!(summary.mean, Estimate::of(&[3.0, 5.0]).unwrap());
        assert_eq!((summary.lowest.mean, summary.highest.mean), (3.0, 5.5));
        assert_eq!((summary.reward, summary.measure), (1.5, Measure::Given));
        assert_eq!(summary.growth, None);
    }

    #[test]
    fn growth_is_that_of_the_mean_over_scenarios() {
        let file = |lines: &[(&str, usize, f64)]| {
            let line = |(scenario, rounds, reward): &(&str, usize, f64)| {
                let round = format!("{{\"action\":0,\"rewards\":[{reward},1]}}");
                let rounds = vec![round; *rounds].join(",");
                format!(
                    "{{\"scenario\":\"{scenario}\",\"trajectory\":0,\"rounds\":[{rounds}]}}
"
                )
            };
            let text: String = lines.iter().map(line).collect();
            let mut reader = Reader::new(text.as_bytes(), "test", None);
            summarize(&mut reader, |_| Ok(())).unwrap().unwrap()
        };
        let alike = file(&[("a", 10, 0.5), ("a", 10, 1.0), ("b", 10, 0.0)]);
        let growth = alike.growth.unwrap();
        let fit = growth.growth.fit.unwrap();
        approx::assert_relative_eq!(fit.exponent, 1.0, epsilon = 1e-12);
        // Scenario means 0.25 t and t.
        approx::assert_relative_eq!(fit.intercept.exp(), 0.625, epsilon = 1e-12);
        approx::assert_relative_eq!(alike.mean.mean, 6.25, epsilon = 1e-12);
        assert!(growth.interval.is_some());
        assert_eq!(file(&[("a", 10, 0.5), ("b", 9, 0.5)]).growth, None);
    }

    #[test]
    fn a_file_without_trajectories_has_no_summary() {
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[("a", 1.0)]).unwrap().mean.low, None);
    }
}
