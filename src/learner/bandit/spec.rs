//! Bandit learners by name, as users write them: `ucb1`, `ucb1:c=0.3`, `gaussian-thompson:width=0.15,weight=1`, ...

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::suggest::expected;
use crate::{Error, Result};

mod build;
mod table;
#[cfg(test)]
mod tests;

pub use build::{Knowledge, Prepared};
pub use table::{BanditKind, Parameter};
use table::{LEARNERS, MOST_PARAMETERS};

/// A bandit learner and its parameters; what is not given has its default, a constant or what theory advises for the
/// horizon, the number of arms and the variation of the means.
///
/// Parameters are in units of the range of rewards: learners see rewards mapped onto [0, 1] (see [`Knowledge`]).
///
/// ```
/// use lowregret::learner::bandit::BanditLearner;
/// use lowregret::learner::bandit::spec::{BanditSpec, Knowledge};
/// use lowregret::numeric::rng::{Purpose, Streams};
///
/// let spec: BanditSpec = "ucb1:c=0.2".parse()?;
/// let prepared = spec.prepare(Knowledge::new(50))?;
/// let mut learner = prepared.build(5)?;
/// let mut rng = Streams::new(0).stream(Purpose::Evaluation, 0, 0, 0);
/// let arm = learner.choose(&mut rng);
/// learner.observe(arm, 1.0);
/// assert_eq!(spec.to_string(), "ucb1:c=0.2");
/// # Ok::<(), lowregret::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BanditSpec {
    kind: BanditKind,
    /// In the order of the table; `None` is the default.
    values: [Option<f64>; MOST_PARAMETERS],
}

impl BanditSpec {
    /// The learner with all parameters at their defaults.
    #[must_use]
    pub fn new(kind: BanditKind) -> Self {
        Self { kind, values: [None; MOST_PARAMETERS] }
    }

    /// All learners, with all parameters at their defaults.
    pub fn all() -> impl Iterator<Item = Self> {
        LEARNERS.iter().map(|entry| Self::new(entry.kind))
    }

    /// Which learner it is.
    #[must_use]
    pub fn kind(&self) -> BanditKind {
        self.kind
    }

    /// The name without parameters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind.entry().name
    }

    /// The parameters it has.
    #[must_use]
    pub fn parameters(&self) -> &'static [Parameter] {
        self.kind.entry().parameters
    }

    /// The same learner with one parameter given.
    ///
    /// # Errors
    /// A parameter that the learner does not have; a value outside its domain.
    pub fn with(mut self, parameter: &str, value: f64) -> Result<Self> {
        let parameters = self.parameters();
        let Some(i) = parameters.iter().position(|p| p.name == parameter) else {
            let names: Vec<_> = parameters.iter().map(|p| p.name).collect();
            let expected = match names.as_slice() {
                [] => format!("{} without parameters", self.name()),
                _ => format!("a parameter of {}: {}", self.name(), names.join(", ")),
            };
            return Err(Error::parameter("parameter", parameter, expected));
        };
        self.values[i] = Some(parameters[i].domain.check(parameter, value)?);
        Ok(self)
    }

    /// The values to try of each parameter that tuning chooses, in the order of [`BanditSpec::tuned`]; empty for a learner
    /// with nothing to tune.
    #[must_use]
    pub fn axes(&self) -> Vec<&'static [f64]> {
        self.tunable().map(|p| p.grid).collect()
    }

    /// The same learner with the parameters that tuning chooses set to `setting`, one value an axis.
    ///
    /// # Errors
    /// Another number of values than axes; a value outside its domain.
    pub fn tuned(self, setting: &[f64]) -> Result<Self> {
        let axes = self.tunable().count();
        if setting.len() != axes {
            let expected = format!("{axes} values for {}", self.name());
            return Err(Error::parameter("setting", format!("{setting:?}"), expected));
        }
        self.tunable().zip(setting).try_fold(self, |spec, (p, &value)| spec.with(p.name, value))
    }

    fn tunable(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        self.parameters().iter().filter(|p| !p.grid.is_empty())
    }
}

impl fmt::Display for BanditSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let given = self.parameters().iter().zip(self.values).filter_map(|(p, v)| Some((p, v?)));
        for (i, (parameter, value)) in given.enumerate() {
            write!(f, "{}{}={value}", if i == 0 { ':' } else { ',' }, parameter.name)?;
        }
        Ok(())
    }
}

impl From<BanditSpec> for String {
    fn from(spec: BanditSpec) -> Self {
        spec.to_string()
    }
}

impl TryFrom<String> for BanditSpec {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl FromStr for BanditSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, options) = match text.split_once(':') {
            Some((name, options)) => (name, options.split(',').collect()),
            None => (text, Vec::new()),
        };
        let Some(entry) = LEARNERS.iter().find(|entry| entry.name == name) else {
            let expected = expected(name, LEARNERS.iter().map(|entry| entry.name));
            return Err(Error::parameter("learner", name, expected));
        };
        options.into_iter().try_fold(Self::new(entry.kind), |spec: Self, option| {
            let malformed = || {
                let expected = format!("{name}:PARAMETER=NUMBER,...");
                Error::parameter("learner", text, expected)
            };
            let (parameter, value) = option.split_once('=').ok_or_else(malformed)?;
            spec.with(parameter, value.parse().map_err(|_| malformed())?)
        })
    }
}
