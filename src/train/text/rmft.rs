//! Iterative RMFT in words: play, keep the lowest regret, imitate what was said, repeat (TEXT-R3).

use serde::{Deserialize, Serialize};

use super::{Imitated, Student, none_held_out};
use crate::learner::verbal::class::{Class, Told, draw_by_turns, episodes, said};
use crate::learner::verbal::play::play;
use crate::learner::verbal::record::Trajectory;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::answer::{Reading, Unparsed};
use crate::problem::verbal::context::Library;
use crate::problem::verbal::message::{Message, Role};
use crate::problem::verbal::narration::prompt;
use crate::problem::verbal::reading::Agreement;
use crate::problem::verbal::telling::History;
use crate::{Error, Result};

/// What is practised, and how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextRmft {
    /// Classes of scenarios; they take turns.
    pub classes: Vec<Class>,
    /// Iterations.
    pub iterations: usize,
    /// Scenarios M of an iteration.
    pub scenarios: usize,
    /// Plays L of a scenario.
    pub rollouts: usize,
    /// Plays k to keep of each scenario.
    pub keep: usize,
    /// How answers are read.
    pub reading: Reading,
    /// What of the conversations.
    pub imitated: Imitated,
}

impl TextRmft {
    /// Checks every field.
    ///
    /// # Errors
    /// No class, iteration, scenario or play; more to keep than are played; contexts that are held out; those of [`Class::check`].
    pub fn check(&self) -> Result<()> {
        for (field, value) in [
            ("classes", self.classes.len()),
            ("iterations", self.iterations),
            ("scenarios", self.scenarios),
            ("rollouts", self.rollouts),
        ] {
            if value == 0 {
                return Err(Error::parameter(field, 0, "at least 1"));
            }
        }
        if !(1..=self.rollouts).contains(&self.keep) {
            return Err(Error::parameter("keep", self.keep, format!("1 to {}", self.rollouts)));
        }
        none_held_out(&self.classes)?;
        self.classes.iter().try_for_each(Class::check)
    }
}

/// What the plays of an iteration were like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Iteration {
    /// Zero-based index.
    pub index: usize,
    /// Mean regret of all plays.
    pub regret: f64,
    /// Mean regret of those kept.
    pub kept_regret: f64,
    /// Answers that could not be read, of all plays.
    pub unparsed: Unparsed,
    /// Counts in the replies, of all plays.
    pub agreement: Agreement,
}

/// All iterations of `config`; `observe` sees every one with the student after it.
///
/// # Errors
/// Those of [`TextRmft::check`] and of the student.
pub fn train<S: Student>(
    student: &mut S,
    config: &TextRmft,
    library: &Library,
    streams: &Streams,
    mut observe: impl FnMut(&Iteration, &S) -> Result<()>,
) -> Result<()> {
    config.check()?;
    for index in 0..config.iterations {
        let (report, kept) = practise(student, config, library, streams, index)?;
        student.imitate(&kept, index)?;
        observe(&report, student)?;
    }
    Ok(())
}

/// The first half of iteration `index`: plays, and what is to be imitated of them.
///
/// # Errors
/// Those of the student; a telling that the contexts have no names for.
pub fn practise<S: Student>(
    student: &S,
    config: &TextRmft,
    library: &Library,
    streams: &Streams,
    index: usize,
) -> Result<(Iteration, Vec<Vec<Message>>)> {
    let TextRmft { classes, scenarios, rollouts, keep, reading, imitated, .. } = config;
    let purpose = Purpose::Training;
    let told = draw_by_turns(classes, library, *scenarios, streams, purpose, index)?;
    let mut speaker = student.speaker(index)?;
    let open = episodes(&told, *rollouts, streams, purpose, index)?;
    let played = play(&mut speaker, open, *reading)?;
    let kept: Vec<&Trajectory> =
        played.chunks(*rollouts).flat_map(|plays| best(plays, *keep)).collect();
    let report = report(index, &told, *rollouts, &played, &kept);
    let lessons = kept.into_iter().flat_map(lessons).map(|lesson| imitated.of(lesson));
    Ok((report, lessons.collect()))
}

/// The `keep` plays of lowest regret, of equal ones the earlier; a play with an answer that could not be read comes behind
/// all others, since it is no example.
#[must_use]
pub fn best(plays: &[Trajectory], keep: usize) -> Vec<&Trajectory> {
    let mut order: Vec<&Trajectory> = plays.iter().collect();
    let spoilt = |play: &Trajectory| play.unparsed.total() > 0;
    order.sort_by(|a, b| spoilt(a).cmp(&spoilt(b)).then(a.regret.total_cmp(&b.regret)));
    order.truncate(keep);
    order
}

/// A play as conversations whose answers can be imitated: the whole where the speaker had the whole before it, else what
/// stood before each answer, and the answer.
#[must_use]
pub fn lessons(play: &Trajectory) -> Vec<Vec<Message>> {
    if play.history == History::Raw {
        return vec![play.messages.clone()];
    }
    let answers = play.messages.iter().enumerate();
    let answers = answers.filter(|(_, message)| message.role == Role::Assistant);
    let lesson = |(at, answer): (usize, &Message)| {
        let before = prompt(play.history, &play.messages[..at]);
        before.into_iter().chain([answer]).cloned().collect()
    };
    answers.map(lesson).collect()
}

fn report(
    index: usize,
    told: &[Told],
    rollouts: usize,
    played: &[Trajectory],
    kept: &[&Trajectory],
) -> Iteration {
    let mean = |sum: f64, count: usize| sum / count as f64;
    let (unparsed, agreement) = said(played, told, rollouts);
    Iteration {
        index,
        regret: mean(played.iter().map(|play| play.regret).sum(), played.len()),
        kept_regret: mean(kept.iter().map(|play| play.regret).sum(), kept.len()),
        unparsed,
        agreement,
    }
}
