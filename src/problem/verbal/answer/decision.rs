//! Where a text decides for an arm: behind an announcement with a colon, or in a sentence ("I go with B").

use super::mentions::{JOINS, Mention, REASONS, Text, is_decoration};
use crate::problem::verbal::words::{ANNOUNCE_ACTION, Kind, Token};

/// Most words between an announcement and its label ("the option number"), or between who decides and the verb.
const MOST_WORDS: usize = 3;
/// What is done with an arm by who decides for it.
const VERBS: [&str; 16] = [
    "choose", "choosing", "pick", "select", "take", "try", "play", "push", "press", "go", "going",
    "stay", "stick", "opt", "settle", "decide",
];
const PREPOSITIONS: [&str; 4] = ["with", "for", "on", "to"];
const SUBJECTS: [&str; 9] = ["i", "i'll", "i'd", "i'm", "we", "we'll", "let", "i’ll", "i’m"];
/// Between subject and verb.
const AUXILIARIES: [&str; 17] = [
    "will",
    "would",
    "shall",
    "should",
    "must",
    "am",
    "are",
    "going",
    "to",
    "now",
    "then",
    "therefore",
    "thus",
    "again",
    "still",
    "me",
    "us",
];
/// Before a subject that does not decide, or not yet.
const HYPOTHESES: [&str; 20] = [
    "if", "when", "whenever", "whether", "unless", "until", "before", "once", "time", "should",
    "would", "could", "can", "will", "shall", "do", "did", "had", "may", "must",
];

impl Text<'_> {
    /// The arm that stands right at `start` and is no more than named there: the line ends behind it, or a mark or a reason
    /// follows. "C has failed" is about C. Given as its place among `named`.
    pub fn led(&self, named: &[Mention], start: usize) -> Option<usize> {
        let mut passed = 0;
        for at in start..self.tokens.len() {
            if !is_said(&self.tokens[at]) {
                if self.tokens[at].kind == Kind::Break && passed > 0 {
                    return None;
                }
                continue;
            }
            let place = named.partition_point(|mention| mention.first < at);
            if named.get(place).is_some_and(|mention| mention.first == at) {
                return self.stands_alone(&named[place]).then_some(place);
            }
            if !self.leads_on(at) || passed == MOST_WORDS {
                return None;
            }
            passed += 1;
        }
        None
    }

    fn leads_on(&self, at: usize) -> bool {
        self.introduces(at) || self.keys[at] == "the"
    }

    fn stands_alone(&self, mention: &Mention) -> bool {
        let quotes = |at: &usize| {
            let mark = matches!(self.tokens[*at].kind, Kind::Mark(c) if "*_\"'`“”‘’«»".contains(c));
            mark || self.labels.is_noun(&self.keys[*at])
        };
        let behind = (mention.end..self.tokens.len()).find(|at| !quotes(at));
        behind.is_none_or(|at| match self.tokens[at].kind {
            Kind::Mark(_) | Kind::Break => true,
            Kind::Number(_) => false,
            Kind::Word => {
                let key = &&*self.keys[at];
                REASONS.contains(key) || JOINS.contains(key)
            }
        })
    }

    /// Whether somebody says right before a token that it is what they do ("I will go with", "let me try the"), or that it is
    /// their answer ("my choice is").
    pub fn is_decided(&self, at: usize) -> bool {
        let mut words = Words { text: self, before: at };
        words.skip(MOST_WORDS, |at| self.leads_on(at));
        if words.take(&["is"]) {
            return words.take(&ANNOUNCE_ACTION);
        }
        words.take(&PREPOSITIONS);
        if !words.take(&VERBS) {
            return false;
        }
        words.skip(MOST_WORDS, |at| AUXILIARIES.contains(&&*self.keys[at]));
        words.take(&SUBJECTS) && !words.take(&HYPOTHESES)
    }
}

/// The words before a token, from the last to the first, up to a mark that is neither decoration nor a colon.
struct Words<'a> {
    text: &'a Text<'a>,
    before: usize,
}

impl Words<'_> {
    fn last(&self) -> Option<usize> {
        let passes = |token: &Token| is_decoration(token) || token.kind == Kind::Mark(':');
        let at = self.text.tokens[..self.before].iter().rposition(|token| !passes(token))?;
        (self.text.tokens[at].kind == Kind::Word).then_some(at)
    }

    /// Passes the last word if it is one of `words`.
    fn take(&mut self, words: &[&str]) -> bool {
        let own = self.last().filter(|at| words.contains(&&*self.text.keys[*at]));
        self.before = own.unwrap_or(self.before);
        own.is_some()
    }

    fn skip(&mut self, most: usize, passes: impl Fn(usize) -> bool) {
        for _ in 0..most {
            match self.last().filter(|at| passes(*at)) {
                Some(at) => self.before = at,
                None => break,
            }
        }
    }
}

/// Whether a token is a word or a number.
pub(super) fn is_said(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Number(_))
}
