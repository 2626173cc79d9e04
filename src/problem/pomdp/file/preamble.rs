//! What stands before the tables of a `.POMDP` file, and how things are named in the rest of it.

use std::collections::HashMap;
use std::ops::Range;

use super::lexer::{Lexer, Token};
use crate::problem::pomdp::Names;

type Parsed<T> = Result<T, String>;

/// Most names of a kind, given or counted.
const MAX_NAMES: usize = 1 << 18;
/// Largest number of probabilities that a file may ask for; more is refused before anything is allocated.
const MAX_ENTRIES: usize = 1 << 25;

/// Names of one kind: a list, or how many there are.
enum Kind {
    List(Vec<String>),
    Count(usize),
}

impl Kind {
    fn len(&self) -> usize {
        match self {
            Self::List(names) => names.len(),
            Self::Count(n) => *n,
        }
    }

    fn into_names(self) -> Vec<String> {
        match self {
            Self::List(names) => names,
            Self::Count(n) => (0..n).map(|i| i.to_string()).collect(),
        }
    }
}

/// What stands before the tables.
pub(super) struct Preamble {
    pub discount: f64,
    pub costs: bool,
    pub names: Names,
}

impl Preamble {
    /// Reads up to the first word that is no part of it.
    pub fn read(lexer: &mut Lexer<'_>) -> Parsed<Self> {
        let (mut discount, mut costs) = (None, None);
        let mut kinds: [Option<Kind>; 3] = [None, None, None];
        while let Token::Keyword(
            word @ ("discount" | "values" | "states" | "actions" | "observations"),
        ) = lexer.peek()
        {
            let place = lexer.take()?.1;
            colon(lexer)?;
            let twice = match word {
                "discount" => discount.replace(read_discount(lexer)?).is_some(),
                "values" => costs.replace(read_values(lexer)?).is_some(),
                "states" => kinds[0].replace(read_kind(lexer)?).is_some(),
                "actions" => kinds[1].replace(read_kind(lexer)?).is_some(),
                _ => kinds[2].replace(read_kind(lexer)?).is_some(),
            };
            if twice {
                return Err(place.message(format!("\"{word}\" is given twice")));
            }
        }
        let missing = |word: &str| lexer.expected(format!("\"{word}:\" before the tables"));
        let discount = discount.ok_or_else(|| missing("discount"))?;
        let [states, actions, observations] = kinds;
        let states = states.ok_or_else(|| missing("states"))?;
        let actions = actions.ok_or_else(|| missing("actions"))?;
        let observations = observations.ok_or_else(|| missing("observations"))?;
        let columns = states.len().checked_add(observations.len());
        let entries = columns.and_then(|n| n.checked_mul(states.len())?.checked_mul(actions.len()));
        if entries.is_none_or(|n| n > MAX_ENTRIES) {
            return Err(format!(
                "{} states, {} actions and {} observations: expected at most {MAX_ENTRIES} probabilities",
                states.len(),
                actions.len(),
                observations.len()
            ));
        }
        let names = Names {
            states: states.into_names(),
            actions: actions.into_names(),
            observations: observations.into_names(),
        };
        Ok(Self { discount, costs: costs.unwrap_or(false), names })
    }
}

fn read_discount(lexer: &mut Lexer<'_>) -> Parsed<f64> {
    match lexer.peek() {
        Token::Number(value, _) if (0.0..=1.0).contains(&value) => lexer.take().map(|_| value),
        _ => Err(lexer.expected("a discount from 0 to 1")),
    }
}

fn read_values(lexer: &mut Lexer<'_>) -> Parsed<bool> {
    match lexer.peek() {
        Token::Keyword(word @ ("reward" | "cost")) => lexer.take().map(|_| word == "cost"),
        _ => Err(lexer.expected("\"reward\" or \"cost\"")),
    }
}

fn read_kind(lexer: &mut Lexer<'_>) -> Parsed<Kind> {
    let expected = format!("names or a count, 1 to {MAX_NAMES}");
    if let Token::Number(_, index) = lexer.peek() {
        let count = index.filter(|n| (1..=MAX_NAMES).contains(n));
        let count = count.ok_or_else(|| lexer.expected(expected))?;
        lexer.take()?;
        return Ok(Kind::Count(count));
    }
    let (mut names, mut known) = (Vec::new(), HashMap::new());
    while let Token::Name(name) = lexer.peek() {
        if let Some(before) = known.insert(name, names.len()) {
            let text = format!("\"{name}\" is given twice, it is number {before} already");
            return Err(lexer.place().message(text));
        }
        names.push(name.to_owned());
        if names.len() > MAX_NAMES {
            return Err(lexer.expected(format!("at most {MAX_NAMES} names")));
        }
        lexer.take()?;
    }
    if names.is_empty() { Err(lexer.expected(expected)) } else { Ok(Kind::List(names)) }
}

/// Takes a colon.
pub(super) fn colon(lexer: &mut Lexer<'_>) -> Parsed<()> {
    if lexer.peek() == Token::Colon {
        lexer.take().map(|_| ())
    } else {
        Err(lexer.expected("\":\""))
    }
}

/// Numbers of the things of one kind, by name.
pub(super) struct Index {
    kind: &'static str,
    numbers: HashMap<String, usize>,
}

impl Index {
    /// The numbers of `names`.
    pub fn new(kind: &'static str, names: &[String]) -> Self {
        Self { kind, numbers: names.iter().cloned().zip(0..).collect() }
    }

    /// Takes a name, a number or `*`: the range of things that is meant.
    pub fn take(&self, lexer: &mut Lexer<'_>) -> Parsed<Range<usize>> {
        if lexer.peek() == Token::Star {
            lexer.take()?;
            return Ok(0..self.numbers.len());
        }
        self.take_one(lexer).map(|i| i..i + 1)
    }

    /// Takes a name or a number.
    pub fn take_one(&self, lexer: &mut Lexer<'_>) -> Parsed<usize> {
        let number = match lexer.peek() {
            Token::Name(name) => self.numbers.get(name).copied(),
            Token::Number(_, index) => index.filter(|i| *i < self.numbers.len()),
            _ => None,
        };
        let Some(number) = number else {
            let last = self.numbers.len() - 1;
            return Err(lexer.expected(format!(
                "a name of the {}s, a number from 0 to {last} or *",
                self.kind
            )));
        };
        lexer.take().map(|_| number)
    }
}
