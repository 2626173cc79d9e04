//! Trajectories as JSON lines, one a line, from whatever has played: a language model, a robot, a program.
//!
//! ```text
//! {"scenario": 7, "trajectory": 0, "rounds": [{"action": 1, "reward": 0.5}, ..], "means": [0.2, 0.6]}
//! {"scenario": 7, "trajectory": 1, "rounds": [{"policy": [0.5, 0.5], "rewards": [0.0, 1.0]}, ..]}
//! ```
//!
//! | key | what it holds |
//! |---|---|
//! | `scenario`, `trajectory` | names: texts or whole numbers |
//! | `rounds` | one object a round: what was decided, as an `action` (from 0) or a `policy` (a probability an arm; with both the action counts), and what it earned, as the `reward` received or the `rewards` of all arms (with both the latter count) |
//! | `means` | optional: the mean reward of every arm, or one such list a round |
//! | `regret` | optional: a regret somebody else has computed |
//! | `messages` | optional: the conversation, for export as fine-tuning data |
//!
//! Other keys are let through. What a trajectory is ranked by is a [`Measure`]; regrets are those of
//! [`BanditRegret`], a policy counting as the mean of its arms.

use serde::Deserialize;

use super::bandit::BanditRegret;

mod cells;
mod export;
mod regret;
mod stream;

pub use export::{as_chat, with_regret};
pub use regret::{Measure, Score};
pub use stream::{MAX_LINE, Reader, Scored};

use cells::{MeanRows, Name};

/// Largest size of a reward, a mean or a regret, so that sums stay finite.
const MAX_CELL: f64 = 1e100;
/// How far the probabilities of a policy may be from 1 together.
const POLICY_SLACK: f64 = 1e-3;

/// One line of the file.
#[derive(Clone, Debug, Deserialize)]
pub struct Record {
    scenario: Name,
    trajectory: Name,
    rounds: Vec<Round>,
    regret: Option<f64>,
    means: Option<MeanRows>,
}

/// One round of a trajectory.
#[derive(Clone, Debug, Deserialize)]
struct Round {
    action: Option<usize>,
    policy: Option<Vec<f64>>,
    reward: Option<f64>,
    rewards: Option<Vec<f64>>,
}

impl Record {
    /// Reads a line; the error is a message that names the round.
    ///
    /// # Errors
    /// Text that is no such object; no round; a number that is not finite or larger than 1e100; a round without a decision
    /// or a reward; an action or a policy that does not fit the number of arms; a policy that is no probability vector;
    /// means of another shape than the rounds.
    pub fn parse(line: &[u8]) -> std::result::Result<Self, String> {
        // A list of the fields' values would be read, too, but nothing could be added to it.
        if line.trim_ascii_start().starts_with(b"[") {
            return Err("a list: expected a JSON object".to_owned());
        }
        let record: Self = serde_json::from_slice(line).map_err(|e| {
            // A line has one line: its number would mislead.
            let text = e.to_string();
            match text.find(" at line 1 column ") {
                Some(place) => {
                    text[..place].to_owned()
                        + &text[place..].replace(" at line 1 column ", ", column ")
                }
                None => text,
            }
        })?;
        record.check()?;
        Ok(record)
    }

    fn check(&self) -> std::result::Result<(), String> {
        if self.rounds.is_empty() {
            return Err("no rounds: expected at least one".to_owned());
        }
        let of_size = |name: &str, value: f64| match value.abs() <= MAX_CELL {
            true => Ok(()),
            false => Err(format!("{name} = {value:e}: expected a number up to 1e100")),
        };
        if let Some(regret) = self.regret {
            of_size("regret", regret)?;
        }
        let arms = self.arms();
        if let Some(means) = &self.means {
            means.check(self.rounds.len())?;
            means.rows().flatten().try_for_each(|mean| of_size("mean", *mean))?;
        }
        for (t, round) in (1..).zip(&self.rounds) {
            round.check(arms).map_err(|message| format!("round {t}: {message}"))?;
        }
        Ok(())
    }

    /// Number of arms, where the line tells it: that of the means, or of the first round's rewards or policy.
    fn arms(&self) -> Option<usize> {
        let first = self.rounds.first();
        let means = self.means.as_ref().and_then(|means| means.rows().next()).map(<[f64]>::len);
        let rewards = || first.and_then(|round| round.rewards.as_ref().or(round.policy.as_ref()));
        means.or_else(|| rewards().map(Vec::len))
    }

    /// Name of the scenario.
    #[must_use]
    pub fn scenario(&self) -> &str {
        &self.scenario.0
    }

    /// Name of the trajectory.
    #[must_use]
    pub fn trajectory(&self) -> &str {
        &self.trajectory.0
    }

    /// Number of rounds.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// The regret that the line brings along.
    #[must_use]
    pub fn given_regret(&self) -> Option<f64> {
        self.regret
    }
}

impl Round {
    fn check(&self, arms: Option<usize>) -> std::result::Result<(), String> {
        let fits = |name: &str, entries: usize| match arms {
            Some(arms) if entries != arms => {
                Err(format!("{entries} entries of \"{name}\", expected one an arm: {arms}"))
            }
            _ if entries == 0 => Err(format!("\"{name}\" is empty: expected one number an arm")),
            _ => Ok(()),
        };
        match (self.action, &self.policy) {
            (None, None) => return Err("expected \"action\" or \"policy\"".to_owned()),
            (Some(action), _) => {
                if let Some(arms) = arms.filter(|arms| action >= *arms) {
                    return Err(format!("action {action}: expected 0 to {}", arms - 1));
                }
            }
            (None, Some(policy)) => {
                fits("policy", policy.len())?;
                let sum: f64 = policy.iter().sum();
                if !policy.iter().all(|p| *p >= 0.0) || (sum - 1.0).abs() > POLICY_SLACK {
                    return Err(format!(
                        "the policy sums to {sum}: expected probabilities with sum 1"
                    ));
                }
            }
        }
        let received = self.reward.iter().chain(self.rewards.iter().flatten());
        if let Some(reward) = received.clone().find(|r| r.abs() > MAX_CELL) {
            return Err(format!("reward {reward:e}: expected a number up to 1e100"));
        }
        match &self.rewards {
            Some(rewards) => fits("rewards", rewards.len()),
            None if self.reward.is_none() => Err("expected \"reward\" or \"rewards\"".to_owned()),
            None => Ok(()),
        }
    }

    /// The value of the decision where the arms are worth `values`.
    fn worth(&self, values: &[f64]) -> f64 {
        match (self.action, &self.policy) {
            (Some(action), _) => values[action],
            (None, Some(policy)) => {
                let (sum, total) = policy
                    .iter()
                    .zip(values)
                    .fold((0.0, 0.0), |(sum, total), (p, v)| (sum + p * v, total + p));
                sum / total
            }
            (None, None) => f64::NAN,
        }
    }

    /// What it earned.
    fn earned(&self) -> f64 {
        match &self.rewards {
            Some(rewards) => self.worth(rewards),
            None => self.reward.unwrap_or(f64::NAN),
        }
    }
}

#[cfg(test)]
mod tests;
