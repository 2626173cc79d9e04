//! Where a text names arms.
//!
//! - A *name* counts in any case, as whole words; where several names begin at a word, the longest does.
//! - A *letter* counts where arms have letters: a capital that stands alone; a small letter only if it is announced, quoted or
//!   alone on its line. A, a, I and i are words of their own: they count only if no word follows on their line, or if they are
//!   announced and one follows that neither an article nor a pronoun stands before ("because", "is"); capitals also right behind
//!   "option" and its like.
//! - A *number* counts as a place in the list (from 1) after a word that announces it ("arm 2", "option: 2"), unless "time",
//!   "times", "%" or "/" follow.

use crate::problem::verbal::labels::{LabelStyle, Labels};
use crate::problem::verbal::words::{ANNOUNCE_ACTION, ANNOUNCE_LABEL, Kind, Token};

/// Marks around a word that do not change what it says.
const DECORATION: &str = "*_\"'`“”‘’«»()[]<>{}#";

/// An arm that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The arm.
    pub arm: usize,
    /// Its first token.
    pub first: usize,
    /// The token behind it.
    pub end: usize,
}

/// Words and marks between the arms of a list.
pub(super) const JOINS: [&str; 4] = ["or", "and", "vs", "versus"];
/// Words that go on after a label, and neither after an article nor a pronoun.
pub(super) const REASONS: [&str; 11] =
    ["because", "since", "as", "for", "given", "due", "but", "over", "again", "while", "rather"];

/// Verbs that are said of an arm, but neither after an article nor after "I".
const OF_ARMS: [&str; 4] = ["is", "has", "looks", "seems"];

/// All arms named, in the order of the text; no token belongs to two.
#[must_use]
pub fn mentions(tokens: &[Token], labels: &Labels) -> Vec<Mention> {
    Text::new(tokens, labels).mentions()
}

/// Whether a token is a mark that does not change what is said.
pub fn is_decoration(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(c) if DECORATION.contains(c))
}

/// A text and who may be named in it.
pub(super) struct Text<'a> {
    pub tokens: &'a [Token<'a>],
    /// A key a token.
    pub keys: Vec<String>,
    pub labels: &'a Labels,
}

impl<'a> Text<'a> {
    pub fn new(tokens: &'a [Token<'a>], labels: &'a Labels) -> Self {
        Self { tokens, keys: tokens.iter().map(Token::key).collect(), labels }
    }

    /// All arms named, in the order of the text.
    pub fn mentions(&self) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let named = match self.tokens[at].kind {
                Kind::Word => {
                    let name = self.labels.name_at(&self.keys[at..]);
                    name.or_else(|| Some((self.letter(at)?, 1)))
                }
                Kind::Number(value) => self.place(at, value).map(|arm| (arm, 1)),
                Kind::Mark(_) | Kind::Break => None,
            };
            match named {
                Some((arm, length)) => {
                    found.push(Mention { arm, first: at, end: at + length });
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    /// Whether a token is a capital A or I that is an arm's letter: a label or a word of its own.
    pub fn is_unclear(&self, at: usize) -> bool {
        let text = self.tokens[at].text;
        ["A", "I"].contains(&text) && self.labels.with_letter(text).is_some()
    }

    /// Whether a word says that a label comes.
    pub fn introduces(&self, at: usize) -> bool {
        let key = &*self.keys[at];
        ANNOUNCE_LABEL.contains(&key) || self.labels.is_noun(key)
    }

    /// The arm that a word is the letter of.
    fn letter(&self, at: usize) -> Option<usize> {
        let letter = match self.tokens[at].text.as_bytes() {
            [letter] if letter.is_ascii_alphabetic() => *letter,
            _ => return None,
        };
        if self.labels.style() != LabelStyle::Letters {
            return None;
        }
        let arm = self.labels.at(usize::from(letter.to_ascii_uppercase() - b'A'))?;
        let a_word = letter.eq_ignore_ascii_case(&b'a') || letter.eq_ignore_ascii_case(&b'i');
        let last = !self.tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Word);
        let announced = || self.announced(at, &[':', '=', '#']) || self.is_decided(at);
        let no_word = || {
            let next = || self.keys.get(at + 1).map(|key| &**key);
            let goes_on =
                next().is_some_and(|next| REASONS.contains(&next) || OF_ARMS.contains(&next));
            last || goes_on && announced()
        };
        let counts = if letter.is_ascii_uppercase() {
            !a_word || no_word() || at.checked_sub(1).is_some_and(|before| self.introduces(before))
        } else {
            (announced() || self.decorated(at) || self.alone(at)) && (!a_word || no_word())
        };
        counts.then_some(arm)
    }

    /// The arm that a number is the place of.
    fn place(&self, at: usize, value: f64) -> Option<usize> {
        let whole = self.tokens[at].text.bytes().all(|byte| byte.is_ascii_digit());
        let other = match self.tokens.get(at + 1) {
            Some(Token { kind: Kind::Mark(c), .. }) => "%/".contains(*c),
            Some(Token { kind: Kind::Word, .. }) => {
                ["time", "times"].contains(&&*self.keys[at + 1])
            }
            _ => false,
        };
        if !whole || other || value < 1.0 || !self.announced(at, &[]) {
            return None;
        }
        self.labels.at(value as usize - 1)
    }

    /// Whether the word before says that a label comes, or one of `marks` does; decoration between them is passed over, and
    /// so is a colon or its like after the word.
    fn announced(&self, at: usize, marks: &[char]) -> bool {
        for before in (0..at).rev() {
            match self.tokens[before].kind {
                Kind::Mark(c) if marks.contains(&c) => return true,
                Kind::Mark(c) if DECORATION.contains(c) || ":=#".contains(c) => {}
                Kind::Word => {
                    let action = ANNOUNCE_ACTION.contains(&&*self.keys[before]);
                    return action || self.introduces(before);
                }
                _ => return false,
            }
        }
        false
    }

    fn decorated(&self, at: usize) -> bool {
        let here = |place: Option<usize>| {
            place.and_then(|place| self.tokens.get(place)).is_some_and(is_decoration)
        };
        here(at.checked_sub(1)) && here(Some(at + 1))
    }

    fn alone(&self, at: usize) -> bool {
        let ends = |place: Option<usize>| {
            place
                .and_then(|place| self.tokens.get(place))
                .is_none_or(|token| token.kind == Kind::Break)
        };
        ends(at.checked_sub(1)) && ends(Some(at + 1))
    }
}
