//! What is drawn, trained and asked, as data.

use lowregret::learner::verbal::class::{Class, Process, Source};
use lowregret::learner::verbal::habit::Habit;
use lowregret::model::text::TextConfig;
use lowregret::model::text::generate::Sampling;
use lowregret::problem::pomdp::family::Family;
use lowregret::problem::verbal::context::Part;
use lowregret::problem::verbal::telling::Rewards;
use lowregret::train::text::Tuning;
use lowregret::train::text::base::Base;
use serde::{Deserialize, Serialize};

use super::text_contexts::class;

/// Numbers of demonstrations.
pub const SHOWN: [usize; 4] = [0, 1, 2, 4];
/// Demonstrations that models tuned on fewer transcripts are shown.
pub const SHOWN_ALWAYS: usize = 2;
/// Most plays of a conversation: the demonstrations and one's own.
pub const PLAYS: usize = SHOWN[SHOWN.len() - 1] + 1;

/// State seen.
pub const MDP: &str = "MDP";
/// State hidden.
pub const POMDP: &str = "POMDP";

/// Everything that the page turns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Processes whose state is seen.
    pub mdp: Family,
    /// Processes whose state is hidden.
    pub pomdp: Family,
    /// Steps of a play.
    pub horizon: usize,
    /// Steps of the plays that the base is fitted to.
    pub base_horizons: Vec<usize>,
    /// Conversations that the base is fitted to.
    pub conversations: usize,
    /// Steps of that.
    pub steps: usize,
    /// Sizes of the model.
    pub model: TextConfig,
    /// Highest learning rate of the base.
    pub learning_rate: f64,
    /// Numbers of oracle-labelled transcripts, with the passes through them: as many steps.
    pub transcripts: Vec<(usize, usize)>,
    /// Conversations of a step of fine-tuning.
    pub batch: usize,
    /// Highest learning rate of fine-tuning.
    pub tuning_rate: f64,
    /// Scenarios that everybody is asked about.
    pub scenarios: usize,
    /// Of all replies.
    pub temperature: f64,
}

impl Plan {
    /// The plan of a preset.
    pub fn new(quick: bool) -> Self {
        let full = Self {
            mdp: Family { concentration: 0.1, reward_power: 6.0, ..Family::new(3, 3, 1, 1.0) },
            pomdp: Family { concentration: 0.1, reward_power: 6.0, ..Family::new(4, 2, 2, 0.8) },
            horizon: 6,
            base_horizons: vec![4, 6],
            conversations: 2400,
            steps: 1500,
            model: TextConfig { width: 64, heads: 2, blocks: 2, tokens: 4000 },
            learning_rate: 4e-3,
            transcripts: vec![(48, 16), (192, 4), (768, 1)],
            batch: 4,
            tuning_rate: 2e-3,
            scenarios: 192,
            temperature: 0.0,
        };
        if !quick {
            return full;
        }
        let model = TextConfig { width: 32, ..full.model };
        let transcripts = vec![(12, 1), (24, 1)];
        Self { conversations: 40, steps: 12, model, transcripts, scenarios: 4, ..full }
    }

    /// A problem over `horizon` steps, told in contexts of `part`.
    pub fn class(&self, problem: &str, horizon: usize, part: Part) -> Class {
        let source = match problem {
            MDP => Source::Mdp(Process { family: self.mdp, horizon }),
            _ => Source::Pomdp(Process { family: self.pomdp, horizon }),
        };
        class(source, Rewards::Amount, part)
    }

    /// The base: poor habits in both problems.
    pub fn base(&self) -> Base {
        let horizons = self.base_horizons.iter();
        let classes = horizons.flat_map(|&horizon| {
            [MDP, POMDP].map(|problem| self.class(problem, horizon, Part::Training))
        });
        Base {
            classes: classes.collect(),
            habits: vec![
                Habit::Uniform,
                Habit::Stick,
                Habit::Alternate,
                Habit::Myopic,
                Habit::Noisy(0.6),
            ],
            moods: 0.0,
            slips: 0.02,
            transcripts: self.conversations,
            vocabulary: 800,
            model: self.model,
            steps: self.steps,
            batch: 4,
            learning_rate: self.learning_rate,
        }
    }

    /// The largest number of transcripts.
    pub fn most_transcripts(&self) -> usize {
        self.transcripts.iter().map(|(count, _)| *count).max().unwrap_or(0)
    }

    /// A job of fine-tuning.
    pub fn tuning(&self, passes: usize) -> Tuning {
        let (batch, learning_rate) = (self.batch, self.tuning_rate);
        Tuning { passes, batch, learning_rate }
    }

    /// How models answer.
    pub fn sampling(&self) -> Sampling {
        Sampling { temperature: self.temperature, max_tokens: 60, ..Sampling::default() }
    }
}
