//! Tasks whose state is hidden: demonstrations, then a trajectory of one's own in which every decision is asked for.

use rand::RngExt;

use super::Teacher;
use super::teacher::HistoryTeacher;
use crate::model::planning_tokens::PlanningTokens;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::oracle::hidden::solve;
use crate::problem::hidden_family::{HiddenFamily, HiddenSetting};
use crate::problem::pomdp::Step;
use crate::problem::trajectory::{history, run_hidden};
use crate::train::sequence_fit::SequencePlace;
use crate::train::supervised::Lessons;
use crate::{Error, Result};

/// Labelled sequences of tasks of one family: K trajectories of the teacher, each under a model drawn from the cloud, then the
/// questions of one more trajectory. The label of a question is the teacher's law after that history; where all actions are
/// worth the same, nothing is asked.
///
/// With probability `exploration` a decision of that trajectory is any action rather than the teacher's, so that there are
/// labels after histories too that the teacher would not have got into.
pub struct HiddenLessons<'a> {
    family: &'a HiddenFamily,
    tokens: PlanningTokens,
    teacher: Teacher,
    /// Knobs, and how many trajectories are shown.
    settings: &'a [(HiddenSetting, usize)],
    exploration: f64,
    rounds: usize,
    streams: Streams,
}

impl<'a> HiddenLessons<'a> {
    /// Sequences of `rounds` tokens, each of one of the `settings` (knobs, demonstrations), all equally likely.
    ///
    /// # Errors
    /// Those of [`Teacher::check`]; an exploration outside [0, 1]; tokens of other processes or knobs; no setting, one of
    /// which no task can be drawn or solved, one with more steps than the tokens can count or more tokens than a sequence.
    pub fn new(
        family: &'a HiddenFamily,
        teacher: Teacher,
        settings: &'a [(HiddenSetting, usize)],
        exploration: f64,
        (tokens, rounds): (PlanningTokens, usize),
        streams: Streams,
    ) -> Result<Self> {
        teacher.check()?;
        if !(0.0..=1.0).contains(&exploration) {
            return Err(Error::parameter("exploration", exploration, "a probability"));
        }
        let Some((first, _)) = settings.first() else {
            return Err(Error::parameter("settings", "none", "at least one"));
        };
        tokens.check_sizes(family.observations(), family.actions(), first.knobs().len())?;
        for (setting, demonstrations) in settings {
            let (horizon, most) = (setting.horizon, tokens.horizon());
            if horizon > most {
                let expected = format!("at most the tokens' {most}");
                return Err(Error::parameter("horizon", horizon, expected));
            }
            let needed = demonstrations.saturating_add(1).saturating_mul(horizon);
            if needed > rounds {
                let expected = format!("at most {rounds} tokens, the question's included");
                return Err(Error::parameter("demonstrations x horizon", needed, expected));
            }
            // What can be drawn and solved once can be always.
            let mut rng = streams.stream(Purpose::Validation, 0, 0, 0);
            solve(&family.task(setting, &mut rng)?.process, horizon)?;
        }
        Ok(Self { family, tokens, teacher, settings, exploration, rounds, streams })
    }
}

impl<S: Scalar> Lessons<S> for HiddenLessons<'_> {
    fn shape(&self) -> (usize, usize, usize) {
        (self.rounds, self.tokens.width(), self.tokens.actions())
    }

    fn write(&self, step: usize, index: usize, place: SequencePlace<S>) {
        let mut rng = self.streams.stream(Purpose::Training, step, index, 0);
        let (setting, demonstrations) = self.settings[rng.random_range(0..self.settings.len())];
        let task = self.family.task(&setting, &mut rng).expect("a checked setting");
        let tree = solve(&task.process, setting.horizon).expect("a checked horizon");
        let (observations, actions) = (self.family.observations(), self.family.actions());
        let teacher = self.teacher.of_histories(&tree, (observations, actions), &mut rng);
        let (horizon, width, knobs) = (setting.horizon, self.tokens.width(), setting.knobs());
        let models = task.process.models();
        let shown = horizon * demonstrations;
        let (demonstrations, rest) = place.inputs.split_at_mut(shown * width);
        for tokens in demonstrations.chunks_exact_mut(horizon * width) {
            let model = &models[rng.random_range(0..models.len())];
            let run = run_hidden(model, horizon, |history, _| teacher.law(history), &mut rng);
            self.tokens.write_trajectory(&run, true, &knobs, tokens);
        }
        let model = &models[rng.random_range(0..models.len())];
        let exploring = |history: &[Step], rng: &mut rand_chacha::ChaCha8Rng| {
            if rng.random::<f64>() < self.exploration {
                vec![1.0 / actions as f64; actions]
            } else {
                teacher.law(history)
            }
        };
        let own = history(&run_hidden(model, horizon, exploring, &mut rng));
        let (questions, padding) = rest.split_at_mut(horizon * width);
        padding.fill(S::zero());
        place.weights.fill(S::zero());
        let weights = &mut place.weights[shown..shown + horizon];
        let targets = place.targets[shown * actions..].chunks_exact_mut(actions);
        let places = questions.chunks_exact_mut(width).zip(targets).zip(weights);
        for (t, ((token, target), weight)) in places.enumerate() {
            self.tokens.write_question_after(&own[..t], horizon, &knobs, token);
            answer(&teacher, &own[..t], target);
            if teacher.cares(&own[..t]) {
                *weight = S::of(self.rounds as f64 / horizon as f64);
            }
        }
    }
}

fn answer<S: Scalar>(teacher: &HistoryTeacher, history: &[Step], target: &mut [S]) {
    target.iter_mut().zip(teacher.law(history)).for_each(|(target, p)| *target = S::of(p));
}
