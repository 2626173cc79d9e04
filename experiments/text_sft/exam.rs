//! Everybody is asked about the same scenarios, in contexts that nobody was trained in.

use lowregret::learner::text::{TextSpeaker, job_seed};
use lowregret::learner::verbal::class::{Class, Told, World, draw_by_turns, episodes};
use lowregret::learner::verbal::habit::{self, Habit, Speech, WORDINGS};
use lowregret::learner::verbal::play::{Episode, Key, play_rounds, play_seeing};
use lowregret::learner::verbal::record::Trajectory;
use lowregret::learner::verbal::shown::{Shown, in_a_row};
use lowregret::model::text::TextModel;
use lowregret::model::text::generate::Sampling;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::verbal::answer::{Answer, Reading, Unparsed};
use lowregret::problem::verbal::context::Library;
use lowregret::problem::verbal::message::Message;
use lowregret::problem::verbal::reading::Agreement;
use lowregret::train::text::base::{Base, transcripts_in_a_row};
use lowregret::{Error, Result};

use super::plan::{PLAYS, Plan};

/// Conversations that a speaker holds at once.
const HELD: usize = 96;
/// Values that are closer are equal.
const EQUAL: f64 = 1e-9;

/// Scenarios and the oracle's plays of them.
pub struct Exam<'l> {
    told: Vec<Told<'l>>,
    /// `PLAYS` - 1 of each scenario.
    demonstrations: Vec<Trajectory>,
    optimal: Vec<f64>,
    streams: Streams,
}

/// What somebody did.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Regret over the optimal value, one a scenario.
    pub gaps: Vec<f64>,
    /// Answers, and those among them that were optimal.
    answers: usize,
    right: usize,
    /// Answers that could not be read.
    pub unparsed: Unparsed,
    /// Counts in the reasoning.
    pub agreement: Agreement,
}

/// `plays` plays of every scenario by the oracle, each scenario in one way to talk.
pub fn oracle_plays(
    told: &[Told],
    plays: usize,
    streams: &Streams,
    purpose: Purpose,
) -> Result<Vec<Trajectory>> {
    let open = episodes(told, plays, streams, purpose, 0)?;
    let speech = |i: usize| Speech::new(Habit::Oracle, (i / plays) % WORDINGS, 0.0);
    let speeches = (0..open.len()).map(speech).collect::<Result<Vec<_>>>()?;
    habit::play(&speeches, open, streams, purpose, Reading::Strict)
}

/// `count` transcripts that the oracle has labelled, each of one to `PLAYS` plays of a scenario.
pub fn transcripts(
    class: &Class,
    library: &Library,
    count: usize,
    streams: &Streams,
) -> Result<Vec<Vec<Message>>> {
    let purpose = Purpose::Training;
    let classes = std::slice::from_ref(class);
    let told = draw_by_turns(classes, library, count, streams, purpose, 0)?;
    let played = oracle_plays(&told, PLAYS, streams, purpose)?;
    Ok(conversations(&played))
}

/// As many transcripts of the base's poor players as the oracle has labelled at most, of scenarios that the base has not met.
pub fn poor_transcripts(
    plan: &Plan,
    class: Class,
    library: &Library,
    streams: &Streams,
) -> Result<Vec<Vec<Message>>> {
    let transcripts = plan.most_transcripts();
    let players = Base { classes: vec![class], transcripts, ..plan.base() };
    let other = Streams::new(job_seed(streams, 0));
    Ok(conversations(&transcripts_in_a_row(&players, PLAYS, library, &other)?))
}

/// Plays, `PLAYS` of each scenario, as conversations: of one play, of two, and so on by turns.
pub fn conversations(played: &[Trajectory]) -> Vec<Vec<Message>> {
    let plays = played.chunks(PLAYS).enumerate();
    plays.map(|(i, plays)| in_a_row(&plays[..1 + i % PLAYS])).collect()
}

