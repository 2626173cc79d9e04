//! Where does it hold what a text model has practised?
//!
//! A base that can talk about bandits, drifting bandits and full information practises one problem of each kind by Iterative
//! RMFT in words. It meets them again in contexts that no training met, and other horizons, numbers of arms, reward laws
//! and adversaries, beside classical learners. Statements cited by id are in paper_notes/text.md.

#[path = "text_generalization/figures.rs"]
mod figures;
#[path = "text_generalization/problems.rs"]
mod problems;
#[path = "shared/text_models.rs"]
mod text_models;
#[path = "shared/text_practice.rs"]
mod text_practice;

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::problem::verbal::context::Part;
use lowregret::report::{Experiment, NoExtra, Page, Table, table::plus_minus};
use serde::Serialize;

use problems::Problem;
use text_models::{ARMS, Exam, PRACTISED_ROUNDS, Score, mean_by_scenario};
use text_practice::{Outcome, PRACTISED, Plan, Sizes};

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "text_generalization",
    question: "Where does it hold what a text model has practised?",
    about: "Plays a text model that practised three problems in words on others, in contexts that it has never met.",
    notes: "text.md",
    timed: false,
    seeds: 1,
    seconds: 800,
    figures: &[(
        "text_generalization",
        "Contexts that no training met; an asterisk marks problems that were practised, in other contexts. (a) Regret a round: \
         base, practised models (a dot a training seed), two classical learners a problem. (b) Regret of the practised minus \
         that of the base on the same scenarios, mean over seeds with its 95 % interval; left of the line is better.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

/// Everybody on a problem.
struct Judged {
    problem: Problem,
    base: Score,
    practised: Vec<Score>,
    learners: Vec<Estimate>,
    /// Mean over the seeds minus the base.
    difference: Estimate,
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = if experiment.quick() {
        Sizes { iterations: 1, scenarios: 6, exam: 6, watched: 6, every: 2 }
    } else {
        Sizes { iterations: 8, scenarios: 48, exam: 96, watched: 48, every: 4 }
    };
    let (seed, seeds) = (experiment.seed(), experiment.three_seeds());
    let library = text_models::library()?;
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
        let (base, practised) = (exam.sit("base", &base)?, exam.judge(&practised)?);
        progress.advance(1);
        let learner = |name| Estimate::of(&exam.learner(name)?.regret);
        let learners = problem.learners.into_iter().map(learner).collect::<Result<_>>()?;
        let mean = mean_by_scenario(&practised);
        let difference = Estimate::difference(&mean, &base.played.regret)?;
        all.push(Judged { problem, base, practised, learners, difference });
    }
    progress.finish();
    let rows = all.iter().flat_map(rows).collect::<Vec<_>>();
    experiment.csv("regret.csv", &rows)?;
    let history: Vec<_> = practised.iter().flat_map(|outcome| &outcome.history).collect();
    experiment.csv("iterations.csv", &history)?;
    for Outcome { seed, model, .. } in &practised {
        experiment.file(&format!("weights/practised_seed{seed}.safetensors"), model.to_bytes()?)?;
    }
    print(experiment, &all);
    experiment.figure("text_generalization", &figures::figure(&all))?;
    record(experiment, &all);
    Ok(())
}

/// A player on a problem.
#[derive(Serialize)]
struct Row<'a> {
    problem: &'a str,
    practised: bool,
    player: &'a str,
    regret: f64,
    suffix_failure: Option<f64>,
    unparsed: Option<f64>,
    counts_right: Option<f64>,
    scenarios: usize,
}

fn rows(judged: &Judged) -> impl Iterator<Item = Row<'_>> {
    let Judged { problem, base, practised, learners, .. } = judged;
    let row = |score: &'_ Score, player| Row {
        problem: problem.name,
        practised: problem.practised,
        player,
        regret: score.regret(),
        suffix_failure: Some(score.failure()).filter(|failure| failure.is_finite()),
        unparsed: Some(score.unparsed.rate()),
        counts_right: Some(score.agreement.rate()),
        scenarios: score.played.regret.len(),
    };
    let of_learner = |(player, regret): (&&'static str, &Estimate)| Row {
        problem: problem.name,
        practised: problem.practised,
        player,
        regret: regret.mean,
        suffix_failure: None,
        unparsed: None,
        counts_right: None,
        scenarios: regret.n,
    };
    let mut rows = vec![row(base, "base")];
    rows.extend(practised.iter().map(|score| row(score, PRACTISED.name)));
    rows.extend(problem.learners.iter().zip(learners).map(of_learner));
    rows.into_iter()
}

fn print(experiment: &Experiment, all: &[Judged]) {
    let mut table = Table::new(&["problem", "base", "practised - base", "learners", "unparsable"]);
    for Judged { problem, base, learners, difference, practised } in all {
        let told = |(name, regret): (&&str, &Estimate)| format!("{name} {:.2}", regret.mean);
        let learners: Vec<String> = problem.learners.iter().zip(learners).map(told).collect();
        let unparsed = practised.iter().map(|score| score.unparsed.rate()).sum::<f64>();
        table.push(vec![
            problem.name.to_owned(),
            format!("{:.2}", base.regret()),
            plus_minus(difference.mean, difference.half_width()),
            learners.join(", "),
            format!("{:.2} %", 100.0 * unparsed / practised.len() as f64),
        ]);
    }
    experiment.print(&table);
}

/// A claim a problem: practice lowers regret.
fn record(experiment: &mut Experiment, all: &[Judged]) {
    for Judged { problem, difference, .. } in all {
        let high = difference.high.unwrap_or(f64::NAN);
        let name = problem.name;
        let statement = format!(
            "{name}: regret of the practised minus the base's, mean over seeds, upper end of the interval"
        );
        let id = format!("TEXT-G1/{}", name.replace(", ", "-").replace(' ', "-"));
        experiment.claim(id, statement, high, "< 0", high < 0.0);
    }
}
