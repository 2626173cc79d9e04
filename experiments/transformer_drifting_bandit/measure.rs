//! What is trained, tuned and played.

use lowregret::learner::bandit::spec::BanditSpec;
use lowregret::metrics::comparison::Comparison;
use lowregret::metrics::interval::{Estimate, largest};
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::{Bandit, BanditRegret, Means};
use lowregret::report::{Experiment, Pen, Role};
use lowregret::train::bandit::run::{BanditRun, Lesson, TrainedBandit};
use lowregret::train::config::{KeepFrom, RmftConfig};
use lowregret::train::ranking::{Credit, Ranking};
use lowregret::{Error, Result};
use serde::Serialize;

const ARMS: usize = 3;
pub const ROUNDS: usize = 50;

pub const MIXTURE: &str = "mixture";
pub const ROTTING: &str = "rotting";

pub const TRAJECTORIES: &str = "trajectories kept, true regret";
pub const DECISIONS: &str = "decisions kept, true regret";
pub const OBSERVABLE: &str = "decisions kept, observable posterior";
/// The models, with the short names of their files and claims.
pub const MODELS: [(&str, &str); 3] =
    [(TRAJECTORIES, "trajectories"), (DECISIONS, "decisions"), (OBSERVABLE, "observable")];

pub const DISCOUNTED_UCB: &str = "discounted-ucb";
/// Discounted UCB with the parameters that are best for the very kind of drift it plays on.
pub const AT_HOME: &str = "discounted-ucb, tuned for the kind";
pub const LEARNERS: [&str; 9] = [
    "uniform",
    "greedy",
    "thompson",
    "rexp3",
    "exp3-s",
    "discounted-thompson",
    "sliding-window-ucb",
    "ucb1",
    DISCOUNTED_UCB,
];

