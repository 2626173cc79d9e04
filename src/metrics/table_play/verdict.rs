//! What one table allows to say about a learner.

use std::fmt;

use serde::Serialize;

use super::TableEntry;

/// Level of the test of growth.
const LEVEL: f64 = 0.05;
/// Growth of the regret that learners with a guarantee do not exceed: the square root of the rounds.
const GUARANTEED: f64 = 0.5;
/// Regret below this share of the sum of the sizes of all rewards is rounding.
const ROUNDING: f64 = 1e-12;

/// What one table allows to say about a learner, in one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// It earned as much as the best fixed decision.
    NoRegret,
    /// Its runs leave open whether it did.
    NearZero,
    /// Regret grows more slowly than linearly, beyond what tables like this one vary.
    Sublinear {
        /// Exponent of growth.
        exponent: f64,
        /// p-value of "1 or more".
        p_value: f64,
        /// Whether it earned more than the decision that favours nothing (the interval of the gain lies above 0). If not,
        /// the table may be one on which nothing can be learned and regret is small for everybody.
        learned: bool,
    },
    /// Linear growth is within what tables like this one vary, and growth like the square root is not.
    Linear {
        /// Exponent of growth.
        exponent: f64,
    },
    /// The exponent lies outside what tables made of blocks of this one show: rewards drift over the table.
    Drift {
        /// Exponent of growth.
        exponent: f64,
    },
    /// Everything remains possible, or there was nothing to fit.
    Undecided,
    /// There were no resampled tables.
    Untested,
}

impl TableEntry {
    /// What may be said.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let rounding = ROUNDING * (self.dynamic_regret.mean + self.earned.mean.abs());
        if self.regret.high.unwrap_or(self.regret.mean) <= rounding {
            return Verdict::NoRegret;
        }
        if self.regret.low.is_some_and(|low| low <= 0.0) {
            return Verdict::NearZero;
        }
        let Some(replayed) = self.replayed else { return Verdict::Untested };
        let ends = replayed.low.zip(replayed.high);
        let (Some(fit), Some((low, high)), p_value) = (self.growth.fit, ends, replayed.p_value)
        else {
            return Verdict::Undecided;
        };
        let exponent = fit.exponent;
        if exponent < low || exponent > high {
            Verdict::Drift { exponent }
        } else if p_value <= LEVEL {
            let learned = self.gain.and_then(|gain| gain.low).is_some_and(|low| low > 0.0);
            Verdict::Sublinear { exponent, p_value, learned }
        } else if low > GUARANTEED {
            Verdict::Linear { exponent }
        } else {
            Verdict::Undecided
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoRegret => f.write_str("earned no less than the best fixed decision: no regret on this table"),
            Self::NearZero => f.write_str(
                "earned about as much as the best fixed decision; more runs would tell on which side of it",
            ),
            Self::Sublinear { exponent, p_value, learned } => {
                let rest = if learned {
                    "and it earned more than the decision that favours nothing"
                } else {
                    "but it is not shown to earn more than the decision that favours nothing: no test of learning"
                };
                write!(
                    f,
                    "regret grows like t^{exponent:.2}, slower than linearly (p = {p_value:.3}), as a no-regret learner's \
                     does; {rest}"
                )
            }
            Self::Linear { exponent } => write!(
                f,
                "regret grows like t^{exponent:.2}, faster than the square root that no-regret learners guarantee and not \
                 told from linear growth: not a no-regret learner here"
            ),
            Self::Drift { exponent } => write!(
                f,
                "regret grows like t^{exponent:.2}, unlike on tables made of this one's blocks: rewards drift, and one \
                 drift does not tell"
            ),
            Self::Undecided => f.write_str("the table is too short or too noisy to tell"),
            Self::Untested => f.write_str("growth was not tested, for lack of resampled tables"),
        }
    }
}
