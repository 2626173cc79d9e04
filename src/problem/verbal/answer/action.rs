//! Which arm a text chooses.

use super::Reason;
use super::mentions::{Mention, is_decoration, mentions};
use super::words::{ANNOUNCE_ACTION, Kind, Token, tokens};
use crate::problem::verbal::labels::Labels;

/// What the last line of a choice begins with.
pub(super) const CHOICE: &str = "Choice: ";

/// The last line is "Choice: " and a label, to the letter.
pub(super) fn strict(text: &str, labels: &Labels) -> Result<usize, Reason> {
    let label = super::last_line(text)?.strip_prefix(CHOICE).ok_or(Reason::Form)?;
    labels.exactly(label).ok_or(Reason::NothingNamed)
}

/// What stands behind the last announcement ("Choice:", "final answer =") if there is one, else the last arm named.
pub(super) fn lenient(text: &str, labels: &Labels) -> Result<usize, Reason> {
    let tokens = tokens(text);
    if tokens.iter().all(|token| token.kind == Kind::Break) {
        return Err(Reason::Empty);
    }
    let named = mentions(&tokens, labels);
    let Some(start) = announcement(&tokens, &ANNOUNCE_ACTION) else {
        return named.last().map(|mention| mention.arm).ok_or(Reason::NothingNamed);
    };
    let end = line_end(&tokens, start);
    let mut here = named.iter().filter(|mention| mention.first >= start && mention.end <= end);
    let first = here.next().ok_or(Reason::NothingNamed)?;
    let mut others = here.filter(|mention| mention.arm != first.arm).peekable();
    // What leads the line is the answer, and what follows a reason for it, unless it is one of a list.
    let leads = tokens[start..first.first].iter().all(|token| !is_said(token));
    let several = match others.peek() {
        None => false,
        Some(other) => !leads || listed(&tokens, first, other),
    };
    if several { Err(Reason::SeveralNamed) } else { Ok(first.arm) }
}

/// The token behind the last announcement: one of `words`, then marks on its line with a colon or an equals sign among them.
pub(in crate::problem::verbal) fn announcement(tokens: &[Token], words: &[&str]) -> Option<usize> {
    let mut behind = None;
    let mut word = false;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Word => word = words.contains(&&*token.key()),
            Kind::Mark(':' | '=') if word => {
                behind = Some(at + 1);
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

fn is_said(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Number(_))
}

/// Whether nothing but marks, "or", "and" and "versus" stand between two mentions.
fn listed(tokens: &[Token], first: &Mention, other: &Mention) -> bool {
    let joins = ["or", "and", "vs", "versus"];
    let between = tokens[first.end..other.first].iter();
    between.filter(|token| is_said(token)).all(|token| joins.contains(&&*token.key()))
}
