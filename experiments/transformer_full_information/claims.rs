//! The claims, each with its target. Of several seeds the worst decides.

use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::Experiment;
use lowregret::{Error, Result};

use super::measure::{
    FTL, FTRL, Game, HEDGE, MIXTURE, ON_MIXTURE, ON_STOCHASTIC, PARTS, Played, STOCHASTIC, Trained,
};

pub fn record(
    experiment: &mut Experiment,
    trained: &[Trained],
    played: &[Played],
    games: &[Game],
) -> Result<()> {
    stochastic(experiment, trained, on(played, STOCHASTIC)?)?;
    mixture(experiment, played)?;
    let worst = |player| largest(games.iter().filter(|g| g.player == player).map(Game::last));
    for (practised, player) in [(STOCHASTIC, ON_STOCHASTIC), (MIXTURE, ON_MIXTURE)] {
        let (value, limit) = (worst(player), worst(FTL));
        experiment.claim(
            format!("TRF-S3/{practised}"),
            format!("model that practised {practised}: regret against the adversary (worst seed)"),
            value,
            format!("< {limit:.1}, follow the leader's"),
            value < limit,
        );
        let limit = worst(HEDGE).max(worst(FTRL));
        experiment.claim(
            format!("TRF-S3/{practised}-guarded"),
            format!("the same, beside FTRL and Hedge tuned on the mixture ({practised})"),
            value,
            format!("<= {limit:.2}, the worse of the two"),
            value <= limit,
        );
    }
    Ok(())
}

fn on<'a>(played: &'a [Played], problem: &str) -> Result<&'a Played> {
    let missing = || Error::parameter("problem", problem, "one that was played");
    played.iter().find(|p| p.problem == problem).ok_or_else(missing)
}

fn stochastic(experiment: &mut Experiment, trained: &[Trained], played: &Played) -> Result<()> {
    let models = || played.comparison.of(ON_STOCHASTIC);
    let regret = largest(models().map(|entry| entry.regret.mean));
    experiment.claim(
        "TRF-S1/regret",
        "stochastic: final regret (worst seed)",
        regret,
        "<= 1.3",
        regret <= 1.3,
    );
    let steps = trained.iter().map(|t| t.steps as f64 / 1e6);
    let steps = largest(steps);
    experiment.claim(
        "TRF-S1/steps",
        "environment steps of a run, millions",
        steps,
        "<= 9.2",
        steps <= 9.2,
    );
    let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let exponent = largest(models().map(|e| number(e.growth_interval.high)));
    experiment.claim(
        "TRF-S1/growth",
        "stochastic: growth exponent, upper end of its bootstrap interval (worst seed)",
        exponent,
        "< 1",
        exponent < 1.0,
    );
    let p_value = largest(models().map(|e| number(e.growth.fit.map(|fit| fit.p_value))));
    experiment.claim(
        "TRF-S1/growth-p",
        "stochastic: p-value of \"the growth exponent is 1 or more\" (worst seed)",
        p_value,
        "< 0.01",
        p_value < 0.01,
    );
    let mut excess = Vec::new();
    for entry in models() {
        excess.push(number(played.comparison.difference(entry, FTL)?.low));
    }
    let excess = smallest(excess);
    experiment.claim(
        "TRF-S1/limit",
        "stochastic: regret above follow the leader's, Bayes-optimal here; lower end of the interval (best seed)",
        excess,
        ">= 0",
        excess >= 0.0,
    );
    Ok(())
}

/// Below both tuned learners on the mixture and on each of its parts: the upper end of the worse difference.
fn mixture(experiment: &mut Experiment, played: &[Played]) -> Result<()> {
    for problem in std::iter::once(MIXTURE).chain(PARTS.map(|(name, _)| name)) {
        let comparison = &on(played, problem)?.comparison;
        let mut highs = Vec::new();
        for entry in comparison.of(ON_MIXTURE) {
            for other in [FTRL, HEDGE] {
                highs.push(comparison.difference(entry, other)?.high.unwrap_or(f64::NAN));
            }
        }
        let high = largest(highs);
        experiment.claim(
            format!("TRF-S2/{}", problem.replace(' ', "-")),
            format!(
                "{problem}: regret of the model that practised the mixture minus that of tuned FTRL and Hedge, \
                 upper end of the interval (worst)"
            ),
            high,
            "< 0",
            high < 0.0,
        );
    }
    Ok(())
}
