//! The variants as data, and what they achieve.

use lowregret::Result;
use lowregret::learner::bandit::spec::BanditSpec;
use lowregret::metrics::comparison::{Comparison, Entry};
use lowregret::metrics::interval::Estimate;
use lowregret::model::transformer::{Attention, Position, TransformerConfig};
use lowregret::nn::causal_linear_attention::FeatureMap;
use lowregret::problem::bandit::{Bandit, BanditRegret};
use lowregret::report::Experiment;
use lowregret::train::bandit::run::{BanditRun, Lesson};
use lowregret::train::config::RmftConfig;
use lowregret::train::log::TrainingRow;
use lowregret::train::ranking::{Credit, Ranking};
use lowregret::train::selection::Weighting;
use serde::Serialize;

use super::pooled::Pooled;
use super::{Sizes, training};

pub const REFERENCE: &str = "reference";
pub const ONE_SHOT: &str = "one-shot";
pub const DECISION: &str = "decision credit";
const TRUE_REGRET: Ranking = Ranking::Regret(BanditRegret::Pseudo);

/// One way to train.
#[derive(Clone)]
pub struct Variant {
    /// What is varied.
    pub group: &'static str,
    pub run: BanditRun,
    seeds: usize,
}

/// Everything measured.
pub struct Variants {
    pub list: Vec<Variant>,
    pub comparison: Comparison,
    pub history: Vec<TrainingRow>,
}

/// One run, or one classical learner.
#[derive(Serialize)]
pub struct Row {
    group: &'static str,
    variant: String,
    seed: Option<u64>,
    steps: usize,
    regret: f64,
    low: Option<f64>,
    high: Option<f64>,
    /// Regret minus that of the reference of the same seed, on common scenarios.
    minus_reference: f64,
    minus_reference_low: Option<f64>,
    minus_reference_high: Option<f64>,
    suffix_failure: f64,
    scaled_min_fraction: f64,
    greedy_fraction: f64,
    scenarios: usize,
}

/// All seeds of a variant.
#[derive(Serialize)]
pub struct Summary {
    pub group: &'static str,
    #[serde(flatten)]
    pub pooled: Pooled,
    /// Mean over seeds of regret minus that of the reference of the same seed.
    pub minus_reference: f64,
    pub steps: usize,
}

const CLASSICAL: [&str; 5] = ["uniform", "greedy", "ucb1", "thompson", "gittins"];
const CLASSICAL_GROUP: &str = "classical";

fn problem() -> Bandit {
    Bandit::bernoulli(5, 50)
}

/// The variants; `ucb` is UCB1 as tuned.
fn list(sizes: &Sizes, ucb: BanditSpec) -> Result<Vec<Variant>> {
    let problem = problem();
    let (major, minor) = (sizes.seeds, sizes.minor_seeds);
    let reference = RmftConfig { keep: 2, ..RmftConfig::transformer(sizes.iterations) };
    let own = |ranking, credit, config: &RmftConfig| Lesson::own(ranking, credit, config.clone());
    let trained = |group, name: &str, lesson, seeds| Variant {
        group,
        run: BanditRun::new(name, &problem, lesson),
        seeds,
    };
    let ranked = |group, name: &str, ranking, config: &RmftConfig, seeds| {
        trained(group, name, own(ranking, Credit::Trajectory, config), seeds)
    };
    let same = |group, name: &str, config: RmftConfig, seeds| {
        ranked(group, name, TRUE_REGRET, &config, seeds)
    };
    let shaped = |group, name: &str, shape: &dyn Fn(&mut TransformerConfig)| {
        let mut variant = same(group, name, reference.clone(), minor);
        shape(&mut variant.run.model);
        variant
    };
    let placed = |name, position| shaped("positions", name, &|shape| shape.position = position);
    let fresh = RmftConfig { shared_rewards: false, ..reference.clone() };
    let all = RmftConfig { keep: reference.rollouts, ..reference.clone() };
    let lesson = |learner: BanditSpec, label, iterations| {
        Lesson::imitation(learner, label, RmftConfig { iterations, ..reference.clone() })
    };
    let based = |learner: &str| -> Result<Variant> {
        let variant = same("base model", learner, reference.clone(), minor);
        let base = lesson(learner.parse()?, false, sizes.base_iterations);
        Ok(Variant { run: variant.run.after(base), ..variant })
    };
    let taught = |name: &str, learner: BanditSpec, label| {
        trained("supervised", name, lesson(learner, label, sizes.iterations), minor)
    };
    let elu = Attention::Linear { feature_map: FeatureMap::EluPlusOne };
    Ok(vec![
        same(REFERENCE, REFERENCE, reference.clone(), major),
        same("k / L", "1 of 4", RmftConfig { keep: 1, ..reference.clone() }, minor),
        same("k / L", "3 of 4", RmftConfig { keep: 3, ..reference.clone() }, minor),
        same("data", ONE_SHOT, RmftConfig { iterated: false, ..reference.clone() }, major),
        same("data", "fresh rewards", fresh.clone(), minor),
        ranked("score", "realised reward", Ranking::RealisedReward, &reference, minor),
        ranked("score", "realised reward, fresh", Ranking::RealisedReward, &fresh, minor),
        ranked("score", "observable posterior, fresh", Ranking::BETA_POSTERIOR, &fresh, minor),
        trained("credit", DECISION, own(TRUE_REGRET, Credit::Decision, &reference), major),
        trained(
            "credit",
            "decision credit, posterior, fresh",
            own(Ranking::BETA_POSTERIOR, Credit::Decision, &fresh),
            minor,
        ),
        same("weights", "all, equal", all.clone(), minor),
        same(
            "weights",
            "all, by rank",
            RmftConfig { weighting: Weighting::Ranks, ..all.clone() },
            minor,
        ),
        same(
            "weights",
            "all, softmin",
            RmftConfig { weighting: Weighting::Softmin { temperature: 1.0 }, ..all },
            minor,
        ),
        placed("learned", Position::Learned),
        placed("sinusoidal", Position::Sinusoidal),
        placed("ALiBi", Position::Alibi),
        placed("rotary", Position::Rotary),
        shaped("model", "1 block", &|shape| shape.blocks = 1),
        shaped("model", "3 blocks", &|shape| shape.blocks = 3),
        shaped("model", "linear attention", &|shape| shape.attention = elu),
        based("epsilon-greedy:epsilon=0.5")?,
        based("stick-with-first-success")?,
        taught("distilled UCB1", ucb, false),
        taught("distilled Thompson", "thompson".parse()?, false),
        taught("optimal labels", "uniform".parse()?, true),
    ])
}

