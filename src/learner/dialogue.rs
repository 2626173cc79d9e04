//! A trained model in conversation with any program: a line of JSON tells what the last round showed, a line of JSON
//! answers with the decision of the next.
//!
//! | line | what it says |
//! |---|---|
//! | `{}` or `{"arms": 3}` | begin anew, with all the arms of the model or with the first few |
//! | `{"action": 1, "reward": 0.5}` | bandit feedback: the arm that was chosen (the one advised or another) and what it paid |
//! | `{"rewards": [0.0, 1.0, 0.3]}` | full information: what all arms paid |
//!
//! The answer is `{"round": 1, "policy": [..], "action": 2}`: the round from 1, a probability an arm, and an action drawn
//! from it; or `{"round": 1, "decision": [..]}` from a layer that decides in a ball. A line costs what is new in it; with
//! softmax attention that grows with the rounds of the episode.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::Learner;
use super::layer::LayerLearner;
use super::transformer::{TransformerLearner, draw};
use crate::Result;
use crate::model::saved::SavedModel;
use crate::model::tokens::Tokens;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::decision_set::DecisionSet;

/// Largest size of a reward, so that single precision is enough for what is made of it.
const MAX_REWARD: f64 = 1e6;

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Number of the round that is decided, from 1.
    pub round: usize,
    /// A probability an arm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Vec<f64>>,
    /// An arm drawn from the policy, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<usize>,
    /// A vector, from a layer that decides in a ball.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Vec<f64>>,
}

/// One line of the other side.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    arms: Option<usize>,
    action: Option<usize>,
    reward: Option<f64>,
    rewards: Option<Vec<f64>>,
}

/// What an episode has shown last.
enum Shown {
    Arm(usize, f64),
    All(Vec<f64>),
}

/// A conversation with a model.
pub struct Dialogue<'a> {
    model: &'a SavedModel,
    streams: Streams,
    episodes: usize,
    episode: Option<Episode<'a>>,
}

struct Episode<'a> {
    player: Player<'a>,
    rng: rand_chacha::ChaCha8Rng,
    arms: usize,
    round: usize,
}

