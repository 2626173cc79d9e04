//! Everything that can be said: which places a phrase has, and under which key its wordings stand in a file.

use super::template::{Slot, Template};
use Slot::{
    Action, Arm, Count, Form, Laws, List, Observation, Round, Rounds, State, Steps, Thing, Things,
    Tries, Value, Values, Wins,
};

/// Fewest wordings of a phrase, but for brief ones, which have one.
pub const WORDINGS: usize = 3;

/// A phrase and what a file must say for it.
struct Entry {
    phrase: Phrase,
    /// Section and key; phrases that all contexts share stand in a file of their own.
    key: &'static str,
    shared: bool,
    required: &'static [Slot],
    optional: &'static [Slot],
}

macro_rules! phrases {
    ($($(#[$doc:meta])* $phrase:ident $place:ident $key:literal [$($required:ident)*] [$($optional:ident)*];)*) => {
        /// What is said.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Phrase {
            $($(#[$doc])* $phrase,)*
        }

        const TABLE: &[Entry] = &[$(Entry {
            phrase: Phrase::$phrase,
            key: $key,
            shared: phrases!($place),
            required: &[$($required),*],
            optional: &[$($optional),*],
        },)*];
    };
    (context) => { false };
    (shared) => { true };
}

phrases! {
    /// Who decides what.
    Story context "story" [] [Count Things];
    /// Which arm?
    Question context "question" [] [Thing Round];
    /// The same in few words.
    Brief context "brief" [] [Thing Round];
    /// Things may change.
    Drift context "drift" [] [];
    /// What every arm would have paid.
    Full context "full" [Values] [];
    /// What a reward of 1 is good for.
    OutcomeAim context "outcome.aim" [] [];
    /// The arm paid 1.
    Success context "outcome.success" [Arm] [];
    /// The arm paid 0.
    Failure context "outcome.failure" [Arm] [];
    /// Whether more or less of the unit is better.
    AmountAim context "amount.aim" [] [];
    /// What the arm paid.
    Amount context "amount.told" [Arm Value] [];
    /// Who acts where.
    ProcessStory context "process.story" [] [];
    /// What is earned in a process.
    ProcessAim context "process.aim" [] [];
    /// The state does not show itself.
    Hidden context "process.hidden" [] [];
    /// The state.
    State context "process.state" [State] [];
    /// What was done and what it earned.
    Earned context "process.earned" [Action Value] [];
    /// What was done and what was seen after it.
    Seen context "process.seen" [Action Observation] [];
    /// Which action?
    Act context "process.question" [] [];
    /// All labels.
    Labels shared "labels" [Things List] [];
    /// How long it goes on.
    Length shared "length" [Rounds] [];
    /// How many steps are to go.
    ToGo shared "to_go" [Steps] [];
    /// What every arm would have paid, in few words.
    BriefFull shared "brief_full" [Things Values] [];
    /// What a success or failure is worth, for who knows numbers better than words.
    Reward shared "reward" [Value] [];
    /// How many steps are to go, and the question, in few words.
    BriefStep shared "brief_step" [Steps] [];
    /// The form of an answer that names something.
    AskName shared "ask.name" [Thing] [];
    /// The form of an answer that names a letter.
    AskLetter shared "ask.letter" [Thing] [];
    /// The form of an answer in probabilities.
    AskProbabilities shared "ask.probabilities" [Form] [Thing Things];
    /// What a summary begins with.
    SoFar shared "summary.intro" [] [];
    /// Tries and successes of an arm.
    ItemWins shared "summary.wins" [Arm Tries Wins] [];
    /// Tries and mean of an arm.
    ItemMean shared "summary.mean" [Arm Tries Value] [];
    /// Tries of an arm.
    ItemTries shared "summary.tries" [Arm Tries] [];
    /// An arm without tries.
    ItemUntried shared "summary.untried" [Arm] [];
    /// It is over.
    End shared "end.over" [] [];
    /// How many successes there were.
    TotalWins shared "end.wins" [Wins Rounds] [];
    /// How much was earned.
    TotalAmount shared "end.amount" [Value] [];
    /// What the rules of a process begin with.
    Rules shared "rules.intro" [] [];
    /// Where a process begins.
    RuleStart shared "rules.start" [Laws] [];
    /// What an action does in a state.
    RuleMove shared "rules.move" [State Action Value Laws] [];
    /// What is seen after an action that led to a state.
    RuleSeen shared "rules.seen" [State Action Laws] [];
}

impl Phrase {
    /// Number of phrases.
    pub const COUNT: usize = TABLE.len();

    /// All phrases, those of contexts or those that contexts share.
    pub fn all(shared: bool) -> impl Iterator<Item = Self> {
        TABLE.iter().filter(move |entry| entry.shared == shared).map(|entry| entry.phrase)
    }

    /// The key in a file: a section and a name, or a name.
    #[must_use]
    pub fn key(self) -> &'static str {
        TABLE[self as usize].key
    }

    /// Whether all contexts share it.
    #[must_use]
    pub fn is_shared(self) -> bool {
        TABLE[self as usize].shared
    }

    /// Fewest wordings that a file has for it.
    #[must_use]
    pub fn wordings(self) -> usize {
        match self {
            Self::Brief | Self::BriefFull | Self::BriefStep | Self::Reward => 1,
            _ => WORDINGS,
        }
    }

    /// Reads a wording of this phrase; the error says what was expected.
    ///
    /// # Errors
    /// Those of [`Template::parse`] for the places of this phrase.
    pub fn template(self, text: &str) -> Result<Template, String> {
        let entry = &TABLE[self as usize];
        Template::parse(text, entry.required, entry.optional)
    }
}

/// The wordings of every phrase of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Wordings(Vec<Vec<Template>>);

impl Wordings {
    /// Reads the wordings of all phrases of a kind with `read`, which is given their keys.
    pub(super) fn read<E>(
        shared: bool,
        mut read: impl FnMut(Phrase) -> Result<Vec<Template>, E>,
    ) -> Result<Self, E> {
        let mut all = vec![Vec::new(); Phrase::COUNT];
        for phrase in Phrase::all(shared) {
            all[phrase as usize] = read(phrase)?;
        }
        Ok(Self(all))
    }

    /// The same phrases with other text around their places.
    pub(super) fn map_text(&self, mut text: impl FnMut(&str) -> String) -> Self {
        let mut phrase =
            |of: &Vec<Template>| of.iter().map(|one| one.map_text(&mut text)).collect();
        Self(self.0.iter().map(&mut phrase).collect())
    }

    /// The wordings of a phrase; none for one of the other kind of file.
    #[must_use]
    pub fn of(&self, phrase: Phrase) -> &[Template] {
        &self.0[phrase as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_phrases() {
        for (i, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.phrase as usize, i);
            assert!(TABLE[..i].iter().all(|other| other.key != entry.key), "{}", entry.key);
        }
    }
}
