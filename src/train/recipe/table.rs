//! A table of a configuration that is taken apart piece by piece; what is left at the end is unknown.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Serialize, de::IntoDeserializer};
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::place::{refusal, refusal_of, unknown};

/// A refusal is a message of one line.
pub type Parsed<T> = std::result::Result<T, String>;

/// A table of the configuration `text`.
pub struct Table<'t> {
    text: &'t str,
    /// Its name in refusals, empty for the whole.
    path: String,
    span: Range<usize>,
    entries: DeTable<'t>,
}

impl<'t> Table<'t> {
    /// The whole of a configuration.
    pub fn parse(text: &'t str) -> Parsed<Self> {
        let whole = DeTable::parse(text).map_err(|e| refusal_of(text, "", 0..0, &e))?;
        let span = whole.span();
        Ok(Self { text, path: String::new(), span, entries: whole.into_inner() })
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn take(&mut self, key: &str) -> Option<Spanned<DeValue<'t>>> {
        self.entries.remove(key)
    }

    /// A refusal of the table as a whole.
    pub fn refuse(&self, message: &str) -> String {
        refusal(self.text, &self.path, self.span.clone(), message)
    }

    fn missing(&self, key: &str) -> String {
        self.refuse(&format!("key \"{key}\" is missing"))
    }

    fn inner(&self, path: String, value: Spanned<DeValue<'t>>) -> Parsed<Self> {
        let (text, span) = (self.text, value.span());
        match value.into_inner() {
            DeValue::Table(entries) => Ok(Self { text, path, span, entries }),
            other => {
                let message = format!("expected a table, found {}", other.type_str());
                Err(refusal(text, &path, span, &message))
            }
        }
    }

    /// Takes out the table `key`.
    pub fn table(&mut self, key: &str) -> Parsed<Self> {
        let value = self.take(key).ok_or_else(|| self.missing(key))?;
        self.inner(self.below(key), value)
    }

    /// Takes out the tables `[[key]]`, at least one.
    pub fn tables(&mut self, key: &str) -> Parsed<Vec<Self>> {
        let value = self.take(key).ok_or_else(|| self.missing(key))?;
        let (path, span) = (self.below(key), value.span());
        let refuse = |message: &str| refusal(self.text, &path, span.clone(), message);
        let DeValue::Array(tables) = value.into_inner() else {
            return Err(refuse(&format!("expected tables, each under [[{key}]]")));
        };
        if tables.is_empty() {
            return Err(refuse("expected at least one"));
        }
        let tables = tables.into_iter().enumerate();
        tables.map(|(i, table)| self.inner(format!("{path}[{i}]"), table)).collect()
    }

    /// Takes out the word `key`, which is one of `known`.
    pub fn word<'k>(&mut self, key: &str, known: &[&'k str]) -> Parsed<&'k str> {
        let value = self.take(key).ok_or_else(|| self.missing(key))?;
        let refuse = |message: &str| refusal(self.text, &self.path, value.span(), message);
        let DeValue::String(word) = value.get_ref() else {
            let expected = known.join(", ");
            return Err(refuse(&format!("{key}: expected one of the words {expected}")));
        };
        let found = known.iter().copied().find(|known| known == word);
        found.ok_or_else(|| refuse(&unknown(key, word, known)))
    }

    /// Takes out the value `key`, or has `default` if it is not there.
    pub fn read_or<T: DeserializeOwned + Serialize>(&mut self, key: &str, default: T) -> Parsed<T> {
        match self.take(key) {
            Some(value) => read(self.text, &self.below(key), value),
            None => Ok(default),
        }
    }

    /// All of the table as a `T`; `defaults` (key, value in TOML) stand for keys that it does not have.
    pub fn read<T: DeserializeOwned + Serialize>(self, defaults: &[(&str, String)]) -> Parsed<T> {
        let Self { text, path, span, entries } = self;
        // Shorter-lived than the configuration, as the defaults are.
        let mut entries: DeTable<'_> = entries;
        for (key, value) in defaults {
            if !entries.contains_key(*key) {
                let value =
                    DeValue::parse(value).map_err(|e| refusal_of(value, &path, 0..0, &e))?;
                entries.insert(Spanned::new(0..0, Cow::Borrowed(*key)), value);
            }
        }
        read(text, &path, Spanned::new(span, DeValue::Table(entries)))
    }

    /// Refuses what has not been taken out; `known` is what the table may hold.
    pub fn finish(self, known: &[&str]) -> Parsed<()> {
        match self.entries.keys().min_by_key(|key| key.span().start) {
            Some(key) => {
                let message = unknown("key", key.get_ref(), known);
                Err(refusal(self.text, &self.path, key.span(), &message))
            }
            None => Ok(()),
        }
    }
}

/// A value of the configuration as a `T`.
fn read<T: DeserializeOwned + Serialize>(
    text: &str,
    path: &str,
    value: Spanned<DeValue<'_>>,
) -> Parsed<T> {
    let span = value.span();
    let given = value.clone();
    let read = T::deserialize(ValueDeserializer::from(value).into_deserializer())
        .map_err(|e| refusal_of(text, path, span.clone(), &e))?;
    // Some types read over keys that they do not know; none of them writes them.
    let written = serde_json::to_value(&read)
        .map_err(|e| refusal(text, path, span.clone(), &e.to_string()))?;
    match first_unknown(given.get_ref(), &written) {
        Some((at, message)) => Err(refusal(text, path, at, &message)),
        None => Ok(read),
    }
}

/// Where the first key stands that was given and is not written, and its refusal.
fn first_unknown(given: &DeValue<'_>, written: &Value) -> Option<(Range<usize>, String)> {
    match (given, written) {
        (DeValue::Table(given), Value::Object(written)) => {
            let known: Vec<&str> = written.keys().map(String::as_str).collect();
            given.iter().find_map(|(key, value)| match written.get(key.get_ref().as_ref()) {
                Some(below) => first_unknown(value.get_ref(), below),
                None => Some((key.span(), unknown("key", key.get_ref(), &known))),
            })
        }
        (DeValue::Array(given), Value::Array(written)) => {
            let mut pairs = given.iter().zip(written);
            pairs.find_map(|(given, written)| first_unknown(given.get_ref(), written))
        }
        _ => None,
    }
}
