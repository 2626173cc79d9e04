//! Text as tokens and back: byte-pair encoding of bytes (Sennrich, Haddow and Birch 2016; Radford et al. 2019).
//!
//! A text is cut into pieces: a word, a single digit or a run of other signs, each with the space before it (a digit
//! also with a slash), a line break, a run of white space. Inside a piece the pair of neighbouring tokens that was learned first is joined,
//! again and again. Tokens 0 .. 255 are the bytes, so that every text can be told; then come the [`Special`] tokens that no
//! text contains, then the learned pairs in the order in which they were learned.

mod pieces;
mod training;

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};
use pieces::pieces;

/// Tokens of single bytes.
const BYTES: usize = 256;

/// Tokens that are not learned.
pub(super) const GIVEN: usize = BYTES + Special::ALL.len();

/// Most tokens of a vocabulary: as many as a Transformer has outputs.
pub(super) const MAX_TOKENS: usize = 1 << 14;

/// Longest token in bytes: pairs of pairs would double without end.
const MAX_BYTES: usize = 32;

/// What ends a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// The end of the setting.
    SystemEnd,
    /// The end of a question.
    UserEnd,
    /// The end of an answer.
    AssistantEnd,
}

impl Special {
    /// All of them, in the order of their tokens.
    pub const ALL: [Self; 3] = [Self::SystemEnd, Self::UserEnd, Self::AssistantEnd];

    /// Its token.
    #[must_use]
    pub const fn token(self) -> u32 {
        BYTES as u32 + self as u32
    }

    /// The special token `token`, if it is one.
    #[must_use]
    pub fn of(token: u32) -> Option<Self> {
        let index = (token as usize).checked_sub(BYTES)?;
        Self::ALL.get(index).copied()
    }
}

/// Splits texts into tokens and joins them again.
#[derive(Clone)]
pub struct Tokenizer {
    /// The pair that token `GIVEN + i` joins.
    pairs: Vec<(u32, u32)>,
    /// Token of every pair.
    joined: HashMap<(u32, u32), u32>,
    /// Pieces that are one token.
    whole: HashMap<Box<[u8]>, u32>,
    /// Bytes of every token; special tokens have none.
    bytes: Vec<Box<[u8]>>,
}

impl Tokenizer {
    /// Learns the pairs that are most frequent in `texts`, of equally frequent ones that of the lowest tokens, until the
    /// vocabulary has `size` tokens or no pair occurs twice.
    ///
    /// # Errors
    /// A size below that of bytes and special tokens, 259, or above 2^14.
    pub fn train<T: AsRef<str>>(texts: &[T], size: usize) -> Result<Self> {
        if !(GIVEN..=MAX_TOKENS).contains(&size) {
            return Err(Error::parameter("vocabulary", size, format!("{GIVEN} to {MAX_TOKENS}")));
        }
        let words = training::words(texts.iter().flat_map(|text| pieces(text.as_ref())));
        Self::of_pairs(training::pairs(words, size - GIVEN))
            .map_err(|message| Error::parameter("texts", "", message))
    }

    /// The tokenizer that joins `pairs`, the earlier ones first; the error is a message that names the pair.
    fn of_pairs(pairs: Vec<(u32, u32)>) -> std::result::Result<Self, String> {
        let most = MAX_TOKENS - GIVEN;
        if pairs.len() > most {
            return Err(format!("{} pairs: expected at most {most}", pairs.len()));
        }
        let single = (0..=u8::MAX).map(|byte| Box::from([byte]));
        let mut bytes: Vec<Box<[u8]>> = single.collect();
        bytes.resize(GIVEN, Box::default());
        let mut joined = HashMap::with_capacity(pairs.len());
        for &(left, right) in &pairs {
            let part = |token: u32| match bytes.get(token as usize) {
                Some(part) if !part.is_empty() => Ok(part),
                _ => Err(format!("pair ({left}, {right}): expected bytes or pairs before it")),
            };
            let both = [&**part(left)?, &**part(right)?].concat();
            if both.len() > MAX_BYTES {
                return Err(format!("pair ({left}, {right}): longer than {MAX_BYTES} bytes"));
            }
            if joined.insert((left, right), bytes.len() as u32).is_some() {
                return Err(format!("pair ({left}, {right}): given twice"));
            }
            bytes.push(both.into());
        }
        let mut tokenizer = Self { pairs, joined, whole: HashMap::new(), bytes };
        let mut piece = Vec::new();
        for token in 0..tokenizer.bytes.len() as u32 {
            let bytes = &tokenizer.bytes[token as usize];
            piece.clear();
            tokenizer.join(bytes, &mut piece);
            if piece == [token] {
                tokenizer.whole.insert(bytes.clone(), token);
            }
        }
        Ok(tokenizer)
    }

    /// Number of tokens.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The tokens of `text`, none of them special.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(text.len() / 2);
        self.encode_into(text, &mut tokens);
        tokens
    }

    /// Appends the tokens of `text` to `tokens`.
    pub fn encode_into(&self, text: &str, tokens: &mut Vec<u32>) {
        for piece in pieces(text) {
            match self.whole.get(piece.as_bytes()) {
                Some(&token) => tokens.push(token),
                None => self.join(piece.as_bytes(), tokens),
            }
        }
    }

    /// Appends the tokens of one piece, whose length is bounded.
    fn join(&self, piece: &[u8], tokens: &mut Vec<u32>) {
        let start = tokens.len();
        tokens.extend(piece.iter().map(|&byte| u32::from(byte)));
        loop {
            let own = &tokens[start..];
            let known = own.windows(2).filter_map(|pair| self.joined.get(&(pair[0], pair[1])));
            let Some(&token) = known.min() else { return };
            join_all(tokens, start, self.pairs[token as usize - GIVEN], token);
        }
    }

    /// The text of `tokens`: exactly what was encoded. Special and unknown tokens say nothing; bytes that are no UTF-8
    /// become U+FFFD.
    #[must_use]
    pub fn decode(&self, tokens: &[u32]) -> String {
        String::from_utf8_lossy(&self.bytes(tokens)).into_owned()
    }

    /// The bytes of `tokens`, UTF-8 or not.
    #[must_use]
    pub fn bytes(&self, tokens: &[u32]) -> Vec<u8> {
        let known = tokens.iter().filter_map(|&token| self.bytes.get(token as usize));
        known.flat_map(|bytes| bytes.iter().copied()).collect()
    }

    /// The tokenizer as JSON: the pairs, in order.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("pairs of numbers can be written")
    }

    /// Reads what [`Self::to_json`] wrote; the error is a message that names the pair.
    pub fn from_json(text: &str) -> std::result::Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// Joins every occurrence of `pair` in `tokens[start..]` to `token`, from the left.
fn join_all(tokens: &mut Vec<u32>, start: usize, pair: (u32, u32), token: u32) {
    let (mut read, mut write) = (start, start);
    while read < tokens.len() {
        if tokens[read] == pair.0 && tokens.get(read + 1) == Some(&pair.1) {
            tokens[write] = token;
            read += 2;
        } else {
            tokens[write] = tokens[read];
            read += 1;
        }
        write += 1;
    }
    tokens.truncate(write);
}

/// What is written of a tokenizer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    pairs: Vec<(u32, u32)>,
}

impl Serialize for Tokenizer {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        Written { pairs: self.pairs.clone() }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Tokenizer {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        Self::of_pairs(Written::deserialize(from)?.pairs).map_err(serde::de::Error::custom)
    }
}

impl PartialEq for Tokenizer {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Tokenizer of {} tokens", self.size())
    }
}

#[cfg(test)]
mod tests;
