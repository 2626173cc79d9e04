//! What does a Transformer that practised one bandit problem do on others?
//!
//! Trains models on Bernoulli bandits (K = 5, T = 50) and plays them, unchanged, at longer horizons, with other reward laws,
//! gaps and numbers of arms, and with the feedback of full information; and models of full information on bandits. Every
//! problem has baselines tuned for it, and one tuned for the training problem only, which is as much at home as the models.

#[path = "generalization/claims.rs"]
mod claims;
#[path = "generalization/feedback.rs"]
mod feedback;
#[path = "generalization/figures.rs"]
mod figures;
#[path = "generalization/models.rs"]
mod models;
#[path = "shared/pooled.rs"]
mod pooled;
#[path = "generalization/problems.rs"]
mod problems;
#[path = "shared/training.rs"]
mod training;

use lowregret::Result;
use lowregret::metrics::comparison::{Comparison, ComparisonRow};
use lowregret::report::{Experiment, NoExtra, Page, Table};
use serde::Serialize;

/// How much is computed.
#[derive(Clone, Copy, Serialize)]
pub struct Sizes {
    /// Iterations of 2048 trajectories of a bandit model.
    pub iterations: usize,
    /// Iterations of a model of full information.
    pub full_information_iterations: usize,
    /// Training seeds of the main models.
    pub seeds: usize,
    /// Training seeds of models with positions.
    pub position_seeds: usize,
    /// Evaluation scenarios of every problem.
    pub scenarios: usize,
    /// Tuning scenarios of every problem.
    pub tuning: usize,
}

impl Sizes {
    fn of(experiment: &Experiment) -> Self {
        if experiment.quick() {
            Self {
                iterations: 1,
                full_information_iterations: 4,
                seeds: 1,
                position_seeds: 1,
                scenarios: 64,
                tuning: 10,
            }
        } else {
            Self {
                iterations: 44,
                full_information_iterations: 200,
                seeds: experiment.seeds().len().max(3),
                position_seeds: 1,
                scenarios: 2000,
                tuning: 1000,
            }
        }
    }
}

/// Everybody on one problem.
pub struct Setting {
    pub problem: problems::Problem,
    pub comparison: Comparison,
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "generalization",
    question: "What does a Transformer that practised one bandit problem do on others?",
    about: "Plays Transformers that practised one bandit problem on others, beside learners tuned for each.",
    notes: "bandits.md",
    timed: false,
    seeds: 1,
    seconds: 107,
    figures: &[
        (
            "generalization",
            "Regret as a multiple of that of UCB1 tuned for the problem: (a) longer horizons, (b) other reward laws, \
             (c) gaps, (d) fewer arms. Models' bars span their training seeds, others' are 95 % intervals; whatever \
             exceeds 2 is not shown.",
        ),
        (
            "feedback",
            "(a) Models with different codes of position at horizons beyond their own. (b, c) Models of bandits and of \
             full information under either feedback, a point a training seed.",
        ),
    ],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment);
    experiment.config("sizes", sizes)?;
    let models = models::train(experiment, &sizes)?;
    let settings = problems::measure(experiment, &sizes, &models)?;
    let feedback = feedback::measure(experiment, &sizes, &models)?;
    let rows: Vec<ComparisonRow> = settings
        .iter()
        .map(|setting| setting.comparison.rows(setting.problem.name))
        .collect::<Result<Vec<_>>>()?
        .concat();
    experiment.csv("regret.csv", &rows)?;
    experiment.csv("full_information.csv", &feedback.rows)?;
    experiment.csv("history.csv", &models.history)?;
    experiment.figure("generalization", &figures::bandits(&settings)?)?;
    experiment.figure("feedback", &figures::feedback(&settings, &feedback)?)?;
    print(experiment, &settings)?;
    feedback.print(experiment);
    claims::record(experiment, &settings, &feedback)
}

/// One line a problem and player: mean over seeds.
fn print(experiment: &mut Experiment, settings: &[Setting]) -> Result<()> {
    let mut table =
        Table::new(&["problem", "player", "seeds", "regret", "over seeds", "suffix failure"]);
    for setting in settings {
        for line in problems::lines(setting)? {
            experiment.result(&format!("{}: {}", setting.problem.name, line.player), &line)?;
            table.push(vec![
                setting.problem.name.to_owned(),
                line.player.clone(),
                line.seeds.to_string(),
                format!("{:.2} +- {:.2}", line.regret, line.half_width),
                format!("{:.2} to {:.2}", line.least, line.most),
                format!("{:.2}", line.suffix_failure),
            ]);
        }
    }
    experiment.note("Mean over training seeds, 95 % interval over scenarios.\n");
    experiment.print(&table);
    Ok(())
}
