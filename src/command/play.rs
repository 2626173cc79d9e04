//! `lowregret play`: learners on a user's own table of rewards.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use lowregret::learner::Learner;
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::play::play;
use lowregret::learner::spec::{LearnerSpec, Scale};
use lowregret::metrics::growth::{Growth, growth_exponent};
use lowregret::model::linear_attention::LinearAttention;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::reward_table::RewardTable;
use lowregret::report::{Table, table::number};
use lowregret::{Error, Result};

use super::Output;

pub const EXAMPLES: &str = "\
Examples:
  lowregret play --rewards experiments/data/djia_daily_log_returns.csv
  lowregret play --rewards table.csv --set ball --learner ftrl:eta=0.05 --learner hedge:anytime
  lowregret play --rewards table.csv --weights layer.safetensors --json

Learners: ftrl, optimistic-ftrl, hedge, optimistic-hedge, gradient-ascent (each alone, with :anytime or :eta=NUMBER),
ftl, center, best-fixed. The learner sees all rewards of a round after deciding (full information).";

#[derive(clap::Args)]
pub struct Arguments {
    /// Reward table: CSV, a header naming the arms, a row a round, a number a cell
    #[arg(long, value_name = "CSV")]
    rewards: PathBuf,
    /// A learner; may be repeated [default: the usual ones]
    #[arg(long, value_name = "NAME")]
    learner: Vec<LearnerSpec>,
    /// Weight file of a trained layer, played beside the learners; may be repeated
    #[arg(long, value_name = "FILE")]
    weights: Vec<PathBuf>,
    /// Set of decisions: probability vectors over the arms, or vectors of length at most 1
    #[arg(long, value_enum, default_value_t = SetName::Simplex)]
    set: SetName,
}

#[derive(Clone, Copy, ValueEnum)]
enum SetName {
    Simplex,
    Ball,
}

/// One learner's result, regret in units of the table.
#[derive(serde::Serialize)]
struct Played {
    learner: String,
    regret: f64,
    growth: Growth,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    let table = RewardTable::read(&arguments.rewards)?;
    let set = match arguments.set {
        SetName::Simplex => DecisionSet::Simplex,
        SetName::Ball => DecisionSet::UNIT_BALL,
    };
    // Step sizes and layers are meant for rewards of length about 1.
    let scale = table.scale();
    if scale == 0.0 {
        return Err(Error::content(
            &arguments.rewards,
            "every reward is 0: there is nothing to decide",
        ));
    }
    let rewards = &table.rewards / scale;
    let known = Scale { rounds: table.rounds(), bound: 1.0 };
    let mut played = Vec::new();
    let mut enter = |learner: String, player: &mut dyn Learner| -> Result<()> {
        let curve = play(set, player, rewards.view());
        let growth = growth_exponent(&curve)?;
        played.push(Played { learner, regret: curve.last().map_or(0.0, |r| r * scale), growth });
        Ok(())
    };
    for spec in usual_unless(&arguments.learner)? {
        enter(spec.to_string(), &mut spec.build(set, known, rewards.view()))?;
    }
    for path in &arguments.weights {
        let layer = LinearAttention::load(path)?;
        check_fits(path, &layer, &table, set)?;
        enter(path.display().to_string(), &mut LayerLearner::new(&layer))?;
    }
    let json = serde_json::json!({
        "rewards": arguments.rewards, "rounds": table.rounds(), "arms": table.arms, "scale": scale, "learners": played,
    });
    let mut output = Table::new(&["learner", "regret", "grows like t^", "p-value of growth < 1"]);
    for p in &played {
        let (exponent, p_value) = match p.growth.fit {
            Some(fit) => (format!("{:.2}", fit.exponent), format!("{:.1e}", fit.p_value)),
            None => ("-".to_owned(), "-".to_owned()),
        };
        output.push(vec![p.learner.clone(), number(p.regret), exponent, p_value]);
    }
    let (rounds, arms) = (table.rounds(), table.arms.len());
    let text = format!(
        "{rounds} rounds, {arms} arms; rewards were divided by their root mean square length {} for the learners\n\n\
         {output}\nThe p-value treats rounds as independent, which sums of rewards are not: read it as a hint.",
        number(scale)
    );
    Ok(Output { text, json })
}

fn usual_unless(given: &[LearnerSpec]) -> Result<Vec<LearnerSpec>> {
    if given.is_empty() {
        ["center", "ftl", "ftrl", "hedge", "optimistic-hedge", "best-fixed"]
            .iter()
            .map(|name| name.parse())
            .collect()
    } else {
        Ok(given.to_vec())
    }
}

fn check_fits(
    path: &Path,
    layer: &LinearAttention<f64>,
    table: &RewardTable,
    set: DecisionSet,
) -> Result<()> {
    let config = layer.config();
    if config.d != table.arms.len() {
        let message =
            format!("the layer decides over {} arms, the table has {}", config.d, table.arms.len());
        return Err(Error::content(path, message));
    }
    if config.decision_set != set {
        let message =
            format!("the layer decides in {:?}, --set asks for {set:?}", config.decision_set);
        return Err(Error::content(path, message));
    }
    Ok(())
}
