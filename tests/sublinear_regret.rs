//! No-regret as a promise: bounds that no reward sequence breaks, for FTRL and for a layer that training produced.
//!
//! The layer is tests/fixtures/layer_t40.safetensors: the recipe of the experiments at T = 40, seed 0. To train it again:
//! `cargo test --release --test sublinear_regret -- --ignored`.

use lowregret::learner::ftrl::{Ftrl, FtrlStep, tuned_step};
use lowregret::learner::hedge::Hedge;
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::play::{play, play_adversary, regret_curves};
use lowregret::learner::{Learner, tuning};
use lowregret::metrics::growth::growth_exponent;
use lowregret::metrics::structure::Effective;
use lowregret::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::adversary::Adversary;
use lowregret::problem::decision_set::{DecisionSet, norm};
use lowregret::problem::full_information::FullInformation;
use lowregret::theory::{ftrl_bound, perturbation};
use lowregret::train::{config::RmftConfig, layer::train};
use ndarray::{Array2, Axis};
use proptest::prelude::*;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/layer_t40.safetensors");
const HORIZON: usize = 40;
const SET: DecisionSet = DecisionSet::UNIT_BALL;

fn trained() -> LinearAttention<f64> {
    LinearAttention::load(FIXTURE).unwrap()
}

#[test]
#[ignore = "writes the fixture"]
fn train_the_fixture() {
    let problem = FullInformation::balanced(2, HORIZON);
    let streams = Streams::new(0);
    let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
    let shape = LinearAttentionConfig::new(2, HORIZON, SET);
    let mut layer = LinearAttention::<f32>::random(shape, &mut rng).unwrap();
    train(&mut layer, &problem, &RmftConfig::single_layer(HORIZON, 2), streams, |_, _| {}).unwrap();
    layer.cast::<f64>().save(FIXTURE).unwrap();
}

/// Rewards of length at most `bound`: cells from the whole cube, shortened where they stick out, some of them repeated,
/// reversed or 0, as worst cases are.
fn sequences(d: usize, bound: f64) -> impl Strategy<Value = Array2<f64>> {
    let reward = prop_oneof![
        4 => proptest::collection::vec(-1.0..1.0f64, d).prop_map(Some),
        1 => Just(None),
    ];
    let sign = prop_oneof![Just(1.0), Just(-1.0), Just(0.0)];
    proptest::collection::vec((reward, sign), 1..120).prop_map(move |rows| {
        let mut rewards = Array2::zeros((rows.len(), d));
        let mut last = vec![1.0; d];
        for (mut row, (fresh, sign)) in rewards.axis_iter_mut(Axis(0)).zip(rows) {
            match fresh {
                Some(fresh) => last = fresh,
                None => last.iter_mut().for_each(|v| *v *= sign),
            }
            let shrink = bound / norm(&last).max(1.0);
            row.iter_mut().zip(&last).for_each(|(r, v)| *r = shrink * v);
        }
        rewards
    })
}

fn assert_below(regret: &[f64], limit: &[f64]) {
    assert_eq!(regret.len(), limit.len());
    for (t, (regret, limit)) in regret.iter().zip(limit).enumerate() {
        assert!(regret <= &(limit + 1e-9), "round {}: {regret} > {limit}", t + 1);
    }
}

/// The guarantee of the layer before any reward is seen: from `distance_bound` alone, for rewards of length `bound`.
fn guarantee_in_advance(layer: &Effective, bound: f64, rounds: usize) -> Vec<f64> {
    let eta = layer.structure().eta;
    let rewards = Array2::from_shape_fn((rounds, 2), |(_, i)| if i == 0 { bound } else { 0.0 });
    let slack = (0..rounds).scan(0.0, |slack, seen| {
        let distance = perturbation::distance_bound(layer, bound, seen);
        *slack += distance.min(SET.diameter(2)) * bound;
        Some(*slack)
    });
    let own = ftrl_bound::regret_bound(SET, eta, rewards.view());
    own.iter().zip(slack).map(|(own, slack)| own + slack).collect()
}

