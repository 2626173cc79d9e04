//! The base model: fitted to transcripts of poor policies, it speaks the format but decides badly (TEXT-R1).

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::{Passage, fit, none_held_out};
use crate::Result;
use crate::learner::text::turns;
use crate::learner::verbal::class::{Class, draw_by_turns, episodes};
use crate::learner::verbal::habit::{Habit, Speech, WORDINGS};
use crate::learner::verbal::play::{Episode, play_seeing};
use crate::learner::verbal::record::Trajectory;
use crate::model::text::tokenizer::Tokenizer;
use crate::model::text::{TextConfig, TextModel};
use crate::nn::schedule::Schedule;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::answer::Reading;
use crate::problem::verbal::context::Library;
use crate::problem::verbal::message::Message;
use crate::train::supervised::{StepReport, SupervisedConfig};

/// What the base is fitted to, and how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Classes of scenarios; they take turns.
    pub classes: Vec<Class>,
    /// Habits; every transcript begins with one of them, all as likely.
    pub habits: Vec<Habit>,
    /// Probability of another draw of the habit in each round.
    pub moods: f64,
    /// Share of answers that slip.
    pub slips: f64,
    /// Transcripts.
    pub transcripts: usize,
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Sizes of the model.
    pub model: TextConfig,
    /// Steps, conversations of a step, learning rate.
    pub steps: usize,
    /// Conversations of a step.
    pub batch: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
}

/// Plays of habits.
///
/// # Errors
/// Those of the classes; a habit that does not suit them; contexts that are held out.
pub fn transcripts(base: &Base, library: &Library, streams: &Streams) -> Result<Vec<Trajectory>> {
    transcripts_in_a_row(base, 1, library, streams)
}

/// The same with `plays` of each scenario, one after the other by the same player.
///
/// # Errors
/// Those of [`transcripts`].
pub fn transcripts_in_a_row(
    base: &Base,
    plays: usize,
    library: &Library,
    streams: &Streams,
) -> Result<Vec<Trajectory>> {
    let purpose = Purpose::Initialization;
    none_held_out(&base.classes)?;
    let told = draw_by_turns(&base.classes, library, base.transcripts, streams, purpose, 0)?;
    let mut speakers = Vec::with_capacity(told.len());
    for (i, told) in told.iter().enumerate() {
        base.habits.iter().try_for_each(|habit| habit.check(told.telling.shape()))?;
        let mut rng = streams.stream(purpose, 1, i, 0);
        let wording = rng.random_range(0..WORDINGS);
        speakers.push((Speech::new(base.draw(&mut rng), wording, base.slips)?, rng));
    }
    let open = episodes(&told, plays, streams, purpose, 0)?;
    let decide = |at: usize, episode: &Episode| {
        let (speech, rng) = &mut speakers[at / plays];
        if rng.random::<f64>() < base.moods {
            *speech = speech.with(base.draw(rng));
        }
        speech.reply(episode, rng)
    };
    Ok(play_seeing(decide, open, Reading::Lenient))
}

impl Base {
    fn draw(&self, rng: &mut impl Rng) -> Habit {
        self.habits[rng.random_range(0..self.habits.len())]
    }
}

/// Trains tokenizer and model on transcripts; `observe` sees every step's report.
///
/// # Errors
/// Those of [`transcripts`], of the sizes and of the fit.
pub fn train(
    base: &Base,
    library: &Library,
    streams: &Streams,
    observe: impl FnMut(&StepReport),
) -> Result<TextModel> {
    let played = transcripts(base, library, streams)?;
    let conversations: Vec<Vec<Message>> = played.into_iter().map(|play| play.messages).collect();
    train_on(base, &conversations, streams, observe)
}

/// Trains tokenizer and model on conversations; of `base` only what is said of the model and its fit is looked at.
///
/// # Errors
/// Those of the sizes and of the fit.
pub fn train_on(
    base: &Base,
    conversations: &[Vec<Message>],
    streams: &Streams,
    mut observe: impl FnMut(&StepReport),
) -> Result<TextModel> {
    let said: Vec<&str> = conversations.iter().flatten().map(|turn| &*turn.content).collect();
    let tokenizer = Tokenizer::train(&said, base.vocabulary)?;
    let mut rng = streams.stream(Purpose::Initialization, 2, 0, 0);
    let mut model = TextModel::random(tokenizer, &base.model, &mut rng)?;
    let passage = |messages: &Vec<Message>| Passage::of_turns(&model, turns(messages), 1.0);
    let passages: Vec<Passage> = conversations.iter().map(passage).collect();
    let config = SupervisedConfig {
        batch: base.batch,
        learning_rate: Schedule::cosine(base.learning_rate, 0.1),
        ..SupervisedConfig::new(base.steps)
    };
    let observe = |report: &StepReport| {
        observe(report);
        Ok(())
    };
    fit(&mut model, &passages, &config, streams, observe)?;
    Ok(model)
}
