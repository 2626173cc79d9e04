//! Does a trained layer of linear attention predict in context as the theory says, number by number?
//!
//! Holds the closed forms (optimum, error in its two parts, bounds) against simulation, descends on the exact error at several
//! condition numbers, trains the full layer on fresh prompts, and lets a policy act on its predictions. Statements cited by
//! id are in paper_notes/q_attention.md.

#[path = "q_attention/bounds.rs"]
mod bounds;
#[path = "q_attention/claims.rs"]
mod claims;
#[path = "q_attention/descent.rs"]
mod descent;
#[path = "q_attention/errors.rs"]
mod errors;
#[path = "q_attention/figures.rs"]
mod figures;
#[path = "q_attention/layer.rs"]
mod layer;
#[path = "q_attention/policy.rs"]
mod policy;
#[path = "q_attention/sizes.rs"]
mod sizes;

use lowregret::Result;
use lowregret::report::{Experiment, NoExtra, Page, Table, table::number};
use sizes::Sizes;

/// Everything measured.
struct Measured {
    settings: Vec<errors::SettingRow>,
    /// Relative distance of a least-squares fit over simulated prompts to the closed form.
    fit: f64,
    /// Largest deviation from the identity at M = N.
    identity: f64,
    curves: Vec<errors::CurveRow>,
    descents: Vec<descent::Descent>,
    layers: Vec<layer::Trained>,
    slopes: Vec<bounds::SlopeRow>,
    grid: Vec<bounds::GridRow>,
    lengths: Vec<bounds::LengthRow>,
    play: Vec<policy::PlayRow>,
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "q_attention",
    question: "Does a trained layer of linear attention predict in context as the theory says, number by number?",
    about: "Holds one layer of linear attention, trained on in-context regression, against its closed forms.",
    notes: "q_attention.md",
    timed: false,
    seeds: 3,
    seconds: 38,
    figures: &[
        (
            "errors",
            "Mean squared error of the optimal layer, its two parts in closed form, and simulation: (a) against the \
             test length, (b) against the training length. (c) How steeply the part due to the training length falls; \
             its limit is proved from the dots on.",
        ),
        (
            "descent",
            "Gradient descent on the exact error at condition numbers 1, 10 and 100, on features as they are and \
             whitened: (a) distance to the optimal matrix, (b) error above the optimum's.",
        ),
        (
            "learned",
            "(a to c) The matrix learned on fresh prompts, the optimal one, and their difference, condition number 3. \
             (d) Distance to the optimum while training, (e) entries that should stay 0, which rates above the \
             stability limit excite, (f) scale of the value. A line a training seed.",
        ),
        (
            "bounds",
            "(a) The published bound and a sharper one over the exact error, in 400 settings. (b) The same for the part \
             due to the training length. (c) Exact error against the training length, its best length (dots) and the \
             published bound (dashed).",
        ),
        (
            "policy",
            "What a choice that is greedy in the predictions loses: (a) two actions, times the test length, beside its \
             limit; (b) like the squared error in the test length; (c) like the inverse square of the training length.",
        ),
    ],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment.quick());
    experiment.config("sizes", &sizes)?;
    experiment.config("descents", descent::runs(&sizes)?)?;
    experiment.config("recipes", layer::recipes(&sizes)?)?;
    let (settings, fit) = errors::settings(experiment, &sizes)?;
    let measured = Measured {
        settings,
        fit,
        identity: errors::identity()?,
        curves: errors::curves(experiment, &sizes)?,
        descents: descent::run_all(experiment, &sizes)?,
        layers: layer::train_all(experiment, &sizes)?,
        slopes: bounds::slopes()?,
        grid: bounds::grid()?,
        lengths: bounds::lengths()?,
        play: policy::play(experiment, &sizes)?,
    };
    tables(experiment, &measured)?;
    figures::draw(experiment, &measured)?;
    claims::record(experiment, &measured)?;
    experiment.print(&headline(&measured));
    Ok(())
}

fn tables(experiment: &mut Experiment, measured: &Measured) -> Result<()> {
    experiment.csv("simulation.csv", &measured.settings)?;
    experiment.csv("errors.csv", &measured.curves)?;
    let descents: Vec<_> = measured.descents.iter().flat_map(|d| &d.history).collect();
    experiment.csv("descent.csv", &descents)?;
    let training: Vec<_> = measured.layers.iter().flat_map(|t| &t.history).collect();
    experiment.csv("training.csv", &training)?;
    let matrices: Vec<_> = measured.layers.iter().flat_map(layer::Trained::matrix_rows).collect();
    experiment.csv("matrices.csv", &matrices)?;
    experiment.csv("slopes.csv", &measured.slopes)?;
    experiment.csv("bounds.csv", &measured.grid)?;
    experiment.csv("best_length.csv", &measured.lengths)?;
    experiment.csv("policy.csv", &measured.play)?;
    for trained in measured.layers.iter().filter(|t| layer::BLOCK_FORM.contains(&t.recipe.name)) {
        let name = format!("weights/{}_seed{}.safetensors", trained.recipe.name, trained.seed);
        experiment.file(&name, trained.layer.to_bytes()?)?;
    }
    Ok(())
}

fn headline(measured: &Measured) -> Table {
    let mut table =
        Table::new(&["setting", "simulated error", "exact", "in context", "training length", "z"]);
    for row in &measured.settings {
        table.push(vec![
            row.setting.clone(),
            format!("{:.4} ± {:.4}", row.simulated, row.high - row.simulated),
            number(row.exact),
            number(row.in_context),
            number(row.training_length),
            format!("{:.2}", row.z),
        ]);
    }
    table
}
