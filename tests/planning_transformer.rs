//! Transformers fine-tuned on the oracle's decisions, on families so small that seconds are enough.

use lowregret::learner::planning::copy_rule;
use lowregret::learner::planning::transformer::{Context, plan};
use lowregret::model::Model;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::model::transformer::{Transformer, TransformerConfig};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::finite_horizon::{backward_induction, evaluate};
use lowregret::problem::linear_mdp::{Family, TaskLaw};
use lowregret::problem::mdp::{Mdp, Policy};
use lowregret::problem::trajectory;
use lowregret::train::planning::{MdpLessons, Shape, Teacher};
use lowregret::train::supervised::{SupervisedConfig, train};

const HORIZON: usize = 3;
const ROUNDS: usize = 24;

fn family() -> Family {
    let law = TaskLaw { concentration: 0.1, reward_power: 6.0 };
    let mut rng = Streams::new(0).stream(Purpose::Theory, 17, 0, 0);
    Family::draw((5, 3, 3), 0.1, law, &mut rng).unwrap()
}

fn tokens() -> PlanningTokens {
    PlanningTokens::new(5, 3, HORIZON, 0)
}

/// Trains in stages; returns the mean losses over the first and the last tenth of the last stage.
fn trained(teachers: &[Teacher], steps: usize) -> (Transformer<f32>, f64, f64) {
    let config =
        TransformerConfig { width: 32, ..TransformerConfig::new(tokens().width(), 3, ROUNDS) };
    let streams = Streams::new(1);
    let mut model =
        Transformer::random(config, &mut streams.stream(Purpose::Initialization, 0, 0, 0)).unwrap();
    let family = family();
    let shapes = [1, 2, 4].map(|demonstrations| Shape { horizon: HORIZON, demonstrations });
    let mut losses = Vec::new();
    for teacher in teachers {
        let lessons =
            MdpLessons::new(&family, *teacher, &shapes, (tokens(), ROUNDS), streams).unwrap();
        let config = SupervisedConfig { batch: 32, ..SupervisedConfig::new(steps) };
        losses.clear();
        train(&mut model, &lessons, &config, |report| losses.push(report.loss)).unwrap();
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let tenth = losses.len().div_ceil(10);
    (model, mean(&losses[..tenth]), mean(&losses[losses.len() - tenth..]))
}

/// New tasks, each with two demonstrations of the oracle.
fn exam(count: usize) -> (Vec<Mdp>, Vec<Context>) {
    let (family, streams) = (family(), Streams::new(1));
    (0..count)
        .map(|i| {
            let mut rng = streams.stream(Purpose::Evaluation, 0, i, 0);
            let mdp = family.task(&mut rng).mdp;
            let values = backward_induction(&mdp, HORIZON).unwrap();
            let oracle = Policy::greedy(values.pairs.view(), 3);
            let context = (0..2).map(|_| trajectory::run(&mdp, &oracle, &mut rng)).collect();
            (mdp, context)
        })
        .unzip()
}

/// Mean of (V* - V) / V*.
fn gap(tasks: &[Mdp], policies: &[Policy]) -> f64 {
    let gaps = tasks.iter().zip(policies).map(|(mdp, policy)| {
        let best = backward_induction(mdp, HORIZON).unwrap().at_start(mdp);
        (best - evaluate(mdp, policy).at_start(mdp)) / best
    });
    gaps.sum::<f64>() / tasks.len() as f64
}

#[test]
fn fine_tuning_lowers_loss_and_gap_below_copying() {
    let (model, first, last) = trained(&[Teacher::BEHAVIOUR, Teacher::ORACLE], 300);
    assert!(last < 0.6 * first && last < 0.45, "{first} to {last}");
    let (tasks, contexts) = exam(200);
    let policies = plan(&model, &tokens(), (5, HORIZON), &contexts).unwrap();
    let copy: Vec<Policy> = tasks
        .iter()
        .zip(&contexts)
        .map(|(mdp, context)| copy_rule::policy(mdp, HORIZON, context).unwrap())
        .collect();
    let random: Vec<Policy> =
        tasks.iter().map(|mdp| Policy::uniform(mdp, HORIZON).unwrap()).collect();
    let [random, copy, own] = [&random, &copy, &policies].map(|policies| gap(&tasks, policies));
    assert!(own < 0.7 * copy && copy < 0.6 * random, "{own} {copy} {random}");
    // Shown another task, it is no better than random play.
    let mut shuffled = contexts;
    shuffled.rotate_left(1);
    let fooled = gap(&tasks, &plan(&model, &tokens(), (5, HORIZON), &shuffled).unwrap());
    assert!(fooled > 0.7 * random, "{fooled} {random}");
}

#[test]
fn training_does_not_depend_on_threads() {
    let parameters = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| trained(&[Teacher::NOISY_ORACLE], 4).0.parameters().to_vec())
    };
    assert_eq!(parameters(1), parameters(2));
}
