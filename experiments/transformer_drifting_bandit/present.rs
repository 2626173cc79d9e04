//! Tables, headline and claims.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, largest, smallest};
use lowregret::report::{Experiment, Table};
use serde::Serialize;

use super::curves::curve_rows;
use super::measure::{
    AT_HOME, DECISIONS, DISCOUNTED_UCB, LEARNERS, MIXTURE, MODELS, OBSERVABLE, Played, ROUNDS,
    Trained, on,
};

/// A model's regret minus that of tuned discounted UCB on the same scenarios.
#[derive(Serialize)]
struct DifferenceRow<'a> {
    problem: &'a str,
    player: &'a str,
    seed: Option<u64>,
    against: &'a str,
    difference: f64,
    low: Option<f64>,
    high: Option<f64>,
    scenarios: usize,
}

pub fn tables(experiment: &mut Experiment, trained: &[Trained], played: &[Played]) -> Result<()> {
    let (mut rows, mut curves, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    for p in played {
        rows.extend(p.comparison.rows(p.name)?);
        for entry in p.comparison.entries() {
            let (player, seed) = (entry.player.as_str(), entry.seed);
            let regret = entry.outcome.regret(p.comparison.problem().regret());
            curves.extend(curve_rows(p.name, player, seed, &regret.curve));
            for against in [DISCOUNTED_UCB, AT_HOME].into_iter().filter(|_| seed.is_some()) {
                let Estimate { mean, low, high, n } = p.comparison.difference(entry, against)?;
                let (problem, difference, scenarios) = (p.name, mean, n);
                differences.push(DifferenceRow {
                    problem,
                    player,
                    seed,
                    against,
                    difference,
                    low,
                    high,
                    scenarios,
                });
            }
        }
    }
    experiment.csv("regret.csv", &rows)?;
    experiment.csv("regret_curves.csv", &curves)?;
    experiment.csv("differences.csv", &differences)?;
    let variation: Vec<_> = played.iter().map(|p| p.variation.clone()).collect();
    experiment.csv("variation.csv", &variation)?;
    let history: Vec<_> = trained.iter().flat_map(|t| t.result.history.iter().cloned()).collect();
    experiment.csv("history.csv", &history)?;
    for t in trained {
        let name = format!("weights/{}_seed{}.safetensors", t.file, t.seed);
        experiment.file(&name, t.result.model.to_bytes()?)?;
    }
    Ok(())
}

/// One line a player, one column a kind of drift; models are means over seeds, with the widest interval.
pub fn headline(experiment: &Experiment, played: &[Played]) -> Result<()> {
    let mut headers = vec!["player"];
    headers.extend(played.iter().map(|p| p.name));
    let mut table = Table::new(&headers);
    let mut budget = vec!["variation: measured, budget".to_owned()];
    for p in played {
        budget.push(format!("{:.2}, {:.2}", p.variation.mean, p.variation.budget));
    }
    table.push(budget);
    for player in LEARNERS.into_iter().chain([AT_HOME]).chain(MODELS.map(|m| m.0)) {
        let mut cells = vec![player.to_owned()];
        for p in played {
            let all = p.comparison.of(player).map(|entry| p.comparison.regret(entry));
            let all = all.collect::<Result<Vec<_>>>()?;
            let half = largest(all.iter().filter_map(Estimate::half_width));
            let mean = all.iter().map(|e| e.mean).sum::<f64>() / all.len() as f64;
            cells.push(format!("{mean:.2} ± {half:.2}"));
        }
        table.push(cells);
    }
    experiment.note(&format!(
        "\nDynamic regret after {ROUNDS} rounds; interval over scenarios (the widest of the seeds); \
         parameters tuned on the mixture unless said.\n"
    ));
    experiment.print(&table);
    Ok(())
}

/// The claims, each with its target. Of several seeds the worst decides.
pub fn claims(experiment: &mut Experiment, trained: &[Trained], played: &[Played]) -> Result<()> {
    let comparison = &on(played, MIXTURE)?.comparison;
    for (model, id) in MODELS {
        let mut regrets = Vec::new();
        for entry in comparison.of(model) {
            regrets.push(comparison.regret(entry)?.mean);
        }
        let regret = largest(regrets);
        experiment.claim(
            format!("TRF-S4/{id}"),
            format!("mixture: dynamic regret, {model} (worst seed)"),
            regret,
            "<= 6.0",
            regret <= 6.0,
        );
    }
    let steps = largest(trained.iter().map(|t| t.steps as f64 / 1e6));
    experiment.claim(
        "TRF-S4/steps",
        "environment steps of a run, millions",
        steps,
        "<= 9.2",
        steps <= 9.2,
    );
    for (model, id) in MODELS {
        below(experiment, played, (model, id), DISCOUNTED_UCB, "TRF-S5", "tuned on the mixture")?;
    }
    for (model, id) in
        MODELS.into_iter().filter(|(model, _)| [DECISIONS, OBSERVABLE].contains(model))
    {
        below(experiment, played, (model, id), AT_HOME, "TRF-S6", "tuned for the very kind")?;
    }
    let mut exponents = Vec::new();
    for entry in comparison.entries() {
        exponents.push(comparison.growth(entry)?.map_or(f64::NAN, |fit| fit.exponent));
    }
    let exponent = smallest(exponents);
    experiment.claim(
        "TRF-S7",
        "mixture: smallest growth exponent of dynamic regret, over all players",
        exponent,
        ">= 0.8",
        exponent >= 0.8,
    );
    let over = largest(played.iter().map(|p| p.variation.largest - p.variation.budget));
    experiment.claim(
        "TRF-D2",
        "largest measured variation of a scenario minus the stated budget (worst kind of drift)",
        over,
        "<= 0",
        over <= 1e-9,
    );
    Ok(())
}

/// On every kind of drift: the upper end of the paired difference to `against`.
fn below(
    experiment: &mut Experiment,
    played: &[Played],
    (model, id): (&str, &str),
    against: &str,
    claim: &str,
    tuning: &str,
) -> Result<()> {
    // On the mixture both are tuned alike.
    for p in played.iter().filter(|p| against != AT_HOME || p.name != MIXTURE) {
        let mut highs = Vec::new();
        for entry in p.comparison.of(model) {
            highs.push(p.comparison.difference(entry, against)?.high.unwrap_or(f64::NAN));
        }
        let (high, kind) = (largest(highs), p.name.replace(' ', "-"));
        experiment.claim(
            format!("{claim}/{id}/{kind}"),
            format!(
                "{}, {model}: regret minus that of discounted UCB {tuning}, upper end of the interval (worst seed)",
                p.name
            ),
            high,
            "< 0",
            high < 0.0,
        );
    }
    Ok(())
}
