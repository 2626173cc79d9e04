//! Does Iterative RMFT turn a single linear-attention layer with random weights into a no-regret learner, and is that
//! learner FTRL with the step size that theory predicts?
//!
//! Trains one layer per horizon and seed on the balanced family, holds it against FTRL number by number, and repeats the
//! training with rewards that trajectories do not share. Statements cited by id are in paper_notes/rmft.md.

#[path = "single_layer_noregret/claims.rs"]
mod claims;
#[path = "single_layer_noregret/figures.rs"]
mod figures;
#[path = "single_layer_noregret/judge.rs"]
mod judge;
#[path = "single_layer_noregret/measure.rs"]
mod measure;
#[path = "single_layer_noregret/rows.rs"]
mod rows;

use lowregret::Result;
use lowregret::report::{Experiment, NoExtra, Page, Table, table::number};
use measure::{Fresh, HorizonResult, Sizes};

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "single_layer_noregret",
    question: "Does a single linear-attention layer with random weights become a no-regret learner, and is it FTRL with the step size that theory predicts?",
    about: "Trains a single linear-attention layer by Iterative RMFT and holds it against FTRL, number by number.",
    notes: "rmft.md",
    timed: false,
    seeds: 3,
    seconds: 67,
    figures: &[
        (
            "noregret",
            "(a) Regret round by round within a horizon of 40: the trained layer runs beneath the dashed line of the \
             best-tuned FTRL. (b) Final regret against the horizon, with fitted exponents. (c) The learned step size \
             beside the rest point of the selection map and the regret-optimal step.",
        ),
        (
            "structure",
            "(a, b) The layer's matrix before and after training. (c) Its distance to FTRL while training, a line a \
             seed. (d, e) Step size and regret when the rollouts of a scenario share their rewards, and when each meets \
             its own. (f) Iterations until the step size is within 10 % of its final value.",
        ),
    ],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment.quick());
    experiment.config("sizes", &sizes)?;
    experiment.config("dimension", measure::D)?;
    for &horizon in &sizes.horizons {
        experiment.config(&format!("rmft_t{horizon}"), sizes.recipe(horizon))?;
    }
    experiment.config("rmft_ablation", measure::ablation_recipe(&sizes))?;
    let horizons: Vec<HorizonResult> = sizes
        .horizons
        .iter()
        .map(|&horizon| measure::horizon(experiment, &sizes, horizon))
        .collect::<Result<_>>()?;
    let fresh = measure::fresh_rewards(experiment, &sizes)?;
    write_tables(experiment, &horizons, &fresh)?;
    experiment.figure("noregret", &figures::no_regret(&horizons, sizes.shown))?;
    experiment.figure("structure", &figures::structure(&horizons, &fresh, sizes.shown))?;
    print_headline(experiment, &horizons);
    claims::record(experiment, &sizes, &horizons, &fresh)
}

fn print_headline(experiment: &Experiment, horizons: &[HorizonResult]) {
    let mut headline = Table::new(&[
        "T",
        "eta*sqrt(T)",
        "best-tuned",
        "rest point",
        "off-isotropy",
        "bias/eta",
        "u/s",
        "regret: layer",
        "FTRL tuned",
        "Hedge tuned",
        "FTL",
        "never moves",
        "untrained",
    ]);
    for h in horizons {
        let root = (h.horizon as f64).sqrt();
        let mean = |f: &dyn Fn(&measure::SeedResult) -> f64| {
            h.seeds.iter().map(f).sum::<f64>() / h.seeds.len() as f64
        };
        let regret = |learner: &str| number(h.mean_regret(learner));
        headline.push(vec![
            h.horizon.to_string(),
            number(mean(&|s| s.structure.eta * root)),
            number(h.tuned_eta * root),
            number(h.rest_simulated.eta * root),
            format!("{:.1} %", 100.0 * mean(&|s| s.structure.off_isotropy)),
            number(mean(&|s| s.structure.value_bias)),
            number(mean(&|s| s.structure.key_content)),
            regret(measure::LAYER),
            regret(measure::FTRL),
            regret(measure::HEDGE),
            regret(measure::FTL),
            regret(measure::STILL),
            regret(measure::UNTRAINED),
        ]);
    }
    experiment.note("\nMean over training seeds; regret on fresh scenarios without exploration.\n");
    experiment.print(&headline);
}

fn write_tables(
    experiment: &mut Experiment,
    horizons: &[HorizonResult],
    fresh: &[Fresh],
) -> Result<()> {
    let curves: Vec<_> = horizons
        .iter()
        .flat_map(|h| h.outcomes.iter().flat_map(|o| o.curve_rows(h.horizon)))
        .collect();
    experiment.csv("regret_curves.csv", &curves)?;
    let finals: Vec<_> =
        horizons.iter().flat_map(|h| h.outcomes.iter().map(|o| o.final_row(h.horizon))).collect();
    experiment.csv("final_regret.csv", &finals)?;
    let structure: Vec<_> = horizons.iter().flat_map(HorizonResult::structure_rows).collect();
    experiment.csv("structure.csv", &structure)?;
    let matrices: Vec<_> = horizons.iter().flat_map(HorizonResult::matrix_rows).collect();
    experiment.csv("matrices.csv", &matrices)?;
    let trained = horizons.iter().flat_map(|h| h.seeds.iter().map(|s| &s.trained));
    let history: Vec<_> = trained
        .chain(fresh.iter().flat_map(|f| [&f.trained, &f.twin]))
        .flat_map(|t| t.history.iter().cloned())
        .collect();
    experiment.csv("history.csv", &history)?;
    for h in horizons {
        for s in &h.seeds {
            let name = format!("weights/layer_t{}_seed{}.safetensors", h.horizon, s.seed);
            experiment.file(&name, s.trained.layer.to_bytes()?)?;
        }
    }
    Ok(())
}
