//! What everybody did, as rows, as a table and as claims.

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::verbal::Played;
use lowregret::report::{Experiment, Table, table::plus_minus};
use serde::Serialize;

use super::problems::Problem;
use super::text_models::{Score, mean_by_scenario};

/// Everybody on a problem.
pub struct Judged {
    pub problem: Problem,
    pub base: Score,
    /// With their training seeds.
    pub practised: Vec<(u64, Score)>,
    pub learners: Vec<Played>,
    /// Regret of the practised minus that of the base on the same scenarios, mean over the seeds.
    pub difference: Estimate,
}

/// A player on a problem.
#[derive(Serialize)]
pub struct Row {
    problem: &'static str,
    practised: bool,
    player: String,
    /// Training seed.
    seed: Option<u64>,
    regret: f64,
    half_width: Option<f64>,
    suffix_failure: Option<f64>,
    unparsed: Option<f64>,
    counts_right: Option<f64>,
    scenarios: usize,
}

impl Judged {
    /// Everybody's exam.
    pub fn new(
        problem: Problem,
        base: Score,
        practised: Vec<(u64, Score)>,
        learners: Vec<Played>,
    ) -> Result<Self> {
        let mean = mean_by_scenario(practised.iter().map(|(_, score)| score));
        let difference = Estimate::difference(&mean, &base.played.regret)?;
        Ok(Self { problem, base, practised, learners, difference })
    }

    /// A row a player and seed.
    pub fn rows(&self) -> Result<Vec<Row>> {
        let Self { base, practised, learners, .. } = self;
        let own = practised.iter().map(|(seed, score)| (&score.played, Some(*seed), Some(score)));
        let others = learners.iter().map(|played| (played, None, None));
        let all = [(&base.played, None, Some(base))].into_iter().chain(own).chain(others);
        all.map(|(played, seed, score)| self.row(played, seed, score)).collect()
    }

    fn row(&self, played: &Played, seed: Option<u64>, score: Option<&Score>) -> Result<Row> {
        let regret = Estimate::of(&played.regret)?;
        let failures = played.failures.as_deref().map(Estimate::of).transpose()?;
        Ok(Row {
            problem: self.problem.name,
            practised: self.problem.practised,
            player: played.player.clone(),
            seed,
            regret: regret.mean,
            half_width: regret.half_width(),
            suffix_failure: failures.map(|failures| failures.mean),
            unparsed: score.map(|score| score.unparsed.rate()),
            counts_right: score.map(|score| score.agreement.rate()),
            scenarios: regret.n,
        })
    }
}

/// Prints a row a problem.
pub fn print(experiment: &Experiment, all: &[Judged]) -> Result<()> {
    let mut table = Table::new(&["problem", "base", "practised - base", "learners", "unparsable"]);
    for judged in all {
        let Judged { problem, base, learners, practised, difference } = judged;
        let told = |played: &Played| -> Result<String> {
            Ok(format!("{} {:.2}", played.player, Estimate::of(&played.regret)?.mean))
        };
        let learners = learners.iter().map(told).collect::<Result<Vec<_>>>()?;
        let unparsed = practised.iter().map(|(_, score)| score.unparsed.rate()).sum::<f64>();
        table.push(vec![
            problem.name.to_owned(),
            format!("{:.2}", base.regret()),
            plus_minus(difference.mean, difference.half_width()),
            learners.join(", "),
            format!("{:.2} %", 100.0 * unparsed / practised.len() as f64),
        ]);
    }
    experiment.print(&table);
    Ok(())
}

/// A claim a problem: practice lowers regret.
pub fn record(experiment: &mut Experiment, all: &[Judged]) -> Result<()> {
    for judged in all {
        let name = judged.problem.name;
        let difference = judged.difference;
        let high = difference.high.unwrap_or(f64::NAN);
        let statement = format!(
            "{name}, held-out contexts: regret of the practised minus the base's on the same scenarios, mean over seeds of \
             practice, upper end of the interval over scenarios"
        );
        let id = format!("TEXT-G1/{}", name.replace(", ", "-").replace(' ', "-"));
        experiment.result(&id, difference)?;
        experiment.claim(id, statement, high, "< 0", high < 0.0);
    }
    Ok(())
}
