//! What arms and actions are called, and the answers that name them.

use std::collections::HashMap;

use super::words;

/// How the names of a scenario are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelStyle {
    /// By their names, which answers repeat.
    Names,
    /// Each with a letter, from A on in the order of the list; answers give the letter.
    Letters,
}

/// Most labels: one a letter.
pub const MAX_LABELS: usize = 26;

/// Names of K arms in the order in which they are listed.
#[derive(Clone, Debug)]
pub struct Labels {
    names: Vec<String>,
    /// The arm at every place of the list.
    order: Vec<usize>,
    /// The place of every arm in the list.
    places: Vec<usize>,
    style: LabelStyle,
    /// What arms are, in small letters: words that announce a label.
    nouns: [String; 2],
    /// Words of the names by their first word, longer names first.
    by_word: HashMap<String, Vec<(Vec<String>, usize)>>,
}

impl Labels {
    /// Labels of arms called `names` (by arm) and listed in `order`; an arm is one of `nouns` (singular and plural).
    ///
    /// # Panics
    /// If `order` does not list every arm once, there are more than 26, or a name is none ([`words::check_name`]).
    #[must_use]
    pub fn new(
        names: Vec<String>,
        order: Vec<usize>,
        style: LabelStyle,
        nouns: &[String; 2],
    ) -> Self {
        assert!(names.len() == order.len() && names.len() <= MAX_LABELS, "one place an arm");
        let mut places = vec![usize::MAX; names.len()];
        order.iter().enumerate().for_each(|(place, arm)| places[*arm] = place);
        assert!(places.iter().all(|place| *place < names.len()), "every arm once");
        let mut by_word: HashMap<String, Vec<(Vec<String>, usize)>> = HashMap::new();
        for (arm, name) in names.iter().enumerate() {
            assert_eq!(words::check_name(name), Ok(()));
            let own: Vec<String> = words::tokens(name).iter().map(words::Token::key).collect();
            by_word.entry(own[0].clone()).or_default().push((own, arm));
        }
        by_word
            .values_mut()
            .for_each(|names| names.sort_by_key(|(own, _)| std::cmp::Reverse(own.len())));
        let nouns = [nouns[0].to_lowercase(), nouns[1].to_lowercase()];
        Self { names, order, places, style, nouns, by_word }
    }

    /// Number of arms.
    #[must_use]
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Arms in the order of the list.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The arm at a place of the list (from 0), if there is one.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<usize> {
        self.order.get(place).copied()
    }

    /// How arms are labelled.
    #[must_use]
    pub fn style(&self) -> LabelStyle {
        self.style
    }

    /// The name of an arm.
    #[must_use]
    pub fn name(&self, arm: usize) -> &str {
        &self.names[arm]
    }

    /// What an answer calls an arm: its name or its letter.
    #[must_use]
    pub fn label(&self, arm: usize) -> String {
        match self.style {
            LabelStyle::Names => self.names[arm].clone(),
            LabelStyle::Letters => self.letter(arm).to_string(),
        }
    }

    /// What a summary calls an arm: its name, or letter and name.
    #[must_use]
    pub fn full(&self, arm: usize) -> String {
        match self.style {
            LabelStyle::Names => self.names[arm].clone(),
            LabelStyle::Letters => format!("{} ({})", self.letter(arm), self.names[arm]),
        }
    }

    /// All labels in their order: "red, blue" or "A: red, B: blue".
    #[must_use]
    pub fn list(&self) -> String {
        let entry = |arm: &usize| match self.style {
            LabelStyle::Names => self.names[*arm].clone(),
            LabelStyle::Letters => format!("{}: {}", self.letter(*arm), self.names[*arm]),
        };
        self.order.iter().map(entry).collect::<Vec<_>>().join(", ")
    }

    /// The arm that a text is the label of, to the letter.
    #[must_use]
    pub fn exactly(&self, text: &str) -> Option<usize> {
        (0..self.count()).find(|arm| self.label(*arm) == text)
    }

    /// Whether a word (in small letters) says what arms are.
    pub(super) fn is_noun(&self, word: &str) -> bool {
        self.nouns.iter().any(|noun| noun == word)
    }

    /// The arm whose name `keys` begin with, the longest if there are several, and its number of words.
    pub(super) fn name_at(&self, keys: &[String]) -> Option<(usize, usize)> {
        let names = self.by_word.get(keys.first()?)?;
        names.iter().find(|(own, _)| keys.starts_with(own)).map(|(own, arm)| (*arm, own.len()))
    }

    /// The arm of a capital letter, where there are letters.
    pub(super) fn with_letter(&self, text: &str) -> Option<usize> {
        match text.as_bytes() {
            [letter @ b'A'..=b'Z'] if self.style == LabelStyle::Letters => {
                self.at(usize::from(letter - b'A'))
            }
            _ => None,
        }
    }

    fn letter(&self, arm: usize) -> char {
        char::from(b'A' + self.places[arm] as u8)
    }
}
