//! Parts of a line that come in two forms.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// A name: a text or a whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(pub String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Name, E> {
                Ok(Name(number.to_string()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Name, E> {
                Ok(Name(number.to_string()))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name, E> {
                Ok(Name(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Means of the arms: one row for all rounds, or a row a round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MeanRows {
    rows: Vec<Vec<f64>>,
    a_row_a_round: bool,
}

impl MeanRows {
    /// Refuses another number of rows than rounds, and rows that are empty or of different lengths.
    pub fn check(&self, rounds: usize) -> Result<(), String> {
        let arms = self.rows.first().map_or(0, Vec::len);
        if self.a_row_a_round && self.rows.len() != rounds {
            return Err(format!("means of {} rounds, expected {rounds}", self.rows.len()));
        }
        if arms == 0 || self.rows.iter().any(|row| row.len() != arms) {
            return Err(
                "means: expected one number an arm, the same number in all rounds".to_owned()
            );
        }
        Ok(())
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.iter().map(Vec::as_slice)
    }

    /// The row of round `t` (from 0), if there are so many.
    pub fn at(&self, t: usize) -> Option<&[f64]> {
        self.rows.get(if self.a_row_a_round { t } else { 0 }).map(Vec::as_slice)
    }
}

/// An entry of a list of means.
enum Entry {
    Number(f64),
    Row(Vec<f64>),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number or a list of numbers")
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Entry, E> {
                Ok(Entry::Number(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Entry, E> {
                Ok(Entry::Number(number as f64))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Entry, E> {
                Ok(Entry::Number(number as f64))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entry, A::Error> {
                let mut row = Vec::new();
                while let Some(number) = list.next_element()? {
                    row.push(number);
                }
                Ok(Entry::Row(row))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for MeanRows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (mut numbers, mut rows) = (Vec::new(), Vec::new());
        for entry in Vec::<Entry>::deserialize(deserializer)? {
            match entry {
                Entry::Number(number) => numbers.push(number),
                Entry::Row(row) => rows.push(row),
            }
        }
        match (numbers.is_empty(), rows.is_empty()) {
            (false, false) => Err(de::Error::custom("means: numbers and lists are mixed")),
            (false, true) => Ok(Self { rows: vec![numbers], a_row_a_round: false }),
            (true, _) => Ok(Self { rows, a_row_a_round: true }),
        }
    }
}
