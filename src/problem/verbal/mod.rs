//! Decision problems told in words, and answers read from words (VERB-D1 to VERB-R5): no model, no network.
//!
//! | part | what it does |
//! |---|---|
//! | [`context`] | settings as data files: names, units, wordings; what all settings say alike |
//! | [`telling`] | one drawn wording of one scenario |
//! | [`narration`] | a conversation that is being held: what was said, what is asked next |
//! | [`answer`] | an arm or probabilities out of free text, or the reason why there are none; the rule for these |
//! | [`tallies`], [`reading`] | tries and rewards so far; what a reply says of them, and whether it is so |
//! | [`labels`], [`scale`] | what arms are called; rewards as amounts |
//! | [`phrase`], [`template`] | everything that can be said, and its places |
//! | [`words`] | words, numbers and marks of a text; names that answers can repeat |
//!
//! ```
//! use lowregret::numeric::rng::{Purpose, Streams};
//! use lowregret::problem::verbal::answer::{Answer, Form, Reading};
//! use lowregret::problem::verbal::context::{Library, Part};
//! use lowregret::problem::verbal::narration::{Narration, Shown};
//! use lowregret::problem::verbal::telling::{Kind, Rewards, Shape, Style, Telling};
//!
//! let library = Library::bundled()?;
//! let shape = Shape { kind: Kind::Bandit, arms: 3, rounds: 10, rewards: Rewards::ZeroOne };
//! let telling = Telling::of_scenario(&library, Part::Training, &shape, &Style::default(), &Streams::new(0), Purpose::Training, (0, 0))?;
//! let mut narration = Narration::begin(&telling, None);
//! let reply = format!("Choice: {}", telling.labels().label(2));
//! assert_eq!(Form::Choice.read(&reply, telling.labels(), Reading::Strict), Ok(Answer::Action(2)));
//! narration.enter(reply, &Shown { arm: Some(2), earned: 1.0, rewards: None, seen: None });
//! assert_eq!(narration.prompt().len(), 4);
//! # Ok::<(), lowregret::Error>(())
//! ```

pub mod answer;
pub mod context;
pub mod labels;
pub mod message;
pub mod narration;
pub mod phrase;
pub mod reading;
pub mod scale;
pub mod tallies;
pub mod telling;
pub mod template;
pub mod words;

/// A number with its unit: "1 click", "34 clicks".
fn counted(number: &str, unit: &[String; 2]) -> String {
    format!("{number} {}", unit[usize::from(number != "1")])
}

#[cfg(test)]
mod tests;
