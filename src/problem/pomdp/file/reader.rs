//! Reader of `.POMDP` files.

use ndarray::{Array2, Axis};

use super::lexer::{Lexer, Token};
use super::preamble::{Index, Preamble, colon};
use super::rewards::{Line, Rewards};
use super::tables::{Budget, Given, Rows, settle};
use crate::problem::pomdp::{Pomdp, Tables};

type Parsed<T> = std::result::Result<T, String>;

/// Reads the bytes of a file.
///
/// # Errors
/// A message with the line and the column, or with the action, state and observation whose row is no probability law.
/// No bytes make it panic or run for long.
pub fn parse(bytes: &[u8]) -> Parsed<Pomdp> {
    let mut lexer = Lexer::new(bytes)?;
    let preamble = Preamble::read(&mut lexer)?;
    let mut body = Body::new(preamble)?;
    body.start(&mut lexer)?;
    while lexer.peek() != Token::End {
        match lexer.peek() {
            Token::Keyword("T") => body.transitions(&mut lexer)?,
            Token::Keyword("O") => body.observations(&mut lexer)?,
            Token::Keyword("R") => body.rewards(&mut lexer)?,
            Token::Keyword(
                word @ ("discount" | "values" | "states" | "actions" | "observations" | "start"),
            ) => {
                let text = format!("\"{word}\" must stand before the first T, O or R, and once");
                return Err(lexer.place().message(text));
            }
            Token::Number(..) => {
                return Err(lexer.expected("T, O or R: the numbers before are complete"));
            }
            _ => return Err(lexer.expected("T, O or R")),
        }
    }
    body.finish()
}

/// The tables while they are read.
struct Body {
    preamble: Preamble,
    states: Index,
    actions: Index,
    seen: Index,
    start: Vec<f64>,
    transitions: Rows,
    laws: Rows,
    lines: Rewards,
    budget: Budget,
}

impl Body {
    fn new(preamble: Preamble) -> Parsed<Self> {
        let names = &preamble.names;
        let (states, actions) = (names.states.len(), names.actions.len());
        Ok(Self {
            states: Index::new("state", &names.states),
            actions: Index::new("action", &names.actions),
            seen: Index::new("observation", &names.observations),
            start: vec![1.0 / states as f64; states],
            transitions: Rows::new(actions, states, states),
            laws: Rows::new(actions, states, names.observations.len()),
            lines: Rewards::new(actions),
            budget: Budget::default(),
            preamble,
        })
    }

    /// `start: ...`, `start include: ...` or `start exclude: ...`.
    fn start(&mut self, lexer: &mut Lexer<'_>) -> Parsed<()> {
        if lexer.peek() != Token::Keyword("start") {
            return Ok(());
        }
        lexer.take()?;
        let states = self.start.len();
        if let Token::Keyword(word @ ("include" | "exclude")) = lexer.peek() {
            let place = lexer.take()?.1;
            colon(lexer)?;
            let mut listed = vec![false; states];
            loop {
                listed[self.states.take_one(lexer)?] = true;
                if !matches!(lexer.peek(), Token::Name(_) | Token::Number(..)) {
                    break;
                }
            }
            let wanted = word == "include";
            let count = listed.iter().filter(|x| **x == wanted).count();
            if count == 0 {
                return Err(place.message("no state is left to start in"));
            }
            let weight = |x: &bool| if *x == wanted { 1.0 / count as f64 } else { 0.0 };
            self.start = listed.iter().map(weight).collect();
            return Ok(());
        }
        colon(lexer)?;
        match lexer.peek() {
            Token::Keyword("uniform") => lexer.take().map(|_| ()),
            Token::Name(_) => {
                let state = self.states.take_one(lexer)?;
                self.start_in(state);
                Ok(())
            }
            Token::Number(first, index) => {
                let place = lexer.take()?.1;
                let single = !matches!(lexer.peek(), Token::Number(..));
                // A single number is that of a state, but "1" may also be the law of an only state.
                if let Some(state) = index.filter(|state| single && *state < states) {
                    self.start_in(state);
                    return Ok(());
                }
                self.start[0] = first;
                for i in 1..states {
                    self.start[i] = listed(probability(lexer), states, i)?;
                }
                if !(0.0..=1.0).contains(&first) {
                    let text = format!("expected a probability from 0 to 1, found {first}");
                    return Err(place.message(text));
                }
                settle(&mut self.start).map_err(|sum| {
                    place.message(format!("the probabilities add up to {sum}, expected 1"))
                })
            }
            _ => Err(lexer.expected("probabilities, a state or \"uniform\"")),
        }
    }

    fn start_in(&mut self, state: usize) {
        self.start.fill(0.0);
        self.start[state] = 1.0;
    }

    fn transitions(&mut self, lexer: &mut Lexer<'_>) -> Parsed<()> {
        let place = lexer.take()?.1;
        colon(lexer)?;
        let actions = self.actions.take(lexer)?;
        let states = self.start.len();
        let mut from = 0..states;
        let whole = lexer.peek() != Token::Colon;
        if !whole {
            colon(lexer)?;
            from = self.states.take(lexer)?;
            if lexer.peek() == Token::Colon {
                colon(lexer)?;
                let to = self.states.take(lexer)?;
                let p = probability(lexer)?;
                return self
                    .transitions
                    .set(actions, from, to, p, &mut self.budget)
                    .map_err(|e| place.message(e));
            }
        }
        let rows = read_rows(lexer, (whole, whole), states, states, Some(&self.start))?;
        self.transitions
            .set_rows(actions, from, &rows, &mut self.budget)
            .map_err(|e| place.message(e))
    }

