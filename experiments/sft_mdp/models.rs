//! What the models of the page are taught.

use lowregret::Result;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::model::transformer::TransformerConfig;
use lowregret::numeric::rng::Streams;
use lowregret::problem::linear_mdp::Family;
use lowregret::report::Experiment;
use lowregret::train::planning::{MdpLessons, Shape, Teacher};

use super::stages::{Course, Taught, Trained};
use super::{DEMONSTRATIONS, HORIZONS, SIZES, Sizes};

/// Most demonstrated decisions of a training sequence.
const MOST_SHOWN: usize = 48;
/// Tokens of a training sequence: at least 16 questions.
const ROUNDS: usize = MOST_SHOWN + 16;

pub fn tokens() -> PlanningTokens {
    let (states, actions, _) = SIZES;
    PlanningTokens::new(states, actions, HORIZONS[HORIZONS.len() - 1], 0)
}

/// Trains all models.
pub fn train_all(experiment: &mut Experiment, family: &Family, sizes: &Sizes) -> Result<Trained> {
    let shapes: Vec<Shape> = HORIZONS
        .into_iter()
        .flat_map(|horizon| DEMONSTRATIONS.map(|demonstrations| Shape { horizon, demonstrations }))
        .filter(|shape| shape.horizon * shape.demonstrations <= MOST_SHOWN)
        .collect();
    experiment.config("training_shapes", &shapes)?;
    let seeds = experiment.three_seeds();
    experiment.config("training_seeds", &seeds)?;
    let lessons = |teacher: Teacher, streams: Streams| -> Result<Taught<'_>> {
        let lessons = MdpLessons::new(family, teacher, &shapes, (tokens(), ROUNDS), streams)?;
        Ok(Box::new(lessons))
    };
    let course = Course {
        name: "mdp",
        model: TransformerConfig {
            width: 64,
            heads: 4,
            ..TransformerConfig::new(tokens().width(), tokens().actions(), ROUNDS)
        },
        pretraining: sizes.steps,
        fine_tuning: sizes.steps,
        lessons: &lessons,
    };
    course.train(experiment, &seeds)
}
