//! What a reply says about the past: the counts it writes, and whether they are those of the history (VERB-R6).

use serde::{Deserialize, Serialize};

use super::answer::announcement;
use super::answer::mentions::is_decoration;
use super::labels::Labels;
use super::tallies::Tallies;
use super::telling::{Kind, Telling};
use super::words::{ANNOUNCE_LAW, Kind as Part, Token, tokens};

/// What is said about the tries of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Count {
    /// How many there were: "A 3 tries", or "A none" for 0.
    Tries(usize),
    /// How many of them were successes: "A 2/3".
    Wins {
        /// Successes.
        wins: usize,
        /// Tries.
        tries: usize,
    },
    /// The amount they brought on average: "A 34 over 3".
    Mean {
        /// The mean amount, not rounded.
        amount: f64,
        /// Tries.
        tries: usize,
    },
}

impl Count {
    /// What is so of an arm, as far as the telling shows it.
    ///
    /// # Panics
    /// If there is no such arm.
    #[must_use]
    pub fn of(telling: &Telling, tallies: &Tallies, arm: usize) -> Self {
        let tries = tallies.tries(arm);
        match (tallies.mean(arm), telling.shape().kind) {
            (None, _) | (_, Kind::Pomdp { .. }) => Self::Tries(tries),
            _ if telling.shape().tells_outcomes() => {
                Self::Wins { wins: tallies.sum(arm) as usize, tries }
            }
            (Some(mean), _) => Self::Mean { amount: telling.scale().amount(mean), tries },
        }
    }

    /// Whether what is said is so: all numbers agree, mean amounts to `slack`.
    fn agrees(self, so: Self, slack: f64) -> bool {
        match (self, so) {
            (Self::Mean { amount: said, tries: a }, Self::Mean { amount, tries: b }) => {
                a == b && (said - amount).abs() <= slack
            }
            (said, so) => said == so,
        }
    }
}

/// Writes the counts of all arms in the order of the list: "A 2/3, B 0/1, C none", and where several have not been tried,
/// "rest none" or "all none".
#[must_use]
pub fn write_counts(telling: &Telling, tallies: &Tallies) -> String {
    let labels = telling.labels();
    let order = || labels.order().iter().copied();
    let untried = order().filter(|arm| tallies.tries(*arm) == 0).count();
    if untried == labels.count() && untried > 1 {
        return "all none".to_owned();
    }
    let entry = |arm: usize| {
        let label = labels.label(arm);
        match Count::of(telling, tallies, arm) {
            Count::Tries(0) if untried > 1 => None,
            Count::Tries(0) => Some(format!("{label} none")),
            Count::Tries(1) => Some(format!("{label} 1 try")),
            Count::Tries(tries) => Some(format!("{label} {tries} tries")),
            Count::Wins { wins, tries } => Some(format!("{label} {wins}/{tries}")),
            Count::Mean { amount, tries } => {
                Some(format!("{label} {} over {tries}", telling.scale().number(amount)))
            }
        }
    };
    let mut entries: Vec<String> = order().filter_map(entry).collect();
    if untried > 1 {
        entries.push("rest none".to_owned());
    }
    entries.join(", ")
}

/// The counts that a reply writes, by arm, in time linear in its length; `None` for arms of which it gives none.
///
/// A count is a label (a name in any case, or a capital letter where there are letters), perhaps marks, and "2/3", "2 of 3"
/// or "2 out of 3", "34 over 3", "3 tries" or "3 times", or "none". "rest none", "others none" and "all none" are about the arms that have
/// none yet. Of several counts of an arm the last stands. Nothing is read from where probabilities are announced on.
#[must_use]
pub fn counts(reply: &str, labels: &Labels) -> Vec<Option<Count>> {
    let tokens = tokens(reply);
    let keys: Vec<String> = tokens.iter().map(Token::key).collect();
    let text = Text { tokens: &tokens, keys: &keys };
    let mut counts = vec![None; labels.count()];
    let end = announcement(&tokens, &ANNOUNCE_LAW).unwrap_or(tokens.len());
    let mut at = 0;
    while at < end {
        if tokens[at].kind != Part::Word {
            at += 1;
            continue;
        }
        let named = labels
            .name_at(&keys[at..])
            .or_else(|| labels.with_letter(tokens[at].text).map(|arm| (arm, 1)));
        let all = ["rest", "others", "all"].contains(&&*keys[at]);
        match named {
            Some((arm, length)) => {
                counts[arm] = text.count(at + length).or(counts[arm]);
                at += length;
            }
            None if all && text.word(at + 1, &["none"]) => {
                counts.iter_mut().for_each(|count| *count = count.or(Some(Count::Tries(0))));
                at += 2;
            }
            None => at += 1,
        }
    }
    counts
}

