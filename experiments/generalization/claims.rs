//! What has to come out, stated before it was measured; all for the worst training seed.

use lowregret::Result;
use lowregret::metrics::comparison::Entry;
use lowregret::metrics::interval::largest;
use lowregret::report::Experiment;

use super::Setting;
use super::feedback::{CENTER, Feedback, NORMAL};
use super::models::{FULL, MIXED, MODEL};
use super::problems::{Change, GREEDY, UCB, UNIFORM};

impl Setting {
    /// The largest over seeds of the mean regret of `player` over that of `other`.
    fn ratio(&self, player: &str, other: &str) -> Result<f64> {
        let regret = |entry: &Entry| Ok(self.comparison.regret(entry)?.mean);
        let others: Vec<f64> = self.comparison.of(other).map(regret).collect::<Result<_>>()?;
        let own: Vec<f64> = self.comparison.of(player).map(regret).collect::<Result<_>>()?;
        Ok(largest(own) / largest(others))
    }
}

pub fn record(
    experiment: &mut Experiment,
    settings: &[Setting],
    feedback: &Feedback,
) -> Result<()> {
    let mut at_most = |id: String, statement: String, value: f64, limit: f64| {
        experiment.claim(id, statement, value, format!("<= {limit}"), value <= limit);
    };
    for setting in settings {
        let name = setting.problem.name;
        let slug = name.to_lowercase().replace(' ', "-").replace("-=-", "");
        let half = |player| setting.ratio(player, UNIFORM);
        let tuned = |player| setting.ratio(player, UCB);
        let over_uniform = format!("{name}: regret over uniform play's");
        let over_tuned = format!("{name}: regret over that of UCB1 tuned for it");
        match setting.problem.change {
            Change::Horizon => {
                at_most(format!("BANDIT-S6/{slug}/uniform"), over_uniform, half(MODEL)?, 0.5);
                at_most(format!("BANDIT-S6/{slug}/tuned"), over_tuned, tuned(MODEL)?, 1.25);
            }
            Change::Rewards => {
                at_most(format!("BANDIT-S7/{slug}/uniform"), over_uniform, half(MODEL)?, 0.5);
                at_most(format!("BANDIT-S7/{slug}/tuned"), over_tuned, tuned(MODEL)?, 1.25);
            }
            Change::Gap => {
                at_most(format!("BANDIT-S8/{slug}/tuned"), over_tuned, tuned(MODEL)?, 1.25);
                let statement = format!("{name}: suffix failure minus greedy's");
                let failure = |player| {
                    let own = setting.comparison.of(player);
                    largest(own.map(|entry| entry.outcome.exploration.suffix_failure.mean))
                };
                let more = failure(MODEL) - failure(GREEDY);
                at_most(format!("BANDIT-S8/{slug}/suffix-failure"), statement, more, 0.0);
            }
            Change::Arms => {
                let statement = format!("{over_tuned}, trained on 2 to 5 arms");
                at_most(format!("BANDIT-S9/{slug}/tuned"), statement, tuned(MIXED)?, 1.25);
            }
            Change::Feedback => {
                let statement = format!("{over_uniform}, trained on full information");
                at_most(format!("BANDIT-S10/{slug}/uniform"), statement, half(FULL)?, 0.5);
            }
        }
    }
    let regret = |player| largest(feedback.of(NORMAL, player).map(|row| row.regret));
    let ratio = regret(MODEL) / regret(CENTER);
    let statement =
        "full information, normal rewards: regret of a model of bandits over never moving";
    at_most("BANDIT-S10/full-information".to_owned(), statement.to_owned(), ratio, 0.5);
    Ok(())
}
