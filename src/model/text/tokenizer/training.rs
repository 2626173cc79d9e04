//! Which pairs to join: the most frequent one, time after time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{BYTES, GIVEN, MAX_BYTES, join_all};

/// A piece that occurs `count` times, as it is split so far.
pub(super) struct Word {
    tokens: Vec<u32>,
    count: usize,
}

type Pair = (u32, u32);

/// How often a pair occurs, and in which words.
#[derive(Default)]
struct Occurrence {
    count: usize,
    words: BTreeSet<usize>,
}

/// The different pieces as bytes, counted.
pub(super) fn words<'a>(pieces: impl Iterator<Item = &'a str>) -> Vec<Word> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    pieces.for_each(|piece| *counts.entry(piece).or_default() += 1);
    let tokens = |piece: &str| piece.bytes().map(u32::from).collect();
    counts.into_iter().map(|(piece, count)| Word { tokens: tokens(piece), count }).collect()
}

/// At most `most` pairs, each of which occurs twice or more when it is its turn.
pub(super) fn pairs(mut words: Vec<Word>, most: usize) -> Vec<Pair> {
    let mut lengths = vec![1; BYTES];
    lengths.resize(GIVEN, 0);
    let mut occurrences: HashMap<Pair, Occurrence> = HashMap::new();
    for (index, word) in words.iter().enumerate() {
        enter(&mut occurrences, index, word);
    }
    let mut learned = Vec::new();
    while learned.len() < most {
        let fits = |pair: &Pair| lengths[pair.0 as usize] + lengths[pair.1 as usize] <= MAX_BYTES;
        let known = occurrences.iter().filter(|(pair, found)| found.count >= 2 && fits(pair));
        // The order of the map leaves no trace: no two pairs are equal.
        let best = known.max_by_key(|(pair, found)| (found.count, Reverse(**pair)));
        let Some((&pair, found)) = best else { break };
        let affected = found.words.clone();
        let token = lengths.len() as u32;
        for index in affected {
            leave(&mut occurrences, index, &words[index]);
            join_all(&mut words[index].tokens, 0, pair, token);
            enter(&mut occurrences, index, &words[index]);
        }
        lengths.push(lengths[pair.0 as usize] + lengths[pair.1 as usize]);
        learned.push(pair);
    }
    learned
}

fn enter(occurrences: &mut HashMap<Pair, Occurrence>, index: usize, word: &Word) {
    for pair in word.tokens.windows(2) {
        let found = occurrences.entry((pair[0], pair[1])).or_default();
        found.count += word.count;
        found.words.insert(index);
    }
}

fn leave(occurrences: &mut HashMap<Pair, Occurrence>, index: usize, word: &Word) {
    for pair in word.tokens.windows(2) {
        let found = occurrences.get_mut(&(pair[0], pair[1])).expect("was entered");
        found.count -= word.count;
        found.words.remove(&index);
    }
}
