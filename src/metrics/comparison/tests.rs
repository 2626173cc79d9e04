//! Players side by side on a small problem.

use super::*;
use crate::model::tokens::Tokens;
use crate::model::transformer::TransformerConfig;

fn comparison() -> Comparison {
    let mut comparison = Comparison::new(&Bandit::bernoulli(3, 20), 5, 400).unwrap();
    let learners = ["uniform", "ucb1"].map(|name| name.parse().unwrap());
    let tuned = comparison.add_tuned(&learners, 200).unwrap();
    assert_eq!(tuned[0], learners[0]);
    assert_ne!(tuned[1], learners[1]);
    comparison
}

/// A model with a zero head plays uniformly: as the uniform learner does, but with other draws.
#[test]
fn players_meet_the_same_scenarios() {
    let mut comparison = comparison();
    let shape = TransformerConfig::new(Tokens::new(3, false).width(), 3, 20);
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    let model = Transformer::<f32>::random(shape, &mut rng).unwrap();
    comparison.add_model("model", 1, &model).unwrap();
    let names: Vec<_> = comparison.entries().iter().map(|e| (e.player.as_str(), e.seed)).collect();
    assert_eq!(names, [("uniform", None), ("ucb1", None), ("model", Some(1))]);
    let model = comparison.of("model").next().unwrap();
    let same = comparison.difference(model, "uniform").unwrap();
    assert!(same.low.unwrap() < 0.0 && same.high.unwrap() > 0.0, "{same:?}");
    let worse = comparison.difference(model, "ucb1").unwrap();
    assert!(worse.low.unwrap() > 0.5, "{worse:?}");
    // Uniform regret on common scenarios varies by luck of the draw only, far less than between scenarios.
    let alone = comparison.regret(model).unwrap();
    assert!(same.half_width() < alone.half_width());
    assert!(comparison.difference(model, "nobody").is_err());
}

#[test]
fn rows_tell_regret_growth_and_exploration() {
    let comparison = comparison();
    let rows = comparison.rows("small").unwrap();
    assert_eq!(rows.len(), 2);
    let (uniform, ucb) = (&rows[0], &rows[1]);
    assert!((uniform.growth_exponent.unwrap() - 1.0).abs() < 0.05);
    assert!(ucb.growth_exponent.unwrap() < 0.9 && ucb.growth_p_value.unwrap() < 0.01);
    assert!(ucb.greedy_fraction > uniform.greedy_fraction);
    assert!(ucb.regret < uniform.regret_low.unwrap());
    assert_eq!((uniform.problem.as_str(), uniform.scenarios), ("small", 400));
    assert!(Comparison::new(&Bandit::bernoulli(3, 20), 5, 0).is_err());
}
