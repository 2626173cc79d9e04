//! Who decides by habit, and says why in a sentence: the poor policies that a base model imitates, and the oracle (VERB-R7).
//!
//! A reply is a function of the habit, of what the episode has shown, and of a stream: a sentence with counts
//! ([`reading`](crate::problem::verbal::reading)) and a guess, then the line that was asked for.
//!
//! ```
//! use lowregret::learner::verbal::habit::{self, Habit, Speech};
//! use lowregret::learner::verbal::{play::{Episode, Key}, scene::Scene};
//! use lowregret::numeric::rng::{Purpose, Streams};
//! use lowregret::problem::bandit::Bandit;
//! use lowregret::problem::verbal::answer::Reading;
//! use lowregret::problem::verbal::context::{Library, Part};
//! use lowregret::problem::verbal::telling::{Kind, Rewards, Shape, Style, Telling};
//!
//! let (streams, purpose) = (Streams::new(0), Purpose::Training);
//! let scenario = Bandit::bernoulli(3, 10).scenario(&streams, purpose, 0, 0, 0);
//! let library = Library::bundled()?;
//! let shape = Shape { kind: Kind::Bandit, arms: 3, rounds: 10, rewards: Rewards::ZeroOne };
//! let telling = Telling::of_scenario(&library, Part::Training, &shape, &Style::default(), &streams, purpose, (0, 0))?;
//! let key = Key { iteration: 0, scenario: 0, run: 0 };
//! let episode = Episode::begin(&telling, Scene::bandit(&scenario), &streams, purpose, key)?;
//! let speech = Speech::new(Habit::Greedy, 0, 0.0)?;
//! let played = habit::play(&[speech], vec![episode], &streams, purpose, Reading::Strict)?;
//! assert_eq!(played[0].agreement(&telling).rate(), Some(1.0));
//! # Ok::<(), lowregret::Error>(())
//! ```

mod decide;
mod speech;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use speech::{Speech, WORDINGS};

use super::play::{Episode, Key, play_seeing};
use super::record::Trajectory;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::answer::Reading;
use crate::problem::verbal::telling::{Kind, Shape};
use crate::{Error, Result};

/// How somebody decides. Where probabilities are asked for, they are those that a choice would be drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// The first arm, drawn uniformly, for ever.
    Stick,
    /// Any arm, all as likely.
    Uniform,
    /// The arm of the highest mean; one without tries counts as 0, and a coin decides between equals. So another arm is tried
    /// only as long as nothing has paid.
    Greedy,
    /// The same, with counts that are sometimes wrong: a try too many, or one forgotten.
    Miscount,
    /// Two neighbours of the list by turns.
    Alternate,
    /// The last arm if it has just paid more than half, else any other ("play the winner", Robbins 1952): it never settles.
    Shift,
    /// Arms with probabilities like their means, each with a success and a failure added (probability matching).
    Match,
    /// A process: the action that earns most at once.
    Myopic,
    /// The oracle's choice, but any with this probability.
    Noisy(f64),
    /// The best choice: of highest mean in a bandit, of highest total in full information, optimal in a process.
    Oracle,
}

/// Habits of a poor base, for everything but hidden processes.
pub const POOR: [Habit; 7] = [
    Habit::Stick,
    Habit::Uniform,
    Habit::Greedy,
    Habit::Miscount,
    Habit::Alternate,
    Habit::Shift,
    Habit::Match,
];

impl Habit {
    /// Refuses a habit where it makes no sense.
    ///
    /// # Errors
    /// [`Error::Parameter`] for `Greedy`, `Miscount`, `Shift` and `Match` in a POMDP, whose rewards are not told, for `Myopic` where there is
    /// no process, and for a probability outside [0, 1].
    pub fn check(self, shape: &Shape) -> Result<()> {
        let hidden = matches!(shape.kind, Kind::Pomdp { .. });
        let (suits, expected) = match self {
            Self::Greedy | Self::Miscount | Self::Shift | Self::Match => {
                (!hidden, "a problem whose rewards are told")
            }
            Self::Myopic => (shape.is_process(), "a process"),
            Self::Noisy(noise) => ((0.0..=1.0).contains(&noise), "a probability"),
            Self::Stick | Self::Uniform | Self::Alternate | Self::Oracle => (true, ""),
        };
        if suits {
            return Ok(());
        }
        Err(Error::parameter("habit", format!("{self:?} in {:?}", shape.kind), expected))
    }
}

/// First rollout slot of what is drawn for replies; rewards count theirs up from 0, decisions down from the last, and the wording
/// stands in the middle.
const REPLIES: usize = 3 * (usize::MAX / 4);

/// What the replies of a play are drawn from: neither wording, rewards nor anybody else's decisions share it.
#[must_use]
pub fn stream(streams: &Streams, purpose: Purpose, key: Key) -> ChaCha8Rng {
    streams.stream(purpose, key.iteration, key.scenario, REPLIES + key.run)
}

/// Plays every episode to its end with the speech of the same place.
///
/// # Errors
/// [`Error::Parameter`] for another number of speeches than of episodes; those of [`Habit::check`].
pub fn play(
    speeches: &[Speech],
    episodes: Vec<Episode>,
    streams: &Streams,
    purpose: Purpose,
    reading: Reading,
) -> Result<Vec<Trajectory>> {
    if speeches.len() != episodes.len() {
        let expected = format!("one an episode: {}", episodes.len());
        return Err(Error::parameter("speeches", speeches.len(), expected));
    }
    let mut generators = Vec::new();
    for (speech, episode) in speeches.iter().zip(&episodes) {
        speech.habit().check(episode.telling().shape())?;
        generators.push(stream(streams, purpose, episode.key()));
    }
    let decide = |at: usize, episode: &Episode| speeches[at].reply(episode, &mut generators[at]);
    Ok(play_seeing(decide, episodes, reading))
}

#[cfg(test)]
mod tests;
