//! Sentences with places to fill in, written as `{arm}`.

/// What stands in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// What an arm is.
    Thing,
    /// What arms are.
    Things,
    /// How many arms there are.
    Count,
    /// How many rounds there are: "30 rounds".
    Rounds,
    /// Number of the round, from 1.
    Round,
    /// How many steps are to go: "3 steps".
    Steps,
    /// The name of an arm, in a summary with its letter.
    Arm,
    /// An amount with its unit.
    Value,
    /// The amounts of all arms.
    Values,
    /// All labels.
    List,
    /// An answer of the form asked for.
    Form,
    /// The name of an action.
    Action,
    /// The name of a state.
    State,
    /// The name of an observation.
    Observation,
    /// How often something was chosen: "2 tries".
    Tries,
    /// How often it went well: "1 success".
    Wins,
    /// Names with their probabilities.
    Laws,
}

const NAMES: [(&str, Slot); 17] = [
    ("thing", Slot::Thing),
    ("things", Slot::Things),
    ("count", Slot::Count),
    ("rounds", Slot::Rounds),
    ("round", Slot::Round),
    ("steps", Slot::Steps),
    ("arm", Slot::Arm),
    ("value", Slot::Value),
    ("values", Slot::Values),
    ("list", Slot::List),
    ("form", Slot::Form),
    ("action", Slot::Action),
    ("state", Slot::State),
    ("observation", Slot::Observation),
    ("tries", Slot::Tries),
    ("wins", Slot::Wins),
    ("laws", Slot::Laws),
];

/// Longest wording, in bytes.
const MAX_BYTES: usize = 500;

/// A sentence with places.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

impl Template {
    /// Reads a wording that must have every place of `required`, may have those of `optional`, and no others. The error says
    /// what is wrong and what was expected.
    ///
    /// # Errors
    /// An empty or very long text, one with control characters or blanks at an end; a brace without its partner; a place
    /// that is unknown, not allowed here, or missing.
    pub fn parse(text: &str, required: &[Slot], optional: &[Slot]) -> Result<Self, String> {
        check_text(text)?;
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            push_text(&mut pieces, before)?;
            let Some(close) = after.find('}') else {
                return Err(format!("\"{text}\": a {{ without }}"));
            };
            let name = &after[1..close];
            let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot);
            match known.filter(|slot| required.contains(slot) || optional.contains(slot)) {
                Some(slot) => pieces.push(Piece::Slot(slot)),
                None => {
                    let expected = expected(required, optional);
                    return Err(format!("placeholder {{{name}}}: expected {expected}"));
                }
            }
            rest = &after[close + 1..];
        }
        push_text(&mut pieces, rest)?;
        if let Some(missing) = required.iter().find(|slot| !pieces.contains(&Piece::Slot(**slot))) {
            return Err(format!("\"{text}\": expected the placeholder {{{}}}", name_of(*missing)));
        }
        Ok(Self { pieces })
    }

    /// The same places with other text around them.
    pub(super) fn map_text(&self, text: &mut impl FnMut(&str) -> String) -> Self {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(own) => Piece::Text(text(own)),
            Piece::Slot(slot) => Piece::Slot(*slot),
        });
        Self { pieces: pieces.collect() }
    }

    /// The sentence with its places filled in.
    ///
    /// # Panics
    /// If a place of the sentence has no value.
    #[must_use]
    pub fn fill(&self, values: &[(Slot, &str)]) -> String {
        let of = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Slot(slot) => {
                let value = values.iter().find(|(own, _)| own == slot);
                value.expect("the value of every placeholder that a phrase may have").1.to_owned()
            }
        };
        self.pieces.iter().map(of).collect()
    }
}

/// Refuses a text that is not fit to be told.
pub(super) fn check_text(text: &str) -> Result<(), String> {
    if text.is_empty() || text.trim() != text {
        return Err(format!("\"{text}\": expected a text without blanks at its ends"));
    }
    if text.len() > MAX_BYTES || text.contains(char::is_control) {
        return Err(format!("expected one line of at most {MAX_BYTES} bytes"));
    }
    Ok(())
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) -> Result<(), String> {
    if text.contains('}') {
        return Err(format!("\"{text}\": a }} without {{"));
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
    Ok(())
}

fn expected(required: &[Slot], optional: &[Slot]) -> String {
    let names: Vec<String> =
        required.iter().chain(optional).map(|slot| format!("{{{}}}", name_of(*slot))).collect();
    if names.is_empty() { "none here".to_owned() } else { names.join(", ") }
}

fn name_of(slot: Slot) -> &'static str {
    NAMES.iter().find(|(_, own)| *own == slot).map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in() {
        let parsed = Template::parse("{arm} is {arm}, {value}.", &[Slot::Arm], &[Slot::Value]);
        let filled = parsed.unwrap().fill(&[(Slot::Value, "2"), (Slot::Arm, "red")]);
        assert_eq!(filled, "red is red, 2.");
    }

    #[test]
    fn bad_wordings_are_refused_by_name() {
        for (text, expected) in [
            ("", "without blanks"),
            (" {arm}", "without blanks"),
            ("{arm}\nx", "one line"),
            ("{arm", "a { without }"),
            ("arm}", "a } without {"),
            ("{arm} {amr}", "placeholder {amr}: expected {arm}, {value}"),
            ("{arm} {state}", "placeholder {state}: expected {arm}, {value}"),
            ("{value}", "expected the placeholder {arm}"),
            ("{arm {value}}", "placeholder {arm {value}"),
        ] {
            let message = Template::parse(text, &[Slot::Arm], &[Slot::Value]).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
        assert!(Template::parse("{arm}", &[], &[]).unwrap_err().contains("none here"));
        assert!(Template::parse(&"x".repeat(501), &[], &[]).unwrap_err().contains("at most 500"));
    }
}
