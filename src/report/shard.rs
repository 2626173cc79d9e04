//! A share of the experiments, for schedulers that run a command with an index.

use std::str::FromStr;

use super::Page;

/// Share `index` of `count`; the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

/// More shards than anybody has experiments.
const MAX_SHARDS: usize = 1000;

impl FromStr for Shard {
    type Err = String;

    /// Reads `i/n`, i from 1 to n.
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected i/n with i from 1 to n, n at most {MAX_SHARDS}");
        let (index, count) = text.split_once('/').ok_or_else(expected)?;
        let (index, count) = index.parse().ok().zip(count.parse().ok()).ok_or_else(expected)?;
        if (1..=MAX_SHARDS).contains(&count) && (1..=count).contains(&index) {
            Ok(Self { index, count })
        } else {
            Err(expected())
        }
    }
}

impl Shard {
    /// The pages of this shard, longest first. Each page goes to the shard with the least to do so far, the longest pages
    /// first; so the shards of equal `count` divide the same `pages` among them, on any machine.
    #[must_use]
    pub fn of(self, pages: &[&'static Page]) -> Vec<&'static Page> {
        let mut seconds = vec![0; self.count];
        let mut own = Vec::new();
        for page in longest_first(pages) {
            let Some(least) = (0..self.count).min_by_key(|&shard| seconds[shard]) else { break };
            seconds[least] += page.seconds;
            if least + 1 == self.index {
                own.push(page);
            }
        }
        own
    }
}

/// The pages in the order in which parallel work on them ends soonest.
#[must_use]
pub fn longest_first(pages: &[&'static Page]) -> Vec<&'static Page> {
    let mut sorted = pages.to_vec();
    sorted.sort_by_key(|page| std::cmp::Reverse(page.seconds));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn page(name: &'static str, seconds: u32) -> Page {
        Page {
            name,
            question: "",
            about: "",
            notes: "",
            timed: false,
            seeds: 1,
            seconds,
            figures: &[],
        }
    }

    static PAGES: [Page; 6] = [
        page("a", 10),
        page("b", 530),
        page("c", 380),
        page("d", 190),
        page("e", 150),
        page("f", 10),
    ];

    fn names(shard: &str) -> Vec<&'static str> {
        let pages: Vec<&Page> = PAGES.iter().collect();
        shard.parse::<Shard>().unwrap().of(&pages).into_iter().map(|page| page.name).collect()
    }

    #[test]
    fn shards_divide_the_pages_evenly() {
        assert_eq!(names("1/1"), ["b", "c", "d", "e", "a", "f"]);
        assert_eq!(names("1/2"), ["b", "e"]);
        assert_eq!(names("2/2"), ["c", "d", "a", "f"]);
        assert_eq!(names("3/3"), ["d", "e", "a", "f"]);
        assert!(names("7/7").is_empty());
    }

    #[test]
    fn a_shard_is_an_index_and_a_count() {
        for text in ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "1/1001", "a/b"] {
            let message = text.parse::<Shard>().unwrap_err();
            assert!(message.contains("from 1 to n"), "{text}: {message}");
        }
    }
}
