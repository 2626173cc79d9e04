//! What somebody may have meant by a word that is not known.

/// Most letters inserted, deleted or replaced in a slip.
const SLIP: usize = 2;

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
    // A slip cannot bridge a greater difference of lengths, and long words are not worth the comparison.
    let near = known.iter().filter(|name| name.len().abs_diff(word.len()) <= SLIP);
    match near.map(|name| (edit_distance(word, name), name)).min() {
        Some((distance, guess)) if distance <= SLIP => format!("perhaps {guess}"),
        _ => format!("one of {}", known.join(", ")),
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
    }
}
