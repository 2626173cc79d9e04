//! What everybody did, as rows, as a table and as claims.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, highest_end};
use lowregret::metrics::verbal::Played;
use lowregret::report::{Experiment, Table, table::number, table::plus_minus};
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
    /// Regret of the practised minus that of the base on the same scenarios: mean over the seeds, and each seed.
    pub difference: Estimate,
    pub differences: Vec<Estimate>,
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
    counts_written: Option<f64>,
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
        let of = |(_, score): &(u64, Score)| {
            Estimate::difference(&score.played.regret, &base.played.regret)
        };
        let differences = practised.iter().map(of).collect::<Result<_>>()?;
        Ok(Self { problem, base, practised, learners, difference, differences })
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
            counts_right: score.and_then(|score| score.agreement.rate()),
            counts_written: score.and_then(|score| score.agreement.coverage()),
            scenarios: regret.n,
        })
    }
}

/// Prints a row a problem.
pub fn print(experiment: &Experiment, all: &[Judged]) -> Result<()> {
    let mut table =
        Table::new(&["problem", "base", "practised - base", "by seed", "learners", "unparsable"]);
    for judged in all {
        let Judged { problem, base, learners, practised, difference, differences } = judged;
        let told = |played: &Played| -> Result<String> {
            Ok(format!("{} {:.2}", played.player, Estimate::of(&played.regret)?.mean))
        };
        let learners = learners.iter().map(told).collect::<Result<Vec<_>>>()?;
        let unparsed = practised.iter().map(|(_, score)| score.unparsed.rate()).sum::<f64>();
        table.push(vec![
            problem.name.to_owned(),
            format!("{:.2}", base.regret()),
            plus_minus(difference.mean, difference.half_width()),
            differences.iter().map(|d| number(d.mean)).collect::<Vec<_>>().join(", "),
            learners.join(", "),
            format!("{:.2} %", 100.0 * unparsed / practised.len() as f64),
        ]);
    }
    experiment.print(&table);
    Ok(())
}

/// A claim a problem: practice lowers regret, with every seed.
pub fn record(experiment: &mut Experiment, all: &[Judged]) -> Result<()> {
    for judged in all {
        let name = judged.problem.name;
        let high = highest_end(&judged.differences);
        let statement = format!(
            "{name}, held-out contexts: regret of the practised minus the base's on the same scenarios, upper end of the \
             interval over scenarios, worst seed of practice"
        );
        let id = format!("TEXT-G1/{}", name.replace(", ", "-").replace(' ', "-"));
        experiment.result(&id, judged.difference)?;
        experiment.claim(id, statement, high, "< 0", high < 0.0);
    }
    Ok(())
}
