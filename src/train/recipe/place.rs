//! Refusals of a configuration: one line that says where, what, and what was probably meant.

use std::ops::Range;

use crate::suggest::nearest;

/// Where something stands in a text.
pub fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}, column {column}")
}

/// The refusal of what stands in `span` of `text`, below `path`. Names in the message may be anything a user can write.
pub fn refusal(text: &str, path: &str, span: Range<usize>, message: &str) -> String {
    let place = line_and_column(text, span.start);
    let below = if path.is_empty() { String::new() } else { format!("{path}: ") };
    format!("{place}: {below}{message}").replace(char::is_control, " ")
}

/// The refusal of a name, with the nearest of those that are known.
pub fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let meant = nearest(name, known).map(|near| format!("did you mean \"{near}\"? "));
    let meant = meant.unwrap_or_default();
    format!("{what} \"{name}\" is unknown: {meant}expected {}", known.join(", "))
}

/// The refusal that serde's `error` amounts to. Errors inside tagged tables only know where the table is: then the
/// culprit is looked for in it.
pub fn refusal_of(text: &str, path: &str, span: Range<usize>, error: &toml::de::Error) -> String {
    let span = error.span().filter(|span| span.end > 0).unwrap_or(span);
    // "unknown field `x`, expected one of `a`, `b`": what is in quotes.
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let what = match message {
        _ if message.starts_with("unknown field ") => "key",
        _ if message.starts_with("unknown variant ") => "value",
        _ => return refusal(text, path, span, message),
    };
    let Some((culprit, known)) = quoted.split_first() else {
        return refusal(text, path, span, message);
    };
    let at = find(text, span.clone(), culprit).map_or(span, |at| at..at);
    refusal(text, path, at, &unknown(what, culprit, known))
}

/// Where the word first stands in the span, or after it (a table's span may be that of its header).
fn find(text: &str, span: Range<usize>, word: &str) -> Option<usize> {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let whole = |&(at, _): &(usize, &str)| {
        let before = text[..at].chars().next_back().is_some_and(part_of_name);
        let after = text[at + word.len()..].chars().next().is_some_and(part_of_name);
        !before && !after
    };
    if word.is_empty() {
        return None;
    }
    let found = text.match_indices(word).filter(whole).map(|(at, _)| at);
    found.into_iter().find(|&at| at >= span.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_from_one() {
        let text = "a = 1\nbä = 2\n";
        assert_eq!(line_and_column(text, 0), "line 1, column 1");
        assert_eq!(line_and_column(text, 6), "line 2, column 1");
        assert_eq!(line_and_column(text, 10), "line 2, column 4");
        // Within a character, or behind the end.
        assert_eq!(line_and_column(text, 8), "line 3, column 1");
        assert_eq!(line_and_column(text, 99), "line 3, column 1");
    }

    #[test]
    fn a_slip_gets_a_suggestion() {
        assert_eq!(
            unknown("key", "kepe", &["keep", "every"]),
            "key \"kepe\" is unknown: did you mean \"keep\"? expected keep, every"
        );
        assert_eq!(unknown("key", "width", &["d"]), "key \"width\" is unknown: expected d");
    }

    #[test]
    fn culprits_are_found_as_whole_words() {
        let text = "keeper = 1\nx = { keep-up = 1, keep = 2 }";
        assert_eq!(find(text, 0..5, "keep"), Some(30));
        assert_eq!(find(text, 0..5, "x"), Some(11));
        assert_eq!(find(text, 12..20, "x"), None);
        assert_eq!(find(text, 0..5, ""), None);
    }
}
