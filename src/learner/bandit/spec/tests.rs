use proptest::prelude::*;

use super::*;
use crate::learner::bandit::BanditLearner;
use crate::learner::bandit::testing::generator;
use crate::problem::bandit::{Bandit, Means, RewardLaw};

#[test]
fn the_table_lists_the_kinds_in_their_order() {
    for (i, spec) in BanditSpec::all().enumerate() {
        assert_eq!((spec.kind() as usize, spec.kind().entry().name), (i, LEARNERS[i].name));
        assert_eq!(spec.to_string().parse::<BanditSpec>().unwrap(), spec);
    }
    assert_eq!(BanditSpec::all().count(), BanditKind::BayesOptimal as usize + 1);
}

#[test]
fn specifications_survive_a_round_trip() {
    for text in ["ucb1:c=0.3", "thompson:beta=2", "gaussian-thompson:width=0.15,weight=1"] {
        let spec: BanditSpec = text.parse().unwrap();
        assert_eq!(spec.to_string(), text);
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<BanditSpec>(&json).unwrap(), spec);
    }
}

#[test]
fn bad_specifications_say_what_was_expected() {
    for (text, expected) in [
        ("ucb2", "perhaps ucb1"),
        ("tompson", "perhaps thompson"),
        ("", "one of uniform, greedy"),
        ("oracle", "one of uniform, greedy"),
        ("ucb1:", "ucb1:PARAMETER=NUMBER"),
        ("ucb1:c", "ucb1:PARAMETER=NUMBER"),
        ("ucb1:c=x", "ucb1:PARAMETER=NUMBER"),
        ("ucb1:c=-1", "c = -1: expected a number in [0, 1000000]"),
        ("ucb1:c=nan", "expected a number in [0, 1000000]"),
        ("ucb1:d=1", "a parameter of ucb1: c"),
        ("ucb-v:gamma=1", "a parameter of ucb-v: zeta, c"),
        ("gittins:c=1", "gittins without parameters"),
        ("sliding-window-ucb:window=1.5", "a whole number"),
        ("discounted-ucb:discount=0", "a number in (0, 1]"),
        ("thompson:alpha=0", "a number in [0.000001, 1000000]"),
        ("epsilon-greedy:epsilon=1.1", "a number in [0, 1]"),
    ] {
        let message = text.parse::<BanditSpec>().unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

/// Every grid increases, every value of it is accepted, and no learner is refused for it.
#[test]
fn grids_hold_settings_that_learners_accept() {
    for spec in BanditSpec::all() {
        let axes = spec.axes();
        for axis in &axes {
            assert!(axis.windows(2).all(|pair| pair[0] < pair[1]), "{spec}");
        }
        for corner in [0, 1] {
            let setting: Vec<f64> =
                axes.iter().map(|axis| axis[corner * (axis.len() - 1)]).collect();
            let tuned = spec.tuned(&setting).unwrap();
            tuned.prepare(Knowledge::new(30)).unwrap().build(2).unwrap();
            assert_eq!(tuned.to_string().parse::<BanditSpec>().unwrap(), tuned);
        }
        assert!(spec.tuned(&vec![0.5; axes.len() + 1]).is_err());
    }
}

#[test]
fn misfits_are_refused() {
    let prepare = |name: &str, knowledge| name.parse::<BanditSpec>().unwrap().prepare(knowledge);
    let known = Knowledge::new(50);
    assert!(prepare("ucb1", Knowledge { horizon: 0, ..known }).is_err());
    assert!(prepare("ucb1", Knowledge { low: 1.0, ..known }).is_err());
    assert!(prepare("ucb1", Knowledge { low: f64::MIN, high: f64::MAX, ..known }).is_err());
    assert!(prepare("ucb1", Knowledge { variation: f64::NAN, ..known }).is_err());
    assert!(prepare("gittins", Knowledge { horizon: 201, ..known }).is_err());
    assert!(prepare("bayes-optimal", Knowledge { horizon: 101, ..known }).is_err());
    assert!(prepare("bayes-optimal", known).unwrap().build(3).is_err());
    for spec in BanditSpec::all() {
        assert!(spec.prepare(known).unwrap().build(0).is_err(), "{spec}");
    }
}

/// Rewards mapped from another range are the same rewards.
#[test]
fn learners_see_rewards_mapped_onto_the_unit_interval() {
    let unit = Knowledge::new(40);
    let wide = Knowledge { low: -2.0, high: 6.0, ..unit };
    for spec in BanditSpec::all() {
        let (mut rng, mut twin) = (generator(), generator());
        let mut learner = spec.prepare(unit).unwrap().build(2).unwrap();
        let mut mapped = spec.prepare(wide).unwrap().build(2).unwrap();
        for round in 0..40_usize {
            let arm = learner.choose(&mut rng);
            assert_eq!(mapped.choose(&mut twin), arm, "{spec}, round {round}");
            let reward = ((round * 5 + arm * 3) % 8) as f64 / 8.0;
            learner.observe(arm, reward);
            mapped.observe(arm, 8.0 * reward - 2.0);
        }
    }
}

#[test]
fn knowledge_follows_from_the_laws() {
    let with =
        |means, rewards| Knowledge::of(&Bandit { means, rewards, ..Bandit::bernoulli(2, 9) });
    assert_eq!(Knowledge::of(&Bandit::hard_instance()), Knowledge::new(100));
    let normal = with(Means::Normal { center: 1.0, spread: 2.0 }, RewardLaw::Gaussian { std: 0.5 });
    assert_eq!((normal.low, normal.high), (-4.0, 6.0));
    let constant = with(Means::Uniform { low: 3.0, high: 3.0 }, RewardLaw::Exact);
    assert_eq!((constant.low, constant.high), (3.0, 4.0));
    let switches = Means::Switches { count: 3, low: 0.0, high: 0.5 };
    let mixture = Means::Mixture {
        parts: vec![(1.0, switches), (1.0, Means::Normal { center: 2.0, spread: 1.0 })],
    };
    let mixed = with(mixture, RewardLaw::Uniform { width: 1.0 });
    assert_eq!((mixed.low, mixed.high, mixed.variation), (-0.5, 4.5, 1.5));
}

fn any_reward() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..1.0f64,
        2 => prop_oneof![Just(0.0), Just(1.0)],
        1 => proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL,
        1 => prop_oneof![Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// No reward, parameter of the grid or number of rounds makes a learner fail; scores that are no number fail the
    /// test where arms are compared.
    #[test]
    fn learners_survive_all_finite_rewards(
        rewards in proptest::collection::vec(any_reward(), 1..80),
        arms in 1..5_usize,
        horizon in 1..60_usize,
        place in 0.0..1.0f64,
        range in prop_oneof![Just((0.0, 1.0)), Just((-1e-300, 1e-300)), Just((-1e300, 7e307))],
    ) {
        let (low, high) = range;
        let knowledge = Knowledge { horizon, low, high, variation: 0.0 };
        for spec in BanditSpec::all() {
            let setting: Vec<f64> = spec
                .axes()
                .iter()
                .map(|axis| axis[(place * axis.len() as f64) as usize])
                .collect();
            for spec in [spec, spec.tuned(&setting).unwrap()] {
                let arms = if spec.kind() == BanditKind::BayesOptimal { 2 } else { arms };
                let mut learner = spec.prepare(knowledge).unwrap().build(arms).unwrap();
                let mut rng = generator();
                for &reward in &rewards {
                    let arm = learner.choose(&mut rng);
                    prop_assert!(arm < arms, "{spec}");
                    learner.observe(arm, reward);
                }
            }
        }
    }
}
