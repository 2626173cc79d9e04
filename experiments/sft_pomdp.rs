//! What does supervised fine-tuning on oracle-labelled trajectories add to in-context learning, when the state is hidden?
//!
//! Two families. Linear processes with common features behind a channel whose observability is turned from nothing to the class
//! of the state; and mazes in which a signal at the entrance has to be remembered to the end. A Transformer pre-trained on
//! behaviour (in-context learning only), and the same fine-tuned on the oracle's decisions, see demonstrations of new tasks and
//! then act after every sequence of observations. Gaps to the optimum are exact. Statements cited by id are in
//! paper_notes/planning_sft.md.

#[path = "sft_pomdp/claims.rs"]
mod claims;
#[path = "shared/controls.rs"]
mod controls;
#[path = "sft_pomdp/figures.rs"]
mod figures;
#[path = "shared/gains.rs"]
mod gains;
#[path = "shared/gap_panels.rs"]
mod gap_panels;
#[path = "shared/gaps.rs"]
mod gaps;
#[path = "shared/hidden_exam.rs"]
mod hidden_exam;
#[path = "shared/hidden_models.rs"]
mod hidden_models;
#[path = "sft_pomdp/plan.rs"]
mod plan;
#[path = "sft_pomdp/spoilt.rs"]
mod spoilt;
#[path = "shared/stages.rs"]
mod stages;

use lowregret::Result;
use lowregret::numeric::rng::Streams;
use lowregret::report::{Experiment, NoExtra, Page};
use serde::Serialize;

use controls::MYOPIC;
use gains::{COPY, ICL, RANDOM, SFT};
use gaps::Gaps;
use hidden_exam::{HiddenExam, ORACLE, QMDP};
use plan::{FACTORS, MAZE};

/// Everybody but controls and the oracle.
const LEARNERS: [&str; 6] = [RANDOM, MYOPIC, QMDP, COPY, ICL, SFT];

/// How much is computed.
#[derive(Serialize)]
struct Sizes {
    /// Steps of pre-training on linear processes.
    factor_pretraining: usize,
    /// Steps of fine-tuning on linear processes.
    factor_fine_tuning: usize,
    /// Steps of pre-training on mazes.
    maze_pretraining: usize,
    /// Steps of fine-tuning on mazes.
    maze_fine_tuning: usize,
    /// Tasks everybody is judged on.
    tasks: usize,
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "sft_pomdp",
    question: "What does fine-tuning on the oracle's decisions add to in-context learning when the state is hidden?",
    about: "Fine-tunes Transformers on the oracle's decisions in partially observed processes, beside in-context learning alone.",
    notes: "planning_sft.md",
    timed: false,
    seeds: 1,
    seconds: 261,
    figures: &[(
        "sft_pomdp",
        "Gap to the optimal value in random processes (a to d) and in a maze (e to h): against the number of \
             demonstrations, the observability and the horizon, and under controls that take away or spoil what the \
             models are shown. (i, j) Loss while training.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let steps = |full| if experiment.quick() { 25 } else { full };
    let sizes = Sizes {
        factor_pretraining: steps(1200),
        factor_fine_tuning: steps(1200),
        maze_pretraining: steps(1000),
        maze_fine_tuning: steps(2000),
        tasks: if experiment.quick() { 32 } else { 768 },
    };
    experiment.config("sizes", &sizes)?;
    let seeds = experiment.three_seeds();
    experiment.config("training_seeds", &seeds)?;
    let families = plan::families()?;
    let courses = plan::courses(&families, &sizes);
    let mut gaps = Gaps::default();
    let mut history = Vec::new();
    let streams = Streams::new(experiment.seed());
    for course in &courses {
        let trained = course.train(experiment, &seeds)?;
        let (settings, cells) = (plan::settings(course.name), spoilt::cells(course.name));
        let total = (settings.len() + cells.len()) as u64;
        let progress = experiment.progress(format!("measure {}", course.name), total);
        let (tokens, family) = (course.tokens(), plan::examined(course.name, &families));
        for setting in settings {
            let exam = plan::exam(family, setting, sizes.tasks, &streams)?;
            exam.classical(setting, &mut gaps)?;
            exam.judge(setting, ICL, trained.icl(), &tokens, &mut gaps)?;
            exam.judge(setting, SFT, trained.sft(), &tokens, &mut gaps)?;
            progress.advance(1);
        }
        for cell in cells {
            let draw = |family| plan::exam(family, cell, sizes.tasks, &streams);
            let other = plan::other(course.name, &families).map(draw).transpose()?;
            draw(family)?.controls(cell, other.as_ref(), (&trained, &tokens), &mut gaps)?;
            progress.advance(1);
        }
        progress.finish();
        history.extend(trained.log().cloned());
    }
    experiment.csv("gaps.csv", &gaps.rows()?)?;
    experiment.csv("history.csv", &history)?;
    let settings = [plan::settings(FACTORS), plan::settings(MAZE)].concat();
    experiment.csv("gains.csv", &gains::rows(&gaps, &settings)?)?;
    experiment.print(&gains::table(&gaps, &settings, &LEARNERS)?);
    experiment.print(&controls::table(&gaps, &spoilt::ALL, &spoilt::named_cells())?);
    experiment.figure("sft_pomdp", &figures::figure(&gaps, &history)?)?;
    claims::record(experiment, &gaps)?;
    let trends = gains::trends(experiment, &gaps, &claims::sweeps())?;
    experiment.csv("trends.csv", &trends)
}