/// Players in the figures, with their looks.
pub fn shown() -> [(&'static str, Pen); 10] {
    [
        ("uniform", Role::Still.pen()),
        ("greedy", Role::Bound.pen()),
        ("thompson", Role::Ftl.pen()),
        ("exp3-s", Role::Extra2.pen()),
        ("sliding-window-ucb", Role::Hedge.pen()),
        ("ucb1", Role::Extra1.pen()),
        (DISCOUNTED_UCB, Role::Ftrl.pen()),
        (TRAJECTORIES, Role::Untrained.pen()),
        (DECISIONS, Role::Learned.pen()),
        (OBSERVABLE, Role::Theory.pen()),
    ]
}

/// How much is computed.
#[derive(Clone, Debug, Serialize)]
pub struct Sizes {
    /// Training seeds.
    pub seeds: usize,
    /// Trajectories of an iteration, over all scenarios.
    pub trajectories: usize,
    /// Iterations.
    pub iterations: usize,
    /// Scenarios for every reported regret.
    pub evaluation: usize,
    /// Scenarios for the parameters of the classical learners.
    pub tuning: usize,
}

impl Sizes {
    pub fn of(quick: bool, seeds: usize) -> Self {
        if quick {
            Self { seeds: 1, trajectories: 256, iterations: 20, evaluation: 400, tuning: 20 }
        } else {
            // 9.11 million environment steps a run.
            Self {
                seeds: seeds.max(3),
                trajectories: 2048,
                iterations: 89,
                evaluation: 4000,
                tuning: 2000,
            }
        }
    }
}

/// The kinds of drift: the mixture practised, its parts, and one that is never practised.
fn problems() -> Vec<(&'static str, Bandit)> {
    let mixture = Bandit::drifting_mixture(ARMS, ROUNDS);
    let (low, high) = (0.0, 1.0);
    let mut means = Vec::new();
    if let Means::Mixture { parts } = &mixture.means {
        let names = ["switches", "sinusoid", "random walk"];
        means.extend(names.into_iter().zip(parts.iter().map(|(_, part)| part.clone())));
    }
    means.push((ROTTING, Means::Rotting { low, high, fall: 1.0 }));
    let part = |(name, means)| (name, Bandit { means, ..mixture.clone() });
    std::iter::once((MIXTURE, mixture.clone())).chain(means.into_iter().map(part)).collect()
}

/// The runs, as data, in the order of [`MODELS`].
pub fn runs(sizes: &Sizes) -> Vec<BanditRun> {
    let problem = Bandit::drifting_mixture(ARMS, ROUNDS);
    let config = |rollouts, keep, rate| RmftConfig {
        scenarios: sizes.trajectories / rollouts,
        rollouts,
        keep,
        learning_rate: Schedule::cosine(rate, 0.02),
        ..RmftConfig::transformer(sizes.iterations)
    };
    let keep_later = vec![KeepFrom { from: 20, keep: 2 }];
    let dynamic = Ranking::Regret(BanditRegret::Dynamic);
    // Memory chosen by training with a seed and scenarios of their own (TRF-R2).
    let posterior = Ranking::Posterior { mean: 0.5, weight: 2.0, memory: 0.9 };
    let lessons = [
        Lesson::own(dynamic, Credit::Trajectory, RmftConfig { keep_later, ..config(4, 3, 2.5e-3) }),
        Lesson::own(dynamic, Credit::Decision, config(8, 2, 2e-3)),
        // Nobody without hidden information can replay the rewards of a scenario.
        Lesson::own(
            posterior,
            Credit::Decision,
            RmftConfig { shared_rewards: false, ..config(8, 2, 2e-3) },
        ),
    ];
    let run = |((name, _), lesson): ((&str, &str), Lesson)| BanditRun::new(name, &problem, lesson);
    MODELS.into_iter().zip(lessons).map(run).collect()
}

/// One run with one seed.
pub struct Trained {
    pub model: &'static str,
    pub file: &'static str,
    pub seed: u64,
    /// Environment steps.
    pub steps: usize,
    pub result: TrainedBandit,
}

/// All runs with all seeds.
pub fn train(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Trained>> {
    let runs = runs(sizes);
    let seeds = (experiment.seed()..).take(sizes.seeds);
    let tasks: Vec<_> =
        seeds.flat_map(|seed| MODELS.into_iter().zip(&runs).map(move |t| (t, seed))).collect();
    let progress = experiment.progress("train", (tasks.len() * sizes.iterations) as u64);
    let trained = parallel::try_each(&tasks, |&(((model, file), run), seed)| {
        let result = run.train(seed, || progress.advance(1))?;
        Ok(Trained { model, file, seed, steps: run.steps(), result })
    });
    progress.finish();
    trained
}

/// Everybody on one kind of drift.
pub struct Played {
    pub name: &'static str,
    pub comparison: Comparison,
    pub variation: Variation,
}

/// How much the means of a kind of drift vary.
#[derive(Clone, Serialize)]
pub struct Variation {
    pub problem: &'static str,
    /// The stated budget V_T: no scenario varies more.
    pub budget: f64,
    /// Mean of the measured variation over the evaluation scenarios.
    pub mean: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Largest measured variation.
    pub largest: f64,
    pub scenarios: usize,
}

/// Tunes the classical learners on the mixture, which is what the models practised, and lets everybody play everywhere.
/// Returns the learners as tuned, too.
pub fn play(
    experiment: &Experiment,
    sizes: &Sizes,
    trained: &[Trained],
) -> Result<(Vec<BanditSpec>, Vec<Played>)> {
    let problems = problems();
    let learners = LEARNERS.iter().map(|name| name.parse()).collect::<Result<Vec<BanditSpec>>>()?;
    let streams = Streams::new(experiment.seed());
    let progress = experiment.progress("tune and play", (LEARNERS.len() + problems.len()) as u64);
    let mixture = Bandit::drifting_mixture(ARMS, ROUNDS);
    let tuned = parallel::try_each(&learners, |learner| {
        let tuned = learner.tuned_on(&mixture, &streams, sizes.tuning);
        progress.advance(1);
        tuned
    })?;
    let mut played = Vec::new();
    for (name, problem) in problems {
        let mut comparison = Comparison::new(&problem, experiment.seed(), sizes.evaluation)?;
        for learner in &tuned {
            comparison.add_learner(learner.name(), learner)?;
        }
        let home: BanditSpec = DISCOUNTED_UCB.parse()?;
        comparison.add_learner(AT_HOME, &home.tuned_on(&problem, &streams, sizes.tuning)?)?;
        for t in trained {
            comparison.add_model(t.model, t.seed, &t.result.model)?;
        }
        let variation = variation(name, &problem, &streams, sizes.evaluation)?;
        played.push(Played { name, comparison, variation });
        progress.advance(1);
    }
    progress.finish();
    Ok((tuned, played))
}

fn variation(
    name: &'static str,
    problem: &Bandit,
    streams: &Streams,
    scenarios: usize,
) -> Result<Variation> {
    let measured: Vec<f64> = (0..scenarios)
        .map(|i| problem.scenario(streams, Purpose::Evaluation, 0, i, 0).variation())
        .collect();
    let Estimate { mean, low, high, .. } = Estimate::of(&measured)?;
    let (budget, largest) = (problem.variation_budget(), largest(measured));
    Ok(Variation { problem: name, budget, mean, low, high, largest, scenarios })
}

/// The record of `name` among what was played.
pub fn on<'a>(played: &'a [Played], name: &str) -> Result<&'a Played> {
    let missing = || Error::parameter("problem", name, "one that was played");
    played.iter().find(|p| p.name == name).ok_or_else(missing)
}