/// Marks between a label and its count.
const BETWEEN: &str = ":=–—";
/// Most tokens that are looked at behind a label.
const MOST_MARKS: usize = 6;

struct Text<'a> {
    tokens: &'a [Token<'a>],
    keys: &'a [String],
}

impl Text<'_> {
    /// The count that begins at a token, or behind marks there.
    fn count(&self, from: usize) -> Option<Count> {
        let passed = |token: &&Token| {
            is_decoration(token) || matches!(token.kind, Part::Mark(c) if BETWEEN.contains(c))
        };
        let marks = self.tokens[from..].iter().take(MOST_MARKS).take_while(passed).count();
        let mut at = from + marks;
        if self.word(at, &["none"]) {
            return Some(Count::Tries(0));
        }
        let minus = self.tokens.get(at).is_some_and(|token| token.kind == Part::Mark('-'));
        at += usize::from(minus);
        let amount = self.number(at)?;
        at += 1;
        if self.word(at, &["over"]) {
            let amount = if minus { -amount } else { amount };
            return Some(Count::Mean { amount, tries: self.whole(at + 1)? });
        }
        let number = self.whole(at - 1).filter(|_| !minus)?;
        if self.word(at, &["try", "tries", "time", "times"]) {
            return Some(Count::Tries(number));
        }
        at += usize::from(self.word(at, &["out"]));
        let slash = self.tokens.get(at).is_some_and(|token| token.kind == Part::Mark('/'));
        if !slash && !self.word(at, &["of"]) {
            return None;
        }
        Some(Count::Wins { wins: number, tries: self.whole(at + 1)? })
    }

    fn word(&self, at: usize, words: &[&str]) -> bool {
        self.keys.get(at).is_some_and(|key| words.contains(&&**key))
    }

    fn number(&self, at: usize) -> Option<f64> {
        match self.tokens.get(at)?.kind {
            Part::Number(value) => Some(value),
            _ => None,
        }
    }

    fn whole(&self, at: usize) -> Option<usize> {
        self.number(at)?;
        self.tokens[at].text.parse().ok()
    }
}

/// How far the counts that are written of arms that have been tried agree with what was. That an arm has not been tried is no
/// count: "rest none" would be right of many arms whatever is known of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Counts that could have been written: one a reply and arm that has been tried.
    pub possible: u64,
    /// Those that were.
    pub written: u64,
    /// Those of them that are right.
    pub right: u64,
}

impl Agreement {
    /// Takes in a reply that was given when things were as in `tallies`. Mean amounts may be off by one in their last decimal, since
    /// who calculates them has only rounded amounts.
    pub fn enter(&mut self, reply: &str, telling: &Telling, tallies: &Tallies) {
        let slack = 1.001 * telling.scale().last_decimal();
        for (arm, said) in counts(reply, telling.labels()).into_iter().enumerate() {
            if tallies.tries(arm) == 0 {
                continue;
            }
            self.possible += 1;
            let Some(said) = said else { continue };
            self.written += 1;
            self.right += u64::from(said.agrees(Count::of(telling, tallies, arm), slack));
        }
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: &Self) {
        self.possible += other.possible;
        self.written += other.written;
        self.right += other.right;
    }

    /// Share of what is written that is right, if anything is.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.written > 0).then(|| self.right as f64 / self.written as f64)
    }

    /// Share of what could have been written that is, if anything could.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        (self.possible > 0).then(|| self.written as f64 / self.possible as f64)
    }
}

#[cfg(test)]
mod tests;
