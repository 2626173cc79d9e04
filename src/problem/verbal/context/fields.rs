//! Reading a file of wordings key by key, so that every refusal names the file, the key and what was expected.

use std::path::Path;

use toml::{Table, Value};

use crate::problem::verbal::phrase::{Phrase, Wordings};
use crate::problem::verbal::scale::Scale;
use crate::problem::verbal::template::{Template, check_text};
use crate::suggest::expected;
use crate::{Error, Result};

/// Most entries of a list.
const MAX_LIST: usize = 64;

/// A file, or a table of it: what is read is taken out, so that what is left is unknown.
pub(super) struct Fields<'a> {
    path: &'a Path,
    /// Keys of the tables around, each with a point.
    prefix: String,
    table: Table,
    known: Vec<String>,
}

impl<'a> Fields<'a> {
    /// The fields of a file.
    pub fn parse(path: &'a Path, text: &str) -> Result<Self> {
        let table = text.parse().map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            Error::content(path, format!("line {line}: {}", error.message().replace('\n', "; ")))
        })?;
        Ok(Self { path, prefix: String::new(), table, known: Vec::new() })
    }

    /// A refusal that names the key.
    pub fn refuse(&self, key: &str, message: &str) -> Error {
        Error::content(self.path, format!("{}{key}: {message}", self.prefix))
    }

    fn take(&mut self, key: &str, expected: &str) -> Result<Value> {
        self.known.push(key.to_owned());
        let value = self.table.remove(key);
        value.ok_or_else(|| self.refuse(key, &format!("is missing, expected {expected}")))
    }

    /// Takes out a value of the kind that `of` lets through.
    fn taken<T>(&mut self, key: &str, kind: &str, of: impl Fn(Value) -> Option<T>) -> Result<T> {
        let value = self.take(key, kind)?;
        let found = value.type_str();
        of(value).ok_or_else(|| self.refuse(key, &format!("is of type {found}, expected {kind}")))
    }

    /// A text on one line.
    pub fn text(&mut self, key: &str) -> Result<String> {
        let text = self.taken(key, "a text", |value| Some(value.as_str()?.to_owned()))?;
        check_text(&text).map_err(|message| self.refuse(key, &message))?;
        Ok(text)
    }

    /// true or false.
    pub fn flag(&mut self, key: &str) -> Result<bool> {
        self.taken(key, "true or false", |value| value.as_bool())
    }

    fn number(&mut self, key: &str) -> Result<f64> {
        let number = |value: Value| value.as_float().or_else(|| Some(value.as_integer()? as f64));
        self.taken(key, "a number", number)
    }

    /// A table in the table.
    pub fn table(&mut self, key: &str) -> Result<Self> {
        let table = self.taken(key, "a table", |value| value.as_table().cloned())?;
        let prefix = format!("{}{key}.", self.prefix);
        Ok(Self { path: self.path, prefix, table, known: Vec::new() })
    }

    /// A list of at least `least` different texts, each as `read` makes it.
    pub fn list<T>(
        &mut self,
        key: &str,
        least: usize,
        read: impl Fn(&str) -> std::result::Result<T, String>,
    ) -> Result<Vec<T>> {
        let kind = format!("a list of {least} to {MAX_LIST} texts");
        let values = self.taken(key, &kind, |value| value.as_array().cloned())?;
        if !(least..=MAX_LIST).contains(&values.len()) {
            return Err(self.refuse(key, &format!("has {} entries, expected {kind}", values.len())));
        }
        let mut texts: Vec<String> = Vec::new();
        let mut list = Vec::new();
        for (i, value) in values.iter().enumerate() {
            let at = format!("{key}[{i}]");
            let text = value.as_str().ok_or_else(|| {
                self.refuse(&at, &format!("is of type {}, expected a text", value.type_str()))
            })?;
            if texts.contains(&text.to_lowercase()) {
                return Err(self.refuse(
                    &at,
                    &format!("\"{text}\" stands there twice, expected different texts"),
                ));
            }
            texts.push(text.to_lowercase());
            list.push(read(text).map_err(|message| self.refuse(&at, &message))?);
        }
        Ok(list)
    }

    /// A word for one and a word for several.
    pub fn pair(&mut self, key: &str) -> Result<[String; 2]> {
        let expected = "expected two texts, for one and for several";
        let kind = "a list of two texts, for one and for several";
        let values = self.taken(key, kind, |value| value.as_array().cloned())?;
        let texts: Option<Vec<String>> =
            values.iter().map(|value| Some(value.as_str()?.to_owned())).collect();
        let pair: Option<[String; 2]> = texts.and_then(|texts| texts.try_into().ok());
        let pair = pair.ok_or_else(|| self.refuse(key, expected))?;
        for text in &pair {
            check_text(text).map_err(|message| self.refuse(key, &message))?;
        }
        Ok(pair)
    }

    /// A scale: `unit`, `zero`, `one`, `decimals`.
    pub fn scale(&mut self) -> Result<Scale> {
        let whole = |value: Value| usize::try_from(value.as_integer()?).ok();
        let scale = Scale {
            zero: self.number("zero")?,
            one: self.number("one")?,
            decimals: self.taken("decimals", "a whole number from 0", whole)?,
            unit: self.pair("unit")?,
        };
        scale.check().map_err(|message| self.refuse("scale", &message))?;
        Ok(scale)
    }

    /// The wordings of all phrases of a kind; `self` is the file, `sections` are its tables.
    pub fn wordings(&mut self, shared: bool, sections: &mut [(&str, Self)]) -> Result<Wordings> {
        Wordings::read(shared, |phrase: Phrase| {
            let read =
                |text: &str| -> std::result::Result<Template, String> { phrase.template(text) };
            match phrase.key().split_once('.') {
                None => self.list(phrase.key(), phrase.wordings(), read),
                Some((section, key)) => {
                    let own = sections.iter_mut().find(|(name, _)| *name == section);
                    let (_, fields) = own.expect("every section of the table of phrases is opened");
                    fields.list(key, phrase.wordings(), read)
                }
            }
        })
    }

    /// Refuses what has not been asked for.
    pub fn finish(self) -> Result<()> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(key) => {
                let meant = expected(key, self.known.iter().map(String::as_str));
                Err(self.refuse(key, &format!("is unknown, expected {meant}")))
            }
        }
    }
}
