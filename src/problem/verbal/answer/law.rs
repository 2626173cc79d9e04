//! Which probabilities a text gives the arms.

use super::action::announcement;
use super::mentions::mentions;
use super::{Reason, SLACK};
use crate::problem::verbal::labels::Labels;
use crate::problem::verbal::words::{ANNOUNCE_LAW, Kind, Token, tokens};

/// What the last line of probabilities begins with.
pub(super) const PROBABILITIES: &str = "Probabilities: ";

/// The last line is "Probabilities: " and every label once with a number from 0 to 1, separated by ", ".
pub(super) fn strict(text: &str, labels: &Labels) -> Result<Vec<f64>, Reason> {
    let entries = super::last_line(text)?.strip_prefix(PROBABILITIES).ok_or(Reason::Form)?;
    let mut law = vec![None; labels.count()];
    for entry in entries.split(", ") {
        let (label, number) = entry.rsplit_once(' ').ok_or(Reason::Form)?;
        let arm = labels.exactly(label).ok_or(Reason::NothingNamed)?;
        let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let value = number.parse::<f64>().ok().filter(|_| plain).ok_or(Reason::Form)?;
        if law[arm].replace(value).is_some() {
            return Err(Reason::SeveralNamed);
        }
    }
    normalised(law.into_iter().collect::<Option<Vec<f64>>>().ok_or(Reason::NotADistribution)?)
}

/// A number as it is written.
#[derive(Clone, Copy)]
enum Value {
    /// Neither a share of a hundred nor a fraction.
    Bare(f64),
    /// A percentage.
    Percent(f64),
    /// A fraction, which may as well be a count: successes of tries.
    Fraction(f64),
}

enum Item {
    Arm(usize),
    Value(Value),
}

/// The numbers that stand with the arms behind the last announcement ("Probabilities:", "policy =") if there is one, else
/// anywhere, but not if all are fractions: of these the last ones up to where an arm would come twice. Arms that are not
/// named have probability 0.
pub(super) fn lenient(text: &str, labels: &Labels) -> Result<Vec<f64>, Reason> {
    let tokens = tokens(text);
    if tokens.iter().all(|token| token.kind == Kind::Break) {
        return Err(Reason::Empty);
    }
    let announced = announcement(&tokens, &ANNOUNCE_LAW);
    let items = items(&tokens, announced.unwrap_or(0), labels);
    if !items.iter().any(|item| matches!(item, Item::Arm(_))) {
        return Err(Reason::NothingNamed);
    }
    let mut law: Vec<Option<Value>> = vec![None; labels.count()];
    for (arm, value) in pairs(&items).into_iter().rev() {
        if law[arm].is_some() {
            break;
        }
        law[arm] = Some(value);
    }
    let given = || law.iter().flatten();
    // Without an announcement "A 1/1, B 0/3" is a record of tries.
    if announced.is_none() && given().all(|value| matches!(value, Value::Fraction(_)))
        || given().next().is_none()
    {
        return Err(Reason::NotADistribution);
    }
    let bare = |value: &Value| match value {
        Value::Bare(p) => Some(*p),
        Value::Percent(_) | Value::Fraction(_) => None,
    };
    // Numbers that add up to a hundred are percentages that do not say so.
    let sum: Option<f64> = given().map(bare).sum();
    let hundred = sum.is_some_and(|sum| (sum - 100.0).abs() <= 100.0 * SLACK);
    let of = |value: &Option<Value>| match value {
        Some(Value::Bare(p)) if hundred => p / 100.0,
        Some(Value::Bare(p) | Value::Percent(p) | Value::Fraction(p)) => *p,
        None => 0.0,
    };
    normalised(law.iter().map(of).collect())
}

/// Arms and numbers from token `start` on, in the order of the text; an arm that is named twice running stands once.
fn items(tokens: &[Token], start: usize, labels: &Labels) -> Vec<Item> {
    let mut named =
        mentions(tokens, labels).into_iter().filter(|mention| mention.first >= start).peekable();
    let mut items = Vec::new();
    let mut at = start;
    while at < tokens.len() {
        if let Some(mention) = named.next_if(|mention| mention.first == at) {
            if !matches!(items.last(), Some(Item::Arm(arm)) if *arm == mention.arm) {
                items.push(Item::Arm(mention.arm));
            }
            at = mention.end;
        } else if let Some((value, used)) = value(tokens, at) {
            items.push(Item::Value(value));
            at += used;
        } else {
            at += 1;
        }
    }
    items
}

/// The number at a token and how many tokens it takes: "0.2", "20 %", "1/5". A minus sign right before it makes it no
/// probability.
fn value(tokens: &[Token], at: usize) -> Option<(Value, usize)> {
    let Kind::Number(number) = tokens[at].kind else { return None };
    let kind = |ahead: usize| tokens.get(at + ahead).map(|token| token.kind);
    let minus = at.checked_sub(1).is_some_and(|before| {
        matches!(tokens[before].kind, Kind::Mark('-' | '−'))
            && tokens[before].end() == tokens[at].start
    });
    let signed = |p: f64| if minus { -p } else { p };
    Some(match (kind(1), kind(2)) {
        (Some(Kind::Mark('%')), _) => (Value::Percent(signed(number / 100.0)), 2),
        (Some(Kind::Mark('/')), Some(Kind::Number(below))) => {
            (Value::Fraction(signed(number / below)), 3)
        }
        _ => (Value::Bare(signed(number)), 1),
    })
}

/// Arms with their numbers: the number behind each, or before each if a number comes first and an arm last ("Round 5: A 0.5"
/// is no number before an arm). Arms without one are left out.
fn pairs(items: &[Item]) -> Vec<(usize, Value)> {
    let before = matches!(items, [Item::Value(_), .., Item::Arm(_)]);
    let neighbours = items.windows(2).filter_map(|pair| match pair {
        [Item::Arm(arm), Item::Value(value)] if !before => Some((*arm, *value)),
        [Item::Value(value), Item::Arm(arm)] if before => Some((*arm, *value)),
        _ => None,
    });
    neighbours.collect()
}

/// Refuses what is no law to [`SLACK`], and makes it one to the last bit that rounding leaves.
fn normalised(mut law: Vec<f64>) -> Result<Vec<f64>, Reason> {
    let sum: f64 = law.iter().sum();
    // NaN fails both.
    if !(law.iter().all(|p| *p >= 0.0) && (sum - 1.0).abs() <= SLACK) {
        return Err(Reason::NotADistribution);
    }
    law.iter_mut().for_each(|p| *p /= sum);
    Ok(law)
}
