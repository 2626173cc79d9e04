//! Where does it hold what a text model has practised?
//!
//! A base that can talk about bandits, drifting bandits and full information practises one problem of each kind by Iterative
//! RMFT in words. It meets them again in contexts that no training met, and other horizons, numbers of arms, reward laws
//! and adversaries, beside classical learners. Statements cited by id are in paper_notes/text.md.

#[path = "text_generalization/figures.rs"]
mod figures;
#[path = "text_generalization/problems.rs"]
mod problems;
#[path = "text_generalization/results.rs"]
mod results;
#[path = "shared/text_contexts.rs"]
mod text_contexts;
#[path = "shared/text_models.rs"]
mod text_models;
#[path = "shared/text_practice.rs"]
mod text_practice;

use lowregret::Result;
use lowregret::problem::verbal::context::Part;
use lowregret::report::{Experiment, NoExtra, Page};

use results::Judged;
use text_models::{ARMS, Exam, PRACTISED_ROUNDS};
use text_practice::{Outcome, PRACTISED, Plan, Sizes};

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "text_generalization",
    question: "Where does it hold what a text model has practised?",
    about: "Plays a text model that practised three problems in words on others, in contexts that it has never met.",
    notes: "text.md",
    timed: false,
    seeds: 1,
    seconds: 780,
    figures: &[(
        "text_generalization",
        "Contexts that no training met; an asterisk marks problems that were practised, in other contexts. (a) Regret a round: \
         base, practised models (a dot a training seed), two classical learners a problem. (b) Regret a round of the practised \
         minus that of the base on the same scenarios: mean over seeds with its 95 % interval over scenarios (bar), and every seed (dots); \
         left of the line is better.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = if experiment.quick() {
        Sizes { iterations: 1, scenarios: 6, exam: 6, watched: 6, every: 2 }
    } else {
        Sizes { iterations: 16, scenarios: 48, exam: 192, watched: 48, every: 4 }
    };
    let (seed, seeds) = (experiment.seed(), experiment.three_seeds());
    let library = text_contexts::library()?;
    let base = text_models::train_base(experiment, problems::told(), &library)?;
    let plan = Plan {
        ways: &[PRACTISED],
        sizes: &sizes,
        seeds: &seeds,
        classes: &problems::practised(),
        judged: text_models::bandit(ARMS, PRACTISED_ROUNDS, Part::HeldOut),
    };
    let practised = text_practice::practise(experiment, plan, &base, &library)?;
    let problems = problems::met();
    let progress = experiment.progress("judge", problems.len() as u64);
    let mut all = Vec::new();
    for problem in problems {
        let exam = Exam::new(problem.class.clone(), &library, sizes.exam, seed)?;
        let base = exam.sit("base", &base)?;
        let practised =
            seeds.iter().copied().zip(text_practice::judge(&exam, &practised)?).collect();
        let learners = problem.learners.map(|name| exam.learner(name));
        let learners = learners.into_iter().collect::<Result<_>>()?;
        all.push(Judged::new(problem, base, practised, learners)?);
        progress.advance(1);
    }
    progress.finish();
    let mut rows = Vec::new();
    for judged in &all {
        rows.extend(judged.rows()?);
    }
    experiment.csv("regret.csv", &rows)?;
    let history: Vec<_> = practised.iter().flat_map(|outcome| &outcome.history).collect();
    experiment.csv("iterations.csv", &history)?;
    let Outcome { seed, model, .. } = &practised[0];
    experiment.file(&format!("weights/practised_seed{seed}.safetensors"), model.to_bytes()?)?;
    results::print(experiment, &all)?;
    experiment.figure("text_generalization", &figures::figure(&all)?)?;
    results::record(experiment, &all)
}
