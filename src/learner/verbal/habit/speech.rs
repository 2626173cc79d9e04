//! Replies of habits: a sentence and the line that was asked for.

use rand::{Rng, RngExt};

use super::Habit;
use super::decide::last;
use crate::learner::verbal::play::Episode;
use crate::numeric::order::argmax;
use crate::problem::trajectory::draw;
use crate::problem::verbal::answer::{Form, write_choice, write_probabilities};
use crate::problem::verbal::labels::Labels;
use crate::problem::verbal::reading::write_counts;
use crate::{Error, Result};

/// Number of wordings.
pub const WORDINGS: usize = 4;

/// Somebody with a habit, and how they talk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speech {
    habit: Habit,
    wording: usize,
    slips: f64,
}

/// Why somebody decides: what their sentence says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ground {
    /// It is the best.
    Best,
    /// It is to be tried.
    Try,
    /// It was so before.
    Keep,
    /// The last one has not.
    Failed,
    /// It comes next.
    Turn,
    /// None is better than another.
    Alike,
}

impl Ground {
    /// What stands before the counts and before the arm.
    fn wordings(self) -> [[&'static str; 2]; WORDINGS] {
        // A colon before the label, since it may be a noun or a verb.
        let ends = match self {
            Self::Best => ["This looks best:", "I trust this most:", "The best:", "So:"],
            Self::Try => ["I try this:", "Let me see:", "Perhaps:", "Why not:"],
            Self::Keep => ["I stay with this:", "Once more:", "No change:", "As before:"],
            Self::Failed => ["That failed:", "A loss, so:", "Bad, now rather:", "It went badly:"],
            Self::Turn => ["Now this:", "Next in turn:", "The other one:", "Time for:"],
            Self::Alike => {
                ["All alike, first:", "They seem alike:", "No favourite, so:", "A bit of each:"]
            }
        };
        let begins = ["Counts:", "So far:", "The record:", "By now:"];
        std::array::from_fn(|wording| [begins[wording], ends[wording]])
    }
}

impl Speech {
    /// A way to talk: one of the wordings, and how often the last line is not of the form asked for.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a wording that is not below [`WORDINGS`], or `slips` that are no probability.
    pub fn new(habit: Habit, wording: usize, slips: f64) -> Result<Self> {
        if wording >= WORDINGS {
            return Err(Error::parameter("wording", wording, format!("0 to {}", WORDINGS - 1)));
        }
        if !(0.0..=1.0).contains(&slips) {
            return Err(Error::parameter("slips", slips, "a probability"));
        }
        Ok(Self { habit, wording, slips })
    }

    /// How it is decided.
    #[must_use]
    pub fn habit(&self) -> Habit {
        self.habit
    }

    /// The same way to talk, with another habit.
    #[must_use]
    pub fn with(self, habit: Habit) -> Self {
        Self { habit, ..self }
    }

    /// What is said next.
    ///
    /// # Panics
    /// If the habit does not suit the episode ([`Habit::check`]), or the episode is over.
    pub fn reply(&self, episode: &Episode, rng: &mut impl Rng) -> String {
        let telling = episode.telling();
        let labels = telling.labels();
        let believed = self.habit.believes(episode, rng);
        let law = self.habit.law(episode, &believed, rng);
        let (arm, asked) = match telling.form() {
            Form::Choice => {
                let arm = draw(law.iter().copied(), rng);
                (arm, write_choice(labels, arm))
            }
            Form::Probabilities => (argmax(law.iter().copied()), write_probabilities(labels, &law)),
        };
        let begun = (0..labels.count()).any(|arm| believed.tries(arm) > 0);
        let ground = match (self.habit, telling.form()) {
            (Habit::Uniform, Form::Probabilities) => Ground::Alike,
            (Habit::Uniform | Habit::Match | Habit::Noisy(_), _) => Ground::Try,
            (Habit::Myopic | Habit::Oracle, _) => Ground::Best,
            _ if !begun => Ground::Try,
            (Habit::Stick, _) => Ground::Keep,
            (Habit::Alternate, _) => Ground::Turn,
            (Habit::Greedy | Habit::Miscount, _) => Ground::Best,
            (Habit::Shift, _) if last(episode) == Some(arm) => Ground::Keep,
            (Habit::Shift, _) => Ground::Failed,
        };
        let [begin, end] = ground.wordings()[self.wording];
        let label = labels.label(arm);
        let last = match rng.random::<f64>() < self.slips {
            true => slip(telling.form(), labels, arm, rng),
            false => asked,
        };
        format!("{begin} {}. {end} {label}.\n{last}", write_counts(telling, &believed))
    }
}

/// A last line that no way of reading makes an answer of: cut off, about something else, or not to be decided.
fn slip(form: Form, labels: &Labels, arm: usize, rng: &mut impl Rng) -> String {
    let other = labels.order().iter().find(|other| **other != arm);
    let label = labels.label(arm);
    match (form, rng.random_range(0..3), other) {
        (Form::Choice, 0, _) => "Choice:".to_owned(),
        (Form::Choice, 1, Some(other)) => format!("Choice: {label} or {}", labels.label(*other)),
        (Form::Choice, _, _) => "Choice: the usual".to_owned(),
        (Form::Probabilities, 0, _) => "Probabilities:".to_owned(),
        (Form::Probabilities, 1, _) => format!("Probabilities: {label} 1.50"),
        (Form::Probabilities, _, _) => format!("Probabilities: mostly {label}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Models are trained on these: none changes unnoticed.
    #[test]
    fn wordings_are_those_that_were() {
        let expected = "\
Best: Counts: .. This looks best: | So far: .. I trust this most: | The record: .. The best: | By now: .. So:
Try: Counts: .. I try this: | So far: .. Let me see: | The record: .. Perhaps: | By now: .. Why not:
Keep: Counts: .. I stay with this: | So far: .. Once more: | The record: .. No change: | By now: .. As before:
Failed: Counts: .. That failed: | So far: .. A loss, so: | The record: .. Bad, now rather: | By now: .. It went badly:
Turn: Counts: .. Now this: | So far: .. Next in turn: | The record: .. The other one: | By now: .. Time for:
Alike: Counts: .. All alike, first: | So far: .. They seem alike: | The record: .. No favourite, so: | By now: .. A bit of each:
";
        use Ground::{Alike, Best, Failed, Keep, Try, Turn};
        let told = [Best, Try, Keep, Failed, Turn, Alike].map(|ground| {
            let wordings = ground.wordings().map(|[begin, end]| format!("{begin} .. {end}"));
            format!("{ground:?}: {}\n", wordings.join(" | "))
        });
        assert_eq!(told.concat(), expected);
    }
}