/// Name of the model that a variant starts from.
fn base_name(variant: &Variant) -> String {
    format!("before: {}", variant.run.name)
}

/// Trains and evaluates everything.
pub fn measure(experiment: &mut Experiment, sizes: &Sizes) -> Result<Variants> {
    let mut comparison = Comparison::new(&problem(), experiment.seed(), sizes.scenarios)?;
    let classical = CLASSICAL.map(str::parse).into_iter().collect::<Result<Vec<BanditSpec>>>()?;
    let tuned = comparison.add_tuned(&classical, sizes.tuning)?;
    experiment.config("classical", &tuned)?;
    let list = list(sizes, tuned[2])?;
    for variant in &list {
        experiment.config(&format!("{}: {}", variant.group, variant.run.name), &variant.run)?;
    }
    let runs: Vec<(&Variant, u64)> = list
        .iter()
        .flat_map(|variant| {
            Sizes::seeds(experiment, variant.seeds).map(move |seed| (variant, seed))
        })
        .collect();
    let training: Vec<_> = runs.iter().map(|(v, seed)| (v.run.clone(), *seed)).collect();
    let trained = training::train_all(experiment, "train variants", &training)?;
    let mut history = Vec::new();
    for ((variant, seed), trained) in runs.into_iter().zip(trained) {
        for base in &trained.earlier {
            comparison.add_model(&base_name(variant), seed, base)?;
        }
        comparison.add_model(&variant.run.name, seed, &trained.model)?;
        history.extend(trained.history);
    }
    Ok(Variants { list, comparison, history })
}

impl Variants {
    /// Every player: its group, its name, and the environment steps of its training.
    fn players(&self) -> Vec<(&'static str, String, usize)> {
        let mut players: Vec<_> =
            CLASSICAL.iter().map(|name| (CLASSICAL_GROUP, (*name).to_owned(), 0)).collect();
        for variant in &self.list {
            let steps = |lesson: &Lesson| {
                lesson.config.iterations
                    * lesson.config.scenarios
                    * lesson.config.rollouts
                    * variant.run.problem.horizon
            };
            if variant.run.lessons.len() > 1 {
                players.push((variant.group, base_name(variant), steps(&variant.run.lessons[0])));
            }
            players.push((variant.group, variant.run.name.clone(), variant.run.steps()));
        }
        players
    }

    /// The reference's record of `seed`, or its first.
    fn reference(&self, seed: Option<u64>) -> &Entry {
        let mut own = self.comparison.of(REFERENCE);
        own.find(|entry| entry.seed == seed)
            .or_else(|| self.comparison.of(REFERENCE).next())
            .expect("the reference was trained")
    }

    /// Regret of a record minus that of the reference of the same seed, on common scenarios.
    pub fn minus_reference(&self, entry: &Entry) -> Result<Estimate> {
        let reference = self.reference(entry.seed);
        Estimate::difference(self.comparison.finals(entry), self.comparison.finals(reference))
    }

    /// One row a record.
    pub fn rows(&self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (group, variant, steps) in self.players() {
            for entry in self.comparison.of(&variant) {
                let regret = self.comparison.regret(entry)?;
                let difference = self.minus_reference(entry)?;
                let exploration = &entry.outcome.exploration;
                rows.push(Row {
                    group,
                    variant: variant.clone(),
                    seed: entry.seed,
                    steps,
                    regret: regret.mean,
                    low: regret.low,
                    high: regret.high,
                    minus_reference: difference.mean,
                    minus_reference_low: difference.low,
                    minus_reference_high: difference.high,
                    suffix_failure: exploration.suffix_failure.mean,
                    scaled_min_fraction: exploration.scaled_min_fraction.mean,
                    greedy_fraction: exploration.greedy_fraction.mean,
                    scenarios: self.comparison.count(),
                });
            }
        }
        Ok(rows)
    }

    /// One line a player.
    pub fn summary(&self) -> Result<Vec<Summary>> {
        let line = |(group, variant, steps): (&'static str, String, usize)| {
            let pooled = Pooled::of(&self.comparison, &variant)?;
            let differences: Vec<f64> = self
                .comparison
                .of(&variant)
                .map(|entry| Ok(self.minus_reference(entry)?.mean))
                .collect::<Result<_>>()?;
            let minus_reference = differences.iter().sum::<f64>() / differences.len() as f64;
            Ok(Summary { group, pooled, minus_reference, steps })
        };
        self.players().into_iter().map(line).collect()
    }
}
