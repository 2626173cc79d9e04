use super::*;
use crate::learner::in_context_q::{
    Demonstration, QLearner,
    attention::{AttentionQ, Maps},
};
use crate::model::in_context::InContextConfig;
use crate::nn::schedule::Schedule;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::oracle::linear::WeightPrior;
use crate::problem::linear_mdp::Context;
use crate::problem::regression::{FeatureLaw, LinearRegression};
use crate::theory::in_context::centred;
use crate::train::in_context::stochastic::{StochasticConfig, train};

fn tasks(family: &Family, count: usize) -> Vec<Solved> {
    let task = |i| family.task(&mut Streams::new(2).stream(Purpose::Training, 0, i, 0));
    (0..count).map(|i| Solved::new(task(i), 3).unwrap()).collect()
}

/// What a layer says about a prompt is what the learner with its map says about the same samples.
#[test]
fn layers_and_learners_say_the_same() {
    let family = Family::reference();
    let tasks = tasks(&family, 20);
    let prior = WeightPrior::of(tasks.iter().map(|solved| solved.weights.view())).unwrap();
    for centring in [Centring::Raw, Centring::Prior(prior.mean), Centring::Context] {
        let lessons = LabelledStep::new(&family, &tasks[..1], 1, centring.clone()).unwrap();
        let mut rng = Streams::new(2).stream(Purpose::Theory, 0, 0, 0);
        let mut key = Array2::zeros((6, 6));
        fill_standard_normal(&mut rng, key.as_slice_mut().unwrap());
        let config = InContextConfig { d: 6 };
        let layer = InContextAttention::block(config, 0.7, key.view()).unwrap();
        let mut prompt = Prompt::empty(30, 6).unwrap();
        lessons.fill(&mut prompt, &mut rng);
        // The same samples as counts: which pair a row is can be told from the differences of features.
        let mut visits = Array2::zeros((3, 24));
        let shift = &prompt.x.row(0) - &lessons.features.row(0);
        let pair_of =
            |x: ArrayView1<f64>, shift: &Array1<f64>| {
                lessons.features.rows().into_iter().position(|row| {
                    (&row + shift - x).iter().all(|difference| difference.abs() < 1e-9)
                })
            };
        let shifts = lessons.features.rows().into_iter().map(|row| &prompt.x.row(0) - &row);
        let shift = if centring == Centring::Context {
            let all = |shift: &Array1<f64>| {
                prompt.x.rows().into_iter().all(|x| pair_of(x, shift).is_some())
            };
            shifts.into_iter().find(all).unwrap()
        } else {
            shift * 0.0
        };
        for x in prompt.x.rows() {
            visits[[1, pair_of(x, &shift).unwrap()]] += 1.0;
        }
        let context = Context { samples: 30, visits, arrivals: None };
        let labels = &tasks[0].optimal.pairs;
        let labels = labels.view();
        let shown = Demonstration { context: &context, labels, rewards: &[], discount: 1.0 };
        let map = lessons.map(&layer);
        let learner = AttentionQ::new(
            family.features(),
            Maps::PerStep(vec![map.clone(); 3]),
            centring.clone(),
        );
        let values = learner.unwrap().estimate(&shown).unwrap();
        let said = prompt.query.dot(&layer.product().dot(&prompt.statistic())) * lessons.scale;
        let zero = Maps::PerStep(vec![Array2::zeros((6, 6)); 3]);
        let without = AttentionQ::new(family.features(), zero, centring.clone()).unwrap();
        let own = &values - &without.estimate(&shown).unwrap();
        let pair = pair_of(prompt.query.view(), &Array1::zeros(6)).unwrap();
        // Context-centring measures features from the context's mean, the prompt's query from the mean of all.
        let level = if centring == Centring::Context { own.row(1).mean().unwrap() } else { 0.0 };
        approx::assert_relative_eq!(own[[1, pair]] - level, said, epsilon = 1e-9);
        if centring != Centring::Context {
            approx::assert_relative_eq!(lessons.whitened(&map), layer.product(), epsilon = 1e-8);
        }
    }
}

#[test]
fn prompts_are_whitened_and_scaled() {
    let family = Family::reference();
    let tasks = tasks(&family, 200);
    let lessons = LabelledStep::new(&family, &tasks, 0, Centring::Context).unwrap();
    let (mut square, mut second) = (0.0, Array2::<f64>::zeros((6, 6)));
    let mut prompt = Prompt::empty(2, 6).unwrap();
    let count = 20_000;
    for index in 0..count {
        let mut rng = Streams::new(3).stream(Purpose::Theory, 0, index, 0);
        lessons.fill(&mut prompt, &mut rng);
        square += prompt.target().powi(2) / count as f64;
        let query = prompt.query.view().insert_axis(Axis(0));
        second += &(query.t().dot(&query) / count as f64);
    }
    assert!((square - 1.0).abs() < 0.05, "{square}");
    // Five directions of variance 1; nothing along the vector of ones.
    assert!((second.diag().sum() - 5.0).abs() < 0.1, "{second}");
    assert!(second.sum().abs() < 1e-9);
}

/// Gradient descent from the standard initialisation gets to the closed form of the tasks it saw.
#[test]
fn training_on_labelled_tasks_finds_the_optimum() {
    let family = Family::reference();
    let tasks = tasks(&family, 500);
    let prior = WeightPrior::of(tasks.iter().map(|solved| solved.weights.view())).unwrap();
    let lessons = LabelledStep::new(&family, &tasks, 0, Centring::Context).unwrap();
    let law = FeatureLaw::finite(family.features().to_owned(), vec![1.0 / 24.0; 24]).unwrap();
    let task = LinearRegression::new(law, prior.between(0, 0), 0.0).unwrap();
    let optimum = lessons.whitened(&centred::optimum(&task, 32).unwrap());
    let mut rng = Streams::new(4).stream(Purpose::Initialization, 0, 0, 0);
    let config = InContextConfig { d: 6 };
    let mut layer = InContextAttention::standard(config, 0.6, &mut rng).unwrap();
    let distance = |layer: &InContextAttention<f64>| {
        let off = &lessons.whitened(&lessons.map(layer)) - &optimum;
        (off.iter().map(|x| x * x).sum::<f64>() / optimum.iter().map(|x| x * x).sum::<f64>()).sqrt()
    };
    assert!(distance(&layer) > 0.5);
    let config = StochasticConfig {
        samples: 32,
        prompts: 64,
        antithetic: true,
        steps: 500,
        learning_rate: Schedule::cosine(0.05, 0.01),
        tail: 0.25,
    };
    let average = train(&mut layer, &lessons, &config, Streams::new(4), |_, _| ()).unwrap();
    let end = distance(&average);
    assert!(end < 0.1, "{end}");
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let family = Family::reference();
    let tasks = tasks(&family, 2);
    let refused = |tasks: &[Solved], step, centring| {
        LabelledStep::new(&family, tasks, step, centring).unwrap_err().to_string()
    };
    assert!(refused(&[], 0, Centring::Raw).starts_with("tasks = none"));
    assert!(refused(&tasks, 3, Centring::Raw).starts_with("step = 3"));
    let prior = Centring::Prior(Array2::zeros((3, 5)));
    assert!(refused(&tasks, 0, prior).starts_with("centring = 3 x 5 prior means"));
    let short = Solved::new(tasks[0].task.clone(), 2).unwrap();
    let mixed = [tasks[0].clone(), short];
    assert!(refused(&mixed, 2, Centring::Raw).starts_with("tasks[1] = weights of shape (2, 6)"));
}
