//! What does supervised fine-tuning on oracle-labelled trajectories add to in-context learning, in tasks whose state is seen?
//!
//! Linear Markov decision processes with common features: a Transformer is pre-trained on behaviour that has nothing to do with
//! rewards (in-context learning only), then fine-tuned on the oracle's decisions; both are shown demonstrations of tasks that
//! they never met and asked for an action in every state at every step. Gaps to the optimum are exact. Beside them: random
//! play, the copy rule, controls that take away or spoil what the models were shown. Statements cited by id are in
//! paper_notes/planning_sft.md.

#[path = "sft_mdp/claims.rs"]
mod claims;
#[path = "shared/controls.rs"]
mod controls;
#[path = "sft_mdp/figures.rs"]
mod figures;
#[path = "shared/gains.rs"]
mod gains;
#[path = "shared/gap_panels.rs"]
mod gap_panels;
#[path = "shared/gaps.rs"]
mod gaps;
#[path = "sft_mdp/measure.rs"]
mod measure;
#[path = "sft_mdp/models.rs"]
mod models;
#[path = "sft_mdp/spoilt.rs"]
mod spoilt;
#[path = "shared/stages.rs"]
mod stages;

use lowregret::Result;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::linear_mdp::{Family, TaskLaw};
use lowregret::report::{Experiment, NoExtra, Page};
use serde::Serialize;

use controls::MYOPIC;
use gains::{COPY, ICL, RANDOM, SFT};
use gaps::{Gaps, Setting};
use measure::Exam;

/// States, actions, factors.
const SIZES: (usize, usize, usize) = (10, 4, 5);
/// Concentration of the features: most pairs have one factor.
const FEATURES: f64 = 0.1;
const TASKS: TaskLaw = TaskLaw { concentration: 0.1, reward_power: 6.0 };

const HORIZONS: [usize; 3] = [3, 6, 10];
const DEMONSTRATIONS: [usize; 4] = [1, 2, 4, 8];
/// (horizon, demonstrations) with equally many demonstrated decisions.
const EQUAL_TOKENS: [(usize, usize); 3] = [(3, 10), (6, 5), (10, 3)];

/// Everybody but controls.
const LEARNERS: [&str; 5] = [RANDOM, MYOPIC, COPY, ICL, SFT];

/// How much is computed.
#[derive(Serialize)]
struct Sizes {
    /// Steps of pre-training, and as many of fine-tuning.
    steps: usize,
    /// Tasks everybody is judged on.
    tasks: usize,
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "sft_mdp",
    question: "What does fine-tuning on the oracle's decisions add to in-context learning when the state is seen?",
    about: "Fine-tunes Transformers on the oracle's decisions in Markov decision processes, beside in-context learning alone.",
    notes: "planning_sft.md",
    timed: false,
    seeds: 1,
    seconds: 189,
    figures: &[(
        "sft_mdp",
        "(a to c) Gap to the optimal value against the number of demonstrations at three horizons: fine-tuned and \
             only pre-trained models beside random, myopic and copying play. (d) Gap against the horizon. (e) Controls \
             that take away or spoil what the models are shown. (f) Loss while training.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = if experiment.quick() {
        Sizes { steps: 40, tasks: 64 }
    } else {
        Sizes { steps: 1500, tasks: 512 }
    };
    experiment.config("sizes", &sizes)?;
    let family = family(0)?;
    let trained = models::train_all(experiment, &family, &sizes)?;
    let exam = Exam::new(&family, sizes.tasks, &Streams::new(experiment.seed()))?;
    let mut gaps = Gaps::default();
    let mut accuracies = Vec::new();
    let progress = experiment.progress("measure", (HORIZONS.len() + 1) as u64);
    for horizon in HORIZONS {
        let mut cells: Vec<Setting> =
            DEMONSTRATIONS.iter().map(|&k| Setting::of("demonstrations", horizon, k)).collect();
        let equal = EQUAL_TOKENS.iter().filter(|(h, _)| *h == horizon);
        cells.extend(equal.map(|&(h, k)| Setting::of("equal tokens", h, k)));
        for cell in cells {
            accuracies.extend(exam.measure(cell, &trained, &mut gaps)?);
        }
        progress.advance(1);
    }
    let other = Exam::new(&self::family(1)?, sizes.tasks, &Streams::new(experiment.seed()))?;
    spoilt::measure(&exam, &other, &trained, &mut gaps)?;
    progress.advance(1);
    progress.finish();
    experiment.csv("gaps.csv", &gaps.rows()?)?;
    experiment.csv("accuracy.csv", &accuracies)?;
    experiment.csv("history.csv", &trained.log().collect::<Vec<_>>())?;
    let settings: Vec<Setting> = settings().collect();
    experiment.csv("gains.csv", &gains::rows(&gaps, &settings)?)?;
    experiment.print(&gains::table(&gaps, &settings, &LEARNERS)?);
    experiment.print(&controls::table(&gaps, &spoilt::ALL, &spoilt::cells())?);
    experiment.figure("sft_mdp", &figures::figure(&gaps, &trained)?)?;
    claims::record(experiment, &gaps, &accuracies)?;
    let trends = gains::trends(experiment, &gaps, &claims::sweeps())?;
    experiment.csv("trends.csv", &trends)
}

/// Family `index`: 0 is the one that models are trained on.
fn family(index: usize) -> Result<Family> {
    let mut rng = Streams::new(0).stream(Purpose::Theory, 17, index, 0);
    Family::draw(SIZES, FEATURES, TASKS, &mut rng)
}

/// All settings of the page but controls.
fn settings() -> impl Iterator<Item = Setting> {
    let grid = HORIZONS
        .into_iter()
        .flat_map(|h| DEMONSTRATIONS.map(|k| Setting::of("demonstrations", h, k)));
    grid.chain(EQUAL_TOKENS.map(|(h, k)| Setting::of("equal tokens", h, k)))
}
