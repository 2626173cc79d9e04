//! What does supervised fine-tuning on oracle-labelled trajectories add to in-context learning, when the model is ambiguous?
//!
//! Clouds of three partially observed processes with common features; the oracle judges an action by a weighted mean of the worst
//! and the best model, anew in every step, and each model keeps its own belief (the history form). A Transformer pre-trained on
//! behaviour (in-context learning only), and the same fine-tuned on the oracle's decisions, see demonstrations of new clouds and
//! then act after every sequence of observations. Gaps to the optimum, in the value so judged, are exact. Statements cited by id
//! are in paper_notes/planning_sft.md.

#[path = "sft_apomdp/claims.rs"]
mod claims;
#[path = "shared/controls.rs"]
mod controls;
#[path = "sft_apomdp/figures.rs"]
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
#[path = "sft_apomdp/others.rs"]
mod others;
#[path = "sft_apomdp/plan.rs"]
mod plan;
#[path = "shared/stages.rs"]
mod stages;

use lowregret::Result;
use lowregret::numeric::rng::Streams;
use lowregret::report::{Experiment, NoExtra, Page};
use serde::Serialize;

use controls::MYOPIC;
use gains::{COPY, ICL, RANDOM, SFT};
use gaps::Gaps;
use hidden_exam::{ORACLE, QMDP};
use others::{NOMINAL, ROBUST};

/// Everybody but controls and the oracle.
const LEARNERS: [&str; 8] = [RANDOM, MYOPIC, QMDP, NOMINAL, ROBUST, COPY, ICL, SFT];

/// Models of a cloud.
const MODELS: usize = 3;

/// How much is computed.
#[derive(Serialize)]
struct Sizes {
    /// Steps of pre-training.
    pretraining: usize,
    /// Steps of fine-tuning.
    fine_tuning: usize,
    /// Tasks everybody is judged on.
    tasks: usize,
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "sft_apomdp",
    question: "What does fine-tuning on the oracle's decisions add to in-context learning when the model is ambiguous?",
    about: "Fine-tunes Transformers on the oracle's decisions in ambiguous processes, beside in-context learning alone.",
    notes: "planning_sft.md",
    timed: false,
    seeds: 1,
    seconds: 111,
    figures: &[(
        "sft_apomdp",
        "Gap to the optimal value (a) against the number of demonstrations, (b, c) the radius of ambiguity, (d) the \
             weight of the worst model and (e) the horizon, beside planners for the nominal and the worst model. (f) \
             Loss while training.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = if experiment.quick() {
        Sizes { pretraining: 25, fine_tuning: 25, tasks: 32 }
    } else {
        Sizes { pretraining: 1200, fine_tuning: 1200, tasks: 768 }
    };
    experiment.config("sizes", &sizes)?;
    let seeds = experiment.three_seeds();
    experiment.config("training_seeds", &seeds)?;
    let (family, other) = (hidden_models::factors(0, MODELS)?, hidden_models::factors(1, MODELS)?);
    let course = plan::course(&family, &sizes);
    let trained = course.train(experiment, &seeds)?;
    let mut gaps = Gaps::default();
    let streams = Streams::new(experiment.seed());
    let settings = plan::settings();
    let progress = experiment.progress("measure", settings.len() as u64);
    let tokens = course.tokens();
    for &setting in &settings {
        let draw = |family| plan::exam(family, setting, sizes.tasks, &streams);
        let exam = draw(&family)?;
        exam.classical(setting, &mut gaps)?;
        others::planners(&exam, setting, &mut gaps)?;
        exam.judge(setting, ICL, trained.icl(), &tokens, &mut gaps)?;
        exam.judge(setting, SFT, trained.sft(), &tokens, &mut gaps)?;
        if plan::CONTROLLED.map(plan::usual).contains(&setting) {
            others::misled(&exam, setting, (&trained, &tokens), &mut gaps)?;
            exam.controls(setting, Some(&draw(&other)?), (&trained, &tokens), &mut gaps)?;
        }
        progress.advance(1);
    }
    progress.finish();
    let history: Vec<_> = trained.log().collect();
    experiment.csv("gaps.csv", &gaps.rows()?)?;
    experiment.csv("history.csv", &history)?;
    experiment.csv("gains.csv", &gains::rows(&gaps, &settings)?)?;
    experiment.print(&gains::table(&gaps, &settings, &LEARNERS)?);
    let cells = plan::CONTROLLED.map(|k| (format!("usual setting, K {k}"), plan::usual(k)));
    experiment.print(&controls::table(&gaps, &others::CONTROLS, &cells)?);
    experiment.figure("sft_apomdp", &figures::figure(&gaps, &history)?)?;
    claims::record(experiment, &gaps)?;
    let trends = gains::trends(experiment, &gaps, &claims::sweeps())?;
    experiment.csv("trends.csv", &trends)
}
