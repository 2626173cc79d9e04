//! A Transformer trained by Iterative RMFT, from its committed weights, on bandits that it never saw.
//!
//! The fixture is `weights/posterior_decisions_seed0.safetensors` of a full run of the experiment transformer_bandit.

use lowregret::metrics::comparison::Comparison;
use lowregret::model::transformer::Transformer;
use lowregret::problem::bandit::Bandit;
use proptest::prelude::*;

fn trained() -> Transformer<f32> {
    Transformer::load("tests/fixtures/transformer_k5_t50.safetensors").unwrap()
}

/// Its regret is below that of Thompson sampling and of tuned UCB1 on common scenarios, and near the Gittins index.
#[test]
fn the_trained_transformer_is_below_tuned_ucb() {
    let mut comparison = Comparison::new(&Bandit::bernoulli(5, 50), 4711, 4000).unwrap();
    for learner in ["thompson", "ucb1:c=0.2", "gittins"] {
        comparison.add_learner(learner, &learner.parse().unwrap()).unwrap();
    }
    comparison.add_model("transformer", 0, &trained()).unwrap();
    let model = comparison.of("transformer").next().unwrap();
    for learner in ["thompson", "ucb1:c=0.2"] {
        let difference = comparison.difference(model, learner).unwrap();
        assert!(difference.high.unwrap() < 0.0, "{learner}: {difference:?}");
    }
    let gittins = comparison.of("gittins").next().unwrap();
    let (own, limit) = (comparison.regret(model).unwrap(), comparison.regret(gittins).unwrap());
    assert!(own.mean < 1.2 * limit.mean, "{own:?}, Gittins {limit:?}");
}

/// Arms as they come are all alike to it within what sampling allows: it is no worse when the best arm is the last one.
#[test]
fn the_place_of_the_best_arm_hardly_matters() {
    let problem = |means: Vec<f64>| Bandit {
        means: lowregret::problem::bandit::Means::Given { means, shuffled: false },
        ..Bandit::bernoulli(5, 50)
    };
    let regret = |means: Vec<f64>| {
        let mut comparison = Comparison::new(&problem(means), 12, 2000).unwrap();
        comparison.add_model("transformer", 0, &trained()).unwrap();
        comparison.regret(&comparison.entries()[0]).unwrap().mean
    };
    let first = regret(vec![0.8, 0.4, 0.4, 0.4, 0.4]);
    let last = regret(vec![0.4, 0.4, 0.4, 0.4, 0.8]);
    assert!((first - last).abs() < 0.5 * first.min(last) + 1.0, "{first}, {last}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Whatever the scenarios, mean regret grows sublinearly with the round, and uniform play's does not.
    #[test]
    fn regret_grows_sublinearly(seed in 0u64..1 << 40) {
        let mut comparison = Comparison::new(&Bandit::bernoulli(5, 50), seed, 600).unwrap();
        comparison.add_model("transformer", 0, &trained()).unwrap();
        comparison.add_learner("uniform", &"uniform".parse().unwrap()).unwrap();
        let growth = |i: usize| comparison.growth(&comparison.entries()[i]).unwrap().unwrap();
        let (own, uniform) = (growth(0), growth(1));
        prop_assert!(own.exponent < 0.8 && own.p_value < 0.01, "{own:?}");
        prop_assert!(uniform.exponent > 0.9, "{uniform:?}");
    }
}
