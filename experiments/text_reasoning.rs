//! What does practising in words owe to the reasoning that is imitated, and what to its many rounds?
//!
//! From one base, with the same numbers of plays and of steps: Iterative RMFT that imitates all that was said; the same that
//! imitates only the last line of each answer, the decision, so that the reasoning is given up; and all plays in one round.
//! Judged in contexts that no training has met. Statements cited by id are in paper_notes/text.md.

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
use lowregret::metrics::interval::{Estimate, highest_end};
use lowregret::metrics::verbal::Played;
use lowregret::problem::verbal::context::Part;
use lowregret::report::{Experiment, Figure, NoExtra, Page, Panel, Role};
use lowregret::train::text::Imitated;

use text_lines::lines;
use text_models::{ARMS, Exam, PRACTISED_ROUNDS, ROUNDS, Score, bandit, mean_by_scenario};
use text_practice::{Outcome, PRACTISED, Plan, Sizes, Way};

/// Only the last line of each answer is imitated, the decision: the reasoning is cut out of what is kept.
const DECISIONS: Way = Way {
    name: "practised, decisions only",
    role: Role::Extra1,
    imitated: Imitated::LastLines,
    at_once: false,
};
/// All plays in one round.
const AT_ONCE: Way = Way {
    name: "practised in one round",
    role: Role::Theory,
    imitated: Imitated::Answers,
    at_once: true,
};
const WAYS: [Way; 3] = [PRACTISED, DECISIONS, AT_ONCE];

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "text_reasoning",
    question: "What does practising in words owe to the reasoning that is imitated, and what to its many rounds?",
    about: "Imitates all that was said or decisions only, in many rounds or in one, with equal numbers of plays and steps.",
    notes: "text.md",
    timed: false,
    seeds: 1,
    seconds: 580,
    figures: &[(
        "text_reasoning",
        "Contexts that no training met, five arms, 30 rounds (practised: 20); a line a training seed, from the base at iteration 0; dots: as \
         many plays in one round. (a) Regret. (b) Share of plays that never choose the best arm in their second half. (c) \
         Counts written in the reasoning that are those of the history.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = if experiment.quick() {
        Sizes { iterations: 2, scenarios: 2, exam: 8, watched: 4, every: 2 }
    } else {
        Sizes { iterations: 8, scenarios: 24, exam: 160, watched: 64, every: 4 }
    };
    let (seed, seeds) = (experiment.seed(), experiment.three_seeds());
    let library = text_contexts::library()?;
    let base = text_models::train_base(experiment, text_models::bandits(), &library)?;
    let plan = Plan {
        ways: &WAYS,
        sizes: &sizes,
        seeds: &seeds,
        classes: &[bandit(ARMS, PRACTISED_ROUNDS, Part::Training)],
        judged: bandit(ARMS, ROUNDS, Part::HeldOut),
    };
    let practised = text_practice::practise(experiment, plan, &base, &library)?;
    let exam = Exam::new(bandit(ARMS, ROUNDS, Part::HeldOut), &library, sizes.exam, seed)?;
    let score = exam.sit("base", &base)?;
    let scores = text_practice::judge(&exam, &practised)?;
    let thompson = exam.learner("thompson")?;
    let rows = text_table::rows(&score, &practised, &scores, std::slice::from_ref(&thompson))?;
    experiment.csv("players.csv", &rows)?;
    let history: Vec<_> = practised.iter().flat_map(|outcome| &outcome.history).collect();
    experiment.csv("iterations.csv", &history)?;
    text_table::print(experiment, &rows);
    experiment.figure("text_reasoning", &figure(&practised, &thompson)?)?;
    record(experiment, &scores)
}

fn figure(practised: &[Outcome], thompson: &Played) -> Result<Figure> {
    let panel = |title: &str, label: &str| Panel::new(title).x("iteration").y(label);
    let regret = panel("Regret", "regret after 30 rounds").y_range(0.0, 18.0);
    let regret = lines(regret, practised, |point| point.regret).horizontal(
        "thompson",
        Role::Ftrl,
        Estimate::of(&thompson.regret)?.mean,
    );
    let failure = panel("Suffix failures", "share of plays");
    let failure = lines(failure, practised, |point| point.suffix_failure);
    let right = panel("Counts in the reasoning that are right", "share of counts");
    let right = lines(right, practised, |point| point.counts_right);
    let figure = Figure::new(3).shared_legend();
    Ok([regret, failure, right].into_iter().fold(figure, Figure::panel))
}

/// Differences of regret, paired by seed of practice and scenario. Of several seeds the worst decides.
fn record(experiment: &mut Experiment, scores: &[Score]) -> Result<()> {
    let of = |way: Way| scores.iter().filter(move |score| score.played.player == way.name);
    let mean = |way| mean_by_scenario(of(way));
    for (id, way, statement) in [
        (
            "TEXT-P4",
            AT_ONCE,
            "regret of many rounds minus that of one with as many plays and steps",
        ),
        (
            "TEXT-P5",
            DECISIONS,
            "regret with all that was said imitated minus that with decisions only",
        ),
    ] {
        let pairs = of(PRACTISED).zip(of(way));
        let differences = pairs
            .map(|(a, b)| Estimate::difference(&a.played.regret, &b.played.regret))
            .collect::<Result<Vec<_>>>()?;
        let high = highest_end(&differences);
        let statement = format!("{statement}, upper end of the interval, worst seed");
        experiment.claim(id, statement, high, "< 0", high < 0.0);
        experiment.result(id, Estimate::difference(&mean(PRACTISED), &mean(way))?)?;
        experiment.result(&format!("{id}/seeds"), differences)?;
    }
    Ok(())
}
