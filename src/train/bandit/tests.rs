//! Practice in bandits, recomputed trajectory by trajectory, and short runs of every kind of it.

use super::*;
use crate::learner::bandit::BanditLearner;
use crate::learner::bandit::greedy::Greedy;
use crate::learner::transformer::GroupPlayer;
use crate::metrics::bandit_outcome::{BanditOutcome, evaluate};
use crate::model::Model;
use crate::model::transformer::TransformerConfig;
use crate::nn::schedule::Schedule;
use crate::problem::bandit::BanditScenario;
use crate::train::ranking::Scratch;

const ITERATION: usize = 2;

fn config() -> RmftConfig {
    // Three tasks, the last not full.
    RmftConfig { scenarios: 40, batch: Some(50), ..RmftConfig::transformer(6) }
}

fn model<S: Scalar>(problem: &Bandit) -> Transformer<S> {
    let tokens = Tokens::new(problem.arms, problem.fewest.is_some());
    let config = TransformerConfig {
        width: 16,
        blocks: 1,
        ..TransformerConfig::new(tokens.width(), problem.arms, problem.horizon)
    };
    let mut rng = Streams::new(4).stream(Purpose::Initialization, 0, 0, 0);
    let mut model = Transformer::random(config, &mut rng).unwrap();
    // A head that is not uniform.
    let head =
        model.layout().blocks().iter().find(|b| b.name == "head.weight").unwrap().range.clone();
    for (i, p) in model.parameters_mut()[head].iter_mut().enumerate() {
        *p = S::of(((i * 7) % 11) as f64 / 11.0 - 0.5);
    }
    model
}

fn round(keep: usize) -> Round {
    Round { index: ITERATION, exploration: 1.0, keep }
}

/// One trajectory on its own, from the documented streams.
fn trajectory(
    model: &Transformer<f64>,
    scenario: &BanditScenario,
    streams: &Streams,
    (index, rollout): (usize, usize),
) -> (Vec<usize>, Vec<f64>) {
    let mut rngs = [streams.stream(Purpose::Exploration, ITERATION, index, rollout)];
    let mut player = GroupPlayer::new(1, model).unwrap();
    let played = player.play(model, 1.0, &mut rngs, |_| scenario);
    (played.actions.clone(), played.rewards.clone())
}

