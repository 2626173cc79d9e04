//! The ranking step of Iterative RMFT for those who roll out and fit with programs of their own: of recorded trajectories,
//! the k best of every scenario.

use std::collections::BinaryHeap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::problem::trajectory_file::{Measure, Reader};
use crate::{Error, Result};

/// Most bytes of the kept lines of a scenario.
const MAX_KEPT: usize = 1 << 28;

/// A trajectory that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its score.
    pub value: f64,
    /// Number of its line, from 1.
    pub line: u64,
    /// The line.
    pub text: Vec<u8>,
}

impl Eq for Kept {}

impl Ord for Kept {
    /// By score, and by line among equals: the earlier one is better.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // Adding zero makes -0 and 0 equal under the total order.
        (self.value + 0.0).total_cmp(&(other.value + 0.0)).then(self.line.cmp(&other.line))
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How many were kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Selection {
    /// What trajectories were ranked by.
    pub measure: Measure,
    /// Trajectories read.
    pub trajectories: u64,
    /// Scenarios read.
    pub scenarios: u64,
    /// Trajectories kept.
    pub kept: u64,
    /// Scenarios with fewer trajectories than were to be kept; all of theirs were.
    pub short: u64,
    /// Mean score of all trajectories.
    pub mean: f64,
    /// Mean score of those kept.
    pub mean_kept: f64,
}

/// The best of the scenario that is being read, and the counts.
struct Selector<F> {
    keep: usize,
    best: BinaryHeap<Kept>,
    bytes: usize,
    each: F,
    path: PathBuf,
    kept: u64,
    sum_kept: f64,
    short: u64,
}

impl<F: FnMut(Kept) -> Result<()>> Selector<F> {
    fn enter(&mut self, one: Kept) -> Result<()> {
        if self.best.len() == self.keep {
            if self.best.peek().is_none_or(|worst| one >= *worst) {
                return Ok(());
            }
            self.bytes -= self.best.pop().map_or(0, |worst| worst.text.len());
        }
        self.bytes += one.text.len();
        if self.bytes > MAX_KEPT {
            let message = format!(
                "line {}: the trajectories to keep of this scenario have more than {MAX_KEPT} bytes: keep fewer",
                one.line
            );
            return Err(Error::content(&self.path, message));
        }
        self.best.push(one);
        Ok(())
    }

    /// Hands on the best of a complete scenario, best first.
    fn finish(&mut self) -> Result<()> {
        self.short += u64::from(self.best.len() < self.keep);
        self.bytes = 0;
        for one in std::mem::take(&mut self.best).into_sorted_vec() {
            self.kept += 1;
            self.sum_kept += one.value;
            (self.each)(one)?;
        }
        Ok(())
    }
}

/// Hands the `keep` trajectories of lowest score of every scenario to `each`, in the order of scenarios, best first, the
/// earlier of equals before the later; `None` for a file without any. Memory: the kept lines of one scenario, at most 2^28
/// bytes, whatever the length of the file.
///
/// # Errors
/// A `keep` of 0; those of [`Reader::read`] and of `each`; more bytes to keep than that. `path` names the file in the last
/// one.
pub fn select<R: BufRead>(
    reader: &mut Reader<R>,
    path: impl AsRef<Path>,
    keep: usize,
    each: impl FnMut(Kept) -> Result<()>,
) -> Result<Option<Selection>> {
    if keep == 0 {
        return Err(Error::parameter("keep", keep, "at least 1"));
    }
    let path = path.as_ref().to_owned();
    let best = BinaryHeap::new();
    let mut selector =
        Selector { keep, best, bytes: 0, each, path, kept: 0, sum_kept: 0.0, short: 0 };
    let (mut trajectories, mut scenarios, mut sum) = (0, 0, 0.0);
    while let Some(scored) = reader.read()? {
        if scored.first {
            if scenarios > 0 {
                selector.finish()?;
            }
            scenarios += 1;
        }
        trajectories += 1;
        let value = scored.score.value;
        sum += value;
        selector.enter(Kept { value, line: scored.line, text: scored.text.to_vec() })?;
    }
    let Some(measure) = reader.measure().filter(|_| scenarios > 0) else { return Ok(None) };
    selector.finish()?;
    let Selector { kept, sum_kept, short, .. } = selector;
    let (mean, mean_kept) = (sum / trajectories as f64, sum_kept / kept as f64);
    Ok(Some(Selection { measure, trajectories, scenarios, kept, short, mean, mean_kept }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::selection::Weighting;

    fn file(scores: &[&[f64]]) -> String {
        let mut text = String::new();
        for (scenario, scores) in scores.iter().enumerate() {
            for (trajectory, score) in scores.iter().enumerate() {
                text += &format!(
                    "{{\"scenario\":{scenario},\"trajectory\":{trajectory},\"rounds\":[{{\"action\":0,\"reward\":0}}],\
                     \"regret\":{score}}}\n"
                );
            }
        }
        text
    }

    fn lines(scores: &[&[f64]], keep: usize) -> (Vec<u64>, Selection) {
        let text = file(scores);
        let mut reader = Reader::new(text.as_bytes(), "test", Some(Measure::Given));
        let mut lines = Vec::new();
        let push = |kept: Kept| {
            lines.push(kept.line);
            Ok(())
        };
        let selection = select(&mut reader, "test", keep, push).unwrap().unwrap();
        (lines, selection)
    }

    /// The same as training selects.
    #[test]
    fn the_lowest_of_every_scenario_are_kept() {
        let scores: [&[f64]; 3] =
            [&[3.0, 1.0, 2.0, 1.0], &[-1.0, 0.0, -0.0, 5.0], &[2.0, 2.0, 2.0, 2.0]];
        for keep in 1..=4 {
            let (lines, selection) = lines(&scores, keep);
            let expected: Vec<u64> = (0..)
                .zip(scores)
                .flat_map(|(s, scores)| {
                    let best = Weighting::Equal.select(scores, keep).unwrap();
                    best.into_iter().map(move |(i, _)| 4 * s + i as u64 + 1)
                })
                .collect();
            assert_eq!(lines, expected, "keep {keep}");
            assert_eq!((selection.trajectories, selection.scenarios, selection.short), (12, 3, 0));
            assert_eq!(selection.kept, 3 * keep as u64);
        }
    }

    #[test]
    fn short_scenarios_are_kept_whole_and_counted() {
        let (lines, selection) = lines(&[&[2.0, 1.0], &[1.0, 2.0, 0.0], &[4.0]], 2);
        assert_eq!(lines, [2, 1, 5, 3, 6]);
        assert_eq!((selection.kept, selection.short), (5, 1));
        assert_eq!((selection.mean, selection.mean_kept), (10.0 / 6.0, 8.0 / 5.0));
    }

    #[test]
    fn nothing_to_keep_is_refused_or_told() {
        let mut reader = Reader::new(&b""[..], "test", None);
        assert!(select(&mut reader, "test", 0, |_| Ok(())).is_err());
        assert_eq!(select(&mut reader, "test", 1, |_| Ok(())).unwrap(), None);
    }
}
