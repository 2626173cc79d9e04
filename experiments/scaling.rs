//! What do decisions, iterations and whole runs cost, and what does the cost grow with?
//!
//! Times are those of the machine at hand: they are not the same from run to run, unlike the numbers of all other pages.
//! What is claimed is counted (memory) or far from its target (growth with the history). Run it alone.

#[path = "scaling/claims.rs"]
mod claims;
#[path = "scaling/decisions.rs"]
mod decisions;
#[path = "scaling/figures.rs"]
mod figures;
#[path = "scaling/iterations.rs"]
mod iterations;

use std::time::Instant;

use lowregret::Result;
use lowregret::report::{Experiment, NoExtra, Page};
use serde::Serialize;

/// How much is measured.
#[derive(Clone, Copy, Serialize)]
pub struct Sizes {
    /// Longest history after which a decision is timed.
    pub longest: usize,
    /// Times that every sequence of decisions is played.
    pub passes: usize,
    /// Multiples of the base sizes of an iteration.
    pub factors: &'static [usize],
    /// Iterations that are timed of each size.
    pub repeats: usize,
    /// Horizons of whole runs, among the multiples of the base.
    pub horizons: &'static [usize],
    /// All iterations of a recipe are run, or this part of them.
    pub part_of_runs: usize,
}

impl Sizes {
    fn of(experiment: &Experiment) -> Self {
        if experiment.quick() {
            Self {
                longest: 2048,
                passes: 3,
                factors: &[1, 2, 4],
                repeats: 2,
                horizons: &[10, 20],
                part_of_runs: 20,
            }
        } else {
            Self {
                longest: 16384,
                passes: 7,
                factors: &[1, 2, 4, 8],
                repeats: 7,
                horizons: &[10, 20, 40],
                part_of_runs: 1,
            }
        }
    }
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "scaling",
    question: "What do decisions, iterations and whole runs cost, and what does the cost grow with?",
    about: "Times decisions after longer and longer histories, iterations of training at larger and larger sizes, and whole runs.",
    notes: "scaling.md",
    timed: true,
    seeds: 1,
    seconds: 55,
    figures: &[(
        "scaling",
        "(a) Time and (b) memory of a decision against the length of the history. (c, d) Time of an iteration of RMFT when \
         one size is multiplied, relative to the base. (e) Speed-up by threads. (f) Whole training runs, and what (c, d) \
         predict of them. Times of decisions and iterations are the least of several repeats on one machine; all times differ \
         from run to run.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment);
    experiment.config("sizes", sizes)?;
    let decisions = decisions::measure(experiment, &sizes)?;
    let iterations = iterations::measure(experiment, &sizes)?;
    let runs = iterations::whole_runs(experiment, &sizes, &iterations)?;
    experiment.csv("decisions.csv", &decisions)?;
    experiment.csv("iterations.csv", &iterations)?;
    experiment.csv("runs.csv", &runs)?;
    experiment.figure("scaling", &figures::figure(&decisions, &iterations, &runs))?;
    claims::record(experiment, &decisions, &iterations, &runs)
}

/// Seconds of the fastest of `repeats` runs of `work`, after one that does not count: whatever disturbs only slows down.
fn least_seconds(repeats: usize, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    let mut least = f64::INFINITY;
    for _ in 0..repeats {
        let start = Instant::now();
        work()?;
        least = least.min(start.elapsed().as_secs_f64());
    }
    Ok(least)
}
