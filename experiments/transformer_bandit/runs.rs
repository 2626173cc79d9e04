//! The training runs of the page, as data.

use lowregret::nn::schedule::Schedule;
use lowregret::problem::bandit::{Bandit, BanditRegret};
use lowregret::train::bandit::run::{BanditRun, Lesson};
use lowregret::train::config::RmftConfig;
use lowregret::train::ranking::{Credit, Ranking};

/// Ranking by true regret.
const REGRET: Ranking = Ranking::Regret(BanditRegret::Pseudo);

/// Names of the runs at five arms, decayed learning rate.
pub const REGRET_TRAJECTORIES: &str = "true regret, trajectories";
pub const POSTERIOR_TRAJECTORIES: &str = "posterior, trajectories";
pub const REGRET_DECISIONS: &str = "true regret, decisions";
pub const POSTERIOR_DECISIONS: &str = "posterior, decisions";
/// The long runs by trajectories with a constant learning rate.
pub const REGRET_CONSTANT: &str = "true regret, trajectories, constant rate";
pub const POSTERIOR_CONSTANT: &str = "posterior, trajectories, constant rate";
/// The runs at two arms.
pub const TWO_ARMS: &str = "posterior, decisions, two arms";
pub const CONTROL: &str = "2 of 32 trajectories, two arms";

/// A run and on how many of the seeds it is made.
pub struct Planned {
    pub run: BanditRun,
    pub seeds: usize,
}

/// Five arms, 50 rounds, Bernoulli rewards, means uniform on [0, 1].
pub fn five_arms() -> Bandit {
    Bandit::bernoulli(5, 50)
}

/// Two arms, 25 rounds.
pub fn two_arms() -> Bandit {
    Bandit::bernoulli(2, 25)
}

/// All runs on `seeds` seeds; `quick` shortens them to a look at whether everything works.
pub fn planned(seeds: usize, quick: bool) -> Vec<Planned> {
    let recipe = RmftConfig::transformer;
    let five = |name: &str, seeds, ranking, credit, config: RmftConfig| Planned {
        run: BanditRun::new(name, &five_arms(), Lesson::own(ranking, credit, config)),
        seeds,
    };
    let fresh = |config: RmftConfig| RmftConfig { shared_rewards: false, ..config };
    let constant =
        |rate, config: RmftConfig| RmftConfig { learning_rate: Schedule::constant(rate), ..config };
    let of_eight =
        |keep, config: RmftConfig| RmftConfig { scenarios: 256, rollouts: 8, keep, ..config };
    let two = |name: &str, seeds, ranking, credit, config: RmftConfig| Planned {
        run: BanditRun::new(name, &two_arms(), Lesson::own(ranking, credit, config)),
        seeds,
    };
    let posterior = Ranking::BETA_POSTERIOR;
    let (by_trajectory, by_decision) = (Credit::Trajectory, Credit::Decision);
    let half = |config: RmftConfig| RmftConfig { keep: 2, ..config };
    let control = RmftConfig { scenarios: 64, rollouts: 32, keep: 2, ..recipe(78) };
    let mut all = vec![
        five(REGRET_TRAJECTORIES, seeds, REGRET, by_trajectory, recipe(330)),
        five(POSTERIOR_TRAJECTORIES, seeds, posterior, by_trajectory, half(fresh(recipe(330)))),
        five(REGRET_DECISIONS, seeds, REGRET, by_decision, of_eight(4, fresh(recipe(110)))),
        five(POSTERIOR_DECISIONS, seeds, posterior, by_decision, of_eight(4, fresh(recipe(220)))),
        five(REGRET_CONSTANT, 1, REGRET, by_trajectory, constant(2e-3, recipe(300))),
        five(
            POSTERIOR_CONSTANT,
            1,
            posterior,
            by_trajectory,
            constant(1e-3, half(fresh(recipe(300)))),
        ),
        two(TWO_ARMS, seeds, posterior, by_decision, of_eight(3, fresh(recipe(78)))),
        two(CONTROL, 1, REGRET, by_trajectory, control),
    ];
    if quick {
        for planned in &mut all {
            for lesson in &mut planned.run.lessons {
                lesson.config.iterations = 6;
                lesson.config.scenarios /= 8;
            }
        }
    }
    all
}
