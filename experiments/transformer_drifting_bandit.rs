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
use lowregret::report::{Experiment, NoExtra, Page};

use measure::Sizes;

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "transformer_drifting_bandit",
    question: "Can a Transformer learn, from nothing but its own trajectories, to follow drifting means?",
    about: "Trains Transformers by Iterative RMFT on drifting bandits and plays them beside tuned learners.",
    notes: "transformer.md",
    timed: false,
    seeds: 1,
    seconds: 144,
    figures: &[
        (
            "drifting_bandit",
            "(a) Dynamic regret while practising a mixture of three kinds of drift. (b to f) Dynamic regret round by \
             round on the mixture, on its kinds and on a kind never practised (rotting). Bands span the 95 % intervals \
             of all training seeds.",
        ),
        (
            "differences",
            "Final dynamic regret minus that of discounted UCB, which is tuned (a) on the mixture or (b) for the kind: \
             a bar a training seed, 95 % intervals over scenarios. Kind 5 was never practised.",
        ),
    ],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
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
