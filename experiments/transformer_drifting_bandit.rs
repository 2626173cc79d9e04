//! Can a Transformer learn, from nothing but its own trajectories, to follow drifting means as well as learners made for it?
//!
//! Models practise a mixture of three kinds of drift, keeping trajectories or decisions, ranked by true dynamic regret or by
//! what the learner could compute itself, and are held against tuned learners on the mixture, on each of its kinds, and on a
//! kind never practised. Statements cited by id are in paper_notes/transformer.md.

#[path = "shared/curves.rs"]
mod curves;
#[path = "transformer_drifting_bandit/figures.rs"]
mod figures;
#[path = "transformer_drifting_bandit/measure.rs"]
mod measure;
#[path = "transformer_drifting_bandit/present.rs"]
mod present;

use lowregret::Result;
use lowregret::report::{Experiment, NoExtra};

use measure::Sizes;

fn main() -> std::process::ExitCode {
    lowregret::report::run(
        "transformer_drifting_bandit",
        "Trains Transformers by Iterative RMFT on drifting bandits and plays them beside tuned learners.",
        body,
    )
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment.quick(), experiment.seeds().len());
    experiment.config("sizes", &sizes)?;
    experiment.config("runs", measure::runs(&sizes))?;
    let trained = measure::train(experiment, &sizes)?;
    let (tuned, played) = measure::play(experiment, &sizes, &trained)?;
    experiment.result("tuned_on_mixture", &tuned)?;
    present::tables(experiment, &trained, &played)?;
    experiment.figure("drifting_bandit", &figures::regret(&trained, &played))?;
    experiment.figure("differences", &figures::differences(&played)?)?;
    present::headline(experiment, &played)?;
    present::claims(experiment, &trained, &played)
}
