//! The bandit problems as data, who plays them, and what they achieve.

use lowregret::Result;
use lowregret::learner::bandit::spec::{BanditSpec, Knowledge};
use lowregret::learner::bandit::tuning::best_setting;
use lowregret::metrics::comparison::Comparison;
use lowregret::numeric::rng::Streams;
use lowregret::problem::bandit::{Bandit, Means, RewardLaw};
use lowregret::report::Experiment;

use super::models::{FULL, MIXED, MODEL, Models, NOISE, POSITIONS, SPREAD, training_problem};
use super::pooled::Pooled;
use super::{Setting, Sizes};

pub const UCB: &str = "ucb1";
/// UCB1 with the width of its bonus as tuned for the training problem, in units of reward.
pub const UCB_AT_HOME: &str = "ucb1, tuned for training";
pub const UNIFORM: &str = "uniform";
pub const GREEDY: &str = "greedy";
pub const THOMPSON: &str = "gaussian-thompson";
pub const GITTINS: &str = "gittins";

/// What a problem changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Horizon,
    Rewards,
    Gap,
    Arms,
    Feedback,
}

/// A problem and its name.
#[derive(Clone)]
pub struct Problem {
    pub name: &'static str,
    pub change: Change,
    pub bandit: Bandit,
}

/// All problems; the training problem comes first.
pub fn all() -> Vec<Problem> {
    let home = training_problem();
    let mut problems = Vec::new();
    for (name, horizon) in [("T = 50", 50), ("T = 100", 100), ("T = 200", 200)] {
        let bandit = Bandit { horizon, ..home.clone() };
        problems.push(Problem { name, change: Change::Horizon, bandit });
    }
    for (name, rewards) in [
        ("Gaussian 0.3", RewardLaw::Gaussian { std: 0.3 }),
        ("Gaussian 0.5", RewardLaw::Gaussian { std: 0.5 }),
        ("Gaussian 1", RewardLaw::Gaussian { std: 1.0 }),
        ("beta", RewardLaw::Beta { concentration: 2.0 }),
        ("uniform rewards", RewardLaw::Uniform { width: 1.0 }),
        ("heavy-tailed", RewardLaw::HeavyTailed { scale: 0.3, degrees: 3.0 }),
    ] {
        let bandit = Bandit { rewards, ..home.clone() };
        problems.push(Problem { name, change: Change::Rewards, bandit });
    }
    for (name, bandit) in [
        ("gap 0.2", Bandit { horizon: 50, ..Bandit::hard_instance() }),
        ("gap 0.6", Bandit { means: Means::Gap { best: 0.8, gap: 0.6 }, ..home.clone() }),
        ("hard instance", Bandit::hard_instance()),
    ] {
        problems.push(Problem { name, change: Change::Gap, bandit });
    }
    for (name, arms) in [("K = 2", 2), ("K = 3", 3), ("K = 4", 4), ("K = 5", 5)] {
        let bandit = Bandit { arms, ..home.clone() };
        problems.push(Problem { name, change: Change::Arms, bandit });
    }
    let normal = Bandit {
        means: Means::Normal { center: 0.0, spread: SPREAD },
        rewards: RewardLaw::Gaussian { std: NOISE },
        ..home
    };
    problems.push(Problem { name: "normal bandit", change: Change::Feedback, bandit: normal });
    problems
}

/// The classical learners of a problem.
fn classical(bandit: &Bandit) -> Result<Vec<BanditSpec>> {
    let mut names = vec![UNIFORM, GREEDY, UCB, THOMPSON];
    if bandit.rewards == RewardLaw::Bernoulli {
        names.extend(["thompson", GITTINS]);
    }
    names.into_iter().map(str::parse).collect()
}

/// The models that play a problem.
fn players(problem: &Problem) -> Vec<&'static str> {
    match problem.change {
        Change::Horizon => {
            let mut names = vec![MODEL, FULL];
            names.extend(POSITIONS.iter().map(|(name, _)| *name));
            names
        }
        Change::Rewards | Change::Gap => vec![MODEL],
        Change::Arms => vec![MODEL, MIXED],
        Change::Feedback => vec![MODEL, FULL],
    }
}

/// Everybody on every problem.
pub fn measure(
    experiment: &mut Experiment,
    sizes: &Sizes,
    models: &Models,
) -> Result<Vec<Setting>> {
    let problems = all();
    let home = training_problem();
    let streams = Streams::new(experiment.seed());
    let ucb: BanditSpec = UCB.parse()?;
    let known = Knowledge::of(&home);
    let tuned = best_setting(&home, &streams, sizes.tuning, &ucb.axes(), |setting, scenario| {
        ucb.tuned(setting)?.prepare(known)?.build(scenario.present())
    })?;
    let progress = experiment.progress("play", problems.len() as u64).unit("problems");
    let mut settings = Vec::new();
    for problem in problems {
        let bandit = &problem.bandit;
        let mut comparison = Comparison::new(bandit, experiment.seed(), sizes.scenarios)?;
        for name in players(&problem) {
            for named in models.of(name) {
                let model = named.model.with_rounds(bandit.horizon)?;
                comparison.add_model(name, named.seed, &model)?;
            }
        }
        // Learners see rewards mapped onto [0, 1]: the bonus keeps its width in units of reward.
        let knowledge = Knowledge::of(bandit);
        let range = knowledge.high - knowledge.low;
        let setting: Vec<f64> = tuned.setting.iter().map(|width| width / range).collect();
        comparison.add_learner(UCB_AT_HOME, &ucb.tuned(&setting)?)?;
        let tuned = comparison.add_tuned(&classical(bandit)?, sizes.tuning)?;
        experiment.config(problem.name, (bandit, tuned))?;
        settings.push(Setting { problem, comparison });
        progress.advance(1);
    }
    progress.finish();
    Ok(settings)
}

/// One line a player, in the order in which they were added.
pub fn lines(setting: &Setting) -> Result<Vec<Pooled>> {
    let mut players: Vec<&str> = Vec::new();
    for entry in setting.comparison.entries() {
        if !players.contains(&entry.player.as_str()) {
            players.push(&entry.player);
        }
    }
    players.into_iter().map(|player| Pooled::of(&setting.comparison, player)).collect()
}