impl<'l> Exam<'l> {
    /// `count` scenarios of `class`.
    pub fn new(
        class: &Class,
        library: &'l Library,
        count: usize,
        streams: &Streams,
    ) -> Result<Self> {
        let purpose = Purpose::Evaluation;
        let classes = std::slice::from_ref(class);
        let told = draw_by_turns(classes, library, count, streams, purpose, 0)?;
        let demonstrations = oracle_plays(&told, PLAYS - 1, streams, purpose)?;
        let optimal = |told: &Told| match &told.world {
            World::Mdp(mdp, values) => Ok(values.at_start(mdp)),
            World::Pomdp(_, tree) => Ok(tree.value()),
            _ => Err(Error::parameter("problem", "no process", "a process")),
        };
        let optimal = told.iter().map(optimal).collect::<Result<_>>()?;
        Ok(Self { told, demonstrations, optimal, streams: *streams })
    }

    /// The plays that are judged: what the process does is the same for everybody.
    fn open(&self) -> Result<Vec<Episode<'_>>> {
        let purpose = Purpose::Evaluation;
        let mut open = Vec::with_capacity(self.told.len());
        for (scenario, told) in self.told.iter().enumerate() {
            let key = Key { iteration: 0, scenario, run: PLAYS };
            let (telling, scene) = (&told.telling, told.world.scene());
            open.push(Episode::begin(telling, scene, &self.streams, purpose, key)?);
        }
        Ok(open)
    }

    /// Somebody with a habit.
    pub fn habit(&self, habit: Habit) -> Result<Score> {
        let mut score = Score::default();
        let open = self.open()?;
        let mut draws: Vec<_> = open
            .iter()
            .map(|one| habit::stream(&self.streams, Purpose::Evaluation, one.key()))
            .collect();
        let speech = Speech::new(habit, 0, 0.0)?;
        let decide = |at: usize, episode: &Episode| {
            let reply = speech.reply(episode, &mut draws[at]);
            let telling = episode.telling();
            let answer = telling.form().read(&reply, telling.labels(), Reading::Strict);
            if let Ok(Answer::Action(action)) = answer {
                score.judge(&episode.values(), action);
            }
            reply
        };
        let played = play_seeing(decide, open, Reading::Strict);
        score.finish(self, played);
        Ok(score)
    }

    /// A model that is shown `shown` demonstrations.
    pub fn ask(
        &self,
        model: &TextModel,
        sampling: Sampling,
        seed: u64,
        shown: usize,
    ) -> Result<Score> {
        let mut score = Score::default();
        let before: Vec<Vec<Message>> =
            self.demonstrations.chunks(PLAYS - 1).map(|plays| in_a_row(&plays[..shown])).collect();
        let speaker = TextSpeaker::new(model, sampling, Streams::new(seed), 0)?;
        let mut speaker = Shown::new(speaker, before);
        let mut open = self.open()?.into_iter();
        let mut played = Vec::new();
        loop {
            let first = played.len();
            let mut held: Vec<Episode> = open.by_ref().take(HELD).collect();
            if held.is_empty() {
                break;
            }
            for step in 0..held[0].telling().shape().rounds {
                let values: Vec<Vec<f64>> = held.iter().map(Episode::values).collect();
                let until = vec![step + 1; held.len()];
                held = play_rounds(&mut speaker, first, held, &until, Reading::Lenient)?;
                for (episode, values) in held.iter().zip(values) {
                    let action = episode.rounds()[step].action;
                    action.into_iter().for_each(|action| score.judge(&values, action));
                }
            }
            played.extend(held.into_iter().map(Episode::finish));
        }
        score.finish(self, played);
        Ok(score)
    }
}

impl Score {
    /// Share of answers that were optimal.
    pub fn optimal(&self) -> f64 {
        self.right as f64 / self.answers as f64
    }

    fn judge(&mut self, values: &[f64], action: usize) {
        self.answers += 1;
        self.right += usize::from(values.iter().all(|value| *value <= values[action] + EQUAL));
    }

    fn finish(&mut self, exam: &Exam, played: Vec<Trajectory>) {
        for ((play, told), optimal) in played.iter().zip(&exam.told).zip(&exam.optimal) {
            self.gaps.push(play.regret / optimal);
            self.unparsed.add(&play.unparsed);
            self.agreement.add(&play.agreement(&told.telling));
        }
    }
}
