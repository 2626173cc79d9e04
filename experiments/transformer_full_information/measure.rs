//! What is trained, tuned and played.

use lowregret::Result;
use lowregret::learner::Learner;
use lowregret::learner::constant::Constant;
use lowregret::learner::ftrl::{Ftrl, FtrlStep};
use lowregret::learner::hedge::Hedge;
use lowregret::learner::play::play_adversary;
use lowregret::learner::transformer::TransformerLearner;
use lowregret::learner::tuning::best_step;
use lowregret::metrics::curve::{CurvePoint, mean_curve};
use lowregret::metrics::online_comparison::OnlineComparison;
use lowregret::model::transformer::Transformer;
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::adversary::Adversary;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::{Experiment, Role};
use lowregret::train::config::RmftConfig;
use lowregret::train::full_information::run::{FullInformationRun, TrainedOnline};
use ndarray::Array2;
use serde::Serialize;

pub const ARMS: usize = 3;
pub const ROUNDS: usize = 30;
const SET: DecisionSet = DecisionSet::Simplex;

pub const STOCHASTIC: &str = "stochastic";
pub const MIXTURE: &str = "mixture";
/// What is practised, in the order of the runs.
pub const PRACTISED: [&str; 2] = [STOCHASTIC, MIXTURE];

pub const UNIFORM: &str = "uniform";
pub const FTL: &str = "follow the leader";
pub const FTRL: &str = "FTRL, tuned";
pub const HEDGE: &str = "Hedge, tuned";
pub const UNTRAINED: &str = "Transformer, untrained";
pub const ON_STOCHASTIC: &str = "Transformer, practised stochastic";
pub const ON_MIXTURE: &str = "Transformer, practised mixture";
pub const PLAYERS: [(&str, Role); 7] = [
    (UNIFORM, Role::Still),
    (UNTRAINED, Role::Untrained),
    (FTL, Role::Ftl),
    (FTRL, Role::Ftrl),
    (HEDGE, Role::Hedge),
    (ON_STOCHASTIC, Role::Theory),
    (ON_MIXTURE, Role::Learned),
];

/// How much is computed.
#[derive(Clone, Debug, Serialize)]
pub struct Sizes {
    /// Training seeds.
    pub seeds: usize,
    /// Training iterations: 149 are 9.15 million environment steps.
    pub iterations: usize,
    /// Scenarios for every reported regret.
    pub evaluation: usize,
    /// Scenarios for step sizes.
    pub tuning: usize,
    /// Games against the adversary.
    pub games: usize,
}

impl Sizes {
    pub fn of(quick: bool, seeds: usize) -> Self {
        if quick {
            Self { seeds: 1, iterations: 15, evaluation: 300, tuning: 200, games: 100 }
        } else {
            Self {
                seeds: seeds.max(3),
                iterations: 149,
                evaluation: 4000,
                tuning: 4000,
                games: 1000,
            }
        }
    }
}

/// Independent rewards with normal means: uniform play has regret about 7.9, follow the leader about 1.1. Since the law of
/// the means is the same for all arms, follow the leader is Bayes-optimal here (TRF-S1).
const GAUSSIAN: RewardFamily = RewardFamily::Gaussian { spread: 0.525, noise: 0.7 };

/// The families of the mixture, in equal parts.
pub const PARTS: [(&str, RewardFamily); 5] = [
    (STOCHASTIC, GAUSSIAN),
    ("uniform rewards", RewardFamily::Uniform { width: 0.6 }),
    ("sinusoid", RewardFamily::Sinusoid { amplitude: 1.0, cycles: 2.0, noise: 0.5 }),
    ("linear trend", RewardFamily::LinearTrend { slope: 1.0, noise: 0.5 }),
    ("alternating", RewardFamily::Alternating),
];

fn problem(family: RewardFamily) -> FullInformation {
    FullInformation { set: SET, dimension: ARMS, horizon: ROUNDS, family }
}

/// The problems practised, in the order of [`PRACTISED`].
fn practised() -> [FullInformation; 2] {
    let parts = PARTS.map(|(_, family)| (1.0, family)).to_vec();
    [problem(GAUSSIAN), problem(RewardFamily::Mixture { parts })]
}

/// The runs, as data.
pub fn runs(sizes: &Sizes) -> Vec<FullInformationRun> {
    let run = |((name, problem), keep)| {
        let config = RmftConfig {
            scenarios: 64,
            rollouts: 32,
            keep,
            batch: Some(8),
            learning_rate: Schedule::cosine(2e-3, 0.02),
            ..RmftConfig::transformer(sizes.iterations)
        };
        FullInformationRun::new(name, &problem, config)
    };
    PRACTISED.into_iter().zip(practised()).zip([8, 4]).map(run).collect()
}

/// One run with one seed.
pub struct Trained {
    pub practised: &'static str,
    pub seed: u64,
    /// Environment steps.
    pub steps: usize,
    pub result: TrainedOnline,
}

impl Trained {
    fn player(&self) -> &'static str {
        if self.practised == STOCHASTIC { ON_STOCHASTIC } else { ON_MIXTURE }
    }
}

