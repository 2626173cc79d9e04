//! Where a text may be cut into tokens: no token reaches over the end of a piece.

/// Longest piece in characters: joining takes the square of it.
const MAX_CHARACTERS: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Break,
    Space,
    Sign,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            '\n' => Self::Break,
            _ if c.is_alphabetic() => Self::Letter,
            _ if c.is_ascii_digit() => Self::Digit,
            _ if c.is_whitespace() => Self::Space,
            _ => Self::Sign,
        }
    }
}

/// The pieces of `text`, which put together are the text.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(length(rest)?);
        rest = after;
        Some(piece)
    })
}

/// Bytes of the first piece of `text`, if there is one.
fn length(text: &str) -> Option<usize> {
    let mut characters = text.char_indices();
    let (_, first) = characters.next()?;
    let mut kind = Kind::of(first);
    if matches!(kind, Kind::Digit | Kind::Break) {
        return Some(first.len_utf8());
    }
    // A single space belongs to the word, the digit or the signs that follow it, a slash to a digit.
    let next = text[first.len_utf8()..].chars().next().map(Kind::of);
    if matches!((first, next), (' ' | '/', Some(Kind::Digit))) {
        return Some(2);
    }
    if let (' ', Some(next @ (Kind::Letter | Kind::Sign))) = (first, next) {
        kind = next;
        characters.next();
    }
    let mut end = text.len();
    for (taken, (at, c)) in characters.enumerate() {
        let leads = kind == Kind::Space && c == ' ' && {
            let next = text[at + 1..].chars().next().map(Kind::of);
            matches!(next, Some(Kind::Letter | Kind::Digit | Kind::Sign))
        };
        if Kind::of(c) != kind || leads || taken >= MAX_CHARACTERS - 2 {
            end = at;
            break;
        }
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        pieces(text).collect()
    }

    #[test]
    fn texts_are_cut_where_words_begin() {
        assert_eq!(
            cut("A 12 of 3,  then\n\n B: \"ok\""),
            [
                "A", " 1", "2", " of", " 3", ",", " ", " then", "\n", "\n", " B", ":", " \"", "ok",
                "\""
            ]
        );
        assert_eq!(cut("  7"), [" ", " 7"]);
        assert_eq!(cut("A 2/13 ./5"), ["A", " 2", "/1", "3", " ./", "5"]);
        assert_eq!(cut(" "), [" "]);
        assert_eq!(cut("é\tß…"), ["é", "\t", "ß", "…"]);
        assert!(cut("").is_empty());
    }

    #[test]
    fn long_runs_are_cut_too() {
        let text = "a".repeat(1000);
        assert!(cut(&text).iter().all(|piece| piece.len() <= MAX_CHARACTERS));
        assert_eq!(cut(&text).concat(), text);
    }
}
