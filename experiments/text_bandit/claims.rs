//! What the page claims, with its numbers. Of several seeds the worst decides.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, highest_end, largest};
use lowregret::metrics::verbal::Played;
use lowregret::report::Experiment;

use super::text_models::{Score, mean_by_scenario};

pub fn record(
    experiment: &mut Experiment,
    base: &Score,
    practised: &[Score],
    learners: &[Played],
) -> Result<()> {
    let scores = || practised.iter();
    let ratio = largest(scores().map(|score| score.regret() / base.regret()));
    let statement = "K = 5, T = 30 (practised: 20), held-out contexts: regret after practice over the base's, worst seed";
    experiment.claim("TEXT-P1/regret", statement, ratio, "<= 0.6", ratio <= 0.6);
    let ratio = largest(scores().map(|score| score.failure() / base.failure()));
    let statement = "share of plays that never choose the best arm in their second half, over the base's, worst seed";
    experiment.claim("TEXT-P1/failures", statement, ratio, "<= 0.5", ratio <= 0.5);
    let difference =
        |score: &Score| Estimate::difference(&score.played.regret, &base.played.regret);
    let high = highest_end(&scores().map(difference).collect::<Result<Vec<_>>>()?);
    let statement = "regret after practice minus the base's on the same scenarios, upper end of the interval, worst seed";
    experiment.claim("TEXT-P1/difference", statement, high, "< 0", high < 0.0);
    let rate = largest(scores().map(|score| score.unparsed.rate()));
    let own = base.unparsed.rate();
    let statement =
        format!("share of answers that cannot be read after practice, worst seed (base: {own:.4})");
    let holds = rate < own.min(0.01);
    experiment.claim("TEXT-P2", statement, rate, "< 0.01 and below the base's", holds);
    let right = |score: &Score| score.agreement.rate().unwrap_or(f64::NAN);
    let gains: Vec<f64> = scores().map(|score| right(score) - right(base)).collect();
    let gain = Estimate::of(&gains)?;
    let low = gain.low.unwrap_or(f64::NAN);
    let statement = "share of counts in the reasoning that are right, after practice minus base, lower end of the interval over seeds";
    experiment.claim("TEXT-P3", statement, low, "> 0", low > 0.0);
    experiment.result("counts_right_gain", gain)?;
    let regret = mean_by_scenario(practised);
    experiment.result("minus_base", Estimate::difference(&regret, &base.played.regret)?)?;
    for played in learners {
        let difference = Estimate::difference(&regret, &played.regret)?;
        let name = played.player.replace(": ", "_");
        experiment.result(&format!("minus_{name}"), difference)?;
    }
    Ok(())
}
