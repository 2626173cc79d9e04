//! Tasks whose state is seen: demonstrations, then questions about single states.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::Teacher;
use crate::model::planning_tokens::{PlanningTokens, Situation};
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::linear_mdp::Family;
use crate::problem::trajectory;
use crate::train::sequence_fit::SequencePlace;
use crate::train::supervised::Lessons;
use crate::{Error, Result};

/// How much is demonstrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Steps H of a trajectory.
    pub horizon: usize,
    /// Trajectories K.
    pub demonstrations: usize,
}

/// Labelled sequences of tasks of one family: K trajectories of the teacher, then questions (state, steps to go) to the end of
/// the sequence, each state and step equally likely. The label of a question is the teacher's law.
/// Questions with several optimal answers are asked too; the oracle gives the one with the lowest number.
pub struct MdpLessons<'a> {
    family: &'a Family,
    tokens: PlanningTokens,
    teacher: Teacher,
    shapes: &'a [Shape],
    rounds: usize,
    streams: Streams,
}

impl<'a> MdpLessons<'a> {
    /// Sequences of `rounds` tokens, each of one of the `shapes`, all equally likely.
    ///
    /// # Errors
    /// Those of [`Teacher::check`]; tokens of other processes or with knobs; no shape, or one without a step, with more
    /// steps than the tokens can count, or whose demonstrations leave no room for a question.
    pub fn new(
        family: &'a Family,
        teacher: Teacher,
        shapes: &'a [Shape],
        (tokens, rounds): (PlanningTokens, usize),
        streams: Streams,
    ) -> Result<Self> {
        teacher.check()?;
        tokens.check_sizes(family.states(), family.actions(), 0)?;
        check_shapes(shapes, &tokens)?;
        for shape in shapes {
            let shown = shape.horizon.saturating_mul(shape.demonstrations);
            if shown >= rounds {
                let expected = format!("fewer than {rounds} demonstrated decisions");
                return Err(Error::parameter("demonstrations x horizon", shown, expected));
            }
        }
        Ok(Self { family, tokens, teacher, shapes, rounds, streams })
    }
}

/// Refuses shapes that tokens cannot show.
pub(super) fn check_shapes(shapes: &[Shape], tokens: &PlanningTokens) -> Result<()> {
    if shapes.is_empty() {
        return Err(Error::parameter("shapes", "none", "at least one"));
    }
    let horizon = tokens.horizon();
    match shapes.iter().find(|shape| !(1..=horizon).contains(&shape.horizon)) {
        Some(shape) => {
            Err(Error::parameter("horizon", shape.horizon, format!("1 to the tokens' {horizon}")))
        }
        None => Ok(()),
    }
}

impl<S: Scalar> Lessons<S> for MdpLessons<'_> {
    fn shape(&self) -> (usize, usize, usize) {
        (self.rounds, self.tokens.width(), self.tokens.actions())
    }

    fn write(&self, step: usize, index: usize, place: SequencePlace<S>) {
        let mut rng = self.streams.stream(Purpose::Training, step, index, 0);
        let shape = self.shapes[rng.random_range(0..self.shapes.len())];
        let mdp = self.family.task(&mut rng).mdp;
        let policy = self.teacher.policy(&mdp, shape.horizon, &mut rng).expect("a checked horizon");
        let (width, actions) = (self.tokens.width(), mdp.actions());
        let shown = shape.horizon * shape.demonstrations;
        let (demonstrations, questions) = place.inputs.split_at_mut(shown * width);
        for tokens in demonstrations.chunks_exact_mut(shape.horizon * width) {
            let run = trajectory::run(&mdp, &policy, &mut rng);
            self.tokens.write_trajectory(&run, false, &[], tokens);
        }
        // All questions of a sequence together count as much as those of any other.
        let (unasked, asked) = place.weights.split_at_mut(shown);
        unasked.fill(S::zero());
        asked.fill(S::of(self.rounds as f64 / asked.len() as f64));
        let targets = place.targets[shown * actions..].chunks_exact_mut(actions);
        for (token, target) in questions.chunks_exact_mut(width).zip(targets) {
            let state = rng.random_range(0..mdp.states());
            let step = rng.random_range(0..shape.horizon);
            let to_go = shape.horizon - step;
            let situation = Situation { seen: Some(state), previous: None, to_go, knobs: &[] };
            self.tokens.write_question(&situation, token);
            let law = policy.at(step, state);
            target.iter_mut().zip(law).for_each(|(target, p)| *target = S::of(p));
        }
    }
}
