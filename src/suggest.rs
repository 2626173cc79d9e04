//! What somebody may have meant by a word that is not known.

/// Most letters inserted, deleted or replaced in a slip; of short words at most half of them.
const SLIP: usize = 2;

/// The nearest of the `known` words if `word` differs from it by a slip.
///
/// ```
/// use lowregret::suggest::nearest;
///
/// assert_eq!(nearest("horizn", &["arms", "horizon"]), Some("horizon"));
/// assert_eq!(nearest("width", &["d", "horizon"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // A slip cannot bridge a greater difference of lengths, and long words are not worth the comparison.
    let near = known.iter().filter(|name| name.len().abs_diff(word.len()) <= SLIP);
    let (distance, guess) = near.map(|name| (edit_distance(word, name), *name)).min()?;
    (distance <= SLIP.min(guess.len() / 2)).then_some(guess)
}

/// What was expected in the place of `word`: the nearest of the `known` words if it differs by a slip, else all of them.
///
/// ```
/// use lowregret::suggest::expected;
///
/// assert_eq!(expected("hegde", ["ftrl", "hedge"]), "perhaps hedge");
/// assert_eq!(expected("newton", ["ftrl", "hedge"]), "one of ftrl, hedge");
/// ```
pub fn expected<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, &known) {
        Some(guess) => format!("perhaps {guess}"),
        None => format!("one of {}", known.join(", ")),
    }
}

/// Number of single-byte insertions, deletions and replacements between two words (Levenshtein).
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_seen_through() {
        let known = ["alpha", "beta", "beta-prime"];
        for (word, guess) in [("alpah", "alpha"), ("bet", "beta"), ("beta-prim", "beta-prime")] {
            assert_eq!(expected(word, known), format!("perhaps {guess}"));
        }
        for word in ["", "gamma-ray", "β", &"alpha".repeat(1000)] {
            assert!(expected(word, known).starts_with("one of alpha, beta"), "{word}");
        }
        // Two letters are no slip in a word of two or three.
        let short = ["d", "rmft", "sft"];
        for (word, guess) in
            [("rmtf", Some("rmft")), ("stf", None), ("x", None), ("sf", Some("sft"))]
        {
            assert_eq!(nearest(word, &short), guess, "{word}");
        }
    }
}
