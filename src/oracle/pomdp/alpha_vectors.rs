//! Piecewise linear convex value functions of beliefs (QP-D5): `V(b) = max over vectors of <b, alpha>`.

use std::fmt::Write;
use std::path::Path;

use crate::problem::pomdp::Pomdp;
use crate::{Error, Result, files};

/// The value of one way to go on, for every state that the process may be in.
#[derive(Clone, Debug, PartialEq)]
pub struct AlphaVector {
    /// The action it begins with.
    pub action: usize,
    /// Its value in every state.
    pub values: Vec<f64>,
}

impl AlphaVector {
    /// Its value under a belief.
    ///
    /// # Panics
    /// If the belief has another number of states.
    #[must_use]
    pub fn at(&self, belief: &[f64]) -> f64 {
        assert_eq!(belief.len(), self.values.len(), "a belief over these states");
        self.values.iter().zip(belief).map(|(v, b)| v * b).sum()
    }
}

/// At least one vector, all over the same states.
#[derive(Clone, Debug, PartialEq)]
pub struct AlphaVectors {
    vectors: Vec<AlphaVector>,
}

impl AlphaVectors {
    /// A value function.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no vector, vectors of different lengths, or a value that is not finite.
    pub fn new(vectors: Vec<AlphaVector>) -> Result<Self> {
        let Some(first) = vectors.first() else {
            return Err(Error::parameter("alpha vectors", 0, "at least one vector"));
        };
        let states = first.values.len();
        for (i, vector) in vectors.iter().enumerate() {
            if vector.values.len() != states || states == 0 {
                let given = format!("{} values", vector.values.len());
                let expected = format!("{} values", states.max(1));
                return Err(Error::parameter(format!("alpha vector {i}"), given, expected));
            }
            if let Some(value) = vector.values.iter().find(|v| !v.is_finite()) {
                let name = format!("alpha vector {i}");
                return Err(Error::parameter(name, value, "finite values"));
            }
        }
        Ok(Self { vectors })
    }

    /// Refuses vectors that cannot belong to a process, after reading them from a file, say.
    ///
    /// # Errors
    /// [`Error::Parameter`] for another number of states, or an action that the process does not have.
    pub fn check(&self, pomdp: &Pomdp) -> Result<()> {
        if self.states() != pomdp.states() {
            let expected = format!("{} values a vector", pomdp.states());
            return Err(Error::parameter("alpha vectors", self.states(), expected));
        }
        match self.vectors.iter().find(|vector| vector.action >= pomdp.actions()) {
            None => Ok(()),
            Some(vector) => {
                let expected = format!("actions from 0 to {}", pomdp.actions() - 1);
                Err(Error::parameter("alpha vectors", vector.action, expected))
            }
        }
    }

    /// The vectors.
    #[must_use]
    pub fn vectors(&self) -> &[AlphaVector] {
        &self.vectors
    }

