//! Which arm a text chooses.

use std::ops::Range;

use super::Reason;
use super::decision::is_said;
use super::mentions::{JOINS, Mention, Text, is_decoration};
use crate::problem::verbal::labels::Labels;
use crate::problem::verbal::words::{ANNOUNCE_ACTION, Kind, Token, tokens};

/// What the last line of a choice begins with.
pub(super) const CHOICE: &str = "Choice: ";

/// The last line is "Choice: " and a label, to the letter.
pub(super) fn strict(text: &str, labels: &Labels) -> Result<usize, Reason> {
    let label = super::last_line(text)?.strip_prefix(CHOICE).ok_or(Reason::Form)?;
    labels.exactly(label).ok_or(Reason::NothingNamed)
}

/// The arm of the last announcement ("Choice:", "final answer =") that a label leads; else that of the last sentence that
/// decides ("I go with B"), from the last announcement on if there is one; else what the line of the last announcement names,
/// and without any the only arm that the text names.
pub(super) fn lenient(text: &str, labels: &Labels) -> Result<usize, Reason> {
    let tokens = tokens(text);
    if tokens.iter().all(|token| token.kind == Kind::Break) {
        return Err(Reason::Empty);
    }
    let text = Text::new(&tokens, labels);
    let named = text.mentions();
    let announced = announcements(&tokens, &ANNOUNCE_ACTION);
    let last = announced.last().copied();
    let led = announced.iter().rev().find_map(|start| text.led(&named, *start));
    let decided = || {
        let from = last.unwrap_or(0);
        named.iter().rposition(|mention| mention.first >= from && text.is_decided(mention.first))
    };
    if let Some(place) = led.or_else(decided) {
        let end = line_end(&tokens, named[place].first);
        return unless_listed(&tokens, within(&named[place..], 0..end));
    }
    let range = last.map_or(0..tokens.len(), |start| start..line_end(&tokens, start));
    let here = within(&named, range.clone());
    let first = here.first().ok_or(Reason::NothingNamed)?;
    // What leads the line is the answer, and what follows says something about it, unless it is one of a list.
    if last.is_some() && !tokens[range.start..first.first].iter().any(is_said) {
        return unless_listed(&tokens, here);
    }
    let named_here = |at: &usize| {
        let place = here.partition_point(|mention| mention.end <= *at);
        here.get(place).is_some_and(|mention| mention.first <= *at)
    };
    let unclear = range.into_iter().any(|at| text.is_unclear(at) && !named_here(&at));
    let several = here.iter().any(|mention| mention.arm != first.arm);
    if several || unclear { Err(Reason::SeveralNamed) } else { Ok(first.arm) }
}

/// The mentions that lie in a range of tokens.
fn within(named: &[Mention], range: Range<usize>) -> &[Mention] {
    let first = named.partition_point(|mention| mention.first < range.start);
    let end = named.partition_point(|mention| mention.end <= range.end);
    &named[first..end.max(first)]
}

/// The first arm of `named`, unless another one is listed with it.
fn unless_listed(tokens: &[Token], named: &[Mention]) -> Result<usize, Reason> {
    let first = named.first().ok_or(Reason::NothingNamed)?;
    match named.iter().find(|mention| mention.arm != first.arm) {
        Some(other) if listed(tokens, first, other) => Err(Reason::SeveralNamed),
        _ => Ok(first.arm),
    }
}

/// The token behind the last announcement ([`announcements`]).
pub(in crate::problem::verbal) fn announcement(tokens: &[Token], words: &[&str]) -> Option<usize> {
    announcements(tokens, words).pop()
}

/// The tokens behind announcements: one of `words`, then marks on its line with a colon or an equals sign among them.
fn announcements(tokens: &[Token], words: &[&str]) -> Vec<usize> {
    let mut behind = Vec::new();
    let mut word = false;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Word => word = words.contains(&&*token.key()),
            Kind::Mark(':' | '=') if word => {
                behind.push(at + 1);
                word = false;
            }
            Kind::Mark(_) if is_decoration(token) => {}
            _ => word = false,
        }
    }
    behind
}

/// Where the line of what is announced ends: the first line with something said from `start` on.
fn line_end(tokens: &[Token], start: usize) -> usize {
    let said = tokens[start..].iter().position(is_said).map_or(tokens.len(), |at| start + at);
    let end = tokens[said..].iter().position(|token| token.kind == Kind::Break);
    end.map_or(tokens.len(), |end| said + end)
}

/// Whether nothing but marks, "or", "and" and "versus" stand between two mentions.
fn listed(tokens: &[Token], first: &Mention, other: &Mention) -> bool {
    let between = tokens[first.end..other.first].iter();
    between.filter(|token| is_said(token)).all(|token| JOINS.contains(&&*token.key()))
}