    fn observations(&mut self, lexer: &mut Lexer<'_>) -> Parsed<()> {
        let place = lexer.take()?.1;
        colon(lexer)?;
        let actions = self.actions.take(lexer)?;
        let (states, seen) = (self.start.len(), self.preamble.names.observations.len());
        let mut reached = 0..states;
        let whole = lexer.peek() != Token::Colon;
        if !whole {
            colon(lexer)?;
            reached = self.states.take(lexer)?;
            if lexer.peek() == Token::Colon {
                colon(lexer)?;
                let what = self.seen.take(lexer)?;
                let p = probability(lexer)?;
                return self
                    .laws
                    .set(actions, reached, what, p, &mut self.budget)
                    .map_err(|e| place.message(e));
            }
        }
        let rows = read_rows(lexer, (whole, false), states, seen, None)?;
        self.laws.set_rows(actions, reached, &rows, &mut self.budget).map_err(|e| place.message(e))
    }

    fn rewards(&mut self, lexer: &mut Lexer<'_>) -> Parsed<()> {
        let place = lexer.take()?.1;
        colon(lexer)?;
        let actions = self.actions.take(lexer)?;
        colon(lexer)?;
        let states = self.states.take(lexer)?;
        let (mut reached, mut seen) =
            (0..self.start.len(), 0..self.preamble.names.observations.len());
        let mut count = reached.len() * seen.len();
        if lexer.peek() == Token::Colon {
            colon(lexer)?;
            reached = self.states.take(lexer)?;
            count = seen.len();
            if lexer.peek() == Token::Colon {
                colon(lexer)?;
                seen = self.seen.take(lexer)?;
                count = 1;
            }
        }
        let sign = if self.preamble.costs { -1.0 } else { 1.0 };
        let mut values = Vec::new();
        for i in 0..count {
            let Token::Number(value, _) = lexer.peek() else {
                return Err(lexer.expected(format!("{count} numbers, of which {i} are given")));
            };
            lexer.take()?;
            values.push(sign * value);
        }
        let line = Line { states, reached, seen, values };
        self.lines.push(actions, line, &mut self.budget).map_err(|e| place.message(e))
    }

    fn finish(mut self) -> Parsed<Pomdp> {
        let names = &self.preamble.names;
        let transitions = self.transitions.finish("T", |action, state| {
            format!("action {}, state {}", names.actions[action], names.states[state])
        })?;
        let laws = self.laws.finish("O", |action, state| {
            format!("action {}, reached state {}", names.actions[action], names.states[state])
        })?;
        let rewards = self.lines.expectations(&transitions, &laws, &mut self.budget)?;
        let tables = Tables {
            transitions: by_pair(&transitions),
            observations: laws,
            rewards,
            start: self.start,
            discount: self.preamble.discount,
            names: self.preamble.names,
        };
        Pomdp::new(tables).map_err(|error| error.to_string())
    }
}

fn probability(lexer: &mut Lexer<'_>) -> Parsed<f64> {
    match lexer.peek() {
        Token::Number(value, _) if (0.0..=1.0).contains(&value) => lexer.take().map(|_| value),
        _ => Err(lexer.expected("a probability from 0 to 1")),
    }
}

/// Says in an error how long the list had to be and how far it came.
fn listed(value: Parsed<f64>, count: usize, given: usize) -> Parsed<f64> {
    value.map_err(|text| format!("{text} ({count} probabilities belong here, {given} are given)"))
}

/// A table with a row for every action and state, its rows put in the order of pairs (`s * actions + a`).
fn by_pair(table: &Array2<f64>) -> Array2<f64> {
    let states = table.ncols();
    let actions = table.nrows() / states;
    let order: Vec<usize> =
        (0..table.nrows()).map(|p| p % actions * states + p / actions).collect();
    table.select(Axis(0), &order)
}

/// Reads `uniform`, `identity` (if that is allowed), `reset` (if there is a law to reset to), a row, or (`whole`) a
/// matrix.
fn read_rows(
    lexer: &mut Lexer<'_>,
    (whole, identity): (bool, bool),
    rows: usize,
    columns: usize,
    reset: Option<&[f64]>,
) -> Parsed<Given> {
    let values = match (lexer.peek(), reset) {
        (Token::Keyword("uniform"), _) => vec![1.0 / columns as f64; columns],
        (Token::Keyword("reset"), Some(law)) => law.to_vec(),
        (Token::Keyword("identity"), _) if identity => {
            (0..rows * columns).map(|i| f64::from(u8::from(i / columns == i % columns))).collect()
        }
        _ => {
            let count = if whole { rows * columns } else { columns };
            let mut values = Vec::new();
            for i in 0..count {
                values.push(listed(probability(lexer), count, i)?);
            }
            return Ok(Given { values, columns });
        }
    };
    lexer.take()?;
    Ok(Given { values, columns })
}
