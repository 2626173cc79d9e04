//! What recorded trajectories are ranked by.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::{BanditRegret, Record};
use crate::suggest::expected;
use crate::{Error, Result};

/// What a trajectory is ranked by; less is better.
///
/// | name | value | needs |
/// |---|---|---|
/// | `realised` | static regret: the best fixed arm's total reward minus what was earned | `rewards` |
/// | `pseudo` | the best fixed arm's total mean minus the total mean of what was decided | `means` |
/// | `dynamic` | the sum of what every decision lacks to the best arm of its round, in means, or in rewards if there are no means | `means` or `rewards` |
/// | `given` | the regret that the line brings along | `regret` |
/// | `reward` | minus what was earned: no regret, but ranks trajectories on the same rewards like one | |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Measure {
    /// A regret that is computed.
    Regret(BanditRegret),
    /// The regret that the line brings along.
    Given,
    /// Minus what was earned.
    Reward,
}

const NAMES: [(&str, Measure); 5] = [
    ("realised", Measure::Regret(BanditRegret::Realised)),
    ("pseudo", Measure::Regret(BanditRegret::Pseudo)),
    ("dynamic", Measure::Regret(BanditRegret::Dynamic)),
    ("given", Measure::Given),
    ("reward", Measure::Reward),
];

/// What one trajectory achieved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// What it is ranked by.
    pub value: f64,
    /// Total reward.
    pub earned: f64,
}

impl Measure {
    /// The measure that a line allows for: pseudo-regret where there are means, else realised regret where there are
    /// the rewards of all arms, else the regret that it brings along.
    ///
    /// # Errors
    /// A message for a line with nothing of the kind.
    pub fn for_record(record: &Record) -> std::result::Result<Self, String> {
        if record.means.is_some() {
            Ok(Self::Regret(BanditRegret::Pseudo))
        } else if record.rounds.iter().all(|round| round.rewards.is_some()) {
            Ok(Self::Regret(BanditRegret::Realised))
        } else if record.regret.is_some() {
            Ok(Self::Given)
        } else {
            Err("one reward a round does not tell the regret: expected the \"rewards\" of all arms, \"means\" or \
                 \"regret\", or rank by reward"
                .to_owned())
        }
    }

    /// Scores a line; the error is a message that says what it lacks.
    ///
    /// # Errors
    /// A line without what the measure needs.
    pub fn score(self, record: &Record) -> std::result::Result<Score, String> {
        let earned: f64 = record.rounds.iter().map(super::Round::earned).sum();
        let value = match self {
            Self::Given => record.regret.ok_or_else(|| self.lacks("regret"))?,
            Self::Reward => -earned,
            Self::Regret(regret) => {
                let mut last = 0.0;
                self.follow(regret, record, |regret| last = regret)?;
                last
            }
        };
        Ok(Score { value, earned })
    }

    /// Regret after each round; `None` for a measure that does not compute it.
    ///
    /// # Errors
    /// Those of [`Self::score`].
    pub fn curve(self, record: &Record) -> std::result::Result<Option<Vec<f64>>, String> {
        let Self::Regret(regret) = self else { return Ok(None) };
        let mut curve = Vec::with_capacity(record.rounds.len());
        self.follow(regret, record, |regret| curve.push(regret))?;
        Ok(Some(curve))
    }

    fn lacks(self, key: &str) -> String {
        format!("\"{key}\" is missing, which {self} regret needs")
    }

    /// Tells the regret after every round.
    fn follow(
        self,
        regret: BanditRegret,
        record: &Record,
        mut tell: impl FnMut(f64),
    ) -> std::result::Result<(), String> {
        let by_means = match (regret, &record.means) {
            (BanditRegret::Pseudo, None) => return Err(self.lacks("means")),
            (BanditRegret::Realised, _) => false,
            (_, means) => means.is_some(),
        };
        let (mut best, mut own) = (0.0, 0.0);
        let mut sums = Vec::new();
        for (t, round) in record.rounds.iter().enumerate() {
            let values = match &record.means {
                Some(means) if by_means => means.at(t),
                _ => round.rewards.as_deref(),
            };
            let values =
                values.ok_or_else(|| format!("round {}: {}", t + 1, self.lacks("rewards")))?;
            own += round.worth(values);
            if regret == BanditRegret::Dynamic {
                best += maximum(values);
            } else {
                sums.resize(values.len(), 0.0);
                sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
                best = maximum(&sums);
            }
            tell(best - own);
        }
        Ok(())
    }
}

fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = NAMES.iter().find(|(_, measure)| measure == self);
        f.write_str(own.map_or("", |(name, _)| name))
    }
}

impl From<Measure> for String {
    fn from(measure: Measure) -> Self {
        measure.to_string()
    }
}

impl FromStr for Measure {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = NAMES.iter().find(|(name, _)| *name == text).map(|(_, measure)| *measure);
        known.ok_or_else(|| Error::parameter("measure", text, expected(text, NAMES.map(|n| n.0))))
    }
}
