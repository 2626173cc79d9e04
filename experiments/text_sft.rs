//! What does supervised fine-tuning on oracle-labelled transcripts add to in-context learning, if decision processes are told in
//! words?
//!
//! A small text model is fitted to transcripts of poor players in processes whose state is seen or hidden. A conversation holds
//! several plays of one process by one player, one after the other; so the base learns that players go on as they did. It is
//! then asked in held-out contexts about processes that it never met, with the oracle's plays of the same process before its
//! own: in-context learning only. Copies of it are first fine-tuned on such conversations in which the oracle plays all plays,
//! of other processes in training contexts, and asked the same; others, as a control, on more plays of poor players. The tables of a process are never told. Statements cited by id
//! are in paper_notes/text.md.

#[path = "text_sft/claims.rs"]
mod claims;
#[path = "text_sft/exam.rs"]
mod exam;
#[path = "text_sft/figures.rs"]
mod figures;
#[path = "text_sft/plan.rs"]
mod plan;
#[path = "text_sft/results.rs"]
mod results;
#[path = "shared/text_contexts.rs"]
mod text_contexts;

use lowregret::learner::text::job_seed;
use lowregret::learner::verbal::habit::Habit;
use lowregret::model::text::TextModel;
use lowregret::numeric::rng::Streams;
use lowregret::problem::verbal::context::{Library, Part};
use lowregret::report::{Experiment, NoExtra, Page};
use lowregret::train::supervised::StepReport;
use lowregret::train::text::base::{train_on, transcripts_in_a_row};
use lowregret::{Error, Result};
use serde::Serialize;

use exam::Exam;
use plan::{MDP, PLAYS, POMDP, Plan, SHOWN, SHOWN_ALWAYS};
use results::{Cell, ICL, MORE, MYOPIC, ORACLE, RANDOM, Results, SFT};

