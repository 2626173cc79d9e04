//! Holding conversations: questions to a speaker, answers to the scene, outcomes into words.

use rand_chacha::ChaCha8Rng;

use super::Speaker;
use super::record::{Round, Trajectory};
use super::scene::{Scene, Stage};
use crate::learner::bandit::play::decision_stream;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::answer::{Reading, Unparsed};
use crate::problem::verbal::message::Conversation;
use crate::problem::verbal::narration::Narration;
use crate::problem::verbal::tallies::Tallies;
use crate::problem::verbal::telling::Telling;
use crate::{Error, Result};

/// Which play of which scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The iteration of training; 0 where there is none.
    pub iteration: usize,
    /// The scenario.
    pub scenario: usize,
    /// Which of its plays.
    pub run: usize,
}

/// One play of one scenario in words.
#[derive(Clone, Debug)]
pub struct Episode<'a> {
    telling: &'a Telling<'a>,
    scene: Scene<'a>,
    key: Key,
    narration: Narration<'a>,
    stage: Stage<'a>,
    /// Draws in the place of the speaker.
    own: ChaCha8Rng,
    /// Draws what a process does.
    world: ChaCha8Rng,
    rounds: Vec<Round>,
    unparsed: Unparsed,
}

impl<'a> Episode<'a> {
    /// A play that has not begun. What a process does comes from the stream (purpose, iteration, scenario, run + 1), what is
    /// drawn in the place of the speaker from [`decision_stream`].
    ///
    /// # Errors
    /// Those of [`Scene::check`].
    pub fn begin(
        telling: &'a Telling,
        scene: Scene<'a>,
        streams: &Streams,
        purpose: Purpose,
        key: Key,
    ) -> Result<Self> {
        scene.check(telling.shape())?;
        let mut world = streams.stream(purpose, key.iteration, key.scenario, key.run + 1);
        let own = decision_stream(streams, purpose, key.iteration, key.scenario, key.run);
        let stage = Stage::begin(scene, &mut world);
        let narration = Narration::begin(telling, stage.state());
        let (rounds, unparsed) = (Vec::new(), Unparsed::default());
        Ok(Self { telling, scene, key, narration, stage, own, world, rounds, unparsed })
    }

    /// Which play it is.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// How it is told.
    #[must_use]
    pub fn telling(&self) -> &'a Telling<'a> {
        self.telling
    }

    /// Tries and rewards so far.
    #[must_use]
    pub fn tallies(&self) -> &Tallies {
        self.narration.tallies()
    }

    /// The rounds so far.
    #[must_use]
    pub fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// What only an oracle knows: [`Stage::values`].
    ///
    /// # Panics
    /// If the play is over.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.stage.values()
    }

    /// What every arm earns at once: [`Stage::at_once`].
    ///
    /// # Panics
    /// If the play is over.
    #[must_use]
    pub fn at_once(&self) -> Vec<f64> {
        self.stage.at_once()
    }

    fn enter(&mut self, reply: String, reading: Reading) {
        let (form, labels) = (self.telling.form(), self.telling.labels());
        let answer = form.settle(&reply, labels, reading, &mut self.own, &mut self.unparsed);
        let round = self.stage.step(answer, &mut self.own, &mut self.world);
        self.narration.enter(reply, &round.shown());
        self.rounds.push(round);
    }

    /// The play as far as it has come.
    #[must_use]
    pub fn finish(self) -> Trajectory {
        let context = self.telling.context();
        Trajectory {
            scenario: format!("{}-{}", self.key.iteration, self.key.scenario),
            trajectory: self.key.run,
            rounds: self.rounds,
            means: self.scene.means(),
            regret: self.stage.regret(),
            messages: self.narration.messages().to_vec(),
            closing: self.narration.closing().to_owned(),
            context: context.name.clone(),
            held_out: context.held_out,
            shape: *self.telling.shape(),
            history: self.telling.history(),
            asking: self.telling.asking(),
            labels: self.telling.labels().style(),
            unparsed: self.unparsed,
        }
    }
}

/// Conversations that are held at once: what a model remembers of them bounds the memory.
const HELD: usize = 96;

/// Plays all episodes to their ends, some hundred at a time in lock-step: in every round the speaker is asked once, about all of
/// these that are not over. The id of a conversation is the place of its episode. Trajectories come in the order of the
/// episodes.
///
/// # Errors
/// Those of the speaker; another number of replies than of conversations.
pub fn play(
    speaker: &mut (impl Speaker + ?Sized),
    episodes: Vec<Episode>,
    reading: Reading,
) -> Result<Vec<Trajectory>> {
    let over = vec![usize::MAX; episodes.len()];
    let played = play_rounds(speaker, 0, episodes, &over, reading)?;
    Ok(played.into_iter().map(Episode::finish).collect())
}

/// Plays every episode up to a round of its own, of `until`, or its end if that comes before; otherwise as [`play`]. Ids count
/// from `first`: whoever plays on with the same speaker takes other ones.
///
/// # Errors
/// Those of [`play`].
///
/// # Panics
/// If there are fewer rounds to play until than episodes.
pub fn play_rounds<'a>(
    speaker: &mut (impl Speaker + ?Sized),
    first: usize,
    mut episodes: Vec<Episode<'a>>,
    until: &[usize],
    reading: Reading,
) -> Result<Vec<Episode<'a>>> {
    let mut at = 0;
    for episodes in episodes.chunks_mut(HELD) {
        hold(speaker, first + at, episodes, &until[at..][..episodes.len()], reading)?;
        at += episodes.len();
    }
    Ok(episodes)
}

/// Plays `episodes` together; their ids count from `first`.
fn hold(
    speaker: &mut (impl Speaker + ?Sized),
    first: usize,
    episodes: &mut [Episode],
    until: &[usize],
    reading: Reading,
) -> Result<()> {
    loop {
        let goes_on = |at: &usize| {
            !episodes[*at].narration.is_over() && episodes[*at].rounds.len() < until[*at]
        };
        let open: Vec<usize> = (0..episodes.len()).filter(goes_on).collect();
        if open.is_empty() {
            return Ok(());
        }
        let conversation = |at: &usize| Conversation {
            id: first + at,
            messages: episodes[*at].narration.prompt(),
        };
        let conversations: Vec<Conversation> = open.iter().map(conversation).collect();
        let replies = speaker.reply(&conversations)?;
        if replies.len() != open.len() {
            return Err(Error::parameter(
                "replies",
                replies.len(),
                format!("one a conversation: {}", open.len()),
            ));
        }
        for (at, reply) in open.into_iter().zip(replies) {
            episodes[at].enter(reply, reading);
        }
    }
}

/// Plays every episode to its end with somebody who sees more than words: `decide` is given the place of the episode and the episode,
/// and says what is replied.
pub fn play_seeing(
    mut decide: impl FnMut(usize, &Episode) -> String,
    episodes: Vec<Episode>,
    reading: Reading,
) -> Vec<Trajectory> {
    let play = |(id, mut episode): (usize, Episode)| {
        while !episode.narration.is_over() {
            let reply = decide(id, &episode);
            episode.enter(reply, reading);
        }
        episode.finish()
    };
    episodes.into_iter().enumerate().map(play).collect()
}