proptest! {
    /// RMFT-T1 on arbitrary rewards, up to three times as many rounds as in training.
    #[test]
    fn no_sequence_beats_the_trained_layer(
        (bound, rewards) in (0.1..3.0f64).prop_flat_map(|g| (Just(g), sequences(2, g)))
    ) {
        let layer = trained();
        let effective = Effective::of(&layer);
        let regret = play(SET, &mut LayerLearner::new(&layer), rewards.view());
        assert_below(&regret, &perturbation::regret_guarantee(SET, &effective, rewards.view()));
        assert_below(&regret, &guarantee_in_advance(&effective, bound, rewards.nrows()));
    }

    #[test]
    fn no_adversary_beats_the_trained_layer(bound in 0.05..3.0f64, rounds in 1usize..200) {
        let layer = trained();
        let effective = Effective::of(&layer);
        let mut learner = LayerLearner::new(&layer);
        let (regret, rewards) = play_adversary(SET, &mut learner, Adversary { bound }, 2, rounds);
        assert_below(&regret, &perturbation::regret_guarantee(SET, &effective, rewards.view()));
        assert_below(&regret, &guarantee_in_advance(&effective, bound, rounds));
    }

    /// RMFT-B1 on both sets, with the sequences that hurt.
    #[test]
    fn no_sequence_beats_ftrl(
        rewards in (1usize..5).prop_flat_map(|d| sequences(d, 2.0)),
        eta in 0.01..5.0f64, radius in 0.1..3.0f64,
    ) {
        for set in [DecisionSet::Ball { radius }, DecisionSet::Simplex] {
            let mut learner = Ftrl::new(set, rewards.ncols(), FtrlStep::Fixed(eta), false);
            let regret = play(set, &mut learner, rewards.view());
            assert_below(&regret, &ftrl_bound::regret_bound(set, eta, rewards.view()));
        }
    }
}

/// The guarantee says something: at the training horizon it is far below linear regret, in advance and after the fact.
#[test]
fn the_guarantee_of_the_trained_layer_is_not_empty() {
    let layer = trained();
    let effective = Effective::of(&layer);
    let structure = effective.structure();
    let step = structure.eta * (HORIZON as f64).sqrt();
    assert!((0.7..1.5).contains(&step), "{structure:?}");
    assert!(structure.off_isotropy < 0.1 && structure.key_content < 0.1, "{structure:?}");
    let scenarios =
        FullInformation::balanced(2, HORIZON).scenarios(&Streams::new(0), Purpose::Evaluation, 200);
    for rewards in &scenarios {
        let guarantee = perturbation::regret_guarantee(SET, &effective, rewards.view());
        let trivial: f64 = rewards.outer_iter().map(|r| 2.0 * norm(&r.to_vec())).sum();
        assert!(guarantee[HORIZON - 1] < 0.6 * trivial, "{} {trivial}", guarantee[HORIZON - 1]);
    }
}

/// The mean regret curve of a learner on the scenarios of the reported numbers.
fn mean_curve<L: Learner>(horizon: usize, build: impl Fn() -> L + Sync) -> Vec<f64> {
    let problem = FullInformation::balanced(2, horizon);
    let scenarios = problem.scenarios(&Streams::new(0), Purpose::Evaluation, 1000);
    let curves = regret_curves(SET, &scenarios, |_| build());
    curves.columns().into_iter().map(|c| c.mean().unwrap()).collect()
}

fn assert_sublinear(name: &str, curve: &[f64]) {
    let growth = growth_exponent(curve).unwrap();
    let fit = growth.fit.unwrap();
    assert_eq!(growth.dropped, 0, "{name}");
    assert!(fit.exponent < 0.8 && fit.p_value < 0.01, "{name}: {fit:?}");
}

#[test]
fn regret_grows_sublinearly_on_the_balanced_family() {
    let layer = trained();
    assert_sublinear("layer", &mean_curve(HORIZON, || LayerLearner::new(&layer)));
    for horizon in [HORIZON, 160] {
        let eta = tuned_step(SET, 2, 1.0, horizon);
        let ftrl = || Ftrl::new(SET, 2, FtrlStep::Fixed(eta), false);
        assert_sublinear("FTRL", &mean_curve(horizon, ftrl));
        let hedge = || Hedge::new(SET, 2, 2.0 * eta, false, false);
        assert_sublinear("Hedge", &mean_curve(horizon, hedge));
    }
}

/// Training got what there is to get: within 5 % of the best fixed step size, far below the two ways not to learn.
#[test]
fn the_trained_layer_is_nearly_the_best_ftrl() {
    let layer = trained();
    let last = |curve: Vec<f64>| curve[HORIZON - 1];
    let own = last(mean_curve(HORIZON, || LayerLearner::new(&layer)));
    let tuning_set =
        FullInformation::balanced(2, HORIZON).scenarios(&Streams::new(0), Purpose::Tuning, 1000);
    let ftrl = |eta| Ftrl::new(SET, 2, FtrlStep::Fixed(eta), false);
    let eta = tuning::best_step(SET, &tuning_set, (0.02, 1.0), ftrl).unwrap().step;
    let best = last(mean_curve(HORIZON, || ftrl(eta)));
    let leader = last(mean_curve(HORIZON, || Ftrl::new(SET, 2, FtrlStep::Leader, false)));
    let still = last(mean_curve(HORIZON, || ftrl(1e-9)));
    assert!(own < 1.05 * best, "{own} {best}");
    assert!(own < 0.6 * leader && own < 0.6 * still, "{own} {leader} {still}");
}