enum Player<'a> {
    Layer(LayerLearner<'a>),
    Transformer(Box<TransformerLearner<'a, f32>>),
}

impl<'a> Dialogue<'a> {
    /// A conversation that has not begun; actions are drawn with the streams of `seed`.
    ///
    /// # Errors
    /// A Transformer that reads no rewards.
    pub fn new(model: &'a SavedModel, seed: u64) -> Result<Self> {
        if let SavedModel::Transformer(model) = model {
            TransformerLearner::new(model)?;
        }
        Ok(Self { model, streams: Streams::new(seed), episodes: 0, episode: None })
    }

    /// Answers a line; a refusal is a message, after which the episode stands as it stood before the line.
    ///
    /// # Errors
    /// Text that is no such line; a report before an episode has begun or after its last round; an arm, a reward or a number
    /// of arms that does not fit. A policy that is not finite ends the episode.
    pub fn answer(&mut self, line: &[u8]) -> std::result::Result<Answer, String> {
        if line.trim_ascii_start().starts_with(b"[") {
            return Err("a list: expected a JSON object".to_owned());
        }
        let line: Line = serde_json::from_slice(line).map_err(|e| e.to_string())?;
        let shown = match line {
            Line { arms, action: None, reward: None, rewards: None } => {
                self.begin(arms)?;
                None
            }
            Line { arms: None, action: Some(action), reward: Some(reward), rewards: None } => {
                Some(Shown::Arm(action, reward))
            }
            Line { arms: None, action: None, reward: None, rewards: Some(rewards) } => {
                Some(Shown::All(rewards))
            }
            _ => {
                return Err("expected \"action\" with \"reward\", or \"rewards\", or nothing but \"arms\" to begin anew"
                    .to_owned());
            }
        };
        let Some(episode) = &mut self.episode else {
            return Err("no episode has begun: send {}".to_owned());
        };
        if let Some(shown) = shown {
            let rounds = match self.model {
                SavedModel::Transformer(model) => model.config().rounds,
                SavedModel::Layer(_) => usize::MAX,
            };
            if episode.round == rounds {
                return Err(format!(
                    "the model's {rounds} rounds are over: send {{}} to begin anew"
                ));
            }
            episode.take_in(&shown)?;
        }
        let answer = episode.decide(self.model);
        if answer.is_none() {
            self.episode = None;
        }
        answer.ok_or_else(|| "the model's decision is not finite: send {} to begin anew".to_owned())
    }

    fn begin(&mut self, arms: Option<usize>) -> std::result::Result<(), String> {
        let (most, fewest) = match self.model {
            SavedModel::Layer(layer) => (layer.config().d, layer.config().d),
            SavedModel::Transformer(model) => {
                let config = model.config();
                let tells = Tokens::of(config).is_ok_and(|tokens| tokens.tells_presence());
                (config.outputs, if tells { 1 } else { config.outputs })
            }
        };
        let arms = arms.unwrap_or(most);
        if !(fewest..=most).contains(&arms) {
            return Err(format!("arms = {arms}: expected {fewest} to {most}"));
        }
        let player = match self.model {
            SavedModel::Layer(layer) => Player::Layer(LayerLearner::new(layer)),
            SavedModel::Transformer(model) => {
                let learner = TransformerLearner::new(model).map_err(|e| e.to_string())?;
                Player::Transformer(Box::new(learner))
            }
        };
        let rng = self.streams.stream(Purpose::Evaluation, 0, self.episodes, 0);
        self.episodes += 1;
        self.episode = Some(Episode { player, rng, arms, round: 0 });
        Ok(())
    }
}

impl Episode<'_> {
    /// Takes in what the last round showed, if it fits.
    fn take_in(&mut self, shown: &Shown) -> std::result::Result<(), String> {
        let rewards = match shown {
            Shown::Arm(_, reward) => std::slice::from_ref(reward),
            Shown::All(rewards) => rewards.as_slice(),
        };
        if let Some(reward) = rewards.iter().find(|r| r.abs() > MAX_REWARD) {
            return Err(format!("reward {reward:e}: expected a number up to 1e6"));
        }
        match (shown, &mut self.player) {
            (Shown::Arm(arm, _), _) if *arm >= self.arms => {
                Err(format!("action {arm}: expected 0 to {}", self.arms - 1))
            }
            (Shown::All(rewards), _) if rewards.len() != self.arms => {
                Err(format!("{} rewards: expected {}", rewards.len(), self.arms))
            }
            (Shown::Arm(..), Player::Layer(_)) => {
                Err("a layer needs the \"rewards\" of all arms".to_owned())
            }
            (Shown::Arm(arm, reward), Player::Transformer(learner)) => {
                learner.observe_arm(*arm, *reward, self.arms);
                Ok(())
            }
            (Shown::All(rewards), Player::Layer(learner)) => {
                learner.observe(rewards);
                Ok(())
            }
            (Shown::All(rewards), Player::Transformer(learner)) => {
                learner.observe(rewards);
                Ok(())
            }
        }
    }

    /// The decision of the coming round; `None` if it is not finite.
    fn decide(&mut self, model: &SavedModel) -> Option<Answer> {
        self.round += 1;
        let mut decision = vec![0.0; self.arms];
        match &mut self.player {
            Player::Layer(learner) => learner.decide(&mut decision),
            Player::Transformer(learner) => learner.decide(&mut decision),
        }
        if !decision.iter().all(|p| p.is_finite()) {
            return None;
        }
        let round = self.round;
        let ball = match model {
            SavedModel::Layer(layer) => layer.config().decision_set != DecisionSet::Simplex,
            SavedModel::Transformer(_) => false,
        };
        if ball {
            return Some(Answer { round, policy: None, action: None, decision: Some(decision) });
        }
        let action = draw(&decision, uniform(&mut self.rng));
        Some(Answer { round, policy: Some(decision), action: Some(action), decision: None })
    }
}

fn uniform(rng: &mut impl Rng) -> f64 {
    rng.random()
}

#[cfg(test)]
mod tests;
