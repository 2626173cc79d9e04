//! Practising by Iterative RMFT in words: what is imitated, in how many rounds, and what comes of it.

use lowregret::Result;
use lowregret::learner::verbal::class::Class;
use lowregret::model::text::TextModel;
use lowregret::numeric::rng::Streams;
use lowregret::problem::verbal::answer::Reading;
use lowregret::problem::verbal::context::Library;
use lowregret::report::{Experiment, Role};
use lowregret::train::text::rmft::{self, Iteration, TextRmft};
use lowregret::train::text::{Imitated, TextStudent, Tuning};
use serde::Serialize;

use super::text_models::{Exam, SAMPLING, Score};

/// How much is practised.
#[derive(Clone, Debug, Serialize)]
pub struct Sizes {
    /// Iterations.
    pub iterations: usize,
    /// Scenarios M of an iteration; of each, L = 4 plays, of which k = 2 are kept.
    pub scenarios: usize,
    /// Scenarios of the exam at the end.
    pub exam: usize,
    /// Scenarios watched while practising, and iterations from one look to the next.
    pub watched: usize,
    pub every: usize,
}

/// Who practises what.
pub struct Plan<'a> {
    pub ways: &'a [Way],
    pub sizes: &'a Sizes,
    pub seeds: &'a [u64],
    /// Classes of scenarios that are practised, by turns.
    pub classes: &'a [Class],
    /// What is judged while practising.
    pub judged: Class,
}

/// How it is practised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// Name in tables.
    pub name: &'static str,
    /// Colour.
    pub role: Role,
    /// What is imitated.
    pub imitated: Imitated,
    /// All plays in one round: as many plays and steps, but nothing is learned before the last play.
    pub at_once: bool,
}

/// Iterative RMFT: all that was said is imitated.
pub const PRACTISED: Way =
    Way { name: "practised", role: Role::Learned, imitated: Imitated::Answers, at_once: false };

impl Way {
    fn config(self, sizes: &Sizes, classes: &[Class]) -> TextRmft {
        let &Sizes { iterations, scenarios, .. } = sizes;
        let (iterations, scenarios) =
            if self.at_once { (1, iterations * scenarios) } else { (iterations, scenarios) };
        TextRmft {
            classes: classes.to_vec(),
            iterations,
            scenarios,
            rollouts: 4,
            keep: 2,
            reading: Reading::Lenient,
            imitated: self.imitated,
        }
    }

    fn tuning() -> Tuning {
        Tuning { passes: 3, batch: 8, learning_rate: 1.5e-3 }
    }
}

/// After an iteration, or before the first: what its plays were like, and, now and then, how the model plays in held-out
/// contexts.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    way: &'static str,
    seed: u64,
    /// Iterations done.
    pub iteration: usize,
    /// Mean regret of the plays, and of those kept, over the rounds of practice.
    practised_regret: Option<f64>,
    kept_regret: Option<f64>,
    /// Share of answers among them that could not be read.
    practised_unparsed: Option<f64>,
    /// On scenarios that are watched, whose rounds may be more.
    pub regret: Option<f64>,
    pub suffix_failure: Option<f64>,
    pub unparsed: Option<f64>,
    pub counts_right: Option<f64>,
    /// Share of the counts that could be written in the reasoning that are.
    pub counts_written: Option<f64>,
}

impl Point {
    fn new(
        (way, seed): (Way, u64),
        iteration: usize,
        practised: Option<&Iteration>,
        watched: Option<&Score>,
    ) -> Self {
        Self {
            way: way.name,
            seed,
            iteration,
            practised_regret: practised.map(|practised| practised.regret),
            kept_regret: practised.map(|practised| practised.kept_regret),
            practised_unparsed: practised.map(|practised| practised.unparsed.rate()),
            regret: watched.map(Score::regret),
            suffix_failure: watched.map(Score::failure),
            unparsed: watched.map(|watched| watched.unparsed.rate()),
            counts_right: watched.and_then(|watched| watched.agreement.rate()),
            counts_written: watched.and_then(|watched| watched.agreement.coverage()),
        }
    }
}

/// A model that practised.
pub struct Outcome {
    pub way: Way,
    pub seed: u64,
    /// From the base on.
    pub history: Vec<Point>,
    pub model: TextModel,
}

/// Every way with every seed, from the same base.
pub fn practise(
    experiment: &mut Experiment,
    plan: Plan,
    base: &TextModel,
    library: &Library,
) -> Result<Vec<Outcome>> {
    let Plan { ways, sizes, seeds, classes, judged } = plan;
    experiment.config("sizes", sizes)?;
    experiment.config("training_seeds", seeds)?;
    for way in ways {
        experiment.config(way.name, (way.config(sizes, classes), Way::tuning()))?;
    }
    let watched = Exam::watched(judged, library, sizes.watched, experiment.seed())?;
    let plan: Vec<(Way, u64)> =
        ways.iter().flat_map(|&way| seeds.iter().map(move |&seed| (way, seed))).collect();
    let progress = experiment.progress("practise", (plan.len() * sizes.iterations) as u64);
    let start = watched.sit("base", base)?;
    let run = |(way, seed): (Way, u64)| {
        let streams = Streams::new(seed);
        let (model, tuning) = (base.clone(), Way::tuning());
        let mut student = TextStudent { model, sampling: SAMPLING, tuning, streams };
        let mut history = vec![Point::new((way, seed), 0, None, Some(&start))];
        let config = way.config(sizes, classes);
        rmft::train(&mut student, &config, library, &streams, |iteration, student| {
            let done = (iteration.index + 1) * sizes.iterations / config.iterations;
            let due = done % sizes.every == 0;
            let score = due.then(|| watched.sit(way.name, &student.model)).transpose()?;
            history.push(Point::new((way, seed), done, Some(iteration), score.as_ref()));
            progress.advance((sizes.iterations / config.iterations) as u64);
            Ok(())
        })?;
        Ok(Outcome { way, seed, history, model: student.model })
    };
    let outcomes = plan.into_iter().map(run).collect();
    progress.finish();
    outcomes
}

/// The scores of those who practised in an exam, in their order.
pub fn judge(exam: &Exam, practised: &[Outcome]) -> Result<Vec<Score>> {
    practised.iter().map(|outcome| exam.sit(outcome.way.name, &outcome.model)).collect()
}
