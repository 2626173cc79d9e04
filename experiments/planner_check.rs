//! Do the planners for partially observed and ambiguous processes give the values that are known?
//!
//! Classics against published values, random families against each other and against what must hold for any process,
//! and clouds of models against the structure of ambiguous values. Statements cited by id are in
//! paper_notes/planning.md.

#[path = "planner_check/ambiguity.rs"]
mod ambiguity;
#[path = "planner_check/endless.rs"]
mod endless;
#[path = "planner_check/families.rs"]
mod families;
#[path = "planner_check/figures.rs"]
mod figures;
#[path = "planner_check/tiger.rs"]
mod tiger;

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::report::{Experiment, NoExtra, Page};
use serde::Serialize;

/// One value of one problem.
#[derive(Serialize)]
struct Value {
    problem: &'static str,
    discount: f64,
    /// Steps; empty for an endless horizon.
    horizon: Option<usize>,
    planner: &'static str,
    value: f64,
    /// What is known, and from where.
    reference: Option<f64>,
    source: &'static str,
}

/// A mean over random processes.
#[derive(Serialize)]
struct Mean {
    family: &'static str,
    /// The knob that is turned: observability, or the radius of the cloud.
    knob: f64,
    /// Weight of the worst model; empty where there is only one.
    pessimism: Option<f64>,
    policy: &'static str,
    mean: f64,
    low: Option<f64>,
    high: Option<f64>,
    processes: usize,
}

impl Mean {
    fn of(
        family: &'static str,
        knob: f64,
        pessimism: Option<f64>,
        policy: &'static str,
        values: &[f64],
    ) -> Result<Self> {
        let Estimate { mean, low, high, n } = Estimate::of(values)?;
        Ok(Self { family, knob, pessimism, policy, mean, low, high, processes: n })
    }
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "planner_check",
    question: "Do the planners for partially observed and ambiguous processes give the values that are known?",
    about: "Solves known and random POMDPs and ambiguous POMDPs with every planner.",
    notes: "planning.md",
    timed: false,
    seeds: 1,
    seconds: 2,
    figures: &[(
        "planner_check",
        "(a) The tiger's optimal value against the number of steps. (b) Bounds from both sides on the 4x3 grid, \
             until they meet. (c) Value of optimal play in random processes against observability. (d) What the nominal \
             model's policy loses when the model is ambiguous. Bars are 95 % intervals over processes.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let mut values = tiger::check(experiment)?;
    let solved = endless::check(experiment, &mut values)?;
    let mut means = families::check(experiment)?;
    means.extend(ambiguity::check(experiment)?);
    experiment.csv("values.csv", &values)?;
    experiment.csv("means.csv", &means)?;
    experiment.csv("bounds.csv", &endless::rows(&solved))?;
    experiment.figure("planner_check", &figures::figure(&values, &solved, &means))
}

/// The largest of some deviations, infinite if one of them is no number.
fn largest(deviations: impl IntoIterator<Item = f64>) -> f64 {
    deviations.into_iter().fold(0.0, |most, d| if d.is_nan() { f64::INFINITY } else { most.max(d) })
}

/// Seconds that something took, and what came of it.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let started = std::time::Instant::now();
    let outcome = work();
    (started.elapsed().as_secs_f64(), outcome)
}
