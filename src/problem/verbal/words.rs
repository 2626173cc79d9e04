//! Words, numbers and marks of a text.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As it is written.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
}

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Letters and digits, with hyphens, apostrophes or underscores between them.
    Word,
    /// A number of digits, perhaps with a point: not negative, finite.
    Number(f64),
    /// Anything else but blanks.
    Mark(char),
    /// The end of a line.
    Break,
}

impl Token<'_> {
    /// Where it ends, in bytes.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// A word or a number in small letters, without an 's at its end.
    #[must_use]
    pub fn key(&self) -> String {
        let bare = self.text.strip_suffix("'s").or_else(|| self.text.strip_suffix("’s"));
        bare.unwrap_or(self.text).to_lowercase()
    }
}

/// The parts of a text, in time linear in its length.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let next_is_digit = text[start + c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
        let wordy = c.is_alphanumeric() || (c == '.' && next_is_digit);
        if !wordy {
            let kind = match c {
                '\n' => Kind::Break,
                c if c.is_whitespace() => continue,
                c => Kind::Mark(c),
            };
            tokens.push(Token { kind, text: &text[start..start + c.len_utf8()], start });
            continue;
        }
        let mut end = start + c.len_utf8();
        // A number has one point.
        let mut pointed = c == '.';
        let mut digits = true;
        digits &= c.is_ascii_digit() || c == '.';
        while let Some(&(at, c)) = chars.peek() {
            let after = text[at + c.len_utf8()..].chars().next();
            let point = c == '.' && digits && !pointed && after.is_some_and(|c| c.is_ascii_digit());
            let joined = "-'’_".contains(c) && after.is_some_and(char::is_alphanumeric);
            if !(c.is_alphanumeric() || point || joined) {
                break;
            }
            pointed |= point;
            digits &= c.is_ascii_digit() || point;
            end = at + c.len_utf8();
            chars.next();
        }
        let own = &text[start..end];
        let number = own.parse::<f64>().ok().filter(|value| digits && value.is_finite());
        tokens.push(Token { kind: number.map_or(Kind::Word, Kind::Number), text: own, start });
    }
    tokens
}

/// Words that announce an answer, which no name may be.
pub(super) const ANNOUNCE_ACTION: [&str; 4] = ["choice", "answer", "action", "decision"];
/// Words that announce probabilities.
pub(super) const ANNOUNCE_LAW: [&str; 4] =
    ["probability", "probabilities", "policy", "distribution"];
/// Words before a label or the number of a label.
pub(super) const ANNOUNCE_LABEL: [&str; 5] = ["arm", "option", "letter", "label", "number"];

/// Refuses names that answers could not repeat unmistakably.
///
/// # Errors
/// A message for a name that is not of letters a to z in words that are joined by single blanks, hyphens or apostrophes; one of a
/// single letter; one with a genitive; one with a word that announces an answer or a label.
pub fn check_name(name: &str) -> Result<(), String> {
    let own = tokens(name);
    let written = own.iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
    let letters = name.chars().all(|c| c.is_ascii_alphabetic() || " -'".contains(c));
    let words = own.iter().all(|token| token.kind == Kind::Word && !token.text.ends_with("'s"));
    if !letters || !words || written != name || name.len() < 2 {
        return Err(format!(
            "\"{name}\": expected words of at least two letters a to z, joined by single blanks, hyphens or apostrophes"
        ));
    }
    let taken = |key: &&str| {
        let of = |words: &[&str]| words.contains(key);
        of(&ANNOUNCE_ACTION) || of(&ANNOUNCE_LAW) || of(&ANNOUNCE_LABEL)
    };
    let keys: Vec<String> = own.iter().map(Token::key).collect();
    match keys.iter().map(String::as_str).find(taken) {
        Some(word) => Err(format!(
            "\"{name}\": expected a name without the word \"{word}\", which announces answers"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_words_numbers_and_marks() {
        let parts: Vec<(Kind, &str)> = tokens("I'd: dark-blue's 0.25% .5\n3rd_1 1.2.3 2.")
            .iter()
            .map(|t| (t.kind, t.text))
            .collect();
        let (word, number, mark) = (Kind::Word, Kind::Number, Kind::Mark);
        let expected = [
            (word, "I'd"),
            (mark(':'), ":"),
            (word, "dark-blue's"),
            (number(0.25), "0.25"),
            (mark('%'), "%"),
            (number(0.5), ".5"),
            (Kind::Break, "\n"),
            (word, "3rd_1"),
            (number(1.2), "1.2"),
            (number(0.3), ".3"),
            (number(2.0), "2"),
            (mark('.'), "."),
        ];
        assert_eq!(parts, expected);
        assert_eq!(tokens("dark-blue's")[0].key(), "dark-blue");
    }

    #[test]
    fn names_that_answers_cannot_repeat_are_refused() {
        for name in ["red", "dark blue", "dark-blue", "plan a", "Guy's tea"] {
            let expected = if name == "Guy's tea" { "at least two letters" } else { "" };
            match check_name(name) {
                Ok(()) => assert_eq!(expected, "", "{name}"),
                Err(message) => assert!(message.contains(expected), "{name}: {message}"),
            }
        }
        for name in ["", "B", "red 2", "rouge é", "two  blanks", " red", "red:", "-red"] {
            assert!(check_name(name).unwrap_err().contains("letters a to z"), "{name}");
        }
        for name in ["Option red", "best choice", "left arm"] {
            assert!(check_name(name).unwrap_err().contains("announces"), "{name}");
        }
    }
}
