//! Practice in full information, recomputed trajectory by trajectory, and short runs of it.

use super::*;
use crate::learner::Learner;
use crate::model::Model;
use crate::model::transformer::TransformerConfig;
use crate::problem::account::RegretAccount;
use crate::problem::family::RewardFamily;

const ITERATION: usize = 2;

fn problem() -> FullInformation {
    FullInformation { set: DecisionSet::Simplex, ..FullInformation::balanced(3, 6) }
}

fn config() -> RmftConfig {
    // Two tasks, the second not full.
    RmftConfig { scenarios: 20, rollouts: 8, keep: 2, ..RmftConfig::transformer(4) }
}

fn model<S: Scalar>(problem: &FullInformation) -> Transformer<S> {
    let inputs = Tokens::new(problem.dimension, false).width();
    let shape = TransformerConfig::new(inputs, problem.dimension, problem.horizon);
    let mut rng = Streams::new(4).stream(Purpose::Initialization, 0, 0, 0);
    let mut model =
        Transformer::random(TransformerConfig { width: 16, ..shape }, &mut rng).unwrap();
    let head =
        model.layout().blocks().iter().find(|b| b.name == "head.weight").unwrap().range.clone();
    for (i, p) in model.parameters_mut()[head].iter_mut().enumerate() {
        *p = S::of(((i * 7) % 11) as f64 / 11.0 - 0.5);
    }
    model
}

/// The kept draws, their regrets and the targets, from the learner's own play and the documented streams.
#[test]
fn the_draws_of_lowest_regret_are_kept() {
    let (problem, config, streams) = (problem(), config(), Streams::new(9));
    let model = model::<f64>(&problem);
    let mut practice = FullInformationPractice::new(&model, &problem, &config, streams).unwrap();
    practice.roll_out(&model, Round { index: 7, exploration: 1.0, keep: 3 }).unwrap();
    let report =
        practice.roll_out(&model, Round { index: ITERATION, exploration: 1.0, keep: 2 }).unwrap();
    let (mut regret, mut kept_regret) = (0.0, 0.0);
    for index in 0..20 {
        let rewards = problem.scenario(&streams, Purpose::Training, ITERATION, index, 0);
        let mut all: Vec<(f64, Vec<usize>)> = (0..8)
            .map(|rollout| {
                let mut rng = streams.stream(Purpose::Exploration, ITERATION, index, rollout);
                let mut learner = TransformerLearner::new(&model).unwrap();
                let mut account = RegretAccount::new(problem.set, 3);
                let mut policy = [0.0; 3];
                let arms = rewards.outer_iter().map(|reward| {
                    learner.decide(&mut policy);
                    let arm = draw(&policy, rng.random::<f64>());
                    let corner = [0, 1, 2].map(|a| f64::from(u8::from(a == arm)));
                    account.enter(&corner, reward.as_slice().unwrap());
                    learner.observe(reward.as_slice().unwrap());
                    arm
                });
                let arms = arms.collect();
                (account.regret(), arms)
            })
            .collect();
        regret += all.iter().map(|t| t.0).sum::<f64>() / 160.0;
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let desk = &practice.desks[index / 16];
        for t in 0..6 {
            let row = desk.targets.row(index % 16 * 6 + t);
            for arm in 0..3 {
                let drawn = all[..2].iter().filter(|(_, arms)| arms[t] == arm).count();
                assert_eq!(row[arm], drawn as f64 / 2.0);
            }
        }
        kept_regret += (all[0].0 + all[1].0) / 40.0;
    }
    approx::assert_relative_eq!(report.regret, regret, epsilon = 1e-10);
    approx::assert_relative_eq!(report.kept_regret, kept_regret, epsilon = 1e-10);
    let entropy = report.entropy.unwrap();
    assert!(entropy > 0.3 && entropy < 3f64.ln(), "{entropy}");
}

#[test]
fn training_lowers_regret_and_does_not_depend_on_threads() {
    let family = RewardFamily::Gaussian { spread: 1.0, noise: 1.0 };
    let problem = FullInformation { family, ..problem() };
    let config = RmftConfig { scenarios: 64, ..config() };
    let run = |threads: usize, iterations: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let config = RmftConfig { iterations, ..config.clone() };
        let mut model = model::<f32>(&problem);
        pool.install(|| train(&mut model, &problem, &config, Streams::new(1), |_, _| {})).unwrap();
        model
    };
    let bits = |model: &Transformer<f32>| {
        model.parameters().iter().map(|p| p.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits(&run(1, 4)), bits(&run(3, 4)));
    let scenarios = problem.scenarios(&Streams::new(5), Purpose::Evaluation, 500);
    let regret = |model: &Transformer<f32>| {
        let curves =
            regret_curves(problem.set, &scenarios, |_| TransformerLearner::new(model).unwrap());
        curves.column(5).mean().unwrap()
    };
    let (before, after) = (regret(&model(&problem)), regret(&run(2, 120)));
    assert!(after < 0.8 * before, "{before} -> {after}");
}

#[test]
fn what_does_not_fit_is_named() {
    let message = |problem: FullInformation, change: &dyn Fn(&mut RmftConfig)| {
        let mut config = config();
        change(&mut config);
        let model = model::<f32>(&self::problem());
        let practice = FullInformationPractice::new(&model, &problem, &config, Streams::new(1));
        practice.err().unwrap().to_string()
    };
    let keep = |_: &mut RmftConfig| {};
    let ball = DecisionSet::UNIT_BALL;
    assert!(message(FullInformation { set: ball, ..problem() }, &keep).starts_with("set = Ball"));
    assert!(message(FullInformation { horizon: 7, ..problem() }, &keep).starts_with("horizon = 7"));
    assert!(
        message(FullInformation { dimension: 2, ..problem() }, &keep).starts_with("dimension = 2")
    );
    assert!(message(problem(), &|c| c.shared_rewards = false).starts_with("shared_rewards"));
    assert!(message(problem(), &|c| c.rollouts = 1 << 50).starts_with("scenarios x rollouts"));
}
