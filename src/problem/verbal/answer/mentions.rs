//! Where a text names arms.
//!
//! - A *name* counts in any case, as whole words; where several names begin at a word, the longest does.
//! - A *letter* counts where arms have letters: a capital that stands alone; A and I only if no word follows on their line or
//!   something announces them, since they are words of their own; a small letter only if it is announced, quoted or alone on
//!   its line, and a and i then only if no word follows.
//! - A *number* counts as a place in the list (from 1) after a word that announces it ("arm 2", "option: 2"), unless "time",
//!   "times", "%" or "/" follow.

use super::words::{ANNOUNCE_ACTION, ANNOUNCE_LABEL, Kind, Token};
use crate::problem::verbal::labels::{LabelStyle, Labels};

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

/// All arms named, in the order of the text; no token belongs to two.
#[must_use]
pub fn mentions(tokens: &[Token], labels: &Labels) -> Vec<Mention> {
    let keys: Vec<String> = tokens.iter().map(Token::key).collect();
    let text = Text { tokens, keys: &keys, labels };
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let named = match tokens[at].kind {
            Kind::Word => labels.name_at(&keys[at..]).or_else(|| Some((text.letter(at)?, 1))),
            Kind::Number(value) => text.place(at, value).map(|arm| (arm, 1)),
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

/// Whether a token is a mark that does not change what is said.
pub fn is_decoration(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(c) if DECORATION.contains(c))
}

struct Text<'a> {
    tokens: &'a [Token<'a>],
    keys: &'a [String],
    labels: &'a Labels,
}

impl Text<'_> {
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
        let announced = self.announced(at, &[':', '=', '#']);
        let counts = if letter.is_ascii_uppercase() {
            !a_word || last || announced
        } else {
            (announced || self.decorated(at) || self.alone(at)) && (!a_word || last)
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
                    let key = &*self.keys[before];
                    let known = ANNOUNCE_LABEL.contains(&key) || ANNOUNCE_ACTION.contains(&key);
                    return known || self.labels.is_noun(key);
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
