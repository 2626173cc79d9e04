//! Text models of a page: the base, the contexts, and who sits the exam.

use lowregret::Result;
use lowregret::learner::text::TextSpeaker;
use lowregret::learner::verbal::class::{Class, Source, Told, draw_by_turns, episodes, said};
use lowregret::learner::verbal::habit::{self, Habit, Speech};
use lowregret::learner::verbal::play::play;
use lowregret::metrics::interval::mean_by_place;
use lowregret::metrics::verbal::Played;
use lowregret::model::text::generate::Sampling;
use lowregret::model::text::{TextConfig, TextModel};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::{Bandit, Means};
use lowregret::problem::verbal::answer::{Reading, Unparsed};
use lowregret::problem::verbal::context::{Library, Part};
use lowregret::problem::verbal::reading::Agreement;
use lowregret::problem::verbal::telling::Rewards;
use lowregret::report::Experiment;
use lowregret::train::text::base::{self, Base};

use super::text_contexts::class;

/// How answers are drawn: from the model's own probabilities.
pub const SAMPLING: Sampling = Sampling { temperature: 1.0, top_p: 1.0, max_tokens: 80 };

/// The best habit of the base.
pub const SHIFT: &str = "habit: shift";

/// Arms of the bandit; rounds when it is judged, and in practice, where a play costs time that grows with their square.
pub const ARMS: usize = 5;
pub const ROUNDS: usize = 30;
pub const PRACTISED_ROUNDS: usize = 20;

/// A bandit whose best arm pays with probability 0.95 and whose others pay with 0.3.
pub fn bandit(arms: usize, rounds: usize, part: Part) -> Class {
    let means = Means::Gap { best: 0.95, gap: 0.65 };
    let bandit = Bandit { means, ..Bandit::bernoulli(arms, rounds) };
    class(Source::Bandit(bandit), Rewards::ZeroOne, part)
}

/// Bandits of a base's transcripts: many short ones, in which there is more to learn for a token.
pub fn bandits() -> Vec<Class> {
    let of = |rounds| [5, 3, 4].map(|arms| bandit(arms, rounds, Part::Training));
    [6, 10, 20, 6, 15, 30, 6, 10, 6, 20].into_iter().flat_map(of).collect()
}

/// A base of habits that last a conversation.
fn base(classes: Vec<Class>, quick: bool) -> Base {
    use Habit::{Alternate, Greedy, Shift, Stick, Uniform};
    let (transcripts, steps) = if quick { (120, 60) } else { (12_000, 4500) };
    Base {
        classes,
        habits: vec![Greedy, Greedy, Stick, Stick, Stick, Alternate, Uniform, Shift, Shift],
        moods: 0.0,
        slips: 0.02,
        transcripts,
        vocabulary: 800,
        model: TextConfig { width: 64, heads: 2, blocks: 2, tokens: 4000 },
        steps,
        batch: 4,
        learning_rate: 4e-3,
    }
}

/// The base of a page, fitted to transcripts of `classes`.
pub fn train_base(
    experiment: &mut Experiment,
    classes: Vec<Class>,
    library: &Library,
) -> Result<TextModel> {
    let base = base(classes, experiment.quick());
    experiment.config("base", &base)?;
    let progress = experiment.progress("base", base.steps as u64);
    let mut loss = Vec::with_capacity(base.steps);
    let model = base::train(&base, library, &Streams::new(experiment.seed()), |report| {
        loss.push(report.loss);
        progress.advance(1);
    })?;
    progress.finish();
    let last = &loss[loss.len() - loss.len().div_ceil(10)..];
    experiment.result("base_loss", last.iter().sum::<f64>() / last.len() as f64)?;
    Ok(model)
}

/// Scenarios that no training meets.
pub struct Exam<'l> {
    source: Source,
    told: Vec<Told<'l>>,
    streams: Streams,
    purpose: Purpose,
}

/// What somebody achieved.
#[derive(Clone, Debug)]
pub struct Score {
    /// Regret and failures by scenario.
    pub played: Played,
    /// Answers that could not be read.
    pub unparsed: Unparsed,
    /// Counts in the reasoning.
    pub agreement: Agreement,
}

impl Score {
    /// Mean regret.
    pub fn regret(&self) -> f64 {
        mean(&self.played.regret)
    }

    /// Share of plays that never chose the best arm in their second half; NaN where no arms are chosen.
    pub fn failure(&self) -> f64 {
        self.played.failures.as_deref().map_or(f64::NAN, mean)
    }
}

/// Regret of each scenario, the mean over `scores`.
pub fn mean_by_scenario<'a>(scores: impl IntoIterator<Item = &'a Score>) -> Vec<f64> {
    let all: Vec<&[f64]> = scores.into_iter().map(|score| &*score.played.regret).collect();
    mean_by_place(&all)
}

/// The mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

impl<'l> Exam<'l> {
    /// The first `scenarios` evaluation scenarios of `class`.
    pub fn new(class: Class, library: &'l Library, scenarios: usize, seed: u64) -> Result<Self> {
        Self::of(class, library, scenarios, seed, Purpose::Evaluation)
    }

    /// As many others, to be watched while training.
    pub fn watched(
        class: Class,
        library: &'l Library,
        scenarios: usize,
        seed: u64,
    ) -> Result<Self> {
        Self::of(class, library, scenarios, seed, Purpose::Validation)
    }

    fn of(
        class: Class,
        library: &'l Library,
        scenarios: usize,
        seed: u64,
        purpose: Purpose,
    ) -> Result<Self> {
        let streams = Streams::new(seed);
        let classes = std::slice::from_ref(&class);
        let told = draw_by_turns(classes, library, scenarios, &streams, purpose, 0)?;
        Ok(Self { source: class.source, told, streams, purpose })
    }

    /// A model's score: one play of each scenario.
    pub fn sit(&self, player: &str, model: &TextModel) -> Result<Score> {
        let Self { told, streams, purpose, .. } = self;
        let open = episodes(told, 1, streams, *purpose, 0)?;
        let mut speaker = TextSpeaker::new(model, SAMPLING, *streams, 0)?;
        let plays = play(&mut speaker, open, Reading::Lenient)?;
        let (unparsed, agreement) = said(&plays, told, 1);
        Ok(Score { played: Played::of_plays(player, &plays, told, 1), unparsed, agreement })
    }

    /// A classical learner, or the habit [`SHIFT`], on the same scenarios.
    pub fn learner(&self, name: &str) -> Result<Played> {
        let Self { source, told, streams, purpose } = self;
        if name != SHIFT {
            return Played::of_learner(name, source, told, streams, *purpose);
        }
        let open = episodes(told, 1, streams, *purpose, 0)?;
        let speeches = vec![Speech::new(Habit::Shift, 0, 0.0)?; open.len()];
        let plays = habit::play(&speeches, open, streams, *purpose, Reading::Strict)?;
        Ok(Played::of_plays(name, &plays, told, 1))
    }
}
