//! Does a text model that explores badly become a good bandit player by imitating its own best conversations?
//!
//! A small text model learns to talk from plays of poor habits, told in contexts of training, and practises by Iterative RMFT
//! in words: it plays 20 rounds, the half of its plays with the lower regret are kept, it imitates what it said in them. Everybody
//! is judged over 30 rounds in contexts that no training has met, beside classical learners. Statements cited by id are in
//! paper_notes/text.md.

#[path = "text_bandit/claims.rs"]
mod claims;
#[path = "text_bandit/figures.rs"]
mod figures;
#[path = "shared/text_contexts.rs"]
mod text_contexts;
#[path = "shared/text_lines.rs"]
mod text_lines;
#[path = "shared/text_models.rs"]
mod text_models;
#[path = "shared/text_practice.rs"]
mod text_practice;
#[path = "shared/text_table.rs"]
mod text_table;

use lowregret::Result;
use lowregret::metrics::verbal::Played;
use lowregret::problem::verbal::context::Part;
use lowregret::report::{Experiment, NoExtra, Page};

use text_models::{ARMS, Exam, PRACTISED_ROUNDS, ROUNDS, SHIFT, bandit};
use text_practice::{PRACTISED, Plan, Sizes};

const LEARNERS: [&str; 5] = ["ucb1", "thompson", "greedy", "uniform", SHIFT];

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "text_bandit",
    question: "Does a text model become a good bandit player by imitating what it said in its own best plays?",
    about: "Trains a text model on bandits told in words by Iterative RMFT and plays it beside classical learners.",
    notes: "text.md",
    timed: false,
    seeds: 1,
    seconds: 770,
    figures: &[(
        "text_bandit",
        "Contexts that no training met, five arms, 30 rounds (practised: 20); a line a training seed, from the base at \
         iteration 0. (a) Regret. (b) Share of plays that never choose the best arm in their second half. (c) Answers that could not be \
         read. (d) Counts written in the reasoning that are those of the history.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = if experiment.quick() {
        Sizes { iterations: 2, scenarios: 4, exam: 12, watched: 6, every: 1 }
    } else {
        Sizes { iterations: 12, scenarios: 64, exam: 192, watched: 64, every: 2 }
    };
    let (seed, seeds) = (experiment.seed(), experiment.three_seeds());
    let library = text_contexts::library()?;
    let base = text_models::train_base(experiment, text_models::bandits(), &library)?;
    let plan = Plan {
        ways: &[PRACTISED],
        sizes: &sizes,
        seeds: &seeds,
        classes: &[bandit(ARMS, PRACTISED_ROUNDS, Part::Training)],
        judged: bandit(ARMS, ROUNDS, Part::HeldOut),
    };
    let practised = text_practice::practise(experiment, plan, &base, &library)?;
    let exam = |part| Exam::new(bandit(ARMS, ROUNDS, part), &library, sizes.exam, seed);
    let (known, exam) = (exam(Part::Training)?, exam(Part::HeldOut)?);
    let score = exam.sit("base", &base)?;
    let scores = text_practice::judge(&exam, &practised)?;
    let known = [known.sit("base", &base)?, known.sit("practised", &practised[0].model)?];
    experiment.result("regret_in_training_contexts", known.map(|score| score.regret()))?;
    let learners: Vec<Played> =
        LEARNERS.iter().map(|name| exam.learner(name)).collect::<Result<_>>()?;
    let rows = text_table::rows(&score, &practised, &scores, &learners)?;
    experiment.csv("players.csv", &rows)?;
    let history: Vec<_> = practised.iter().flat_map(|outcome| &outcome.history).collect();
    experiment.csv("iterations.csv", &history)?;
    experiment.file("weights/base.safetensors", base.to_bytes()?)?;
    for outcome in &practised {
        let name = format!("weights/practised_seed{}.safetensors", outcome.seed);
        experiment.file(&name, outcome.model.to_bytes()?)?;
    }
    text_table::print(experiment, &rows);
    experiment.figure("text_bandit", &figures::figure(&practised, &learners)?)?;
    claims::record(experiment, &score, &scores, &learners)
}