/// All runs with all seeds.
pub fn train(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Trained>> {
    let runs = runs(sizes);
    let seeds = (experiment.seed()..).take(sizes.seeds);
    let tasks: Vec<_> =
        seeds.flat_map(|seed| PRACTISED.into_iter().zip(&runs).map(move |t| (t, seed))).collect();
    let progress = experiment.progress("train", (tasks.len() * sizes.iterations) as u64);
    let trained = parallel::try_each(&tasks, |&((practised, run), seed)| {
        let result = run.train(seed, || progress.advance(1))?;
        Ok(Trained { practised, seed, steps: run.steps(), result })
    });
    progress.finish();
    trained
}

/// Step sizes of lowest regret on the tuning scenarios of a problem practised.
#[derive(Serialize)]
pub struct Tuned {
    pub problem: &'static str,
    pub ftrl: f64,
    pub hedge: f64,
}

/// Tunes FTRL and Hedge for each problem practised. Where following the leader is best the regret of both stops falling at
/// some large step, so the range reaches far.
pub fn tune(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Tuned>> {
    let streams = Streams::new(experiment.seed());
    let range = (0.01, 1e8);
    let tuned = |(name, problem): (&'static str, FullInformation)| {
        let scenarios = problem.scenarios(&streams, Purpose::Tuning, sizes.tuning);
        Ok(Tuned {
            problem: name,
            ftrl: best_step(SET, &scenarios, range, ftrl)?.step,
            hedge: best_step(SET, &scenarios, range, hedge)?.step,
        })
    };
    PRACTISED.into_iter().zip(practised()).map(tuned).collect()
}

fn ftrl(eta: f64) -> Ftrl {
    Ftrl::new(SET, ARMS, FtrlStep::Fixed(eta), false)
}

fn hedge(eta: f64) -> Hedge {
    Hedge::new(SET, ARMS, eta, false, false)
}

/// Everybody on one problem.
pub struct Played {
    pub problem: &'static str,
    pub comparison: OnlineComparison,
}

/// The mixture, then its parts. FTRL and Hedge have the steps tuned for the stochastic family on that family, as the model
/// that practised it, and the steps tuned for the mixture everywhere else.
pub fn play(
    experiment: &Experiment,
    sizes: &Sizes,
    trained: &[Trained],
    tuned: &[Tuned],
) -> Result<Vec<Played>> {
    let [_, mixture] = practised();
    let parts = PARTS.map(|(name, family)| (name, problem(family)));
    std::iter::once((MIXTURE, mixture))
        .chain(parts)
        .map(|(name, problem)| {
            let steps = &tuned[usize::from(name != STOCHASTIC)];
            let mut comparison =
                OnlineComparison::new(&problem, experiment.seed(), sizes.evaluation)?;
            comparison.add(UNIFORM, None, |_| Constant::center(SET, ARMS))?;
            comparison.add(FTL, None, |_| leader())?;
            comparison.add(FTRL, None, |_| ftrl(steps.ftrl))?;
            comparison.add(HEDGE, None, |_| hedge(steps.hedge))?;
            for t in trained {
                if t.practised == STOCHASTIC {
                    let untrained = &t.result.untrained;
                    comparison.add(UNTRAINED, Some(t.seed), |_| learner(untrained))?;
                }
                comparison.add(t.player(), Some(t.seed), |_| learner(&t.result.model))?;
            }
            Ok(Played { problem: name, comparison })
        })
        .collect()
}

fn learner(model: &Transformer<f32>) -> TransformerLearner<'_, f32> {
    TransformerLearner::new(model).expect("runs make models that read tokens")
}

fn leader() -> Ftrl {
    Ftrl::new(SET, ARMS, FtrlStep::Leader, false)
}

/// One player against the adversary.
pub struct Game {
    pub player: &'static str,
    pub seed: Option<u64>,
    /// Mean regret after each round.
    pub curve: Vec<CurvePoint>,
}

impl Game {
    pub fn last(&self) -> f64 {
        self.curve.last().map_or(f64::NAN, |point| point.mean)
    }
}

/// Everybody against the adversary that answers a decision with rewards of length 1 against it; classical learners with
/// `steps`.
///
/// It pays the centre of the simplex the same on all arms, so nobody would ever leave it: before each game everybody sees
/// one drawn reward, which is not accounted for.
pub fn adversary(
    experiment: &Experiment,
    sizes: &Sizes,
    trained: &[Trained],
    steps: &Tuned,
) -> Result<Vec<Game>> {
    let [stochastic, _] = practised();
    let streams = Streams::new(experiment.seed());
    let starts = stochastic.scenarios(&streams, Purpose::Evaluation, sizes.games);
    let mut games = vec![
        game_of(UNIFORM, None, &starts, || Constant::center(SET, ARMS))?,
        game_of(FTL, None, &starts, leader)?,
        game_of(FTRL, None, &starts, || ftrl(steps.ftrl))?,
        game_of(HEDGE, None, &starts, || hedge(steps.hedge))?,
    ];
    for t in trained {
        if t.practised == STOCHASTIC {
            games.push(game_of(UNTRAINED, Some(t.seed), &starts, || learner(&t.result.untrained))?);
        }
        games.push(game_of(t.player(), Some(t.seed), &starts, || learner(&t.result.model))?);
    }
    Ok(games)
}

fn game_of<L: Learner>(
    player: &'static str,
    seed: Option<u64>,
    starts: &[Array2<f64>],
    build: impl Fn() -> L + Sync,
) -> Result<Game> {
    let played = parallel::each(starts, |start| {
        let mut learner = build();
        learner.decide(&mut [0.0; ARMS]);
        learner.observe(&start.row(0).to_vec());
        let adversary = Adversary { bound: 1.0 };
        play_adversary(SET, &mut learner, adversary, ARMS, ROUNDS - 1).0
    });
    let curves = Array2::from_shape_vec((starts.len(), ROUNDS - 1), played.concat())
        .expect("a game has ROUNDS - 1 rounds");
    Ok(Game { player, seed, curve: mean_curve(curves.view())? })
}
