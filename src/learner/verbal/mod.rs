//! Who decides in words: speakers, and playing scenarios with them (VERB-R1).
//!
//! A [`Speaker`] answers many conversations at once. [`play::play`] holds the conversations of many episodes in lock-step
//! and returns trajectories in the format of [`trajectory_file`](crate::problem::trajectory_file), so that what was said can
//! be scored, selected and imitated.
//!
//! ```
//! use lowregret::Result;
//! use lowregret::learner::verbal::{Speaker, play::{Episode, Key, play}, scene::Scene};
//! use lowregret::numeric::rng::{Purpose, Streams};
//! use lowregret::problem::bandit::Bandit;
//! use lowregret::problem::verbal::answer::Reading;
//! use lowregret::problem::verbal::context::{Library, Part};
//! use lowregret::problem::verbal::message::Conversation;
//! use lowregret::problem::verbal::telling::{History, Kind, Rewards, Shape, Style, Telling};
//!
//! /// Never says a word that counts.
//! struct Mute;
//!
//! impl Speaker for Mute {
//!     fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
//!         Ok(conversations.iter().map(|_| "...".to_owned()).collect())
//!     }
//! }
//!
//! let (streams, purpose) = (Streams::new(0), Purpose::Evaluation);
//! let scenario = Bandit::bernoulli(3, 10).scenario(&streams, purpose, 0, 0, 0);
//! let library = Library::bundled()?;
//! let shape = Shape { kind: Kind::Bandit, arms: 3, rounds: 10, rewards: Rewards::ZeroOne };
//! let style = Style { history: History::Summarised, ..Style::default() };
//! let telling = Telling::of_scenario(&library, Part::HeldOut, &shape, &style, &streams, purpose, (0, 0))?;
//! let key = Key { iteration: 0, scenario: 0, run: 0 };
//! let episode = Episode::begin(&telling, Scene::bandit(&scenario), &streams, purpose, key)?;
//! let trajectories = play(&mut Mute, vec![episode], Reading::Lenient)?;
//! assert_eq!(trajectories[0].unparsed.rate(), 1.0);
//! # Ok::<(), lowregret::Error>(())
//! ```

pub mod class;
pub mod habit;
pub mod play;
pub mod record;
pub mod scene;
pub mod shown;

use crate::Result;
use crate::problem::verbal::message::Conversation;

/// Somebody who answers: a model in the process, one behind an endpoint, a rule, a person.
pub trait Speaker {
    /// A reply to each conversation, in their order. A conversation keeps its id from round to round; those that are over
    /// are no longer among `conversations`.
    ///
    /// # Errors
    /// Whatever keeps the speaker from answering; replies that cannot be read are no error.
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>>;
}

#[cfg(test)]
mod tests;
