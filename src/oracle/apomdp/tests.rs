//! The structural facts of paper_notes/planning.md, statement by statement.

use super::evaluation::evaluate;
use super::{belief_form, history_form};
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::oracle::pomdp::policy_evaluation::{self, surely, uniform};
use crate::problem::apomdp::{
    Apomdp, CloudFamily, hazards, reference_cloud, treatment, with_hazard,
};
use crate::problem::pomdp::family::Family;
use crate::problem::pomdp::{Pomdp, Step, Tables};
use approx::assert_relative_eq;
use rand::RngExt;

const HORIZON: usize = 4;
const PESSIMISMS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

fn cloud(index: usize, pessimism: f64) -> Apomdp {
    let family = CloudFamily { family: Family::new(3, 2, 2, 0.6), models: 3, radius: 0.5 };
    let mut rng = Streams::new(41).stream(Purpose::Theory, 0, index, 0);
    family.draw(pessimism, &mut rng).unwrap().1
}

fn belief(rng: &mut impl rand::Rng, states: usize) -> Vec<f64> {
    let weights: Vec<f64> = (0..states).map(|_| -rng.random::<f64>().ln()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

fn both(apomdp: &Apomdp) -> [f64; 2] {
    let history = history_form::solve(apomdp, HORIZON).unwrap().value();
    [belief_form::value(apomdp, HORIZON).unwrap(), history]
}

/// QP-L5: a single model is no ambiguity.
#[test]
fn one_model_has_its_own_value() {
    for index in 0..10 {
        let model = cloud(index, 0.3).models()[0].clone();
        let value = HistoryTree::solve(&model, HORIZON).unwrap().value();
        let one = Apomdp::new(vec![model.clone(), model], 0.3).unwrap();
        both(&one).iter().for_each(|v| assert_relative_eq!(*v, value, epsilon = 1e-12));
    }
}

/// QP-L6: values fall with pessimism, and enclose those of the models at its ends.
#[test]
fn values_fall_with_pessimism_and_enclose_the_models() {
    for index in 0..20 {
        let values = PESSIMISMS.map(|pessimism| both(&cloud(index, pessimism)));
        for pair in values.windows(2) {
            assert!(pair[1].iter().zip(pair[0]).all(|(later, earlier)| *later <= earlier + 1e-10));
        }
        for model in cloud(index, 0.0).models() {
            let value = HistoryTree::solve(model, HORIZON).unwrap().value();
            assert!(values[0].iter().all(|optimist| *optimist >= value - 1e-10));
            assert!(values[4].iter().all(|pessimist| *pessimist <= value + 1e-10));
        }
    }
}

/// QP-L7: the belief form is convex for the optimist; for the pessimist it is not (the negative control).
#[test]
fn the_belief_form_is_convex_for_the_optimist_only() {
    let mut rng = Streams::new(42).stream(Purpose::Theory, 0, 0, 0);
    let mut worst = [0.0f64; 2];
    for index in 0..20 {
        for _ in 0..5 {
            let (a, b) = (belief(&mut rng, 3), belief(&mut rng, 3));
            let middle: Vec<f64> = a.iter().zip(&b).map(|(x, y)| (x + y) / 2.0).collect();
            for (pessimism, worst) in [0.0, 1.0].into_iter().zip(&mut worst) {
                let apomdp = cloud(index, pessimism);
                let value = |b: &[f64]| belief_form::value_at(&apomdp, HORIZON, b).unwrap();
                *worst = worst.max(value(&middle) - (value(&a) + value(&b)) / 2.0);
            }
        }
    }
    assert!(worst[0] < 1e-12 && worst[1] > 1e-3, "{worst:?}");
}

/// QP-S2: values are not linear in the pessimism, and the two forms differ without order.
#[test]
fn the_forms_differ_and_are_not_linear() {
    let (mut bend, mut low, mut high) = (0.0f64, 0.0f64, 0.0f64);
    for index in 0..30 {
        let values = [0.0, 0.5, 1.0].map(|pessimism| both(&cloud(index, pessimism)));
        bend = bend.max((values[1][0] - (values[0][0] + values[2][0]) / 2.0).abs());
        for [belief, history] in values {
            low = low.min(belief - history);
            high = high.max(belief - history);
        }
    }
    assert!(bend > 1e-3 && low < -1e-3 && high > 1e-3, "{bend} {low} {high}");
}

/// QP-L8: ambiguity about a hazard alone is no more than a hazard in between.
#[test]
fn ambiguity_about_a_hazard_is_a_hazard() {
    for index in 0..20 {
        let mut rng = Streams::new(43).stream(Purpose::Theory, 0, index, 0);
        let base = Family::new(3, 2, 2, 0.6).draw(&mut rng).unwrap();
        for pessimism in [0.0, 0.3, 0.7, 1.0] {
            let ambiguous = hazards(&base, &[0.05, 0.2, 0.4], pessimism).unwrap();
            let plain = with_hazard(&base, pessimism * 0.4 + (1.0 - pessimism) * 0.05).unwrap();
            let value = HistoryTree::solve(&plain, HORIZON).unwrap().value();
            both(&ambiguous).iter().for_each(|v| assert_relative_eq!(*v, value, epsilon = 1e-12));
        }
    }
}

/// Values of one cloud from another implementation.
#[test]
fn the_reference_cloud_has_its_values() {
    let beliefs = [1.684_307, 1.595_969, 1.511_308, 1.430_195, 1.352_503];
    let histories = [1.676_383, 1.602_967, 1.526_100, 1.445_758, 1.361_976];
    for ((pessimism, b), h) in PESSIMISMS.into_iter().zip(beliefs).zip(histories) {
        let [belief, history] = both(&reference_cloud(pessimism).unwrap());
        assert_relative_eq!(belief, b, epsilon = 1e-6);
        assert_relative_eq!(history, h, epsilon = 1e-6);
    }
    let cloud = reference_cloud(0.0).unwrap();
    for (model, expected) in cloud.models().iter().zip([1.429_071, 1.446_546, 1.667_887]) {
        let value = HistoryTree::solve(model, HORIZON).unwrap().value();
        assert_relative_eq!(value, expected, epsilon = 1e-6);
    }
}

#[test]
fn the_history_form_is_worth_what_it_promises() {
    for (index, pessimism) in PESSIMISMS.into_iter().enumerate() {
        let apomdp = cloud(index, pessimism);
        let tree = history_form::solve(&apomdp, HORIZON).unwrap();
        let policy = |h: &[Step]| surely(tree.action(h).unwrap(), 2);
        let value = evaluate(&apomdp, HORIZON, policy).unwrap();
        assert_relative_eq!(value, tree.value(), epsilon = 1e-12);
        let random = evaluate(&apomdp, HORIZON, uniform(apomdp.shared())).unwrap();
        assert!(random < value);
        // Under a single model both evaluations are the same.
        let model = &apomdp.models()[1];
        let one = Apomdp::new(vec![model.clone()], pessimism).unwrap();
        let plain = policy_evaluation::evaluate(model, HORIZON, uniform(model)).unwrap();
        let ambiguous = evaluate(&one, HORIZON, uniform(model)).unwrap();
        assert_relative_eq!(ambiguous, plain, epsilon = 1e-12);
    }
}

#[test]
fn pessimists_give_the_mild_drug() {
    let first = |pessimism| {
        let patient = treatment(pessimism).unwrap();
        history_form::solve(&patient, HORIZON).unwrap().action(&[]).unwrap()
    };
    assert_eq!((first(1.0), first(0.0)), (1, 2));
}

/// A model that an observation rules out takes no part from then on.
#[test]
fn models_are_ruled_out_by_what_they_cannot_explain() {
    let cloud = cloud(0, 1.0);
    // Each model is sure of what will be seen, and of something else.
    let certain = |seen: usize| {
        let mut tables: Tables = cloud.models()[seen].tables();
        tables.observations.fill(0.0);
        tables.observations.column_mut(seen).fill(1.0);
        Pomdp::new(tables).unwrap()
    };
    let models = [certain(0), certain(1)];
    let apomdp = Apomdp::new(models.to_vec(), 1.0).unwrap();
    let tree = history_form::solve(&apomdp, 3).unwrap();
    // From the first observation on the other model is out: what is left is worth what the model says.
    for (seen, model) in models.iter().enumerate() {
        let history = [Step { action: 0, observation: seen }];
        let alone = HistoryTree::solve(model, 3).unwrap();
        let (left, expected) = (tree.pairs(&history).unwrap(), alone.pairs(&history).unwrap());
        left.iter().zip(expected).for_each(|(a, b)| assert_relative_eq!(*a, *b, epsilon = 1e-12));
    }
    let step = |observation| Step { action: 0, observation };
    assert!(tree.pairs(&[step(0), step(0)]).is_some());
    assert!(tree.pairs(&[step(0), step(1)]).is_none());
}

#[test]
fn impossible_requests_are_refused() {
    let apomdp = cloud(0, 0.5);
    for message in [
        belief_form::value(&apomdp, 0).unwrap_err().to_string(),
        belief_form::value(&apomdp, 30).unwrap_err().to_string(),
        belief_form::value(&apomdp, usize::MAX).unwrap_err().to_string(),
        history_form::solve(&apomdp, 0).unwrap_err().to_string(),
        history_form::solve(&apomdp, 40).unwrap_err().to_string(),
        evaluate(&apomdp, 0, uniform(apomdp.shared())).unwrap_err().to_string(),
    ] {
        assert!(message.starts_with("horizon = "), "{message}");
    }
    assert!(belief_form::value_at(&apomdp, 2, &[1.0]).is_err());
    assert!(evaluate(&apomdp, 2, |_| vec![1.0]).is_err());
}
