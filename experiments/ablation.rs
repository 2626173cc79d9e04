//! What matters in Iterative RMFT of a Transformer on bandits?
//!
//! Starts from one reference run and changes one thing at a time: how much is kept, by what score, on which data, with which
//! credit, model and base model; and sets supervised training beside it. The share of trajectories kept is a risk dial, which
//! a tabular policy shows without any network. Statements cited by id are in paper_notes/bandits.md.

#[path = "ablation/claims.rs"]
mod claims;
#[path = "ablation/dial.rs"]
mod dial;
#[path = "ablation/figures.rs"]
mod figures;
#[path = "shared/pooled.rs"]
mod pooled;
#[path = "shared/training.rs"]
mod training;
#[path = "ablation/variants.rs"]
mod variants;

use lowregret::Result;
use lowregret::report::{Experiment, NoExtra, Page, Table, table::number};
use serde::Serialize;

/// How much is computed.
#[derive(Clone, Copy, Serialize)]
pub struct Sizes {
    /// Iterations of 2048 trajectories of a variant.
    pub iterations: usize,
    /// Iterations of the lesson that makes a base model.
    pub base_iterations: usize,
    /// Iterations of the network's risk dial (K = 2, T = 25).
    pub dial_iterations: usize,
    /// Iterations of the table's.
    pub table_iterations: usize,
    /// Scenarios of an iteration of the table's.
    pub table_scenarios: usize,
    /// Training seeds of whatever a claim is about: the table's dial, the negative control, the reference, one-shot
    /// training and decision credit.
    pub seeds: usize,
    /// Training seeds of everything else.
    pub minor_seeds: usize,
    /// Evaluation scenarios of a network.
    pub scenarios: usize,
    /// Evaluation scenarios of a table.
    pub table_evaluation: usize,
    /// Tuning scenarios of a classical learner.
    pub tuning: usize,
}

impl Sizes {
    fn of(experiment: &Experiment) -> Self {
        if experiment.quick() {
            Self {
                iterations: 1,
                base_iterations: 1,
                dial_iterations: 2,
                table_iterations: 10,
                table_scenarios: 64,
                seeds: 1,
                minor_seeds: 1,
                scenarios: 128,
                table_evaluation: 2000,
                tuning: 50,
            }
        } else {
            Self {
                iterations: 40,
                base_iterations: 15,
                dial_iterations: 80,
                table_iterations: 120,
                table_scenarios: 256,
                seeds: experiment.three_seeds().len(),
                // As many as four minutes on two cores allow.
                minor_seeds: 1,
                scenarios: 4000,
                table_evaluation: 20_000,
                tuning: 2000,
            }
        }
    }

    /// The first `count` training seeds.
    pub fn seeds(experiment: &Experiment, count: usize) -> impl Iterator<Item = u64> + Clone {
        let first = experiment.seed();
        first..first + count as u64
    }
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "ablation",
    question: "What matters in Iterative RMFT of a Transformer on bandits?",
    about: "Changes one thing at a time in Iterative RMFT of a Transformer on Bernoulli bandits.",
    notes: "bandits.md",
    timed: false,
    seeds: 1,
    seconds: 207,
    figures: &[
        (
            "risk_dial",
            "Regret and suffix failure (never choosing the best arm in the second half) against the share of \
             trajectories kept, for a tabular policy (a, b) and a network (c, d). Points are training seeds, lines \
             their means.",
        ),
        (
            "variants",
            "Regret after 50 rounds when one thing of the reference run (dashed) is changed. Bars are 95 % intervals \
             over scenarios, small points training seeds.",
        ),
    ],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment);
    experiment.config("sizes", sizes)?;
    let dial = dial::measure(experiment, &sizes)?;
    let variants = variants::measure(experiment, &sizes)?;
    experiment.csv("dial.csv", &dial.rows)?;
    experiment.csv("variants.csv", &variants.rows()?)?;
    experiment.csv("history.csv", &variants.history)?;
    experiment.figure("risk_dial", &figures::risk_dial(&dial)?)?;
    experiment.figure("variants", &figures::variants(&variants)?)?;
    print_dial(experiment, &dial);
    print_variants(experiment, &variants)?;
    claims::record(experiment, &dial, &variants)
}

fn print_dial(experiment: &mut Experiment, dial: &dial::Dial) {
    let mut table = Table::new(&[
        "model",
        "ranked by",
        "k / L",
        "seed",
        "regret",
        "suffix failure",
        "switches",
    ]);
    for row in &dial.rows {
        table.push(vec![
            row.model.to_owned(),
            row.score.to_owned(),
            row.keep.map_or("-".to_owned(), |keep| format!("{keep}/{}", row.rollouts)),
            row.seed.map_or("-".to_owned(), |seed| seed.to_string()),
            format!("{:.3}", row.regret),
            format!("{:.3}", row.suffix_failure),
            row.switch_after_failure.map_or("-".to_owned(), |p| format!("{p:.2}")),
        ]);
    }
    experiment
        .note("\nThe share kept as a risk dial: tables K = 2, T = 8; networks K = 2, T = 25.");
    experiment.note("\"switches\": probability of another arm after the first one has failed.\n");
    experiment.print(&table);
}

fn print_variants(experiment: &mut Experiment, variants: &variants::Variants) -> Result<()> {
    let mut table = Table::new(&[
        "group",
        "variant",
        "seeds",
        "regret",
        "95 % interval",
        "over seeds",
        "minus reference",
        "suffix failure",
        "M steps",
    ]);
    for row in variants.summary()? {
        let pooled = &row.pooled;
        experiment.result(&format!("{}: {}", row.group, pooled.player), &row)?;
        table.push(vec![
            row.group.to_owned(),
            pooled.player.clone(),
            pooled.seeds.to_string(),
            format!("{:.2}", pooled.regret),
            format!("+- {:.2}", pooled.half_width),
            format!("{:.2} to {:.2}", pooled.least, pooled.most),
            format!("{:+.2}", row.minus_reference),
            format!("{:.2}", pooled.suffix_failure),
            number(row.steps as f64 / 1e6),
        ]);
    }
    experiment
        .note("Bernoulli, K = 5, T = 50. Mean over training seeds, interval over scenarios.\n");
    experiment.print(&table);
    Ok(())
}
