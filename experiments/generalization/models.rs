//! The models and what they practised.

use lowregret::Result;
use lowregret::model::transformer::{Position, Transformer};
use lowregret::numeric::parallel;
use lowregret::problem::bandit::Bandit;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::Experiment;
use lowregret::train::bandit::run::{BanditRun, Lesson};
use lowregret::train::config::RmftConfig;
use lowregret::train::full_information::run::FullInformationRun;
use lowregret::train::log::TrainingRow;
use lowregret::train::ranking::{Credit, Ranking};

use super::{Sizes, training};

/// Trained on five arms, without positions.
pub const MODEL: &str = "model";
/// Trained on two to five arms.
pub const MIXED: &str = "model of 2 to 5 arms";
/// Trained on full information.
pub const FULL: &str = "model of full information";
/// Trained like [`MODEL`], with positions.
pub const POSITIONS: [(&str, Position); 4] = [
    ("learned positions", Position::Learned),
    ("sinusoidal positions", Position::Sinusoidal),
    ("ALiBi", Position::Alibi),
    ("rotary positions", Position::Rotary),
];

pub const ARMS: usize = 5;
pub const HORIZON: usize = 50;
/// Standard deviation of an arm's mean around 0 and of a reward around it, as those of Bernoulli rewards with uniform means.
pub const SPREAD: f64 = 0.289;
pub const NOISE: f64 = 0.408;

/// A trained model.
pub struct Named {
    pub name: &'static str,
    pub seed: u64,
    pub model: Transformer<f32>,
}

pub struct Models {
    pub list: Vec<Named>,
    pub history: Vec<TrainingRow>,
}

impl Models {
    /// The models called `name`: one a seed.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Named> {
        self.list.iter().filter(move |model| model.name == name)
    }
}

/// What the bandit models practise.
pub fn training_problem() -> Bandit {
    Bandit::bernoulli(ARMS, HORIZON)
}

/// Independent normal rewards around normal means, on the simplex.
pub fn full_information_problem() -> FullInformation {
    let root = (ARMS as f64).sqrt();
    FullInformation {
        set: DecisionSet::Simplex,
        dimension: ARMS,
        horizon: HORIZON,
        family: RewardFamily::Gaussian { spread: SPREAD * root, noise: NOISE * root },
    }
}

/// Every decision that the best remainders followed, ranked without hidden information.
fn lesson(sizes: &Sizes) -> Lesson {
    let config = RmftConfig {
        scenarios: 256,
        rollouts: 8,
        keep: 3,
        shared_rewards: false,
        ..RmftConfig::transformer(sizes.iterations)
    };
    Lesson::own(Ranking::BETA_POSTERIOR, Credit::Decision, config)
}

fn full_information_recipe(sizes: &Sizes) -> RmftConfig {
    RmftConfig {
        scenarios: 64,
        rollouts: 32,
        keep: 8,
        batch: Some(16),
        ..RmftConfig::transformer(sizes.full_information_iterations)
    }
}

/// Trains everybody.
pub fn train(experiment: &mut Experiment, sizes: &Sizes) -> Result<Models> {
    let problem = training_problem();
    let mixed = Bandit { fewest: Some(2), ..problem.clone() };
    let mut kinds = vec![
        (MODEL, BanditRun::new(MODEL, &problem, lesson(sizes)), sizes.seeds),
        (MIXED, BanditRun::new(MIXED, &mixed, lesson(sizes)), sizes.seeds),
    ];
    for (name, position) in POSITIONS {
        let mut run = BanditRun::new(name, &problem, lesson(sizes));
        run.model.position = position;
        kinds.push((name, run, sizes.position_seeds));
    }
    let (mut names, mut runs) = (Vec::new(), Vec::new());
    for (name, run, seeds) in kinds {
        experiment.config(name, &run)?;
        for seed in experiment.seed()..experiment.seed() + seeds as u64 {
            names.push(name);
            runs.push((run.clone(), seed));
        }
    }
    let trained = training::train_all(experiment, "train bandit models", &runs)?;
    let mut models = Models { list: Vec::new(), history: Vec::new() };
    for ((name, (_, seed)), trained) in names.into_iter().zip(runs).zip(trained) {
        models.list.push(Named { name, seed, model: trained.model });
        models.history.extend(trained.history);
    }
    train_full_information(experiment, sizes, &mut models)?;
    Ok(models)
}

fn train_full_information(
    experiment: &mut Experiment,
    sizes: &Sizes,
    models: &mut Models,
) -> Result<()> {
    let (problem, config) = (full_information_problem(), full_information_recipe(sizes));
    experiment.config(FULL, (&problem, &config))?;
    let run = FullInformationRun::new(FULL, &problem, config);
    let seeds: Vec<u64> = (experiment.seed()..experiment.seed() + sizes.seeds as u64).collect();
    let total = (seeds.len() * run.config.iterations) as u64;
    let progress = experiment.progress("train models of full information", total);
    let train = |&seed: &u64| Ok((seed, run.train(seed, || progress.advance(1))?));
    let trained = parallel::try_each(&seeds, train);
    progress.finish();
    for (seed, trained) in trained? {
        models.list.push(Named { name: FULL, seed, model: trained.model });
        models.history.extend(trained.history);
    }
    Ok(())
}