    /// Number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.vectors[0].values.len()
    }

    /// The vector that is best under a belief (the first of equals); an unnormalised belief serves as well.
    ///
    /// # Panics
    /// If the belief has another number of states; likewise below.
    #[must_use]
    pub fn best(&self, belief: &[f64]) -> &AlphaVector {
        best(&self.vectors, belief).0
    }

    /// The place of [`Self::best`].
    pub(super) fn best_index(&self, belief: &[f64]) -> usize {
        let best = self.best(belief);
        self.vectors.iter().position(|vector| std::ptr::eq(vector, best)).unwrap_or(0)
    }

    /// The value of a belief.
    #[must_use]
    pub fn value(&self, belief: &[f64]) -> f64 {
        best(&self.vectors, belief).1
    }

    /// The action of the best vector.
    #[must_use]
    pub fn action(&self, belief: &[f64]) -> usize {
        self.best(belief).action
    }

    /// The text format `.alpha` of the field's solvers: for every vector a line with its action, a line with its values
    /// and an empty line.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for vector in &self.vectors {
            let values: Vec<String> = vector.values.iter().map(|v| format!("{v:?}")).collect();
            write!(out, "{}\n{}\n\n", vector.action, values.join(" "))
                .expect("a string takes any text");
        }
        out
    }

    /// Reads what [`Self::text`] wrote.
    ///
    /// # Errors
    /// A message with the line of what is no action or value; those of [`Self::new`].
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        Self::parse_lines((1..).zip(text.lines()))
    }

    /// Reads numbered lines.
    pub(super) fn parse_lines<'a>(
        lines: impl Iterator<Item = (usize, &'a str)>,
    ) -> std::result::Result<Self, String> {
        let mut lines = lines.map(|(i, line)| (i, line.trim())).filter(|(_, l)| !l.is_empty());
        let mut vectors = Vec::new();
        while let Some((number, word)) = lines.next() {
            let action = word.parse().map_err(|_| {
                format!("line {number}: expected the number of an action, found \"{word}\"")
            })?;
            let Some((number, words)) = lines.next() else {
                return Err(format!("line {number}: expected a line of values after the action"));
            };
            let value = |word: &str| {
                word.parse().map_err(|_| format!("line {number}: \"{word}\" is not a number"))
            };
            let values = words.split_ascii_whitespace().map(value);
            vectors.push(AlphaVector {
                action,
                values: values.collect::<std::result::Result<_, _>>()?,
            });
        }
        Self::new(vectors).map_err(|error| error.to_string())
    }

    /// Writes an `.alpha` file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write_atomic(path, self.text().as_bytes())
    }

    /// Reads an `.alpha` file.
    ///
    /// # Errors
    /// A file that cannot be read, or does not hold alpha vectors (the message has the line).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(Error::file(path, "read"))?;
        Self::parse(&text).map_err(|message| Error::content(path, message))
    }
}

/// The best of some vectors under a belief (the first of equals) and its value.
///
/// # Panics
/// If there is none.
pub(super) fn best<'a>(vectors: &'a [AlphaVector], belief: &[f64]) -> (&'a AlphaVector, f64) {
    let mut rest = vectors.iter().map(|vector| (vector, vector.at(belief)));
    let first = rest.next().expect("at least one vector");
    rest.fold(first, |best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> AlphaVectors {
        let vector = |action, values: [f64; 2]| AlphaVector { action, values: values.to_vec() };
        AlphaVectors::new(vec![vector(2, [1.0, -0.1]), vector(0, [1e-300, 1.0 / 3.0])]).unwrap()
    }

    #[test]
    fn the_best_vector_decides() {
        assert_eq!(set().action(&[0.9, 0.1]), 2);
        assert_eq!(set().action(&[0.1, 0.9]), 0);
        approx::assert_relative_eq!(set().value(&[0.9, 0.1]), 0.89, epsilon = 1e-15);
        // The first of equals.
        assert_eq!(set().action(&[0.0, 0.0]), 2);
    }

    #[test]
    fn what_is_saved_is_read_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.alpha");
        set().write(&path).unwrap();
        assert_eq!(AlphaVectors::read(&path).unwrap(), set());
    }

    #[test]
    fn vectors_of_another_process_are_refused() {
        let tiger = crate::problem::pomdp::classics::tiger(0.9).unwrap();
        let vector = |action, states: usize| AlphaVector { action, values: vec![0.0; states] };
        let refusal = |v: AlphaVector| AlphaVectors::new(vec![v]).unwrap().check(&tiger);
        assert!(refusal(vector(2, 2)).is_ok());
        assert!(refusal(vector(3, 2)).unwrap_err().to_string().contains("actions from 0 to 2"));
        assert!(refusal(vector(0, 3)).unwrap_err().to_string().contains("2 values a vector"));
    }

    #[test]
    fn mistakes_are_refused_with_their_line() {
        for (text, expected) in [
            ("", "alpha vectors = 0"),
            ("x\n1 2\n", "line 1: expected the number of an action, found \"x\""),
            ("0\n1 2\n\n1\n", "line 4: expected a line of values"),
            ("0\n1 two\n", "line 2: \"two\" is not a number"),
            ("0\n1 2\n\n1\n1 2 3\n", "alpha vector 1 = 3 values: expected 2"),
            ("0\n1 NaN\n", "alpha vector 0 = NaN"),
        ] {
            let message = AlphaVectors::parse(text).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