/// Steps whose mean loss is a row of the history.
const WINDOW: usize = 25;

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "text_sft",
    question: "What does fine-tuning on the oracle's transcripts add to in-context learning when processes are told in words?",
    about: "Fine-tunes a small text model on oracle-labelled transcripts of decision processes, beside in-context learning alone.",
    notes: "text.md",
    timed: false,
    seeds: 1,
    seconds: 560,
    figures: &[(
        "text_sft",
        "Decision processes told in words, held-out contexts and processes. (a, b) Gap to the optimal value against the number \
             of demonstrations, state seen and hidden: the base with demonstrations only, fine-tuned models (dot: on more plays of poor players instead of the oracle's), random and myopic \
             play. (c, d) Share of decisions that are optimal. (e, f) Both against the number of oracle-labelled transcripts with as many steps, \
             two demonstrations.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

/// Mean loss over some steps.
#[derive(Serialize)]
struct LossRow {
    learner: &'static str,
    problem: &'static str,
    transcripts: usize,
    seed: Option<u64>,
    step: usize,
    loss: f64,
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let plan = Plan::new(experiment.quick());
    experiment.config("plan", &plan)?;
    let seeds = experiment.three_seeds();
    experiment.config("tuning_seeds", &seeds)?;
    let library = text_contexts::library()?;
    let mut history = Vec::new();
    let base = pretrain(experiment, &plan, &library, &mut history)?;
    let mut results = Results::default();
    for problem in [MDP, POMDP] {
        let class = plan.class(problem, plan.horizon, Part::HeldOut);
        let exam = Exam::new(&class, &library, plan.scenarios, &Streams::new(experiment.seed()))?;
        for (learner, habit) in
            [(RANDOM, Habit::Uniform), (MYOPIC, Habit::Myopic), (ORACLE, Habit::Oracle)]
        {
            let cell = Cell { problem, learner, transcripts: 0, demonstrations: None };
            results.add(cell, None, exam.habit(habit)?);
        }
        let sizes = plan.transcripts.len();
        // Of every size, and of more of the base, one question; of the largest all.
        let total = (SHOWN.len() + seeds.len() * (SHOWN.len() + sizes)) as u64;
        let progress = experiment.progress(format!("tune and ask {problem}"), total);
        let mut ask = |model: &TextModel, cell: Cell, seed: Option<u64>, all: bool| {
            for shown in SHOWN.into_iter().filter(|shown| all || *shown == SHOWN_ALWAYS) {
                let cell = Cell { demonstrations: Some(shown), ..cell };
                let score = exam.ask(model, plan.sampling(), seed.unwrap_or(0), shown)?;
                results.add(cell, seed, score);
                progress.advance(1);
            }
            Ok::<(), Error>(())
        };
        let cell = Cell { problem, learner: ICL, transcripts: 0, demonstrations: None };
        ask(&base, cell, None, true)?;
        let most = plan.most_transcripts();
        for &seed in &seeds {
            let class = plan.class(problem, plan.horizon, Part::Training);
            let streams = Streams::new(seed);
            let all = exam::transcripts(&class, &library, most, &streams)?;
            let poor = exam::poor_transcripts(&plan, class, &library, &streams)?;
            let own = plan.transcripts.iter().map(|&(count, passes)| (SFT, &all[..count], passes));
            // As many steps, whatever the transcripts.
            let (_, passes) = plan.transcripts[plan.transcripts.len() - 1];
            for (learner, transcripts, passes) in own.chain([(MORE, &poor[..], passes)]) {
                let (mut model, count) = (base.clone(), transcripts.len());
                let mut log = Log::new((learner, problem, count, Some(seed)));
                plan.tuning(passes).fit(
                    &mut model,
                    transcripts,
                    job_seed(&streams, count),
                    |report| {
                        log.enter(report);
                        Ok(())
                    },
                )?;
                history.extend(log.rows());
                let cell = Cell { learner, transcripts: count, ..cell };
                ask(&model, cell, Some(seed), learner == SFT && count == most)?;
            }
        }
        progress.finish();
    }
    experiment.csv("gaps.csv", &results.rows()?)?;
    experiment.csv("history.csv", &history)?;
    experiment.print(&results.table()?);
    experiment.figure("text_sft", &figures::figure(&results, &plan)?)?;
    claims::record(experiment, &results, &plan)
}

/// The base: fitted to one to `PLAYS` plays of a scenario by one poor player.
fn pretrain(
    experiment: &mut Experiment,
    plan: &Plan,
    library: &Library,
    history: &mut Vec<LossRow>,
) -> Result<TextModel> {
    let (base, streams) = (plan.base(), Streams::new(experiment.seed()));
    experiment.config("base", &base)?;
    let played = transcripts_in_a_row(&base, PLAYS, library, &streams)?;
    let conversations = exam::conversations(&played);
    let progress = experiment.progress("train the base", base.steps as u64);
    let mut log = Log::new((ICL, "both", conversations.len(), None));
    let model = train_on(&base, &conversations, &streams, |report| {
        log.enter(report);
        progress.advance(1);
    })?;
    progress.finish();
    history.extend(log.rows());
    Ok(model)
}

/// Losses of a fit.
struct Log {
    /// Learner, problem, transcripts, seed.
    of: (&'static str, &'static str, usize, Option<u64>),
    reports: Vec<StepReport>,
}

impl Log {
    fn new(of: (&'static str, &'static str, usize, Option<u64>)) -> Self {
        Self { of, reports: Vec::new() }
    }

    fn enter(&mut self, report: &StepReport) {
        self.reports.push(*report);
    }

    /// A row a window.
    fn rows(&self) -> impl Iterator<Item = LossRow> {
        let (learner, problem, transcripts, seed) = self.of;
        self.reports.chunks(WINDOW).map(move |window| {
            let loss = window.iter().map(|report| report.loss).sum::<f64>() / window.len() as f64;
            let step = window.last().map_or(0, |report| report.step + 1);
            LossRow { learner, problem, transcripts, seed, step, loss }
        })
    }
}