fn check_selection(shared_rewards: bool, ranking: Ranking) {
    let problem = Bandit::bernoulli(3, 8);
    let config = RmftConfig { shared_rewards, ..config() };
    let (model, streams) = (model::<f64>(&problem), Streams::new(9));
    let task = BanditTask { ranking, ..BanditTask::new(&problem) };
    let mut practice = BanditPractice::new(&model, task, &config, streams).unwrap();
    practice.roll_out(&model, Round { index: 7, ..round(3) }).unwrap();
    let report = practice.roll_out(&model, round(2)).unwrap();
    assert_eq!(practice.sequences(), 80);
    let (mut regret, mut kept_regret) = (0.0, 0.0);
    for index in 0..40 {
        let copy = |rollout| if shared_rewards { 0 } else { rollout };
        let mut all: Vec<_> = (0..4)
            .map(|rollout| {
                let scenario =
                    problem.scenario(&streams, Purpose::Training, ITERATION, index, copy(rollout));
                let (actions, rewards) = trajectory(&model, &scenario, &streams, (index, rollout));
                let mut losses = [0.0; 8];
                let scratch = &mut Scratch::default();
                ranking.losses(&scenario, &actions, &rewards, &mut losses, scratch);
                let score = losses.iter().rfold(0.0, |sum, loss| loss + sum);
                let own = scenario.total_pseudo_regret(&actions);
                regret += own / 160.0;
                (score, rollout, actions, rewards, own)
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.truncate(2);
        // They are stored in the order in which they were played.
        all.sort_by_key(|trajectory| trajectory.1);
        for (place, (_, _, actions, rewards, own)) in all.iter().enumerate() {
            let here = (2 * index + place) * 8..(2 * index + place + 1) * 8;
            assert_eq!(&practice.kept.actions[here.clone()], actions);
            assert_eq!(&practice.kept.labels[here.clone()], actions);
            assert_eq!(&practice.kept.rewards[here], rewards);
            kept_regret += own / 80.0;
        }
    }
    approx::assert_relative_eq!(report.regret, regret, epsilon = 1e-10);
    approx::assert_relative_eq!(report.kept_regret, kept_regret, epsilon = 1e-10);
    assert!(report.kept_regret < report.regret);
    let entropy = report.entropy.unwrap();
    assert!(entropy > 0.4 && entropy < 3f64.ln(), "{entropy}");
}

#[test]
fn the_best_trajectories_of_each_scenario_are_kept() {
    for ranking in [
        Ranking::Regret(crate::problem::bandit::BanditRegret::Pseudo),
        Ranking::RealisedReward,
        Ranking::BETA_POSTERIOR,
    ] {
        check_selection(true, ranking);
        check_selection(false, ranking);
    }
}

/// The loss of the kept set is the mean surprise of the actions in it under the model that played them.
#[test]
fn the_first_loss_is_the_surprise_of_the_kept_actions() {
    let problem = Bandit { fewest: Some(2), ..Bandit::bernoulli(4, 6) };
    let config = RmftConfig { keep: 4, ..config() };
    let (model, streams) = (model::<f64>(&problem), Streams::new(3));
    let task = BanditTask::new(&problem);
    let mut practice = BanditPractice::new(&model, task, &config, streams).unwrap();
    // All are kept, so the loss is the entropy of the rollouts by simulation.
    let report = practice.roll_out(&model, round(4)).unwrap();
    let all: Vec<usize> = (0..practice.sequences()).collect();
    let losses = all.chunks(50).map(|batch| {
        practice.loss_and_gradient(&model, batch).0 * batch.len() as f64 / all.len() as f64
    });
    approx::assert_relative_eq!(losses.sum::<f64>(), report.entropy.unwrap(), epsilon = 1e-10);
    let arms = practice.kept.present.iter().flat_map(|&present| [present; 6]);
    assert!(practice.kept.actions.iter().zip(arms).all(|(&action, present)| action < present));
}

/// Weights that vanish leave places over; what an earlier iteration wrote there does not count.
#[test]
fn old_trajectories_do_not_count() {
    let problem = Bandit::bernoulli(3, 8);
    let weighting = crate::train::selection::Weighting::Softmin { temperature: 1e-4 };
    let config = RmftConfig { keep: 4, ..config() };
    let sharp = RmftConfig { weighting, ..config.clone() };
    let model = model::<f64>(&problem);
    let task = BanditTask::new(&problem);
    let mut practice = BanditPractice::new(&model, task, &config, Streams::new(3)).unwrap();
    practice.roll_out(&model, round(4)).unwrap();
    practice.config = &sharp;
    practice.roll_out(&model, round(4)).unwrap();
    // The shares of a round sum to 1 in each of 40 scenarios, and count k = 4 fold.
    let total: f64 = practice.kept.weights.iter().sum();
    approx::assert_relative_eq!(total, 40.0 * 8.0 * 4.0, max_relative = 1e-9);
    assert!(practice.kept.weights.iter().filter(|&&w| w == 0.0).count() > 40);
}

fn bits(threads: usize, shared_rewards: bool) -> Vec<u32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let problem = Bandit::bernoulli(3, 8);
    let config = RmftConfig { shared_rewards, ..config() };
    let mut model = model::<f32>(&problem);
    pool.install(|| {
        train(&mut model, BanditTask::new(&problem), &config, Streams::new(1), |_, _| {})
    })
    .unwrap();
    model.parameters().iter().map(|p| p.to_bits()).collect()
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let one = bits(1, true);
    assert_eq!(one, bits(2, true));
    assert_eq!(one, bits(3, true));
    assert_ne!(one, bits(1, false));
}

/// Regret and share of rounds 5 .. 10 in which the best arm is chosen, on scenarios that training never saw.
fn measure(model: &Transformer<f32>, problem: &Bandit) -> (f64, f64) {
    let streams = Streams::new(77);
    let scenario = |i| problem.scenario(&streams, Purpose::Evaluation, 0, i, 0);
    let player = || bandit_player(model, streams, Purpose::Evaluation);
    let outcome: BanditOutcome = evaluate(1000, scenario, player()).unwrap();
    let late = play_groups(1000, scenario, player(), |s, arms| {
        arms[5..].iter().enumerate().filter(|&(t, &arm)| s.is_best(t + 5, arm)).count() as f64 / 5.0
    });
    (outcome.pseudo.last().unwrap().mean, late.unwrap().iter().sum::<f64>() / 1000.0)
}

fn short() -> (Bandit, RmftConfig) {
    let recipe = RmftConfig::transformer(60);
    let learning_rate = Schedule::cosine(5e-3, 0.1);
    (Bandit::bernoulli(2, 10), RmftConfig { scenarios: 128, learning_rate, ..recipe })
}

#[test]
fn training_lowers_regret() {
    let (problem, config) = short();
    let mut model = model::<f32>(&problem);
    let before = measure(&model, &problem).0;
    train(&mut model, BanditTask::new(&problem), &config, Streams::new(1), |_, _| {}).unwrap();
    let after = measure(&model, &problem).0;
    assert!(after < 0.75 * before, "{before} -> {after}");
}

/// Imitating greedy brings the model near greedy; imitating the best arm after greedy's histories brings it to choose it.
#[test]
fn a_teacher_is_imitated() {
    let (problem, config) = short();
    let config = RmftConfig { rollouts: 1, keep: 1, scenarios: 512, ..config };
    let build =
        |arms: usize| -> Result<Box<dyn BanditLearner + Send>> { Ok(Box::new(Greedy::new(arms)?)) };
    let taught = |label_best_arm| {
        let mut model = model::<f32>(&problem);
        let teacher = Some(Teacher { learner: &build, label_best_arm });
        let task = BanditTask { teacher, ..BanditTask::new(&problem) };
        let mut reports = Vec::new();
        train(&mut model, task, &config, Streams::new(1), |it, _| reports.push(*it)).unwrap();
        assert!(reports.iter().all(|it| it.rollouts.entropy.is_none()));
        (measure(&model, &problem), reports)
    };
    let untaught = measure(&model(&problem), &problem);
    let ((regret, _), reports) = taught(false);
    let greedy = reports.iter().map(|it| it.rollouts.regret).sum::<f64>() / reports.len() as f64;
    assert!((regret - greedy).abs() < 0.2 * (untaught.0 - greedy), "{regret}, greedy {greedy}");
    let ((_, late), _) = taught(true);
    assert!(late > untaught.1 + 0.1, "{late}, before {}", untaught.1);
}

/// One round of fine-tuning rolls out the untrained model throughout: its rollouts do not get better.
#[test]
fn one_shot_rolls_out_the_untrained_model() {
    let (problem, config) = short();
    let last = |iterated| {
        let config = RmftConfig { iterated, ..config.clone() };
        let (mut model, mut last) = (model::<f32>(&problem), 0.0);
        train(&mut model, BanditTask::new(&problem), &config, Streams::new(1), |it, _| {
            if it.index >= 40 {
                last += it.rollouts.regret / 20.0;
            }
        })
        .unwrap();
        (last, measure(&model, &problem).0)
    };
    let before = measure(&model(&problem), &problem).0;
    let (rollouts, after) = last(false);
    assert!((rollouts - before).abs() < 0.15, "{rollouts}, {before}");
    assert!(after < before && last(true).1 < after, "{after}");
}

/// The model ends with the parameters of lowest validation regret.
#[test]
fn the_best_checkpoint_is_kept() {
    let (problem, config) = short();
    // A learning rate at which a run wanders.
    let learning_rate = Schedule::constant(0.2);
    let config = RmftConfig { keep_best: Some(4), learning_rate, ..config };
    let (mut model, mut seen) = (model::<f32>(&problem), Vec::new());
    train(&mut model, BanditTask::new(&problem), &config, Streams::new(1), |it, model| {
        seen.extend(it.validation_regret.map(|regret| (regret, model.parameters().to_vec())));
    })
    .unwrap();
    assert_eq!(seen.len(), 15);
    let best = seen.iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    assert!(model.parameters() == best.1);
    assert!(best.0 < seen[14].0, "the last one is as good");
}

#[test]
fn what_does_not_fit_is_named() {
    let problem = Bandit::bernoulli(3, 8);
    let model = model::<f32>(&problem);
    let message = |problem: &Bandit, change: &dyn Fn(&mut RmftConfig)| {
        let mut config = config();
        change(&mut config);
        let practice =
            BanditPractice::new(&model, BanditTask::new(problem), &config, Streams::new(1));
        practice.err().unwrap().to_string()
    };
    let keep = |_: &mut RmftConfig| {};
    assert!(message(&Bandit::bernoulli(3, 9), &keep).starts_with("horizon = 9"));
    assert!(message(&Bandit::bernoulli(4, 8), &keep).starts_with("arms = 4"));
    assert!(message(&Bandit::bernoulli(0, 8), &keep).contains("arms"));
    assert!(message(&problem, &|c| c.keep = 5).starts_with("keep = 5"));
    assert!(message(&problem, &|c| c.batch = Some(0)).starts_with("batch = 0"));
    let cold = Schedule { start: 1.0, end: 0.0 };
    assert!(message(&problem, &|c| c.exploration = cold).starts_with("exploration = 0"));
    assert!(message(&problem, &|c| c.scenarios = 1 << 40).starts_with("scenarios x rollouts"));
    let task = BanditTask {
        ranking: Ranking::Posterior { mean: 0.5, weight: -1.0, memory: 1.0 },
        ..BanditTask::new(&problem)
    };
    let error = BanditPractice::new(&model, task, &config(), Streams::new(1)).err().unwrap();
    assert!(error.to_string().starts_with("ranking.weight"));
}
