//! Who plays: learners by name, and models by their weight file.

use std::path::{Path, PathBuf};

use lowregret::learner::Learner;
use lowregret::learner::bandit::BanditLearner;
use lowregret::learner::bandit::play::earnings as bandit_earnings;
use lowregret::learner::bandit::spec::{BanditSpec, Knowledge};
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::play::earnings;
use lowregret::learner::spec::{LearnerSpec, Scale};
use lowregret::learner::transformer::{TransformerArms, TransformerLearner};
use lowregret::metrics::table_play::{Rules, TablePlay};
use lowregret::model::saved::SavedModel;
use lowregret::model::tokens::Tokens;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::{Error, Result};

use super::Feedback;

const USUAL_FULL: [&str; 6] = ["center", "ftl", "ftrl", "hedge", "optimistic-hedge", "best-fixed"];
const USUAL_BANDIT: [&str; 7] =
    ["uniform", "greedy", "ucb1", "kl-ucb", "thompson", "exp3", "discounted-ucb"];

/// Somebody who plays a table.
pub enum Player {
    Full(LearnerSpec),
    Bandit(BanditSpec),
    Model { name: String, path: PathBuf, model: Box<SavedModel>, feedback: Feedback },
}

/// The players that were asked for, or the usual ones.
pub fn named(names: &[String], feedback: Feedback) -> Result<Vec<Player>> {
    let usual: &[&str] = match feedback {
        Feedback::Full => &USUAL_FULL,
        Feedback::Bandit => &USUAL_BANDIT,
    };
    let by_name = |name: &str| match feedback {
        Feedback::Full => name.parse().map(Player::Full),
        Feedback::Bandit => name.parse().map(Player::Bandit),
    };
    if names.is_empty() {
        return usual.iter().map(|name| by_name(name)).collect();
    }
    let one = |name: &String| match by_name(name) {
        Ok(player) => Ok(player),
        Err(unknown) => {
            let path = PathBuf::from(name);
            if path.exists() || name.ends_with(".safetensors") {
                let model = Box::new(SavedModel::load(&path)?);
                Ok(Player::Model { name: short(name, names), path, model, feedback })
            } else {
                Err(unknown)
            }
        }
    };
    names.iter().map(one).collect()
}

/// The name of a weight file without folders and ending, if no other one has the same.
fn short(name: &str, all: &[String]) -> String {
    let stem = |name: &str| Path::new(name).file_stem().map(|stem| stem.display().to_string());
    let twice = all.iter().filter(|other| stem(other) == stem(name)).count() > 1;
    stem(name).filter(|_| !twice).unwrap_or_else(|| name.to_owned())
}

impl Player {
    fn name(&self) -> String {
        match self {
            Self::Full(spec) => spec.to_string(),
            Self::Bandit(spec) => spec.to_string(),
            Self::Model { name, .. } => name.clone(),
        }
    }

    /// Refuses a model that cannot play the table.
    pub fn check(&self, rules: &Rules, rounds: usize, arms: usize) -> Result<()> {
        let Self::Model { path, model, feedback, .. } = self else { return Ok(()) };
        let refuse = |message: String| Err(Error::content(path, message));
        match &**model {
            SavedModel::Layer(layer) => {
                let config = layer.config();
                if *feedback == Feedback::Bandit {
                    return refuse(
                        "a layer needs the rewards of all arms: --feedback full".to_owned(),
                    );
                }
                if config.d != arms {
                    return refuse(format!(
                        "the layer decides over {} arms, the table has {arms}",
                        config.d
                    ));
                }
                if config.decision_set != rules.set {
                    return refuse(format!(
                        "the layer decides in {:?}, --set asks for {:?}",
                        config.decision_set, rules.set
                    ));
                }
            }
            SavedModel::Transformer(model) => {
                let most = model.config().outputs;
                let tells = Tokens::of(model.config())
                    .map_err(|e| Error::content(path, e.to_string()))?
                    .tells_presence();
                if arms > most || (arms < most && !tells) {
                    return refuse(format!(
                        "the model decides over {most} arms, the table has {arms}"
                    ));
                }
                if rules.set != DecisionSet::Simplex {
                    return refuse("a Transformer decides over arms: --set simplex".to_owned());
                }
                let longer =
                    model.with_rounds(rounds).map_err(|e| Error::content(path, e.to_string()))?;
                TransformerLearner::new(&longer)
                    .map_err(|e| Error::content(path, e.to_string()))?;
            }
        }
        Ok(())
    }

    /// Plays the table.
    pub fn enter(&self, play: &mut TablePlay) -> Result<()> {
        let rules = *play.rules();
        let name = self.name();
        match self {
            Self::Full(spec) => play.add(&name, false, |rewards, _| {
                let known = Scale { rounds: rewards.nrows(), bound: 1.0 };
                let mut learner: Box<dyn Learner> = spec.build(rules.set, known, rewards);
                Ok(earnings(&mut learner, rewards))
            }),
            Self::Bandit(spec) => {
                let horizon = play.rounds();
                let variation = rules.switches.unwrap_or(0) as f64;
                let prepared = spec.prepare(Knowledge { variation, ..Knowledge::new(horizon) })?;
                play.add(&name, true, |rewards, rng| {
                    let mut learner: Box<dyn BanditLearner + Send> =
                        prepared.build(rewards.ncols())?;
                    Ok(bandit_earnings(&mut learner, rewards, rng))
                })
            }
            Self::Model { model, feedback, .. } => match (&**model, feedback) {
                (SavedModel::Layer(layer), _) => play.add(&name, false, |rewards, _| {
                    Ok(earnings(&mut LayerLearner::new(layer), rewards))
                }),
                (SavedModel::Transformer(model), Feedback::Full) => {
                    let model = model.with_rounds(play.rounds())?;
                    play.add(&name, false, |rewards, _| {
                        Ok(earnings(&mut TransformerLearner::new(&model)?, rewards))
                    })
                }
                (SavedModel::Transformer(model), Feedback::Bandit) => {
                    let model = model.with_rounds(play.rounds())?;
                    play.add(&name, true, |rewards, rng| {
                        let mut learner = TransformerArms::new(&model, rewards.ncols())?;
                        Ok(bandit_earnings(&mut learner, rewards, rng))
                    })
                }
            },
        }
    }
}
