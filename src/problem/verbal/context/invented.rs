//! Contexts in words that mean nothing: who is to cope with settings that they have never met learns from them which words
//! need not be understood.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, RngExt};

use super::{Context, Library, Part};
use crate::Result;
use crate::problem::verbal::scale::Scale;

const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
const VOWELS: &[u8] = b"aeiou";

/// Words and what stands for them.
struct Dictionary<'r, R> {
    words: BTreeMap<String, String>,
    used: BTreeSet<String>,
    rng: &'r mut R,
}

impl<R: Rng> Dictionary<'_, R> {
    /// `text` with other words; single letters stay.
    fn translate(&mut self, text: &str) -> String {
        let mut said = String::new();
        for piece in text.split_inclusive(|c: char| !c.is_alphabetic()) {
            let word = piece.trim_end_matches(|c: char| !c.is_alphabetic());
            if word.chars().count() < 2 {
                said += piece;
                continue;
            }
            let other = self.word(&word.to_lowercase());
            if word.starts_with(char::is_uppercase) {
                said += &other[..1].to_uppercase();
                said += &other[1..];
            } else {
                said += other;
            }
            said += &piece[word.len()..];
        }
        said
    }

    /// What stands for `word`.
    fn word(&mut self, word: &str) -> &str {
        if !self.words.contains_key(word) {
            let invented = self.invent();
            self.words.insert(word.to_owned(), invented);
        }
        &self.words[word]
    }

    /// A word of two or three syllables that is no other's.
    fn invent(&mut self) -> String {
        loop {
            let mut word = String::new();
            for _ in 0..self.rng.random_range(2..=3) {
                for letters in [CONSONANTS, VOWELS] {
                    word.push(char::from(letters[self.rng.random_range(0..letters.len())]));
                }
            }
            if self.used.insert(word.clone()) {
                return word;
            }
        }
    }

    fn all<const N: usize>(&mut self, texts: &[String; N]) -> [String; N] {
        std::array::from_fn(|i| self.translate(&texts[i]))
    }

    fn list(&mut self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| self.translate(text)).collect()
    }

    fn scale(&mut self, scale: &Scale) -> Scale {
        Scale { unit: self.all(&scale.unit), ..scale.clone() }
    }
}

impl Context {
    /// The same context under the name `name` with an invented word for each of its words, the same for the same one.
    #[must_use]
    pub fn in_invented_words(&self, name: String, rng: &mut impl Rng) -> Self {
        let mut words = Dictionary { words: BTreeMap::new(), used: BTreeSet::new(), rng };
        Self {
            name,
            held_out: self.held_out,
            nouns: words.all(&self.nouns),
            arms: words.list(&self.arms),
            amount: words.scale(&self.amount),
            states: words.list(&self.states),
            actions: words.list(&self.actions),
            observations: words.list(&self.observations),
            earned: words.scale(&self.earned),
            wordings: self.wordings.map_text(|text| words.translate(text)),
        }
    }
}

impl Library {
    /// Adds `count` contexts in invented words, made of the training contexts by turns.
    ///
    /// # Errors
    /// A name "invented I" that another context has.
    pub fn with_invented(self, count: usize, rng: &mut impl Rng) -> Result<Self> {
        let patterns: Vec<Context> = self.part(Part::Training).into_iter().cloned().collect();
        let mut contexts = self.contexts;
        for (i, pattern) in (0..count).zip(patterns.iter().cycle()) {
            contexts.push(pattern.in_invented_words(format!("invented {i}"), rng));
        }
        Self::new(contexts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::verbal::telling::{Kind, Rewards, Shape, Style, Telling};

    #[test]
    fn invented_contexts_are_new_and_whole() {
        let mut rng = Streams::new(3).stream(Purpose::Theory, 0, 0, 0);
        let bundled = Library::bundled().unwrap();
        let library = bundled.clone().with_invented(12, &mut rng).unwrap();
        assert_eq!(library.contexts.len(), bundled.contexts.len() + 12);
        assert_eq!(library.part(Part::HeldOut), bundled.part(Part::HeldOut));
        for (i, context) in library.contexts[bundled.contexts.len()..].iter().enumerate() {
            let pattern = bundled.part(Part::Training)[i % 10];
            let names = [&context.arms[..], &context.states, &context.actions, &context.nouns];
            let known = [&pattern.arms[..], &pattern.states, &pattern.actions, &pattern.nouns];
            for (names, known) in names.iter().zip(known) {
                assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), known.len());
                assert!(names.iter().all(|name| !known.contains(name)), "{names:?}");
            }
            let shape = Shape { kind: Kind::Bandit, arms: 5, rounds: 3, rewards: Rewards::ZeroOne };
            Telling::draw(&library, context, &shape, &Style::default(), &mut rng).unwrap();
        }
        // Two of one pattern differ.
        assert_ne!(library.contexts[13].arms, library.contexts[23].arms);
    }

    #[test]
    fn words_are_replaced_and_signs_are_not() {
        let mut rng = Streams::new(3).stream(Purpose::Theory, 0, 0, 0);
        let mut words = Dictionary { words: BTreeMap::new(), used: BTreeSet::new(), rng: &mut rng };
        let said = words.translate("The red-hot pan, the PAN: a 12%!");
        let parts: Vec<&str> = said.split([' ', '-', ',', ':']).collect();
        assert_eq!(parts[0].to_lowercase(), parts[5]);
        assert_eq!(parts[3].to_lowercase(), parts[6].to_lowercase());
        assert!(said.ends_with(": a 12%!") && said.contains('-'), "{said}");
        assert!(parts[0].starts_with(char::is_uppercase) && !said.contains("red"));
        assert_eq!(words.translate("über-x"), format!("{}-x", words.translate("über")));
    }
}
